"""Telling a code that is seen in a mirror from one that is not.

The decoder reads both alike, and the corners that it gives tell nothing: a QR code's finder patterns lie the same way
in its mirror image. What differs is the fifteen bits that name error correction and mask, printed twice along the
code's row 8 and column 8 (ISO/IEC 18004, format information): a mirror exchanges the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import zxingcpp
from PIL import Image

_LEVELS = {"L": 1, "M": 0, "Q": 3, "H": 2}
_GENERATOR, _MASK = 0x537, 0x5412
_DARK = 0


def is_mirrored(code: zxingcpp.Barcode) -> bool:
    """Whether a QR code that was read is a mirror image.

    Some of its modules may have been seen wrongly, so the bits are compared both ways and the better way counts.
    """
    extra = cast("dict[str, str | int]", code.extra)
    word = _format_word(_LEVELS[str(extra["ECLevel"])], int(extra["DataMask"]))
    seen = Image.fromarray(code.to_image(scale=1, add_quiet_zones=False))
    modules, size = seen.tobytes(), seen.width
    upright = mirrored = 0
    for bit, row, column in _places(size):
        expected = bool(word >> bit & 1)
        upright += (modules[row * size + column] == _DARK) == expected
        mirrored += (modules[column * size + row] == _DARK) == expected
    return mirrored > upright


def _format_word(level: int, mask: int) -> int:
    """Level and mask with their ten check bits, masked as they are printed."""
    data = level << 3 | mask
    rest = data
    for _ in range(10):
        rest = rest << 1 ^ (rest >> 9) * _GENERATOR
    return (data << 10 | rest) ^ _MASK


def _places(size: int) -> Iterator[tuple[int, int, int]]:
    """Bit, row and column of both printings, but for the bits beside the timing patterns."""
    for bit in range(6):
        yield bit, bit, 8
        yield 14 - bit, 8, bit
    for bit in range(7):
        yield bit, 8, size - 1 - bit
        yield 14 - bit, size - 1 - bit, 8
