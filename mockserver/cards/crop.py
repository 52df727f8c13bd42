"""Crops that the services return: the card and the portrait, rectified, from the uploaded pixels."""

from __future__ import annotations

import io
import math

from PIL import Image

from mockserver.cards import layout
from mockserver.cards.geometry import Box, Transform
from mockserver.cards.model import CARD_WIDTH, Sighting
from mockserver.pictures import Picture

JPEG_QUALITY = 90
#: A crop is as large as the card is in the picture, within these widths of the whole card in pixels: an
#: enlargement shows nothing new, and a very large picture would make the answer too long.
MIN_CARD_PX, MAX_CARD_PX = 200, 2 * CARD_WIDTH


def card_crop(picture: Picture, sighting: Sighting) -> bytes:
    """The whole card, upright, as JPEG; what lies outside the picture is black.

    Raises PictureError when the picture does not decode.
    """
    return _crop(picture, sighting, layout.CARD_BOX)


def portrait_crop(picture: Picture, sighting: Sighting) -> bytes:
    """The portrait of a front, upright, as JPEG.

    Raises ValueError for a back, which has none, and PictureError when the picture does not decode.
    """
    if sighting.card.side != "front":
        raise ValueError("the back of a card has no portrait")
    return _crop(picture, sighting, layout.PORTRAIT_BOX)


def crop_size(sighting: Sighting, box: Box = layout.CARD_BOX) -> tuple[int, int]:
    """Width and height in pixels that the crop of a box (in card pixels) has."""
    scale = _scale(sighting)
    return max(1, round((box[2] - box[0]) * scale)), max(1, round((box[3] - box[1]) * scale))


def _scale(sighting: Sighting) -> float:
    """Crop pixels per card pixel."""
    return min(max(sighting.width_px, MIN_CARD_PX), MAX_CARD_PX) / CARD_WIDTH


def _crop(picture: Picture, sighting: Sighting, box: Box) -> bytes:
    scale = _scale(sighting)
    enough = math.ceil(max(picture.width, picture.height) * scale * CARD_WIDTH / sighting.width_px)
    pixels = picture.pixels("RGB", at_least=enough)
    to_pixels = Transform.scale(pixels.width / picture.width, pixels.height / picture.height)
    mapping = (
        Transform.scale(1 / scale)
        .then(Transform.translate(box[0], box[1]))
        .then(sighting.to_picture)
        .then(to_pixels)
    )
    upright = pixels.transform(
        crop_size(sighting, box),
        Image.Transform.PERSPECTIVE,
        mapping.coefficients(),
        Image.Resampling.BICUBIC,
        fillcolor=0,
    )
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=JPEG_QUALITY)
    return out.getvalue()
