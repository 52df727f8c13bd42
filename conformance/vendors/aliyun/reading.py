"""Answers of RecognizeIdcard: JSON or XML, with the card as JSON in the text ``Data``, and what agrees in them."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

from conformance.errors import Misshapen
from conformance.model import Answer, Reading
from conformance.strictjson import parse

#: Sides of ``sliceRect`` and centres of boxes are rounded once or twice on their way.
_ROUNDED_PX = 3

#: Both rectangles of a portrait are drawn around it with some room: in a published result of 173 by 209 up to 4.
_FIGURE_PX = 6

#: Degrees between a portrait's box and its upper edge, which is drawn by a model: at most 2 in that result.
_FIGURE_TURN = 5


def read(answer: Answer) -> Reading:
    """A success has ``Data``, an error ``Code``; XML has no schema. Raises Misshapen, ValueError for anything else."""
    xml = "xml" in (answer.header("Content-Type") or "").lower()
    members = _xml_members(answer.body) if xml else answer.json
    if not isinstance(members, dict):
        raise Misshapen("no JSON object")
    request_id = members.get("RequestId")
    if "Code" in members:
        shape = None if xml else "error"
        return Reading(False, members, shape, members["Code"], members.get("Message"), request_id)
    if "Data" in members:
        return Reading(True, _with_data(members), "response", request_id=request_id, instance=members)
    raise Misshapen("neither Data nor Code")


def _xml_members(body: bytes) -> dict[str, str]:
    """The elements below the root, whatever that is called. Raises Misshapen."""
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - expat itself bounds what entities may grow to
    except ElementTree.ParseError as error:
        raise Misshapen(f"no XML: {error}") from None
    return {element.tag: element.text or "" for element in root}


def _with_data(members: dict[str, Any]) -> dict[str, Any]:
    """The members with ``Data`` parsed, so that pointers walk on into it; left as it is where it cannot be."""
    try:
        return {**members, "Data": parse(members["Data"])}
    except (TypeError, ValueError):
        return members


def _etag(answer: Answer) -> tuple[Any, Any]:
    """First digit of N, MD5 of the body in Base64 without padding, last digit of N: the length as Java counts it."""
    length = str(len(answer.text.encode("utf-16-le")) // 2)
    digest = base64.b64encode(hashlib.md5(answer.body, usedforsecurity=False).digest()).decode()
    return f"{length[0]}{digest[:22]}{length[-1]}", answer.header("etag")


def _request_id(answer: Answer) -> tuple[Any, Any]:
    return read(answer).request_id, answer.header("x-acs-request-id")


def _recommend(answer: Answer) -> tuple[Any, Any]:
    """The address where the vendor explains an error, of this product and with the request's id."""
    error = read(answer)
    address = (
        f"https://api.aliyun.com/troubleshoot?q={error.code}&product=ocr-api&requestId={error.request_id}"
    )
    return address, error.document.get("Recommend")


def _sorted_members(answer: Answer) -> tuple[Any, Any]:
    """The first object in ``Data`` whose members are not in alphabetical order."""
    for found in _objects(read(answer).document["Data"]):
        if list(found) != sorted(found):
            return sorted(found), list(found)
    return None, None


def _compact_data(answer: Answer) -> tuple[Any, Any]:
    """``Data`` without a space that is not part of a value."""
    text = answer.json["Data"]
    compact = json.dumps(parse(text), ensure_ascii=False, separators=(",", ":"))
    return len(compact), len(text)


def _values(answer: Answer) -> tuple[Any, Any]:
    """What ``prism_keyValueInfo`` says against ``data``, of every side."""
    sides = read(answer).document["Data"]["data"].values()
    said = [{entry["key"]: entry["value"] for entry in side["prism_keyValueInfo"]} for side in sides]
    return [side["data"] for side in sides], said


def _crop_size(answer: Answer) -> tuple[Any, Any]:
    """Width and height of each side against the longer of the opposite edges of ``sliceRect``."""
    sides = list(read(answer).document["Data"]["data"].values())
    wanted = [_edges(side["sliceRect"]) for side in sides]
    return _near(wanted, [[side["width"], side["height"]] for side in sides])


def _side_org_size(answer: Answer) -> tuple[Any, Any]:
    """The original size of each side: of its crop, or of the picture. Answers of both kinds were published."""
    data = read(answer).document["Data"]
    whole, sides = [data["orgWidth"], data["orgHeight"]], list(data["data"].values())
    found = [[side["orgWidth"], side["orgHeight"]] for side in sides]
    crops = [[side["width"], side["height"]] for side in sides]
    return (found if found == [whole] * len(sides) else crops), found


def _figure(answer: Answer) -> tuple[Any, Any]:
    """The upright rectangle and the turned box of the portrait against its points.

    The box's w lies along its angle, which may be that of either edge: OpenCV gives an upright portrait 90 or -90.
    """
    figure = read(answer).document["Data"]["data"]["face"]["figure"][0]
    points, box = figure["points"], figure["box"]
    across, down = ([point[axis] for point in points] for axis in "xy")
    edges = _edges({f"{a}{n}": p[a] for n, p in enumerate(points) for a in "xy"})
    turn = math.degrees(math.atan2(down[1] - down[0], across[1] - across[0]))
    quarters = round((box["angle"] - turn) / 90)
    if abs(box["angle"] - turn - quarters * 90) > _FIGURE_TURN:
        return turn, box["angle"]
    upright = [min(across), min(down), max(across) - min(across), max(down) - min(down)]
    turned = [sum(across) / 4, sum(down) / 4, *(reversed(edges) if quarters % 2 else edges)]
    found = [[figure[name] for name in "xywh"], [box[name] for name in "xywh"]]
    return _near([upright, turned], found, _FIGURE_PX)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a document, the outermost first."""
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(item)


def _edges(corners: Mapping[str, int]) -> list[float]:
    """Width and height of four numbered points."""
    points = [(corners[f"x{n}"], corners[f"y{n}"]) for n in range(4)]
    lengths = [math.dist(points[n], points[(n + 1) % 4]) for n in range(4)]
    return [max(lengths[0], lengths[2]), max(lengths[1], lengths[3])]


def _near(
    wanted: list[list[float]], actual: list[list[float]], tolerance: float = _ROUNDED_PX
) -> tuple[Any, Any]:
    """The actual numbers twice where all of them are as wanted, give or take what rounding does."""
    pairs = [pair for row in zip(wanted, actual, strict=True) for pair in zip(*row, strict=True)]
    return (actual if all(abs(w - a) <= tolerance for w, a in pairs) else wanted), actual


AGREEMENTS: Mapping[str, Callable[[Answer], tuple[Any, Any]]] = {
    "etag": _etag,
    "request-id": _request_id,
    "recommend": _recommend,
    "sorted-members": _sorted_members,
    "compact-data": _compact_data,
    "values": _values,
    "crop-size": _crop_size,
    "side-org-size": _side_org_size,
    "figure": _figure,
}
