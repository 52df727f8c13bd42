"""How well the card is seen, what kind of picture it is, and whether all of it is there (contract §5.1-§5.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.cards.geometry import Quad, visible_share
from mockserver.cards.model import Reading, Sighting
from mockserver.contract import Contract

CLEAN, ANOMALOUS = 1001, 1002

Rect = dict[str, dict[str, int]]

#: The classes of a picture that is not genuine, by the flag of the code that says so.
_CLASSES = {
    "temporary": "Temporary_ID_Photo",
    "photocopy": "Photocopy",
    "screen": "Screen",
    "edited": "Edited",
}
_GENUINE = "ID_Photo"
_ORDER = ("Edited", "Photocopy", "Temporary_ID_Photo", _GENUINE, "Screen")


def decimals(value: float) -> float:
    """Three decimals; a whole 0 or 1 as an integer, as in the samples.

    >>> decimals(0.95649), decimals(0.0), decimals(1)
    (0.956, 0, 1)
    """
    rounded = round(value, 3)
    return int(rounded) if rounded in (0, 1) else rounded


def no_rect() -> Rect:
    """The rect of what was not recognised."""
    return {corner: {"y": 0, "x": 0} for corner in ("rt", "lt", "lb", "rb")}


def rect(corners: Quad, turns: int) -> Rect:
    """Four corners, which may lie outside the picture, in the order of the samples.

    ``turns`` is the number of clockwise quarter turns after which the names of the corners are given.
    """
    lt, rt, rb, lb = (corners[(i - turns) % 4] for i in range(4))
    return {
        "rt": {"y": round(rt[1]), "x": round(rt[0])},
        "lt": {"y": round(lt[1]), "x": round(lt[0])},
        "lb": {"y": round(lb[1]), "x": round(lb[0])},
        "rb": {"y": round(rb[1]), "x": round(rb[0])},
    }


def turns_of(contract: Contract, sighting: Sighting) -> int:
    """Quarter turns by which the names of corners follow the picture rather than the print."""
    if contract.behaviour("corner_names") == "card":
        return 0
    return round(sighting.rotation / 90) % 4


def quality(contract: Contract, sighting: Sighting, reading: Reading, box: Quad, *, covered: bool) -> float:
    """How well one field is seen: sharpness, the share of it in the picture, and whether something covers it."""
    best: float = contract.behaviour("quality_of_sharp_field")
    seen = min(best, sighting.quality / 100)
    if sighting.outside:
        seen *= visible_share(box, reading.width, reading.height)
    if covered:
        seen *= contract.behaviour("quality_kept_when_covered")
    return decimals(seen)


def completeness(contract: Contract, sighting: Sighting, reading: Reading) -> int:
    """0: the card is whole. 1: it is cut, its content is in the picture. 2: some content is outside."""
    if sighting.outside <= contract.behaviour("cut_above_outside_share"):
        return 0
    least = contract.behaviour("content_outside_below_visible_share")
    boxes = sighting.boxes.values()
    return 2 if any(visible_share(box, reading.width, reading.height) < least for box in boxes) else 1


def legality(contract: Contract, sighting: Sighting) -> dict[str, float]:
    """Five probabilities, in thousandths that sum to one exactly, and the threshold for a genuine picture."""
    flags = sighting.card.flags
    classes = [name for flag, name in _CLASSES.items() if flag in flags]
    if sighting.grey and "photocopy" not in flags and contract.behaviour("grey_picture") == "photocopy":
        classes.append("Photocopy")
    certain = round(1000 * contract.behaviour("legality_certainty"))
    thousandths = dict.fromkeys(_ORDER, 0)
    thousandths[_GENUINE if classes else "Screen"] = 1000 - certain
    share, left = divmod(certain, len(classes) or 1)
    for name in classes or [_GENUINE]:
        thousandths[name] += share + left
        left = 0
    out = {name: decimals(value / 1000) for name, value in thousandths.items()}
    return {**out, "ID_Photo_Threshold": contract.behaviour("legality_threshold")}


def result(contract: Contract, fields: Mapping[str, Mapping[str, Any]], legal: Mapping[str, float]) -> int:
    """Anomalous when a field is empty, contradicts another or is badly seen, or the picture is not genuine.

    Completeness does not count, and neither does the portrait, which is not among ``fields``.
    """
    threshold = contract.behaviour("quality_threshold")
    bad = any(f["result"] == "" or f["logic"] == 1 or f["quality"] < threshold for f in fields.values())
    return ANOMALOUS if bad or legal[_GENUINE] < legal["ID_Photo_Threshold"] else CLEAN
