"""The bodies: success, and error in its several shapes (contract §5, §6)."""

from __future__ import annotations

import base64
import json
from typing import Any

import orjson

from mockserver.cards.geometry import visible_share
from mockserver.cards.model import Reading, Sighting
from mockserver.contract import Contract, ErrorRow
from mockserver.recognition import legible_fields
from mockserver.request import Answer
from mockserver.vendors._megvii import fields, judgement
from mockserver.vendors._megvii.call import MegviiCall

#: White space as Python's own JSON writes it, which is what the vendor's answers look like.
_SPACED = json.JSONEncoder(ensure_ascii=False)
_SIDES = {"front": 0, "back": 1}


def error(call: MegviiCall, row: ErrorRow, message: str) -> Answer:
    """A body with the members that rows of this family have; without any, the message as plain text."""
    contract = call.contract
    members = contract.behaviour(f"body_of_{row.family}")
    if not members:
        headers = (("Content-Type", contract.behaviour("text_content_type")),)
        return Answer(row.http_status, headers, message.encode(), row.code)
    known = {
        "time_used": call.time_used,
        "request_id": call.request_id,
        "error": message,
        "error_message": message,
    }
    return _json(contract, row.http_status, {name: known[name] for name in members}, row.code)


def success(call: MegviiCall) -> Answer:
    """The members that every answer has, and those of the card's side."""
    contract = call.contract
    _, reading, sighting = call.card
    found = _fields(call, reading, sighting)
    legal = judgement.legality(contract, sighting)
    body: dict[str, Any] = {
        "result": judgement.result(contract, found, legal),
        "completeness": judgement.completeness(contract, sighting, reading),
        "side": _SIDES[sighting.card.side],
        **found,
        **_portrait(call),
        "legality": legal,
        "card_rect": judgement.rect(sighting.corners, judgement.turns_of(contract, sighting)),
        "request_id": call.request_id,
        "time_used": call.time_used,
    }
    return _json(contract, 200, body)


def _fields(call: MegviiCall, reading: Reading, sighting: Sighting) -> dict[str, dict[str, Any]]:
    """The fields of the card's side. What could not be read has no text, no rect and no quality."""
    contract, side = call.contract, sighting.card.side
    printed = legible_fields(sighting, reading)
    texts = fields.texts(side, printed)
    logic = fields.contradictions(
        side, printed, contract.behaviour("absent_number_logic"), call.world.clock.today()
    )
    turns = judgement.turns_of(contract, sighting)
    out: dict[str, dict[str, Any]] = {}
    for member, (source, place) in fields.FIELDS[side].items():
        # A card that is taken on trust has no boxes of the parts of its birth date, only that of the line.
        box = sighting.boxes[place if place in sighting.boxes else source]
        read = bool(texts[member])
        covered = _is_covered(contract, sighting, member, place)
        out[member] = {
            "quality": judgement.quality(contract, sighting, reading, box, covered=covered) if read else 0,
            "result": texts[member],
            "rect": judgement.rect(box, turns) if read else judgement.no_rect(),
            "logic": logic[member],
        }
    return out


def _is_covered(contract: Contract, sighting: Sighting, member: str, place: str) -> bool:
    """Glare lies on the field, or the code says that something covers the card and this is where."""
    if sighting.glare:
        printed_there = {s for s, p in fields.FIELDS[sighting.card.side].values() if p == place}
        if sighting.glare & printed_there:
            return True
    return (
        "occluded" in sighting.card.flags
        and contract.behaviour("covered_field")[sighting.card.side] == member
    )


def _portrait(call: MegviiCall) -> dict[str, Any]:
    """The portrait, if it was asked for and there is a face; otherwise not even the member is there."""
    picture, reading, sighting = call.card
    if call.texts.get("return_portrait") != "1" or sighting.card.side != "front":
        return {}
    box = sighting.boxes["portrait"]
    least = call.contract.behaviour("face_found_from_visible_share")
    if visible_share(box, reading.width, reading.height) < least:
        return {}
    crop = call.world.recogniser.portrait_crop(picture, sighting)
    return {
        "portrait": {
            "quality": 0,
            "result": base64.b64encode(crop).decode(),
            "rect": judgement.rect(box, judgement.turns_of(call.contract, sighting)),
            "logic": 0,
        }
    }


def _json(contract: Contract, status: int, body: dict[str, Any], code: str = "ok") -> Answer:
    spaced = contract.behaviour("json_spacing") == "spaced"
    data = _SPACED.encode(body).encode() if spaced else orjson.dumps(body)
    return Answer(status, (("Content-Type", contract.behaviour("json_content_type")),), data, code)
