"""What of a card is given at all (contract §6.4), and whether labels and values can be read in full: KeyCheck and
ValueCheck (contract §6.2, since the seed)."""

from __future__ import annotations

from collections.abc import Iterable

from mockserver.cards import layout
from mockserver.cards.geometry import Quad, visible_share
from mockserver.cards.model import BACK_FIELDS, FRONT_FIELDS, Reading, Sighting
from mockserver.vendors._tencent.call import TencentCall

#: Share of a box inside the picture from which it is complete: less than one, for the arithmetic behind the box.
_COMPLETE = 0.995


def fields_are_withheld(call: TencentCall, sighting: Sighting) -> bool:
    """A call with TempIdWarn gets no field of a temporary card, as in the vendor's first example."""
    return (
        "temporary" in sighting.card.flags
        and bool(call.config.get("TempIdWarn"))
        and call.contract.behaviour("temporary_card_fields") == "empty"
    )


def labels_are_legible(sighting: Sighting, reading: Reading) -> bool:
    """All labels (姓名, 性别 ...) lie inside the picture, and no glare lies outside the values, where labels stand."""
    boxes = (sighting.to_picture.apply_box(layout.ink_box(run)) for run in layout.LABELS[sighting.card.side])
    return _readable(sighting) and "other" not in sighting.glare and _inside(boxes, reading)


def values_are_legible(sighting: Sighting, reading: Reading) -> bool:
    """All values lie inside the picture, and glare covers none of them."""
    names = FRONT_FIELDS if sighting.card.side == "front" else BACK_FIELDS
    boxes = (sighting.boxes[name] for name in names)
    return _readable(sighting) and sighting.glare.isdisjoint(names) and _inside(boxes, reading)


def _readable(sighting: Sighting) -> bool:
    return "unreadable" not in sighting.card.flags


def _inside(boxes: Iterable[Quad], reading: Reading) -> bool:
    return all(visible_share(box, reading.width, reading.height) >= _COMPLETE for box in boxes)
