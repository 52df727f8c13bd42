"""The named specimens: ready-made pictures, each with one thing to show, and the truth about them.

``fixtures/specimens.json`` holds for every specimen the recipe (whose card, how it lies, what is wrong) and the truth
(fields, flags, corners, boxes); ``python tools/make_specimens.py`` draws the pictures from the recipes and writes
the truth. This module only reads: it needs neither the generator of people nor the drawing.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mockserver.cards.geometry import Quad
from mockserver.cards.model import Card
from mockserver.data import data_path
from mockserver.pictures import open_picture

#: File name extension -> Pillow's name of the format.
FORMATS: Mapping[str, str] = MappingProxyType({"jpg": "JPEG", "png": "PNG", "bmp": "BMP"})
JPEG_QUALITY = 85


@dataclass(frozen=True, slots=True)
class SpecimenCard:
    """One card of a specimen, and where it is: picture pixels, corners as in a Sighting."""

    card: Card
    corners: Quad
    boxes: Mapping[str, Quad]


@dataclass(frozen=True, slots=True)
class Specimen:
    """A named picture: what it shows in one sentence, its file, its size in pixels and its cards."""

    name: str
    says: str
    file: str
    width: int
    height: int
    cards: tuple[SpecimenCard, ...]

    @property
    def image_path(self) -> Path:
        """Where the picture is. Raises DataMissing when the installation lacks it."""
        return data_path("fixtures", "images", self.file)

    def as_json(self) -> dict[str, Any]:
        """Name, sentence, file, size and truth as plain data."""
        return {
            "name": self.name,
            "says": self.says,
            "file": self.file,
            "width": self.width,
            "height": self.height,
            "cards": [
                {
                    "side": c.card.side,
                    "fields": dict(c.card.fields),
                    "flags": sorted(c.card.flags),
                    "corners": c.corners,
                    "boxes": dict(c.boxes),
                }
                for c in self.cards
            ],
        }


@cache
def load_specimens() -> Mapping[str, Specimen]:
    """All named specimens by name, in the order of the file. Raises DataMissing when the file is not there."""
    document = json.loads(data_path("fixtures", "specimens.json").read_text("utf-8"))
    specimens = (_specimen(row) for row in document["specimens"])
    return MappingProxyType({specimen.name: specimen for specimen in specimens})


def convert_specimen(name: str, extension: str) -> bytes | None:
    """The picture of a specimen as ``jpg``, ``png`` or ``bmp``; None when there is no such name or format.

    The format it is stored in gives the stored bytes.
    """
    specimen = load_specimens().get(name)
    if specimen is None or extension not in FORMATS:
        return None
    data = specimen.image_path.read_bytes()
    if specimen.file.endswith(f".{extension}"):
        return data
    out = io.BytesIO()
    open_picture(data).pixels("RGB").save(out, FORMATS[extension], quality=JPEG_QUALITY)
    return out.getvalue()


def _specimen(row: Mapping[str, Any]) -> Specimen:
    truth = row["truth"]
    cards = tuple(
        SpecimenCard(
            Card(card["side"], card["fields"], frozenset(card["flags"])),
            _quad(card["corners"]),
            {name: _quad(points) for name, points in card["boxes"].items()},
        )
        for card in truth["cards"]
    )
    return Specimen(row["name"], row["says"], row["file"], truth["width"], truth["height"], cards)


def _quad(points: list[list[float]]) -> Quad:
    a, b, c, d = ((float(x), float(y)) for x, y in points)
    return (a, b, c, d)
