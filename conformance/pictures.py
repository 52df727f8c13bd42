"""Pictures of cards with the truth about them: the project's specimens, or the user's own.

A *role* such as ``front`` names what a picture shows. ``fixtures/images`` has a file for each; a target that cannot
read those is given others by an ``images.toml``:

    [front]
    file = "my-front.jpg"                # beside the toml
    url = "https://…/my-front.jpg"       # optional: where the target can fetch it
    [[front.cards]]
    side = "front"
    fields = { name = "…", sex = "男", nation = "汉", birth = "1990-01-31", address = "…", id_number = "…" }
    corners = [[10, 10], [1002, 10], [1002, 640], [10, 640]]     # optional: of the card, clockwise from its top left

A *recipe* in a case is a role, or an object that says what is done to the picture before it is sent.
"""

from __future__ import annotations

import io
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from PIL import Image

from conformance.data import HERE, data_root, load_json
from conformance.errors import NotApplicable, TargetError

Point = tuple[float, float]


@dataclass(frozen=True)
class CardTruth:
    """What one card of a picture says and where it lies; places are empty where nobody knows them."""

    side: str
    fields: Mapping[str, str]
    #: Clockwise from the card's own top left corner, in pixels of the picture.
    corners: Sequence[Point] = ()
    #: Places of what is printed, by name (name, birth, portrait ...), each four points like ``corners``.
    boxes: Mapping[str, Sequence[Point]] | None = None

    def scaled(self, across: float, down: float) -> CardTruth:
        def moved(points: Sequence[Point]) -> list[Point]:
            return [(x * across, y * down) for x, y in points]

        boxes = {name: moved(points) for name, points in (self.boxes or {}).items()}
        return replace(self, corners=moved(self.corners), boxes=boxes)

    def without_places(self) -> CardTruth:
        return replace(self, corners=(), boxes={})


@dataclass(frozen=True)
class Picture:
    """The bytes that are sent, and the truth about what they show."""

    data: bytes
    cards: tuple[CardTruth, ...] = ()
    size: tuple[int, int] = (0, 0)
    #: Where the target can fetch it, if anywhere.
    url: str | None = None

    def card(self, side: str) -> CardTruth:
        """The card of that side. Raises NotApplicable when the truth has none."""
        for card in self.cards:
            if card.side == side:
                return card
        raise NotApplicable(f"the picture's truth has no {side}")


class Album:
    """The pictures of a target by role."""

    def __init__(self, pictures: Mapping[str, Picture]) -> None:
        self._pictures = pictures

    def roles(self) -> list[str]:
        return sorted(self._pictures)

    def find(self, role: str) -> Picture:
        """Raises NotApplicable for a role that the album lacks."""
        found = self._pictures.get(role)
        if found is None:
            raise NotApplicable(f"no picture {role!r}; images.toml can give one")
        return found

    def make(self, recipe: str | Mapping[str, Any]) -> Picture:
        """The picture of a recipe, made once. Raises NotApplicable."""
        if isinstance(recipe, str):
            return self.find(recipe)
        if "of" in recipe:
            self.find(recipe["of"])
        return _make(self, json.dumps(recipe, sort_keys=True))


def specimens(base_url: str | None = None) -> Album:
    """The project's own pictures; with ``base_url`` they can also be fetched below it, as the mock serves them."""
    root = data_root() / "fixtures"
    pictures = {}
    for row in load_json(root / "specimens.json")["specimens"]:
        truth = row["truth"]
        url = None if base_url is None else f"{base_url}/{row['file']}"
        pictures[row["name"]] = Picture(
            (root / "images" / row["file"]).read_bytes(),
            tuple(_card(card) for card in truth["cards"]),
            (truth["width"], truth["height"]),
            url,
        )
    return Album(pictures)


def load_album(path: Path) -> Album:
    """The pictures of an ``images.toml``. Raises TargetError that names the place and what is wrong with it."""
    try:
        rows = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TargetError(f"{path} cannot be read: {error}") from None
    _check_rows(path, rows)
    pictures = {}
    for role, row in rows.items():
        file = path.parent / row["file"]
        try:
            data = file.read_bytes()
            with Image.open(io.BytesIO(data)) as image:
                size = image.size
        except OSError as error:
            raise TargetError(
                f"{path}, {role}: {file} is no picture: {error.strerror or 'unknown format'}"
            ) from None
        cards = tuple(_card(card) for card in row.get("cards", ()))
        pictures[role] = Picture(data, cards, size, row.get("url"))
    return Album(pictures)


def _check_rows(path: Path, rows: Mapping[str, Any]) -> None:
    """Raises TargetError for a role, a member or a value that there is not; a value of a card never stands in it."""
    wrong = next(Draft202012Validator(load_json(HERE / "images.schema.json")).iter_errors(rows), None)
    if wrong is not None:
        place = ".".join(map(str, wrong.absolute_path)) or "top level"
        named = wrong.validator in ("additionalProperties", "required")
        rule = wrong.message if named else f"has to fit {wrong.validator}: {wrong.validator_value}"
        raise TargetError(f"{path}, {place}: {rule}")
    known = [row["name"] for row in load_json(data_root() / "fixtures" / "specimens.json")["specimens"]]
    for role in rows:
        if role not in known:
            raise TargetError(f"{path}: no role {role!r}; there are: {', '.join(known)}")


def _card(row: Mapping[str, Any]) -> CardTruth:
    return CardTruth(row["side"], row["fields"], row.get("corners", ()), row.get("boxes", {}))


@lru_cache(maxsize=256)
def _make(album: Album, recipe_text: str) -> Picture:
    recipe = json.loads(recipe_text)
    picture = _start(album, recipe)
    if drawing := {k: recipe[k] for k in _DRAWN if k in recipe}:
        picture = _redraw(picture, drawing)
    data = picture.data
    if (size := recipe.get("truncate_to_bytes")) is not None:
        data = data[:size]
    if (size := recipe.get("pad_to_bytes")) is not None:
        data = data.ljust(size, b"\0")
    if (length := recipe.get("pad_to_base64_length")) is not None:
        # As long as the wanted text, or up to three characters less: Base64 comes in groups of four.
        data = data.ljust(length // 4 * 3, b"\0")
    # Only the picture as it is can be fetched.
    return replace(picture, data=data, url=picture.url if data is picture.data else None)


#: Members of a recipe that need the picture decoded and written anew.
_DRAWN = (
    "mode",
    "crop_px",
    "resize_px",
    "rotate_degrees",
    "paste_on_px",
    "format",
    "quality",
    "exif_orientation",
)


def _start(album: Album, recipe: Mapping[str, Any]) -> Picture:
    if "of" in recipe:
        return album.find(recipe["of"])
    if "blank_px" in recipe:
        width, height = recipe["blank_px"]
        out = io.BytesIO()
        Image.new("RGB", (width, height), "white").save(out, recipe.get("format", "PNG"))
        return Picture(out.getvalue(), size=(width, height))
    if "hex" in recipe:
        return Picture(bytes.fromhex(recipe["hex"]))
    return Picture(recipe["text"].encode())


def _redraw(picture: Picture, recipe: Mapping[str, Any]) -> Picture:
    """The picture decoded, changed and written anew; truth follows where a change is a mere scaling."""
    image: Image.Image = Image.open(io.BytesIO(picture.data))
    cards = picture.cards
    kind = recipe.get("format", image.format or "PNG")
    if wanted := recipe.get("resize_px"):
        across, down = wanted[0] / image.width, wanted[1] / image.height
        image, cards = image.resize(tuple(wanted)), tuple(c.scaled(across, down) for c in cards)
    if box := recipe.get("crop_px"):
        image, cards = image.crop(tuple(box)), tuple(c.without_places() for c in cards)
    if degrees := recipe.get("rotate_degrees"):
        image = image.rotate(-degrees, expand=True, fillcolor="white")
        cards = tuple(c.without_places() for c in cards)
    if wanted := recipe.get("paste_on_px"):
        ground = Image.new("RGB", tuple(wanted), "white")
        ground.paste(image.convert("RGB"), (0, 0))
        image = ground
    if mode := recipe.get("mode"):
        image = image.convert(mode)
    options: dict[str, Any] = {"quality": recipe["quality"]} if "quality" in recipe else {}
    if "exif_orientation" in recipe:
        exif = Image.Exif()
        exif[0x0112] = recipe["exif_orientation"]
        options["exif"] = exif.tobytes()
    out = io.BytesIO()
    image.save(out, kind, **options)
    return Picture(out.getvalue(), cards, image.size)
