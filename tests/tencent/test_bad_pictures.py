"""Pictures that are none, that are not in one of this vendor's formats, or that are not worth their memory."""

from __future__ import annotations

import base64
import io
import struct
import zlib

import pytest
from PIL import Image

from mockserver.testing import MockServer
from tests.tencent.sdk import Sdk, advanced, config

DECODE = "FailedOperation.ImageDecodeFailed"
MEBIBYTE = 1024 * 1024


def image_bytes(size: tuple[int, int] = (640, 480), form: str = "PNG", mode: str = "RGB") -> bytes:
    """An empty picture."""
    data = io.BytesIO()
    Image.new(mode, size).save(data, form)
    return data.getvalue()


def as_parameter(data: bytes) -> dict[str, str]:
    return {"ImageBase64": base64.b64encode(data).decode()}


class TestPictures:
    """What is not a picture, not one of this vendor's formats, or not worth its memory."""

    @pytest.mark.parametrize(
        "text", ["!", "AAA", "AAAA\n", "AAAA AAAA", "data:image/jpeg;base64,AAAA", "-_-_", "图"]
    )
    def test_not_base64(self, sdk: Sdk, text: str) -> None:
        """Standard Base64 with its padding and nothing else."""
        assert sdk.refusal({"ImageBase64": text}).get_code() == DECODE

    def test_an_address_as_base64(self, sdk: Sdk) -> None:
        """As cloud.tencent.com/developer/article/1700555 of 2020-09-20 shows it, with its full stop."""
        refused = sdk.refusal({"ImageBase64": "https://example.com/card.jpg"})
        assert (refused.get_code(), refused.get_message()) == (DECODE, "图片解码失败。")

    @pytest.mark.parametrize("surplus", ["=", "==", "===", "===="])
    def test_surplus_padding(self, idmock: MockServer, sdk: Sdk, surplus: str) -> None:
        """Behind a last group that lacks nothing, or more than it lacks."""
        data = idmock.specimen("front")
        for spare in range(3):
            encoded = as_parameter(data + bytes(-len(data) % 3 + spare))["ImageBase64"]
            assert sdk.call({"ImageBase64": encoded})["Name"] == "饶光鸣"
            assert sdk.refusal({"ImageBase64": encoded + surplus}).get_code() == DECODE

    def test_empty(self, sdk: Sdk) -> None:
        """A picture of no bytes has its own error, the only one that is billed."""
        assert sdk.refusal({"ImageBase64": ""}).get_code() == "FailedOperation.EmptyImageError"

    @pytest.mark.parametrize("form", ["GIF", "TIFF", "WEBP"])
    def test_other_formats(self, idmock: MockServer, sdk: Sdk, form: str) -> None:
        """A good picture of a card in a format that the page does not name."""
        data = io.BytesIO()
        with Image.open(io.BytesIO(idmock.specimen("front"))) as card:
            card.save(data, form)
        assert sdk.refusal(as_parameter(data.getvalue())).get_code() == DECODE

    @pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP"])
    def test_formats_of_the_page(self, idmock: MockServer, sdk: Sdk, form: str) -> None:
        """Whatever they were before."""
        data = io.BytesIO()
        with Image.open(io.BytesIO(idmock.specimen("front"))) as card:
            card.save(data, form)
        assert sdk.call(as_parameter(data.getvalue()))["Name"] == "饶光鸣"

    @pytest.mark.parametrize("share", [0.001, 0.01, 0.2, 0.5, 0.9])
    @pytest.mark.parametrize("name", ["front", "front-photocopy", "back-photocopy"])
    def test_truncated(self, idmock: MockServer, sdk: Sdk, name: str, share: float) -> None:
        """Cut short anywhere: a JPEG, a PNG and a BMP."""
        data = idmock.specimen(name)
        assert sdk.refusal(as_parameter(data[: int(len(data) * share)])).get_code() == DECODE

    @pytest.mark.parametrize(
        "size", [(2**31 - 1, 2**31 - 1), (100_000, 100_000), (30_000, 30_000), (8000, 8000)]
    )
    def test_bomb(self, sdk: Sdk, size: tuple[int, int]) -> None:
        """A PNG of a few bytes that claims thousands of millions of pixels is judged by its header."""
        header = struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)
        chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
        data = b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
            for kind, body in chunks
        )
        assert sdk.refusal(as_parameter(data)).get_code() == "FailedOperation.ImageSizeTooLarge"

    @pytest.mark.parametrize(
        ("size", "code"),
        [
            ((10_001, 30), "FailedOperation.ImageSizeTooLarge"),
            ((10_000, 30), "FailedOperation.ImageNoIdCard"),
            ((300, 19), "FailedOperation.IdCardTooSmall"),
            ((300, 20), "FailedOperation.ImageNoIdCard"),
            ((1, 1), "FailedOperation.IdCardTooSmall"),
        ],
    )
    def test_sides(self, sdk: Sdk, size: tuple[int, int], code: str) -> None:
        """At the limits of the picture's sides."""
        assert sdk.refusal(as_parameter(image_bytes(size))).get_code() == code

    @pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "LA", "I;16"])
    def test_modes(self, idmock: MockServer, sdk: Sdk, mode: str) -> None:
        """Grey, two colours, a palette, transparency, 16 bits: decoded, and no card on them."""
        assert sdk.refusal(as_parameter(image_bytes(mode=mode))).get_code() == "FailedOperation.ImageNoIdCard"

    def test_cmyk(self, idmock: MockServer, sdk: Sdk) -> None:
        """A JPEG for print."""
        data = io.BytesIO()
        with Image.open(io.BytesIO(idmock.specimen("front"))) as card:
            card.convert("CMYK").save(data, "JPEG")
        assert sdk.call(as_parameter(data.getvalue()))["Name"] == "饶光鸣"

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_exif_orientation(self, idmock: MockServer, sdk: Sdk, orientation: int) -> None:
        """A camera's note how its pixels are to be turned, or mirrored, is followed."""
        stored_as = {
            2: Image.Transpose.FLIP_LEFT_RIGHT,
            3: Image.Transpose.ROTATE_180,
            4: Image.Transpose.FLIP_TOP_BOTTOM,
            5: Image.Transpose.TRANSPOSE,
            6: Image.Transpose.ROTATE_90,
            7: Image.Transpose.TRANSVERSE,
            8: Image.Transpose.ROTATE_270,
        }.get(orientation)
        exif = Image.Exif()
        exif[0x0112] = orientation
        data = io.BytesIO()
        with Image.open(io.BytesIO(idmock.specimen("front"))) as card:
            stored = card if stored_as is None else card.transpose(stored_as)
            stored.save(data, "JPEG", exif=exif)
        answer = sdk.call({**as_parameter(data.getvalue()), **config("BorderCheckWarn")})
        assert answer["Name"] == "饶光鸣"
        assert advanced(answer)["BorderCodeValue"] == 0

    def test_encoded_limit(self, idmock: MockServer, sdk: Sdk) -> None:
        """7M of Base64 are in, four characters more are not."""
        limit = 7 * MEBIBYTE // 4 * 3
        data = idmock.specimen("front")
        assert sdk.call(as_parameter(data.ljust(limit, b"\0")))["Name"] == "饶光鸣"
        error = sdk.refusal(as_parameter(data.ljust(limit + 1, b"\0")))
        assert error.get_code() == "LimitExceeded.TooLargeFileError"
