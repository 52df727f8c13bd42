"""Pictures that come back: they decode, and show what they should of the picture that was sent."""

from __future__ import annotations

import base64
import binascii
import io
import math
import warnings
from collections.abc import Sequence
from typing import Any

from PIL import Image, ImageChops, ImageStat

from conformance.checks.truth import Truth
from conformance.errors import NotApplicable

#: Both pictures are compared at this size, in grey: small enough that compression does not matter.
_COMPARED_PX = (48, 32)
#: So many times wider or higher than the thing a crop may be: what is seen around it need not be as much on all sides.
_STRETCHED = 1.35


def like_crop(actual: Any, argument: dict[str, Any], truth: Truth) -> str | None:
    """Whether a Base64 picture shows ``of`` ("card" or a printed thing such as "portrait") upright and unstretched.

    ``within`` is the tolerated mean difference in brightness, as a share of the full range (0.08 by default);
    ``format`` the picture format that the vendor documents; ``margin`` how much more than the thing may be seen around
    it, as a share of its size (0.15 by default).
    """
    image = _decoded(actual)
    if image is None:
        return "a picture in Base64"
    if "format" in argument and image.format != argument["format"]:
        return f"a {argument['format']} picture, which this {image.format} is not"
    card = truth.card(argument)
    quad = card.corners if argument["of"] == "card" else (card.boxes or {}).get(argument["of"], ())
    if not quad:
        raise NotApplicable(f"the picture's truth does not say where its {argument['of']} lies")
    if not _has_proportions(image.size, quad):
        return f"the {argument['of']} neither stretched nor squeezed, as this of {image.width} x {image.height} is"
    with Image.open(io.BytesIO(truth.picture(argument.get("picture", 0)).data)) as sent:
        source = sent.convert("L")
    best = min(
        _difference(image.convert("L"), source, _grown(quad, share))
        for share in (0.0, argument.get("margin", 0.15) / 2, argument.get("margin", 0.15))
    )
    allowed = argument.get("within", 0.08)
    return (
        None
        if best <= allowed
        else f"the {argument['of']} upright, differing by at most {allowed}, not {best:.2f}"
    )


def _decoded(text: Any) -> Image.Image | None:
    """The picture in a Base64 text; None when it is none, or of so many pixels that no crop has them."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image: Image.Image = Image.open(io.BytesIO(base64.b64decode(text, validate=True)))
            image.load()
    except (binascii.Error, TypeError, ValueError, OSError, SyntaxError):
        return None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    return image


def _has_proportions(size: tuple[int, int], quad: Sequence[tuple[float, float]]) -> bool:
    """Whether width is to height about as in the quadrangle, where opposite edges count together."""
    top, right, bottom, left = (math.dist(quad[n], quad[(n + 1) % 4]) for n in range(4))
    across, down = size[0] * (right + left), size[1] * (top + bottom)
    return across <= _STRETCHED * down and down <= _STRETCHED * across


def _difference(image: Image.Image, source: Image.Image, quad: list[tuple[float, float]]) -> float:
    """Mean difference between a picture and a quadrangle of another one, 0 to 1."""
    top_left, top_right, bottom_right, bottom_left = quad
    corners = (*top_left, *bottom_left, *bottom_right, *top_right)
    # In two steps: transform() looks at single pixels however many it leaves out, and fine patterns would differ.
    cut = source.transform(image.size, Image.Transform.QUAD, corners, Image.Resampling.BILINEAR)
    wanted, shown = (one.resize(_COMPARED_PX, Image.Resampling.BOX) for one in (cut, image))
    return float(ImageStat.Stat(ImageChops.difference(wanted, shown)).mean[0]) / 255


def _grown(quad: Any, share: float) -> list[tuple[float, float]]:
    """The quadrangle with its corners moved away from its middle."""
    across = math.fsum(x for x, _ in quad) / 4
    down = math.fsum(y for _, y in quad) / 4
    return [(across + (x - across) * (1 + share), down + (y - down) * (1 + share)) for x, y in quad]
