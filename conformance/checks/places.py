"""Points and boxes in an answer against where things really lie in the picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from conformance.checks.truth import Truth
from conformance.errors import NotApplicable

Point = tuple[float, float]


def near_place(actual: Any, argument: dict[str, Any], truth: Truth) -> str | None:
    """Whether a place lies where ``of`` ("card", or a printed thing like "name") lies, in the same order of points.

    ``within`` is the tolerance as a share of the card's width (0.03 by default). Four points are compared one by one, a
    rectangle with the smallest upright one around the truth; corners with names (lt, rt, rb, lb) are those that lie so
    in the picture, however the card is turned. ``clipped`` says that the vendor cuts places at the picture's edge.
    """
    picture = truth.picture(argument.get("picture", 0))
    card = truth.card(argument)
    wanted = card.corners if argument["of"] == "card" else (card.boxes or {}).get(argument["of"], ())
    if not wanted or not card.corners:
        raise NotApplicable(f"the picture's truth does not say where its {argument['of']} lies")
    points = points_of(actual)
    if points is None:
        return "four points, or a rectangle"
    if _corners_by_name(actual) is not None:
        wanted = _from_top_left(wanted)
    elif isinstance(actual, dict) and not _is_numbered(actual):
        wanted = _around(wanted)
    if argument.get("clipped"):
        wanted = [(_within(x, picture.size[0]), _within(y, picture.size[1])) for x, y in wanted]
    tolerance = argument.get("within", 0.03) * math.dist(card.corners[0], card.corners[1])
    if len(points) == len(wanted) and all(
        math.dist(p, w) <= tolerance for p, w in zip(points, wanted, strict=True)
    ):
        return None
    described = ", ".join(f"({x:.0f}, {y:.0f})" for x, y in wanted)
    return f"{argument['of']} at {described}, each within {tolerance:.0f} px"


def inside_picture(actual: Any, wanted: bool, truth: Truth) -> str | None:
    """Whether every point of a place lies in the picture, edges included."""
    points = points_of(actual)
    width, height = truth.picture().size
    inside = points is not None and all(0 <= x <= width and 0 <= y <= height for x, y in points)
    return None if inside is wanted else f"points within {width} x {height}"


def points_of(value: Any) -> list[Point] | None:
    """The points of a place in any of the spellings that vendors use, None for anything else.

    Four pairs, four objects with x and y; four such objects by name (lt, rt, rb, lb); one object with x0, y0 to x3, y3;
    rectangles as left, top, right, bottom or as x, y, width, height, whatever else is beside them. Corners come
    clockwise from the top left.
    """
    if isinstance(value, list):
        points = [_point(item) for item in value]
        return None if not points or None in points else [p for p in points if p is not None]
    if not isinstance(value, dict):
        return None
    if (corners := _corners_by_name(value)) is not None:
        return corners
    named = {name.lower(): number for name, number in value.items() if _is_number(number)}
    if _is_numbered(named):
        return [(named[f"x{n}"], named[f"y{n}"]) for n in range(4)]
    if {"left", "top", "right", "bottom"} <= set(named):
        return _rectangle(named["left"], named["top"], named["right"], named["bottom"])
    width, height = named.get("width", named.get("w")), named.get("height", named.get("h"))
    if width is None or height is None or "x" not in named or "y" not in named:
        return None
    return _rectangle(named["x"], named["y"], named["x"] + width, named["y"] + height)


def _point(item: Any) -> Point | None:
    if isinstance(item, dict):
        named = {name.lower(): number for name, number in item.items()}
        item = [named.get("x"), named.get("y")]
    if isinstance(item, list) and len(item) == 2 and all(map(_is_number, item)):
        return (item[0], item[1])
    return None


def _is_number(value: Any) -> bool:
    """True and false are integers to Python, and coordinates to nobody."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _corners_by_name(value: Any) -> list[Point] | None:
    """The corners of ``{"lt": {"x", "y"}, "rt", "rb", "lb"}``, None for anything else."""
    if not isinstance(value, dict) or set(value) != {"lt", "rt", "rb", "lb"}:
        return None
    corners = [_point(value[name]) for name in ("lt", "rt", "rb", "lb")]
    return None if None in corners else [corner for corner in corners if corner is not None]


def _from_top_left(points: Sequence[Point]) -> list[Point]:
    """The same corners clockwise from the one that lies furthest to the top left of the picture."""
    first = min(range(len(points)), key=lambda index: sum(points[index]))
    return [*points[first:], *points[:first]]


def _is_numbered(value: dict[str, Any]) -> bool:
    """Four points in one object: x0, y0 to x3, y3."""
    return all(f"{axis}{n}" in value for axis in "xy" for n in range(4))


def _rectangle(left: float, top: float, right: float, bottom: float) -> list[Point]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _around(points: Sequence[Point]) -> list[Point]:
    across, down = [x for x, _ in points], [y for _, y in points]
    return _rectangle(min(across), min(down), max(across), max(down))


def _within(number: float, most: int) -> float:
    return min(max(number, 0), most)
