"""A card that is seen in a mirror: what a client makes of a picture that it forgot to turn back."""

from __future__ import annotations

import logging

import pytest
from PIL import Image

from mockserver.cards.model import Card
from mockserver.cards.read import read_picture
from mockserver.cards.scene import compose
from mockserver.pictures import open_picture
from tests.card_strategies import BACK, FRONT, encode, scene_around

_MIRRORS = (
    Image.Transpose.FLIP_LEFT_RIGHT,
    Image.Transpose.FLIP_TOP_BOTTOM,
    Image.Transpose.TRANSPOSE,
    Image.Transpose.TRANSVERSE,
)


@pytest.mark.parametrize("card", [FRONT, BACK], ids=["front", "back"])
@pytest.mark.parametrize("mirror", _MIRRORS, ids=lambda mirror: mirror.name.lower())
@pytest.mark.parametrize(("scale", "angle"), [(1.0, 0.0), (0.6, 33.0), (0.4, 200.0)])
def test_is_no_card(
    card: Card, mirror: Image.Transpose, scale: float, angle: float, caplog: pytest.LogCaptureFixture
) -> None:
    """Its text runs backwards, and where its parts lie is not told by its code; the log says why it is missing."""
    image, _ = compose(scene_around(card, rotation=angle, scale=scale))
    with caplog.at_level(logging.WARNING):
        assert read_picture(open_picture(encode(image.transpose(mirror), quality=70))).sightings == ()
    assert "seen in a mirror" in caplog.text


@pytest.mark.parametrize("mirror", _MIRRORS, ids=lambda mirror: mirror.name.lower())
def test_mirrored_twice_is_a_card_again(mirror: Image.Transpose) -> None:
    """However it lies."""
    image, _ = compose(scene_around(FRONT, rotation=12, scale=0.7))
    twice = image.transpose(mirror).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    assert [s.card for s in read_picture(open_picture(encode(twice))).sightings] == [FRONT]
