"""Pictures as they arrive: every format and depth, and every way in which bytes can be wrong."""

from __future__ import annotations

import hashlib
import io
import struct
import time
import tracemalloc
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from mockserver.pictures import ALL_FORMATS, Picture, PictureError, PixelSource, Problem, open_picture
from tests.card_strategies import encode


def _scenery(width: int = 120, height: int = 90) -> Image.Image:
    """Something with colours, edges and a direction."""
    red = Image.linear_gradient("L").resize((width, height))
    green = Image.radial_gradient("L").resize((width, height))
    blue = red.rotate(90).resize((width, height))
    image = Image.merge("RGB", (red, green, blue))
    image.paste((250, 250, 250), (4, 4, width // 3, height // 4))
    return image


SCENERY = _scenery()
SAMPLES = {
    "JPEG": encode(SCENERY, "JPEG", quality=90),
    "PNG": encode(SCENERY, "PNG"),
    "BMP": encode(SCENERY, "BMP"),
    "TIFF": encode(SCENERY, "TIFF", compression="tiff_lzw"),
    "WEBP": encode(SCENERY, "WEBP", quality=90),
    "GIF": encode(SCENERY, "GIF"),
}


def _problem(data: bytes, **limits: Any) -> PictureError:
    with pytest.raises(PictureError) as caught:
        open_picture(data, **limits).pixels()
    return caught.value


def _alike(one: Image.Image, other: Image.Image, tolerance: float = 8) -> bool:
    return one.size == other.size and max(ImageStat.Stat(ImageChops.difference(one, other)).mean) < tolerance


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(width: int, height: int, rows: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(rows)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


class TestFormats:
    def test_all_six_are_accepted_by_default(self) -> None:
        assert set(SAMPLES) == ALL_FORMATS

    @pytest.mark.parametrize("format", SAMPLES)
    def test_the_header_is_told(self, format: str) -> None:
        picture = open_picture(SAMPLES[format])
        assert (picture.format, picture.width, picture.height) == (format, 120, 90)
        assert picture.byte_length == len(SAMPLES[format])
        assert picture.digest == hashlib.sha256(SAMPLES[format]).hexdigest()

    @pytest.mark.parametrize("format", SAMPLES)
    def test_pixels_are_those_of_the_picture(self, format: str) -> None:
        picture = open_picture(SAMPLES[format])
        assert _alike(picture.pixels("RGB"), SCENERY, 12)
        assert _alike(picture.pixels("L"), SCENERY.convert("L"), 12)

    @pytest.mark.parametrize("format", SAMPLES)
    def test_a_vendor_may_refuse_a_format(self, format: str) -> None:
        error = _problem(SAMPLES[format], formats=ALL_FORMATS - {format})
        assert (error.problem, error.format) == (Problem.UNSUPPORTED_FORMAT, format)

    @pytest.mark.parametrize(
        ("start", "format"),
        [
            (b"%PDF-1.7\n", "PDF"),
            (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
            (b"\0\0\0\x1cftypavif\0\0\0\0", "AVIF"),
            (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
            (b"\xef\xbb\xbf <svg/>", "SVG"),
            (b"8BPS\0\1", "PSD"),
            (b"\0\0\1\0\1\0", "ICO"),
            (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        ],
    )
    def test_other_picture_formats_are_named(self, start: bytes, format: str) -> None:
        error = _problem(start.ljust(64, b"\0"))
        assert (error.problem, error.format) == (Problem.UNSUPPORTED_FORMAT, format)
        assert str(error) == f"unsupported format: {format}"

    def test_the_bytes_decide_and_nothing_else_does(self) -> None:
        """A data URI prefix or a text is no picture, whatever it says about itself."""
        for data in (b"data:image/jpeg;base64,/9j/4AAQ", b"GIF", b"hello", b"\0" * 100, b"RIFF\0\0\0\0WAVE"):
            assert _problem(data).problem is Problem.NOT_A_PICTURE


class TestDepths:
    @pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "LA", "I;16", "CMYK", "YCbCr", "LAB", "I", "F"])
    def test_tiff_and_png_modes(self, mode: str) -> None:
        if mode in ("I;16", "I"):
            image = SCENERY.convert("L").convert("I").point(lambda value: value * 257)
            image = image.convert("I;16") if mode == "I;16" else image
        elif mode == "LAB":
            image = Image.merge("LAB", SCENERY.split())
        else:
            image = SCENERY.convert(mode)
        for format in ("PNG", "TIFF") if mode in ("L", "1", "P", "RGBA", "LA", "I;16") else ("TIFF",):
            grey = open_picture(encode(image, format)).pixels("L")
            assert grey.mode == "L"
            if mode not in ("1", "LAB"):
                assert _alike(grey, SCENERY.convert("L"), 20), format

    def test_sixteen_bits_keep_their_brightness(self) -> None:
        image = Image.new("I;16", (8, 8), 0x8080)
        assert open_picture(encode(image, "PNG")).pixels("L").getpixel((4, 4)) == pytest.approx(0x80, abs=1)

    def test_cmyk_jpegs_are_not_inverted(self) -> None:
        light = Image.new("RGB", (16, 16), (250, 240, 230)).convert("CMYK")
        red, green, blue = ImageStat.Stat(open_picture(encode(light)).pixels("RGB")).mean
        assert min(red, green, blue) > 200

    @pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
    def test_transparency_lies_on_white(self, mode: str) -> None:
        image = Image.new("RGBA", (10, 10), (0, 0, 0, 0)).convert(mode if mode != "P" else "RGBA")
        how = {}
        if mode == "P":
            image, how = Image.new("P", (10, 10), 0), {"transparency": 0}
        assert open_picture(encode(image, "PNG", **how)).pixels("L").getextrema() == (255, 255)

    def test_the_first_frame_counts(self) -> None:
        frames = [Image.new("RGB", (40, 30), colour) for colour in ("white", "black", "red")]
        for format in ("GIF", "PNG", "WEBP", "TIFF"):
            data = encode(frames[0], format, save_all=True, append_images=frames[1:])
            picture = open_picture(data)
            assert (picture.width, picture.height) == (40, 30)
            assert min(ImageStat.Stat(picture.pixels("RGB")).mean) > 240, format


class TestOrientation:
    @pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_pictures_are_as_shown(self, format: str, orientation: int) -> None:
        undo = {
            2: Image.Transpose.FLIP_LEFT_RIGHT,
            3: Image.Transpose.ROTATE_180,
            4: Image.Transpose.FLIP_TOP_BOTTOM,
            5: Image.Transpose.TRANSPOSE,
            6: Image.Transpose.ROTATE_90,
            7: Image.Transpose.TRANSVERSE,
            8: Image.Transpose.ROTATE_270,
        }
        stored = SCENERY.transpose(undo[orientation]) if orientation in undo else SCENERY
        exif = Image.Exif()
        exif[0x0112] = orientation
        picture = open_picture(encode(stored, format, exif=exif))
        assert (picture.width, picture.height) == SCENERY.size
        assert _alike(picture.pixels("RGB"), SCENERY, 12)

    @pytest.mark.parametrize("value", [0, 9, 77, -1])
    def test_a_senseless_orientation_counts_as_none(self, value: int) -> None:
        exif = Image.Exif()
        exif[0x0112] = value if value >= 0 else 65535
        assert open_picture(encode(SCENERY, exif=exif)).orientation == 1

    @given(st.binary(max_size=120))
    @settings(max_examples=80, deadline=None)
    def test_damaged_exif_is_passed_over_without_a_word(self, noise: bytes) -> None:
        """Warnings are errors in these tests, so one that escaped would show."""
        body = b"Exif\0\0" + b"II*\0\x08\0\0\0" + noise
        segment = b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
        picture = open_picture(SAMPLES["JPEG"][:2] + segment + SAMPLES["JPEG"][2:])
        assert _alike(picture.pixels("RGB").resize(SCENERY.size), SCENERY, 255)


class TestScaledDecoding:
    def test_a_jpeg_is_decoded_as_small_as_allowed_and_no_smaller(self) -> None:
        picture = open_picture(encode(SCENERY.resize((2000, 1500))))
        assert picture.pixels("L", at_least=500).size == (500, 375)
        assert picture.pixels("RGB", at_least=501).size == (1000, 750)
        assert picture.pixels("L", at_least=5000).size == (2000, 1500)

    @given(st.integers(1, 700), st.integers(1, 700), st.integers(1, 800))
    @settings(max_examples=40, deadline=None)
    def test_never_smaller_than_asked(self, width: int, height: int, at_least: int) -> None:
        picture = open_picture(encode(Image.new("RGB", (width, height), "grey")))
        assert max(picture.pixels("L", at_least=at_least).size) >= min(at_least, max(width, height))

    def test_other_formats_are_decoded_whole(self) -> None:
        assert open_picture(SAMPLES["PNG"]).pixels("L", at_least=10).size == SCENERY.size

    def test_a_source_decodes_a_whole_format_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        decoded: list[str] = []
        original = Picture.pixels

        def counted(picture: Picture, *arguments: Any) -> Image.Image:
            decoded.append(picture.format)
            return original(picture, *arguments)

        monkeypatch.setattr(Picture, "pixels", counted)
        source = PixelSource(open_picture(SAMPLES["PNG"]))
        assert source.pixels("L").mode == "L"
        assert source.pixels("RGB") is source.pixels("RGB")
        assert decoded == ["PNG"]


class TestWrongBytes:
    def test_nothing_at_all(self) -> None:
        assert _problem(b"").problem is Problem.EMPTY

    @pytest.mark.parametrize("format", SAMPLES)
    def test_every_beginning_of_a_picture_is_an_error_or_a_picture(self, format: str) -> None:
        """A decoder may make do without the last bytes; anything shorter is damage, told as such."""
        data = SAMPLES[format]
        for length in (*range(1, min(len(data), 200)), *range(200, len(data), 97)):
            try:
                open_picture(data[:length]).pixels()
            except PictureError as error:
                assert error.problem in (Problem.NOT_A_PICTURE, Problem.DAMAGED), length
            else:
                assert length > len(data) // 2

    @pytest.mark.parametrize("format", SAMPLES)
    def test_half_a_picture_is_damaged(self, format: str) -> None:
        error = _problem(SAMPLES[format][: len(SAMPLES[format]) // 2])
        assert (error.problem, error.format) == (Problem.DAMAGED, format)

    @pytest.mark.parametrize("format", SAMPLES)
    @given(st.data())
    @settings(max_examples=120, deadline=None)
    def test_changed_bytes_are_an_error_or_a_picture(self, format: str, data: st.DataObject) -> None:
        """Nothing but PictureError leaves the intake, whatever the decoder thinks of the bytes."""
        changed = bytearray(SAMPLES[format])
        for _ in range(data.draw(st.integers(1, 8))):
            # Headers are short and decide most, so half of the changes go there.
            end = data.draw(st.sampled_from([min(100, len(changed)), len(changed)]))
            changed[data.draw(st.integers(0, end - 1))] = data.draw(st.integers(0, 255))
        try:
            picture = open_picture(bytes(changed), max_pixels=1_000_000)
            picture.pixels("RGB", at_least=data.draw(st.sampled_from([None, 30])))
        except PictureError as error:
            assert isinstance(error.problem, Problem)

    @given(st.sampled_from(sorted(SAMPLES)), st.binary(max_size=400))
    @example("TIFF", b"\x08\0\0\0\xff\xff" + b"\xff" * 60)
    @example("BMP", b"\xff" * 60)
    @settings(max_examples=200, deadline=None)
    def test_noise_behind_a_signature_is_an_error_or_a_picture(self, format: str, noise: bytes) -> None:
        start = SAMPLES[format][:12]
        try:
            open_picture(start + noise, max_pixels=1_000_000).pixels("L")
        except PictureError as error:
            assert str(error).startswith(error.problem.value)

    def test_the_error_says_what_was_wrong(self) -> None:
        error = _problem(SAMPLES["PNG"][:700])
        assert str(error).startswith("damaged or cut short: ")
        assert error.size == (120, 90)


class TestSize:
    def test_the_limit_counts_all_pixels(self) -> None:
        assert open_picture(SAMPLES["PNG"], max_pixels=120 * 90).width == 120
        error = _problem(SAMPLES["PNG"], max_pixels=120 * 90 - 1)
        assert error.problem is Problem.TOO_MANY_PIXELS
        assert error.size == (120, 90)
        assert "120 x 90" in str(error)

    def _claims(self) -> dict[str, bytes]:
        """Files of a few hundred bytes that claim to be 50000 x 50000."""
        side = 50_000
        jpeg = bytearray(SAMPLES["JPEG"])
        frame = jpeg.index(b"\xff\xc0")
        jpeg[frame + 5 : frame + 9] = struct.pack(">HH", side, side)
        bmp = bytearray(SAMPLES["BMP"])
        bmp[18:26] = struct.pack("<ii", side, side)
        gif = bytearray(SAMPLES["GIF"])
        gif[6:10] = struct.pack("<HH", side, side)
        tiff = encode(Image.new("L", (16, 16)), "TIFF").replace(
            struct.pack("<HHII", 256, 4, 1, 16), struct.pack("<HHII", 256, 4, 1, side)
        )
        tiff = tiff.replace(struct.pack("<HHII", 257, 4, 1, 16), struct.pack("<HHII", 257, 4, 1, side))
        vp8x = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + b"\x4f\xc3\0" * 2
        webp = b"RIFF" + struct.pack("<I", 400) + b"WEBP" + vp8x + SAMPLES["WEBP"][12:]
        return {
            "JPEG": bytes(jpeg),
            "PNG": _png(side, side),
            "BMP": bytes(bmp),
            "GIF": bytes(gif),
            "TIFF": tiff,
            "WEBP": webp,
        }

    @pytest.mark.parametrize("format", SAMPLES)
    def test_a_bomb_is_refused_by_its_header(self, format: str) -> None:
        """2.5 gigapixels would need gigabytes: neither memory nor time is spent on them."""
        data = self._claims()[format]
        tracemalloc.start()
        started = time.perf_counter()
        try:
            with pytest.raises(PictureError) as caught:
                open_picture(data)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert caught.value.problem is Problem.TOO_MANY_PIXELS
        assert peak < 5_000_000
        assert time.perf_counter() - started < 2

    def test_more_rows_than_the_header_says_are_not_unpacked(self) -> None:
        """A PNG of 4 x 4 whose data inflate to 20 MB is 4 x 4."""
        picture = open_picture(_png(4, 4, b"\0" * 20_000_000))
        assert picture.pixels("RGB").size == (4, 4)

    def test_a_text_bomb_in_a_png_is_harmless(self) -> None:
        text = b"Comment\0\0" + zlib.compress(b"x" * 80_000_000)
        data = SAMPLES["PNG"][:33] + _chunk(b"zTXt", text) + SAMPLES["PNG"][33:]
        try:
            open_picture(data).pixels("L")
        except PictureError as error:
            assert error.problem is Problem.DAMAGED


class TestThreads:
    def test_many_threads_see_the_same_pixels_and_no_warning(self) -> None:
        exif = b"Exif\0\0II*\0\x08\0\0\0" + b"\xff" * 40
        odd = encode(SCENERY, exif=exif)
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            with ThreadPoolExecutor(8) as pool:
                pixels = list(pool.map(lambda _: open_picture(odd).pixels("RGB").tobytes(), range(64)))
        assert len(set(pixels)) == 1
        assert heard == []

    def test_a_picture_holds_no_pixels(self) -> None:
        """Its bytes and a few numbers: what a cache may keep."""
        picture = open_picture(encode(Image.new("RGB", (3000, 3000), "white")))
        picture.pixels("L")
        held = [getattr(picture, name) for name in picture.__slots__]
        assert not any(isinstance(value, Image.Image | io.IOBase) for value in held)
        assert picture.data not in repr(picture).encode()
