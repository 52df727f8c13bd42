"""Bytes that claim to be a picture: judged, measured and, when asked, decoded.

Opening reads the header only; pixels are decoded anew on every request for them, so that holding a Picture costs
no more memory than its bytes. Nothing that Pillow raises or warns about leaves this module: every way in which
bytes can be wrong becomes a PictureError with a kind.
"""

from __future__ import annotations

import hashlib
import io
import math
import struct
import threading
import warnings
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum

from PIL import Image, ImageFile

from mockserver.pictures.formats import DECODERS, sniff, webp_size
from mockserver.pictures.pixels import Mode, plain, swaps_sides, upright

ALL_FORMATS = frozenset(DECODERS)
#: 6000 x 4000, a camera's full picture; decoded as RGB that is 72 MB.
DEFAULT_MAX_PIXELS = 24_000_000

_EXIF_ORIENTATION = 0x0112
#: What Pillow's decoders raise for bytes that are not what they claim; found by reading and by fuzzing them.
_DECODER_ERRORS = (
    OSError, SyntaxError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, EOFError,
    AssertionError, MemoryError, RuntimeError, struct.error, zlib.error,
)  # fmt: skip
_warnings_lock = threading.Lock()


class Problem(Enum):
    """What is wrong with the bytes."""

    EMPTY = "empty"
    NOT_A_PICTURE = "not a picture"
    UNSUPPORTED_FORMAT = "unsupported format"
    DAMAGED = "damaged or cut short"
    TOO_MANY_PIXELS = "too many pixels"


class PictureError(ValueError):
    """Bytes that cannot be used as a picture.

    ``problem`` is the kind, ``format`` the format's name where it was recognised, ``size`` the width and height
    where the header told them.
    """

    def __init__(
        self, problem: Problem, detail: str, format: str | None = None, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(f"{problem.value}: {detail}")
        self.problem = problem
        self.detail = detail
        self.format = format
        self.size = size


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was taken in: its bytes and what its header says.

    ``width`` and ``height`` are pixels as shown, that is with the EXIF orientation applied.
    """

    digest: str
    byte_length: int
    format: str
    width: int
    height: int
    orientation: int
    data: bytes = field(repr=False)

    def pixels(self, mode: Mode = "RGB", at_least: int | None = None) -> Image.Image:
        """Decode the first frame, upright.

        ``at_least``: a longer side in pixels that is enough for the caller. Where the format can be decoded
        smaller more cheaply (JPEG), the result may then be smaller than the picture, never smaller than that.
        Raises PictureError (DAMAGED) when the data does not decode.
        """
        try:
            with _opened(self.data, self.format) as image:
                if at_least is not None and max(image.size) > at_least:
                    ratio = at_least / max(image.size)
                    wanted = (math.ceil(image.width * ratio), math.ceil(image.height * ratio))
                    image.draft(mode, wanted)
                elif self.format == "JPEG":
                    image.draft(mode, image.size)
                _load(image, self.format)
                return upright(plain(image, mode), self.orientation)
        except _DECODER_ERRORS as error:
            raise PictureError(Problem.DAMAGED, str(error), self.format, (self.width, self.height)) from error


def open_picture(
    data: bytes, *, max_pixels: int = DEFAULT_MAX_PIXELS, formats: Collection[str] = ALL_FORMATS
) -> Picture:
    """Take in a picture: recognise its format and read its header; no pixel is decoded.

    ``max_pixels`` bounds width x height, ``formats`` names the accepted ones (keys of DECODERS). Raises
    PictureError for anything that is not such a picture; damage after the header shows when pixels are decoded.
    """
    if not data:
        raise PictureError(Problem.EMPTY, "no bytes")
    name = sniff(data)
    if name is None:
        raise PictureError(Problem.NOT_A_PICTURE, "the bytes start like no known picture format")
    if name not in DECODERS or name not in formats:
        raise PictureError(Problem.UNSUPPORTED_FORMAT, name, name)
    size, orientation = _header(data, name, max_pixels)
    width, height = (size[1], size[0]) if swaps_sides(orientation) else size
    return Picture(hashlib.sha256(data).hexdigest(), len(data), name, width, height, orientation, data)


def _header(data: bytes, name: str, max_pixels: int) -> tuple[tuple[int, int], int]:
    """Stored size and EXIF orientation. Raises PictureError for a bad header or too many pixels."""
    if name == "WEBP":
        _check_pixels(webp_size(data), name, max_pixels)
    try:
        with _opened(data, name) as image:
            size = image.size
            # Before anything else is asked of the picture: some answers make Pillow decode it.
            _check_pixels(size, name, max_pixels)
            orientation = _orientation(image, name)
    except PictureError:
        raise
    except Image.DecompressionBombError as error:
        raise PictureError(Problem.TOO_MANY_PIXELS, str(error), name) from error
    except _DECODER_ERRORS as error:
        raise PictureError(Problem.DAMAGED, str(error) or "bad header", name) from error
    return size, orientation


def _check_pixels(size: tuple[int, int] | None, name: str, max_pixels: int) -> None:
    if size is None or min(size) < 1:
        raise PictureError(Problem.DAMAGED, "the header gives no size", name)
    width, height = size
    if width * height > max_pixels:
        raise PictureError(
            Problem.TOO_MANY_PIXELS, f"{width} x {height}, at most {max_pixels} pixels are read", name, size
        )


@contextmanager
def _opened(data: bytes, name: str) -> Iterator[ImageFile.ImageFile]:
    with _no_warnings():
        image = DECODERS[name](io.BytesIO(data))
    try:
        yield image
    finally:
        image.close()


def _load(image: ImageFile.ImageFile, name: str) -> None:
    """Decode in place; TIFF reads further tags while it does, and may warn about them."""
    if name == "TIFF":
        with _no_warnings():
            image.load()
    else:
        image.load()


def _orientation(image: ImageFile.ImageFile, name: str) -> int:
    """EXIF orientation 1-8. Damaged EXIF counts as none, as in every viewer; TIFF is turned by Pillow itself.

    EXIF behind a PNG's pixels is not looked for: Pillow decodes the whole picture on the way there.
    """
    if name == "TIFF" or "exif" not in image.info:
        return 1
    try:
        with _no_warnings():
            value = image.getexif().get(_EXIF_ORIENTATION, 1)
    except _DECODER_ERRORS:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


@contextmanager
def _no_warnings() -> Iterator[None]:
    """Pillow warns about odd metadata; those texts are for its caller, not for the server's log.

    Warning filters belong to the process, hence the lock; it is held for header work only, which takes
    microseconds.
    """
    with _warnings_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
