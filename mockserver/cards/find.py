"""Finding card codes in a picture: roughly where each lies, and what it says.

A code is looked for on a small grey copy first and on larger ones only when needed. The longer sides looked at are
1000 and 2400 pixels; a smaller picture is looked at as it is and enlarged up to twice. Reading needs about 2.2 pixels
a module. Measured with ordinary cards at JPEG quality 80 and any angle, every card was found that was 210 pixels
wide in a picture of up to 2400, or took a tenth of the longer side of a picture of 4000. A blank picture of
4096 x 4096 takes three times as long as decoding it once. A card that is seen in a mirror is none.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import zxingcpp
from PIL import Image

from mockserver.cards import code
from mockserver.cards.geometry import Quad, Transform, area
from mockserver.cards.mirror import is_mirrored
from mockserver.cards.model import Card
from mockserver.pictures import PixelSource

_log = logging.getLogger(__name__)

_FIRST_SIDE = 1000
_LAST_SIDE = 2400
#: Below this many pixels a module another code beside the one found may have been too small to be read.
_COMFORTABLE_MODULE = 4.0
#: QR version v has 17 + 4 v modules a side.
_MODULES_BASE, _MODULES_STEP = 17, 4


@dataclass(frozen=True, slots=True)
class Found:
    """A card's code: ``quad`` is the code's outline in picture pixels, good to about a module."""

    card: Card
    quad: Quad
    modules: int

    @property
    def module_px(self) -> float:
        """Mean side of a module in picture pixels."""
        return math.sqrt(area(self.quad)) / self.modules


def find_codes(source: PixelSource) -> list[Found]:
    """Every card code in the picture, each place once. Raises PictureError when the picture does not decode."""
    found: list[Found] = []
    for copy in _copies(source):
        ratio = max(copy.size) / source.longer
        for sighted in _read(copy, source):
            if not any(_same_place(sighted, known) for known in found):
                found.append(sighted)
        if found and min(f.module_px for f in found) * ratio >= _COMFORTABLE_MODULE:
            break
    return found


def _copies(source: PixelSource) -> Iterator[Image.Image]:
    """Grey copies to look at, smallest first, each decoded only when it is asked for."""
    if source.longer > _FIRST_SIDE:
        yield _within(source.pixels("L", at_least=_FIRST_SIDE), _FIRST_SIDE)
    grey = _within(source.pixels("L", at_least=_LAST_SIDE), _LAST_SIDE)
    yield grey
    if source.longer < _LAST_SIDE:
        factor = min(2.0, _LAST_SIDE / source.longer)
        size = (round(grey.width * factor), round(grey.height * factor))
        yield grey.resize(size, Image.Resampling.BICUBIC)


def _within(image: Image.Image, side: int) -> Image.Image:
    longer = max(image.size)
    if longer <= side:
        return image
    size = (max(1, round(image.width * side / longer)), max(1, round(image.height * side / longer)))
    return image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)


def _read(image: Image.Image, source: PixelSource) -> Iterator[Found]:
    to_picture = Transform.scale(source.width / image.width, source.height / image.height)
    # Not a constant: the library complains on stderr of one that is left when a process ends without closing its mock.
    formats = zxingcpp.barcode_formats_from_str("QRCode")
    barcodes = zxingcpp.read_barcodes(image, formats=formats, try_downscale=False, try_invert=False)
    for barcode in barcodes:
        try:
            card = code.decode(barcode.bytes)
        except code.CodeError as error:
            _log.warning("picture %s: a card code was left out: %s", source.picture.digest[:12], error)
            continue
        if card is None:
            continue
        if is_mirrored(barcode):
            # Nobody can read such a card, and where its parts lie the code's corners do not say.
            _log.warning("picture %s: a card seen in a mirror was left out", source.picture.digest[:12])
            continue
        version = int(cast("dict[str, str]", barcode.extra)["Version"])
        where = barcode.position
        corners: Quad = (
            (float(where.top_left.x), float(where.top_left.y)),
            (float(where.top_right.x), float(where.top_right.y)),
            (float(where.bottom_right.x), float(where.bottom_right.y)),
            (float(where.bottom_left.x), float(where.bottom_left.y)),
        )
        if area(corners) > 0:
            yield Found(card, to_picture.apply_quad(corners), _MODULES_BASE + _MODULES_STEP * version)


def _same_place(one: Found, other: Found) -> bool:
    """Whether two finds are one code seen twice: their centres are closer than half a code."""
    reach = math.sqrt(min(area(one.quad), area(other.quad))) / 2
    return math.dist(_centre(one.quad), _centre(other.quad)) < reach


def _centre(quad: Quad) -> tuple[float, float]:
    return (sum(x for x, _ in quad) / 4, sum(y for _, y in quad) / 4)
