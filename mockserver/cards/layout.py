"""Where everything stands on a card, in card pixels (1012 x 638, 300 dpi).

The layout follows the arrangement of a resident identity card so that a client's cropping and field boxes make
sense, and nothing more: no emblem, no security art. The code has the emblem's place on the back and the lower
part of the portrait's place on the front.

A field's box is the tight box around the ink of its printed value, computed from the font, so what the reader
reports is what was drawn.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from PIL import ImageFont

from mockserver.cards.geometry import Box, Quad, box_quad
from mockserver.cards.model import CARD_HEIGHT, CARD_WIDTH, Card, Side
from mockserver.data import data_path

CARD_BOX: Box = (0, 0, CARD_WIDTH, CARD_HEIGHT)
CORNER_RADIUS = 36

#: Side of the square code without its quiet zone, and the width of the quiet zone around it.
CODE_SIZE = 300
QUIET_ZONE = 16
#: Top left corner of the code proper.
CODE_ORIGIN: Mapping[Side, tuple[int, int]] = {"front": (658, 192), "back": (56, 56)}

PORTRAIT_BOX: Box = (642, 50, 974, 508)
EMBLEM_BOX: Box = (24, 24, 388, 388)


def code_box(side: Side) -> Box:
    """The code proper, without its quiet zone."""
    x, y = CODE_ORIGIN[side]
    return (x, y, x + CODE_SIZE, y + CODE_SIZE)


def plate_box(side: Side) -> Box:
    """The white plate that carries the code and its quiet zone."""
    x, y = CODE_ORIGIN[side]
    return (x - QUIET_ZONE, y - QUIET_ZONE, x + CODE_SIZE + QUIET_ZONE, y + CODE_SIZE + QUIET_ZONE)


@dataclass(frozen=True, slots=True)
class Slot:
    """Room for one value: ``x`` and first ``baseline``, and how wide and high the text may become."""

    x: int
    baseline: int
    width: int
    height: int
    size: int = 38


@dataclass(frozen=True, slots=True)
class Run:
    """One piece of text as printed; ``field`` names the value it belongs to, None for a label."""

    text: str
    x: float
    baseline: float
    size: int
    field: str | None = None


LABELS: Mapping[Side, tuple[Run, ...]] = {
    "front": (
        Run("姓名", 60, 104, 30),
        Run("性别", 60, 178, 30),
        Run("民族", 300, 178, 30),
        Run("出生", 60, 252, 30),
        Run("住址", 60, 326, 30),
        Run("公民身份号码", 60, 580, 32),
    ),
    "back": (
        Run("中华人民共和国", 420, 150, 72),
        Run("居民身份证", 420, 280, 100),
        Run("签发机关", 110, 490, 32),
        Run("有效期限", 110, 570, 32),
    ),
}

SLOTS: Mapping[str, Slot] = {
    "name": Slot(168, 106, 440, 56, 42),
    "sex": Slot(168, 180, 110, 52),
    "nation": Slot(396, 180, 220, 52),
    "birth": Slot(168, 254, 440, 52),
    "address": Slot(168, 328, 452, 196),
    "id_number": Slot(300, 582, 640, 56, 50),
    "authority": Slot(300, 492, 640, 60),
    "validity": Slot(300, 572, 640, 56),
}

#: The date parts of the birth line: where each starts, and where its label 年 月 日 stands.
_BIRTH_PARTS = (
    ("birth_year", 168, "年", 272),
    ("birth_month", 322, "月", 376),
    ("birth_day", 422, "日", 476),
)

_SIZES = (50, 46, 42, 38, 34, 30, 26, 22, 18, 15, 12)
_LEADING = 1.25
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """The project's font at a size in pixels. Basic layout: the same on every machine, with or without Raqm."""
    path = data_path("fixtures", "fonts", "IDMockSansSC-Regular.otf")
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)


def runs(card: Card) -> tuple[Run, ...]:
    """Every piece of text on the card, labels first."""
    if card.side == "front":
        return (*LABELS["front"], *_front_values(card.fields))
    return (*LABELS["back"], *_back_values(card.fields))


def field_boxes(card: Card) -> dict[str, Box]:
    """The ink box of every printed value, plus ``validity`` on the back and ``portrait`` on the front.

    The birth date's parts have boxes of their own (``birth_year``, ``birth_month``, ``birth_day``) when the
    date is printed as a date.
    """
    boxes: dict[str, Box] = {}
    for run in runs(card):
        if run.field is not None:
            _extend(boxes, run.field, ink_box(run))
    if card.side == "front":
        parts = [boxes[part] for part, *_ in _BIRTH_PARTS if part in boxes]
        if parts:
            boxes["birth"] = union(parts)
        boxes["portrait"] = PORTRAIT_BOX
    else:
        boxes["validity"] = union([boxes["valid_from"], boxes["valid_until"]])
    return boxes


def nominal_boxes(side: Side) -> dict[str, Quad]:
    """The room each value of a side has, for a card whose print is not known: same keys as field_boxes."""
    names = (
        ("name", "sex", "nation", "birth", "address", "id_number")
        if side == "front"
        else ("authority", "validity")
    )
    boxes = {name: _room(SLOTS[name]) for name in names}
    if side == "front":
        boxes["portrait"] = PORTRAIT_BOX
    else:
        left, top, right, bottom = boxes["validity"]
        middle = (left + right) / 2
        boxes["valid_from"], boxes["valid_until"] = (left, top, middle, bottom), (middle, top, right, bottom)
    return {name: box_quad(box) for name, box in boxes.items()}


def _room(slot: Slot) -> Box:
    top = slot.baseline - 0.9 * slot.size
    return (slot.x, top, slot.x + slot.width, top + slot.height)


def union(boxes: Iterable[Box]) -> Box:
    """The smallest box around all the boxes."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return (min(lefts), min(tops), max(rights), max(bottoms))


def ink_box(run: Run) -> Box:
    """The tight box around a run's ink; for a run without ink the box of one blank character."""
    left, top, right, bottom = _ink(run.text, run.size) or (0, -0.8 * run.size, run.size, 0.1 * run.size)
    return (run.x + left, run.baseline + top, run.x + right, run.baseline + bottom)


def _extend(boxes: dict[str, Box], field: str, box: Box) -> None:
    boxes[field] = union([boxes[field], box]) if field in boxes else box


@lru_cache(maxsize=512)
def _ink(text: str, size: int) -> Box | None:
    """The ink of a text relative to its origin on the baseline, None when there is none."""
    mask, (dx, dy) = font(size).getmask2(text, mode="L", anchor="ls")
    inside = mask.getbbox()
    if inside is None:
        return None
    left, top, right, bottom = inside
    return (left + dx, top + dy, right + dx, bottom + dy)


def _front_values(fields: Mapping[str, str]) -> Iterator[Run]:
    for name in ("name", "sex", "nation"):
        yield from _fitted(fields[name], SLOTS[name], name)
    yield from _birth(fields["birth"])
    yield from _fitted(fields["address"], SLOTS["address"], "address")
    yield from _fitted(fields["id_number"], SLOTS["id_number"], "id_number")


def _birth(value: str) -> Iterator[Run]:
    """Year, month and day without leading zeros, each before its label; anything that is no date as it is."""
    slot = SLOTS["birth"]
    date = _ISO_DATE.fullmatch(value)
    if date is None:
        yield from _fitted(value, slot, "birth")
        return
    for (field, x, label, label_x), digits in zip(_BIRTH_PARTS, date.groups(), strict=True):
        yield Run(str(int(digits)), x, slot.baseline, slot.size, field)
        yield Run(label, label_x, slot.baseline - 2, 30)


def _back_values(fields: Mapping[str, str]) -> Iterator[Run]:
    yield from _fitted(fields["authority"], SLOTS["authority"], "authority")
    slot = SLOTS["validity"]
    start, end = _dotted(fields["valid_from"]), _dotted(fields["valid_until"])
    size = next(
        (s for s in _SIZES if s <= slot.size and _width(f"{start}-{end}", s) <= slot.width), _SIZES[-1]
    )
    x = float(slot.x)
    for text, field in ((start, "valid_from"), ("-", None), (end, "valid_until")):
        yield Run(text, x, slot.baseline, size, field)
        x += _width(text, size)


def _dotted(value: str) -> str:
    return value.replace("-", ".") if _ISO_DATE.fullmatch(value) else value


def _fitted(text: str, slot: Slot, field: str) -> Iterator[Run]:
    """The text at the largest size at which it fits its slot, wrapped over as many lines as it needs."""
    for size in _SIZES:
        if size > slot.size:
            continue
        lines = _wrapped(text, size, slot.width)
        if 1 + (len(lines) - 1) * _LEADING <= slot.height / size:
            break
    for index, line in enumerate(lines):
        yield Run(line, slot.x, slot.baseline + round(index * size * _LEADING), size, field)


def _wrapped(text: str, size: int, width: int) -> list[str]:
    """Lines no wider than ``width``; Chinese text may break between any two characters."""
    lines, line, used = [], "", 0.0
    for char in text:
        advance = _width(char, size)
        if line and used + advance > width:
            lines.append(line)
            line, used = "", 0.0
        line += char
        used += advance
    return [*lines, line]


@lru_cache(maxsize=4096)
def _width(text: str, size: int) -> float:
    return font(size).getlength(text)
