"""The JSON inside Data: one object per side, computed from where the card lies in the picture (contract §6.3, §6.4)."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from mockserver.cards.geometry import Point, bounding_box, visible_share
from mockserver.cards.model import LONG_TERM, Reading, Side, Sighting
from mockserver.recognition import legible_fields
from mockserver.vendors._aliyun.call import AliyunCall

#: Entries of prism_keyValueInfo in the order of the card: the vendor's name, and the sighting's name of its box.
_KEYS: dict[Side, tuple[tuple[str, str], ...]] = {
    "front": (
        ("name", "name"),
        ("sex", "sex"),
        ("ethnicity", "nation"),
        ("birthDate", "birth"),
        ("address", "address"),
        ("idNumber", "id_number"),
    ),
    "back": (("issueAuthority", "authority"), ("validPeriod", "validity")),
}
_NAMES: dict[Side, str] = {"front": "face", "back": "back"}
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


def result(call: AliyunCall) -> dict[str, Any]:
    """The whole object, one member of ``data`` for each side in the picture."""
    reading = call.reading
    if reading is None:
        raise LookupError("Data is rendered before the cards are read")
    turned = all(_angle(s) % 180 == 90 for s in reading.sightings)
    width, height = (reading.height, reading.width) if turned else (reading.width, reading.height)
    return {
        "algo_version": call.contract.behaviour("algo_version"),
        "data": {_NAMES[s.card.side]: _side(call, s, reading) for s in reading.sightings},
        "height": height,
        "orgHeight": reading.height,
        "orgWidth": reading.width,
        "width": width,
    }


def _side(call: AliyunCall, sighting: Sighting, reading: Reading) -> dict[str, Any]:
    side, behaviour = sighting.card.side, call.contract.behaviour
    corners = _points(sighting.corners, reading)
    width, height = _crop_size(corners)
    whole = behaviour("side_org_size") == "picture"
    values = _values(call, sighting, reading)
    out: dict[str, Any] = {
        "algo_version": behaviour("algo_version"),
        "angle": _angle(sighting),
        "data": values,
        "ftype": _copy(sighting),
        "height": height,
        "width": width,
        "orgHeight": reading.height if whole else height,
        "orgWidth": reading.width if whole else width,
        "prism_keyValueInfo": [
            _key_value(call, sighting, reading, key, box, values[key]) for key, box in _KEYS[side]
        ],
        "sliceRect": _slice_rect(corners),
    }
    if call.switch("OutputFigure"):
        if side == "front":
            out["figure"] = _figures(call, sighting, reading)
        elif behaviour("back_figure") == "empty":
            out["figure"] = []
    if call.switch("OutputQualityInfo"):
        out["warning"] = _warning(call, sighting)
    return dict(sorted(out.items()))


def _values(call: AliyunCall, sighting: Sighting, reading: Reading) -> dict[str, str]:
    fields = legible_fields(sighting, reading)
    if sighting.card.side == "back":
        return {"issueAuthority": fields["authority"], "validPeriod": _period(call, fields)}
    return {
        "name": fields["name"],
        "sex": fields["sex"],
        "ethnicity": fields["nation"],
        "birthDate": _birth(fields["birth"]),
        "address": fields["address"],
        "idNumber": fields["id_number"],
    }


def _birth(value: str) -> str:
    """``1986-01-09`` as ``1986年1月9日``: not padded. What is no date is read as it is printed."""
    date = _ISO_DATE.fullmatch(value)
    return f"{date[1]}年{int(date[2])}月{int(date[3])}日" if date else value


def _period(call: AliyunCall, fields: dict[str, str]) -> str:
    """``2008.05.07-2028.05.07``: padded; empty unless both ends can be read."""
    start, end = fields["valid_from"], fields["valid_until"]
    if not start or not end:
        return ""
    shown = call.contract.behaviour("long_term_text") if end == LONG_TERM else end.replace("-", ".")
    return f"{start.replace('-', '.')}-{shown}"


def _key_value(
    call: AliyunCall, sighting: Sighting, reading: Reading, key: str, box: str, value: str
) -> dict[str, Any]:
    """One entry; without a position where nothing was read."""
    entry: dict[str, Any] = {"key": key, "keyProb": 100, "value": value}
    if value:
        entry["valuePos"] = _points(sighting.boxes[box], reading)
    entry["valueProb"] = _probability(call, sighting, box)
    return entry


def _probability(call: AliyunCall, sighting: Sighting, box: str) -> int:
    """100 for a sharp value, less for a blurred one and for one under glare."""
    behaviour = call.contract.behaviour
    full: int = behaviour("full_probability_from_quality")
    found = 100 if sighting.quality >= full else round(100 - full + sighting.quality)
    if box in sighting.glare:
        found = min(found, behaviour("glare_probability"))
    return max(0, found)


def _figures(call: AliyunCall, sighting: Sighting, reading: Reading) -> list[dict[str, Any]]:
    """The portrait, if enough of it is in the picture: upright box, turned box, and its corners."""
    quad = sighting.boxes["portrait"]
    if visible_share(quad, reading.width, reading.height) < call.contract.behaviour(
        "figure_from_visible_share"
    ):
        return []
    points = _points(quad, reading)
    left, top, right, bottom = bounding_box([(p["x"], p["y"]) for p in points])
    (x0, y0), (x1, y1) = quad[0], quad[1]
    turn = round(math.degrees(math.atan2(y1 - y0, x1 - x0)))
    older = call.contract.behaviour("figure_box") == "older-opencv"
    angle, along, across = _rotated_rect(turn, *_crop_size(points), older=older)
    return [
        {
            "type": call.contract.behaviour("figure_type"),
            "x": int(left),
            "y": int(top),
            "w": int(right - left),
            "h": int(bottom - top),
            "box": {
                "x": round(sum(p["x"] for p in points) / 4),
                "y": round(sum(p["y"] for p in points) / 4),
                "w": along,
                "h": across,
                "angle": angle,
            },
            "points": points,
        }
    ]


def _rotated_rect(turn: int, width: int, height: int, *, older: bool) -> tuple[int, int, int]:
    """OpenCV's angle, and the lengths along it and across it: an upright portrait has 90, or -90 if older."""
    angle = turn % 90 - 90 if older else 90 - -turn % 90
    return (angle, height, width) if (turn - angle) // 90 % 2 else (angle, width, height)


def _warning(call: AliyunCall, sighting: Sighting) -> dict[str, float]:
    edited = "edited" in sighting.card.flags
    return {
        "isCopy": _copy(sighting),
        "isReshoot": int("screen" in sighting.card.flags),
        "completenessScore": _score(100 * (1 - sighting.outside)),
        "qualityScore": _score(sighting.quality),
        "tamperScore": call.contract.behaviour("tamper_score_edited" if edited else "tamper_score_genuine"),
    }


def _copy(sighting: Sighting) -> int:
    return int(sighting.grey or "photocopy" in sighting.card.flags)


def _score(value: float) -> float:
    """Six decimals; a whole number without any, as the page prints 100."""
    rounded = round(min(100.0, max(0.0, value)), 6)
    return int(rounded) if rounded == int(rounded) else rounded


def _angle(sighting: Sighting) -> int:
    """The card's clockwise turn in the picture, to the nearest quarter."""
    return round(sighting.rotation / 90) % 4 * 90


def _crop_size(points: Sequence[dict[str, int]]) -> tuple[int, int]:
    """Width and height of the rectified crop: the longer of two opposite edges, as in the page's example."""
    top_left, top_right, bottom_right, bottom_left = ((p["x"], p["y"]) for p in points)
    width = max(math.dist(top_left, top_right), math.dist(bottom_left, bottom_right))
    height = max(math.dist(top_left, bottom_left), math.dist(top_right, bottom_right))
    return max(1, round(width)), max(1, round(height))


def _slice_rect(points: Sequence[dict[str, int]]) -> dict[str, int]:
    return {f"{axis}{n}": point[axis] for n, point in enumerate(points) for axis in ("x", "y")}


def _points(corners: Sequence[Point], reading: Reading) -> list[dict[str, int]]:
    """Corners as whole pixels of the picture; what lies outside is moved to its edge (inferred)."""
    return _whole(tuple(corners), reading.width, reading.height)


@lru_cache(maxsize=4096)
def _whole(corners: tuple[Point, ...], width: int, height: int) -> list[dict[str, int]]:
    """The points as they go into the answer; a picture that is sent again has the same ones. Not to be changed."""
    return [{"x": _within(round(x), width), "y": _within(round(y), height)} for x, y in corners]


def _within(value: int, most: int) -> int:
    return 0 if value < 0 else min(value, most)
