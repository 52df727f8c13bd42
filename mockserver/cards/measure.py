"""What the pixels say about a picture of a card: sharpness, glare, colour.

Everything is measured in the card's own plane, so that the figures do not depend on how large or how turned the
card is in the picture.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from PIL import Image, ImageChops, ImageFilter, ImageStat

from mockserver.cards import layout
from mockserver.cards.code import fields_of
from mockserver.cards.geometry import Box, Quad, Transform, area
from mockserver.cards.model import CARD_HEIGHT, CARD_WIDTH, Side
from mockserver.cards.refine import MARGIN, PITCH, Refined, levels
from mockserver.pictures import PixelSource

#: The card's plane is sampled at a quarter of the card's printed size for colour and glare.
_REDUCTION = 4
_PLANE = (CARD_WIDTH // _REDUCTION, CARD_HEIGHT // _REDUCTION)

#: How far apart pixels are compared, in card pixels: half a module or so.
_REACH = 3.0

#: Blur as ``blur`` measures it -> quality, linear in between. Calibrated with Gaussian blur of a known standard
#: deviation (card pixels): 1 measures 0.3-0.6, 2 measures 1.0, 2.5 1.27, 3 1.48, 3.5 1.74, the same at every
#: scale from 0.4 to 3. At 2 the text can still be read; from about 3.3 on a front's code is lost.
_QUALITY: tuple[tuple[float, float], ...] = (
    (0.5, 100),
    (0.8, 85),
    (1.15, 50),
    (1.45, 16),
    (1.8, 4),
    (2.2, 0),
)

#: Standard deviation of Cb plus Cr below which a card has no colour; a coloured specimen has 11 or more, a copy 1 at
#: most.
_GREY_SPREAD = 5.0

#: Glare is white: every channel at least this, on a card whose ground is 240 at most.
_GLARE_LEVEL = 250
#: Share of a value's box, and of a portrait or emblem beside its code, that counts as covered.
_COVERED_VALUE = 0.10
_COVERED_PICTURE = 0.06
#: Share of the whole card outside those places that counts.
_COVERED_OTHER = 0.004
#: A saturated square of this many modules does not occur in a code by itself.
_WASHED_MODULES = 5


def quality(refined: Refined) -> int:
    """Sharpness 0-100 of the picture at the card, lower is blurrier.

    Follows from the width of the blur, see ``blur``.
    """
    sigma = blur(refined)
    (below, high), *steps = _QUALITY
    if sigma <= below:
        return round(high)
    for above, low in steps:
        if sigma < above:
            return round(high + (low - high) * (sigma - below) / (above - below))
        below, high = above, low
    return round(high)


def blur(refined: Refined) -> float:
    """The width of the blur in card pixels, infinite when the code shows no contrast at all.

    Grows with the standard deviation of the blur and stays below it, since blur also lowers the contrast.
    Compares the energy of the differences between near pixels of the code with what sharp modules would
    give. The sum of plain differences would not do: blur makes an edge wider and lower and leaves their sum
    alone.
    """
    image = refined.rectified
    pixel = layout.CODE_SIZE / (refined.modules * PITCH)
    reach = max(1, round(_REACH / pixel))
    dark, light = levels(image)
    if light - dark < 1:
        return math.inf
    middle = (dark + light) / 2
    sharp = image.point(lambda value: 255 if value > middle else 0)
    ratios = []
    for dx, dy in ((reach, 0), (0, reach)):
        wanted = _energy(sharp, dx, dy) * ((light - dark) / 255) ** 2
        ratios.append(_energy(image, dx, dy) / wanted if wanted else 0.0)
    return reach * pixel / (2 * _spread(min(ratios)))


def _energy(image: Image.Image, dx: int, dy: int) -> float:
    """Mean squared difference between pixels (dx, dy) apart."""
    width, height = image.size
    one = image.crop((0, 0, width - dx, height - dy))
    other = image.crop((dx, dy, width, height))
    return ImageStat.Stat(ImageChops.difference(one, other)).rms[0] ** 2


def _spread(ratio: float) -> float:
    """The s at which an edge blurred with standard deviation d / 2s keeps ``ratio`` of its energy at distance d.

    For a Gaussian that share is erf(s) - (1 - exp(-s^2)) / (s sqrt(pi)), which grows with s: found by bisection.
    """
    low, high = 0.02, 50.0
    for _ in range(30):
        s = math.sqrt(low * high)
        kept = math.erf(s) - (1 - math.exp(-s * s)) / (s * math.sqrt(math.pi))
        low, high = (s, high) if kept < ratio else (low, s)
    return math.sqrt(low * high)


def card_plane(source: PixelSource, card_to_picture: Transform, corners: Quad) -> Image.Image:
    """The card seen upright at a quarter of its printed size, RGB; black where it lies outside the picture."""
    width = math.sqrt(area(corners) * CARD_WIDTH / CARD_HEIGHT)
    pixels = source.pixels("RGB", at_least=math.ceil(source.longer * 1.2 * _PLANE[0] / max(width, 1.0)))
    to_pixels = Transform.scale(pixels.width / source.width, pixels.height / source.height)
    mapping = Transform.scale(_REDUCTION).then(card_to_picture).then(to_pixels)
    return pixels.transform(
        _PLANE, Image.Transform.PERSPECTIVE, mapping.coefficients(), Image.Resampling.BILINEAR, fillcolor=0
    )


def is_grey(plane: Image.Image) -> bool:
    """Whether a card has no colours of its own: warm light on a copy, which tints everything alike, is no colour.

    Each channel is brought to the same mean before the spread of the colours is measured.
    """
    small = plane.reduce(2)
    seen = small.convert("L").point(lambda value: 255 if value > 0 else 0)
    means = [max(mean, 1.0) for mean in ImageStat.Stat(small, seen).mean]
    common = min(means)
    balanced = [
        channel.point([round(value * common / mean) for value in range(256)])
        for channel, mean in zip(small.split(), means, strict=True)
    ]
    _, blue, red = ImageStat.Stat(Image.merge("RGB", balanced).convert("YCbCr"), seen).stddev
    return blue + red < _GREY_SPREAD


def glare(plane: Image.Image, refined: Refined, side: Side, boxes: Mapping[str, Box]) -> frozenset[str]:
    """The places that glare covers: fields of the side (their boxes are in ``boxes``), ``portrait`` on a front,
    ``emblem`` on a back, and ``other``."""
    red, green, blue = plane.split()
    lowest = ImageChops.darker(ImageChops.darker(red, green), blue)
    white = lowest.point(lambda value: 255 if value >= _GLARE_LEVEL else 0).filter(ImageFilter.MinFilter(3))
    plate = _reduced(layout.plate_box(side), grow=2)
    white.paste(0, plate)
    picture_place = "portrait" if side == "front" else "emblem"
    picture_box = layout.PORTRAIT_BOX if side == "front" else layout.EMBLEM_BOX

    places = {name for name in fields_of(side) if _share(white, boxes[name]) >= _COVERED_VALUE}
    bare = _area(_reduced(picture_box)) - _area(plate)
    if _bright(white, picture_box) >= _COVERED_PICTURE * bare or _is_washed(refined):
        places.add(picture_place)
    for box in (*boxes.values(), picture_box):
        white.paste(0, _reduced(box, grow=2))
    if ImageStat.Stat(white).mean[0] / 255 >= _COVERED_OTHER:
        places.add("other")
    return frozenset(places)


def _is_washed(refined: Refined) -> bool:
    """Whether glare has wiped out a patch of the code that error correction then restored."""
    small = refined.rectified.reduce(PITCH)
    white = small.point(lambda value: 255 if value >= _GLARE_LEVEL else 0)
    # Only squares that lie wholly inside the code: the margin around it is white by right.
    inset = MARGIN + _WASHED_MODULES // 2
    squares = white.filter(ImageFilter.MinFilter(_WASHED_MODULES))
    return squares.crop((inset, inset, squares.width - inset, squares.height - inset)).getbbox() is not None


def _reduced(box: Box, grow: int = 0) -> tuple[int, int, int, int]:
    left, top, right, bottom = (edge / _REDUCTION for edge in box)
    return (
        max(0, math.floor(left) - grow),
        max(0, math.floor(top) - grow),
        min(_PLANE[0], math.ceil(right) + grow),
        min(_PLANE[1], math.ceil(bottom) + grow),
    )


def _area(box: tuple[int, int, int, int]) -> int:
    return max(0, box[2] - box[0]) * max(0, box[3] - box[1])


def _bright(white: Image.Image, box: Box) -> float:
    """Number of glaring pixels in a box."""
    return ImageStat.Stat(white.crop(_reduced(box))).sum[0] / 255


def _share(white: Image.Image, box: Box) -> float:
    return _bright(white, box) / max(1, _area(_reduced(box)))
