"""A picture with what was read from it drawn over: cards, the box of every value, the portrait."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from typing import NamedTuple

from mockserver.cards.model import Sighting
from mockserver.pictures import ALL_FORMATS, DEFAULT_MAX_PIXELS, Picture, PictureError
from mockserver.recognition import Recogniser

#: Longer side of the picture as it is shown, in pixels.
_SHOWN = 1200
_QUALITY = 80


class Shape(NamedTuple):
    """A quadrilateral and what it is of; ``points`` as SVG has them, in pixels of the picture."""

    name: str
    points: str
    #: What is printed there, empty for what is no field.
    value: str


class Overlay(NamedTuple):
    """What can be shown of a picture. One that cannot be decoded has a ``problem`` and nothing else."""

    width: int = 0
    height: int = 0
    #: The picture, smaller, as a ``data:`` URL: it is not kept anywhere else.
    source: str = ""
    cards: tuple[tuple[Shape, tuple[Shape, ...]], ...] = ()
    problem: str = ""


def overlay(recogniser: Recogniser, data: bytes) -> Overlay:
    """Read a picture as the vendors do and lay the result over it."""
    try:
        picture = recogniser.open(data, formats=ALL_FORMATS, max_pixels=DEFAULT_MAX_PIXELS)
        reading = recogniser.read(picture)
        source = _source(picture)
    except PictureError as error:
        return Overlay(problem=str(error))
    cards = tuple((_card(sighting), tuple(_boxes(sighting))) for sighting in reading.sightings)
    return Overlay(picture.width, picture.height, source, cards)


def _source(picture: Picture) -> str:
    """The picture as a small JPEG in a URL."""
    image = picture.pixels("RGB", at_least=_SHOWN)
    image.thumbnail((_SHOWN, _SHOWN))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()


def _card(sighting: Sighting) -> Shape:
    return Shape(sighting.card.side, _points(sighting.corners), "")


def _boxes(sighting: Sighting) -> Iterable[Shape]:
    for name, quad in sighting.boxes.items():
        yield Shape(name, _points(quad), sighting.card.fields.get(name, ""))


def _points(quad: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in quad)
