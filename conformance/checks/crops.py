"""Pictures that come back: they decode, and show what they should of the picture that was sent."""

from __future__ import annotations

import base64
import binascii
import io
import math
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from PIL import Image, ImageChops, ImageStat

from conformance.checks.truth import Truth
from conformance.errors import NotApplicable

#: What any of the vendors gives; Pillow's readers of rarer formats fail in more ways.
_FORMATS = ("JPEG", "PNG", "BMP")
#: Both pictures are compared at this size, in grey: small enough that compression does not matter.
_COMPARED_PX = (48, 32)
#: What crops are cut out of keeps so much of its shorter side; a step below is more than a pixel of it.
_KEPT_PX = 320
#: So many times wider or higher than the thing a crop may be: what is seen around it need not be as much on all sides.
_STRETCHED = 1.35
#: Correlation of brightness from which on two pictures show the same. Crops of specimens reach 0.96 and more, also
#: scaled down, with more contrast and compressed hard; another person's card stays below 0.87, a blank one at 0.
_ALIKE = 0.9
#: By how much a side of the thing may be missing, as a share of its size.
_MISSING = 0.02
#: Steps in which the sides of a crop are looked for, as shares of the thing's size, the last one included.
_STEPS = (0.04, 0.02, 0.01)

#: Left, top, right and bottom: by how much more than the thing is seen there, as a share of its size.
_Sides = tuple[float, float, float, float]


def like_crop(actual: Any, argument: dict[str, Any], truth: Truth) -> str | None:
    """Whether a Base64 picture shows ``of`` ("card" or a printed thing such as "portrait") upright and unstretched.

    Brightness and contrast may be others. ``format`` is the picture format that the vendor documents; ``margin`` how
    much more than the thing may be seen around it, both sides together, as a share of its size (0.15 by default).
    """
    image = _decoded(actual)
    if image is None:
        return f"a picture in Base64: {', '.join(_FORMATS)}"
    if "format" in argument and image.format != argument["format"]:
        return f"a {argument['format']} picture, which this {image.format} is not"
    card = truth.card(argument)
    quad = card.corners if argument["of"] == "card" else (card.boxes or {}).get(argument["of"], ())
    if not quad:
        raise NotApplicable(f"the picture's truth does not say where its {argument['of']} lies")
    if not _has_proportions(image.size, quad):
        return f"the {argument['of']} neither stretched nor squeezed, as this of {image.width} x {image.height} is"
    with Image.open(io.BytesIO(truth.picture(argument.get("picture", 0)).data)) as sent:
        around = _Around(sent.convert("L"), quad, argument.get("margin", 0.15) / 2)
    likeness = around.likeness(image.convert("L"))
    return (
        None
        if likeness >= _ALIKE
        else f"the {argument['of']} upright, with a correlation of {_ALIKE} or more, not {likeness:.2f}"
    )


def _decoded(text: Any) -> Image.Image | None:
    """The picture in a Base64 text; None when it is none, or of so many pixels that no crop has them."""
    try:
        with warnings.catch_warnings():
            # What else Pillow finds odd is no matter: the picture shows the thing or does not.
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image: Image.Image = Image.open(
                io.BytesIO(base64.b64decode(text, validate=True)), formats=_FORMATS
            )
            image.load()
    except (binascii.Error, TypeError, ValueError, OSError, SyntaxError):
        return None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    return image


def _has_proportions(size: tuple[int, int], quad: Sequence[tuple[float, float]]) -> bool:
    """Whether width is to height about as in the quadrangle, where opposite edges count together."""
    top, right, bottom, left = _edges(quad)
    across, down = size[0] * (right + left), size[1] * (top + bottom)
    return across <= _STRETCHED * down and down <= _STRETCHED * across


def _edges(quad: Sequence[tuple[float, float]]) -> list[float]:
    """Lengths of the edges, the top one first, clockwise."""
    return [math.dist(quad[n], quad[(n + 1) % 4]) for n in range(4)]


class _Around:
    """A thing in a picture and what lies around it, upright, out of which crops can be cut."""

    def __init__(self, source: Image.Image, quad: Sequence[tuple[float, float]], margin: float) -> None:
        """``margin`` is what a crop may show beyond each side, as a share of the thing's size."""
        self._margin = margin
        self._reach = margin + max(_STEPS)
        top, right, bottom, left = (length * (1 + 2 * self._reach) for length in _edges(quad))
        # As large as it is: transform() looks at single pixels however many it leaves out, so fine patterns would go.
        size = max(_COMPARED_PX[0], round(max(top, bottom))), max(_COMPARED_PX[1], round(max(left, right)))
        way = _upright(quad, self._reach, size)
        upright = source.transform(size, Image.Transform.PERSPECTIVE, way, Image.Resampling.BILINEAR)
        self._image = upright.reduce(max(1, min(upright.width, upright.height) // _KEPT_PX))

    def likeness(self, image: Image.Image) -> float:
        """The best correlation of a picture with a crop, over crops whose sides a client could have chosen: from even
        margins on to better ones, as long as there are any."""
        shown = image.resize(_COMPARED_PX, Image.Resampling.BOX)
        even: list[_Sides] = [(share * self._margin,) * 4 for share in (0.0, 0.5, 1.0)]
        best, sides = max((_correlation(self._crop(one), shown), one) for one in even)
        for step in _STEPS:
            better = True
            while better and best < _ALIKE:
                found, one = max(
                    (_correlation(self._crop(one), shown), one) for one in self._near(sides, step)
                )
                better = found > best
                if better:
                    best, sides = found, one
        return best

    def _near(self, sides: _Sides, step: float) -> Iterator[_Sides]:
        """The same with one side moved."""
        for number in range(4):
            for way in (-step, step):
                moved = min(max(sides[number] + way, -_MISSING), self._margin)
                first, second, third, fourth = (moved if n == number else s for n, s in enumerate(sides))
                yield first, second, third, fourth

    def _crop(self, sides: _Sides) -> Image.Image:
        left, top, right, bottom = sides
        across, down = (length / (1 + 2 * self._reach) for length in self._image.size)
        box = (
            (self._reach - left) * across,
            (self._reach - top) * down,
            (self._reach + 1 + right) * across,
            (self._reach + 1 + bottom) * down,
        )
        return self._image.resize(_COMPARED_PX, Image.Resampling.BOX, box)


def _correlation(one: Image.Image, other: Image.Image) -> float:
    """Correlation of the brightness of two pictures of one size, -1 to 1; 0 when one of them is all of one colour."""
    first, second = ImageStat.Stat(one), ImageStat.Stat(other)
    spread = first.stddev[0] * second.stddev[0]
    # From the spread of the difference: the product of two pixels would not fit into one.
    apart = ImageStat.Stat(ImageChops.subtract(one, other, 2.0, 128)).var[0] * 4
    return (first.var[0] + second.var[0] - apart) / (2 * spread) if spread else 0.0


def _upright(quad: Sequence[tuple[float, float]], reach: float, size: tuple[int, int]) -> tuple[float, ...]:
    """The way from a picture of that size, which shows a quadrangle and ``reach`` (a share of it) beyond each side, to
    the picture in which the quadrangle lies: what Pillow wants for a transformation in perspective.

    After P. Heckbert, "Fundamentals of Texture Mapping and Image Warping" (1989), 2.2.3: a unit square to four points.
    Raises NotApplicable for four points of which three lie on a line.
    """
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = quad
    over, under = (x1 - x2, y1 - y2), (x3 - x2, y3 - y2)
    skew = x0 - x1 + x2 - x3, y0 - y1 + y2 - y3
    if not (area := over[0] * under[1] - under[0] * over[1]):
        raise NotApplicable("the picture's truth has a place without an area")
    g = (skew[0] * under[1] - under[0] * skew[1]) / area
    h = (over[0] * skew[1] - skew[0] * over[1]) / area
    across, down = (1 + 2 * reach) / size[0], (1 + 2 * reach) / size[1]
    rows = ((x1 - x0 + g * x1, x3 - x0 + h * x3, x0), (y1 - y0 + g * y1, y3 - y0 + h * y3, y0), (g, h, 1.0))
    first, second, third = ((a * across, b * down, c - reach * (a + b)) for a, b, c in rows)
    whole = third[2]
    return tuple(value / whole for value in (*first, *second, *third[:2]))
