"""Making pictures of cards: from recipes for the named ones, from a seed for any number of others.

A recipe is JSON; its shape is in ``fixtures/specimens.schema.json``. The same recipe or seed gives the same cards on
every machine, and the same bytes given the same versions of Pillow and FreeType.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from random import Random
from typing import Any, Literal

from PIL import Image

from mockserver.cards.layout import field_boxes
from mockserver.cards.model import Card, Side
from mockserver.cards.named import FORMATS, JPEG_QUALITY
from mockserver.cards.people import Person, back_card, front_card, make_person
from mockserver.cards.scene import Look, Patch, Placement, Scene, Spot, Truth, compose

Sides = Literal["front", "back", "both"]

#: People are made as of this day unless another is given, so that a seed means the same card tomorrow.
DEFAULT_TODAY = date(2026, 1, 1)
_SIZE = (1200, 860)
_SKIN = (206, 164, 136, 255)


@dataclass(frozen=True, slots=True)
class Made:
    """A picture as encoded, its size in pixels and the truth about its cards."""

    name: str
    data: bytes
    width: int
    height: int
    truths: tuple[Truth, ...]

    def truth_json(self) -> dict[str, Any]:
        """Size, fields, flags, corners and boxes as plain data; positions to a tenth of a pixel."""
        return {
            "width": self.width,
            "height": self.height,
            "cards": [
                {
                    "side": truth.card.side,
                    "fields": dict(truth.card.fields),
                    "flags": sorted(truth.card.flags),
                    "corners": _rounded(truth.corners),
                    "boxes": {name: _rounded(quad) for name, quad in truth.boxes.items()},
                }
                for truth in self.truths
            ],
        }


def make_named(document: Mapping[str, Any]) -> Iterator[Made]:
    """Every specimen of a document like ``fixtures/specimens.json``, drawn from its recipe."""
    people = people_of(document)
    for row in document["specimens"]:
        name, _, extension = row["file"].rpartition(".")
        recipe = row["recipe"]
        image, truths = compose(scene_of(recipe, people))
        if recipe.get("look") == "photocopy":
            image = image.convert("L")
        yield Made(name, encoded(image, extension, recipe.get("quality", JPEG_QUALITY)), *image.size, truths)


def people_of(document: Mapping[str, Any]) -> dict[str, Person]:
    """The people of a document of recipes by the names it gives them."""
    today = date.fromisoformat(document["today"])
    return {name: make_person(today=today, **wishes) for name, wishes in document["people"].items()}


def scene_of(recipe: Mapping[str, Any], people: Mapping[str, Person]) -> Scene:
    """The scene that a recipe describes. Raises KeyError for a person that is not among ``people``."""
    return Scene(
        width=recipe["width"],
        height=recipe["height"],
        placements=tuple(_placement(row, people) for row in recipe["cards"]),
        ground=recipe["ground"],
        blur=recipe.get("blur", 0.0),
        look=recipe.get("look", "colour"),
    )


def _placement(row: Mapping[str, Any], people: Mapping[str, Person]) -> Placement:
    card = card_of(people[row["person"]], row["side"], row.get("flags", ()))
    card = replace(card, fields={**card.fields, **row.get("change", {})})
    placement = Placement(
        card,
        centre=(row["centre"][0], row["centre"][1]),
        scale=row["scale"],
        rotation=row.get("rotation", 0.0),
        glare=tuple(Spot((s["centre"][0], s["centre"][1]), s["radius"]) for s in row.get("glare", ())),
        patches=tuple(Patch(tuple(p["box"]), tuple(p["colour"])) for p in row.get("patches", ())),
    )
    if "shifts" in row:
        a, b, c, d = ((float(dx), float(dy)) for dx, dy in row["shifts"])
        placement = replace(placement, shifts=(a, b, c, d))
    return placement


def card_of(person: Person, side: Side, flags: Iterable[str] = ()) -> Card:
    """One side of a person's card."""
    return front_card(person, flags) if side == "front" else back_card(person, flags)


def make_many(
    count: int, *, seed: int, sides: Sides, flags: Iterable[str], extension: str, today: date = DEFAULT_TODAY
) -> Iterator[Made]:
    """``count`` pictures of different people, one at a time, lying as on a hand-held photo.

    ``both`` puts front and back into one picture. Picture n of a seed does not depend on ``count``. Raises
    ValueError for an unknown flag or extension.
    """
    kept = frozenset(flags)
    for index in range(count):
        rng = Random(f"cards {seed} {index}")
        person = make_person(rng, today=today)
        scene = _random_scene(rng, person, sides, kept)
        image, truths = compose(scene)
        yield Made(f"card-{index + 1:05d}-{sides}", encoded(image, extension), *image.size, truths)


def _random_scene(rng: Random, person: Person, sides: Sides, flags: frozenset[str]) -> Scene:
    width, height = _SIZE
    shown: tuple[Side, ...] = ("front", "back") if sides == "both" else (sides,)
    placements = tuple(
        _random_placement(rng, card_of(person, side, flags), (width / 2, height * (row + 0.5)))
        for row, side in enumerate(shown)
    )
    look: Look = "photocopy" if "photocopy" in flags else "screen" if "screen" in flags else "colour"
    return Scene(width, height * len(shown), placements, ground=rng.getrandbits(32), look=look)


def _random_placement(rng: Random, card: Card, centre: tuple[float, float]) -> Placement:
    a, b, c, d = ((rng.uniform(-0.015, 0.015), rng.uniform(-0.015, 0.015)) for _ in range(4))
    patches: tuple[Patch, ...] = ()
    if "occluded" in card.flags:
        name = rng.choice(sorted(card.fields))
        left, top, right, bottom = field_boxes(card)[name]
        patches = (Patch((left - 12, top - 12, (left + right) / 2 + 24, bottom + 12), _SKIN),)
    return Placement(
        card,
        centre=(centre[0] + rng.uniform(-40, 40), centre[1] + rng.uniform(-20, 20)),
        scale=rng.uniform(0.75, 0.95),
        rotation=rng.uniform(-6, 6),
        shifts=(a, b, c, d),
        patches=patches,
    )


def encoded(image: Image.Image, extension: str, quality: int = JPEG_QUALITY) -> bytes:
    """A picture file. Raises ValueError for an extension other than jpg, png and bmp."""
    if extension not in FORMATS:
        raise ValueError(f"a picture is made as {', '.join(FORMATS)}, not {extension!r}")
    out = io.BytesIO()
    image.save(out, FORMATS[extension], quality=quality)
    return out.getvalue()


def _rounded(points: Iterable[tuple[float, float]]) -> list[list[float]]:
    return [[round(x, 1), round(y, 1)] for x, y in points]
