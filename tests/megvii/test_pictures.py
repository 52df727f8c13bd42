"""Pictures as clients really send them: formats, colours, orientation, damage (contract §3.1)."""

from __future__ import annotations

import io
import json
import struct
import zlib

import pytest
from PIL import Image

from mockserver.accounts import Account
from mockserver.testing import MockServer
from tests.megvii.upload import body_of, call_app, file_part, text_part

UNSUPPORTED = "IMAGE_ERROR_UNSUPPORTED_FORMAT: image"
NUMBER = "370117199502149751"


def front(mock: MockServer) -> Image.Image:
    with Image.open(io.BytesIO(mock.specimen("front"))) as image:
        return image.convert("RGB")


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def seen(mock: MockServer, account: Account, data: bytes) -> str:
    """The number that is read, or the error."""
    parts = [text_part(name, value) for name, value in account.credentials.items()]
    answer = json.loads(call_app(mock, body_of([*parts, file_part(data)])).body)
    return str(answer["idcard_number"]["result"] if "idcard_number" in answer else answer["error"])


def png(width: int, height: int) -> bytes:
    """A PNG whose header promises a size, with data for a few pixels of it."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(30))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


@pytest.mark.parametrize(
    ("kind", "mode", "options"),
    [
        ("JPEG", "RGB", {}),
        ("JPEG", "CMYK", {}),
        ("JPEG", "RGB", {"progressive": True}),
        ("PNG", "RGB", {}),
        ("PNG", "RGBA", {}),
        ("PNG", "P", {}),
        ("BMP", "RGB", {}),
        ("WEBP", "RGB", {"quality": 85}),
    ],
)
def test_formats(
    idmock: MockServer, account: Account, kind: str, mode: str, options: dict[str, object]
) -> None:
    """What is read, in the colours that cameras and scanners produce."""
    image = front(idmock).resize((780, 555)) if kind == "BMP" else front(idmock)
    assert seen(idmock, account, saved(image.convert(mode), kind, **options)) == NUMBER


def test_animation(idmock: MockServer, account: Account) -> None:
    """Of a moving picture the first frame counts."""
    other = Image.new("RGB", (1040, 740), "white")
    data = saved(front(idmock), "WEBP", save_all=True, append_images=[other], quality=85)
    assert seen(idmock, account, data) == NUMBER


def test_orientation(idmock: MockServer, account: Account) -> None:
    """The EXIF orientation of a phone is applied, and rectangles are those of the picture as it is shown."""
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(front(idmock).transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif, quality=90)
    parts = [text_part(name, value) for name, value in account.credentials.items()]
    answer = json.loads(call_app(idmock, body_of([*parts, file_part(data)])).body)
    assert answer["idcard_number"]["result"] == NUMBER
    assert answer["card_rect"]["rb"] == pytest.approx({"x": 955, "y": 644}, abs=4)


@pytest.mark.parametrize("kind", ["GIF", "TIFF"])
def test_formats_that_are_not_read(idmock: MockServer, account: Account, kind: str) -> None:
    """They decode, and are refused as if they did not."""
    assert seen(idmock, account, saved(front(idmock).resize((600, 427)), kind)) == UNSUPPORTED


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"/9j/4AAQSkZJRgABAQ==",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        b"\xff\xd8\xff\xe0",
        png(600, 600),
        b"BM" + bytes(60),
        b"RIFF\0\0\0\0WEBPVP8 ",
    ],
    ids=[
        "empty",
        "nul",
        "base64",
        "svg",
        "pdf",
        "jpeg start",
        "png without data",
        "bmp of zeros",
        "webp start",
    ],
)
def test_bytes_that_do_not_decode(idmock: MockServer, account: Account, data: bytes) -> None:
    """Whatever they begin with."""
    assert seen(idmock, account, data) == UNSUPPORTED


def test_a_jpeg_cut_short(idmock: MockServer, account: Account) -> None:
    """A third of a file does not decode."""
    data = idmock.specimen("front")
    assert seen(idmock, account, data[: len(data) // 3]) == UNSUPPORTED


@pytest.mark.parametrize(("width", "height"), [(60000, 60000), (5000, 4000), (2**31 - 1, 1), (4097, 4096)])
def test_bombs(idmock: MockServer, account: Account, width: int, height: int) -> None:
    """A header that promises too much is refused for its size, before a pixel is decoded."""
    assert seen(idmock, account, png(width, height)) == "INVALID_IMAGE_SIZE: image"
