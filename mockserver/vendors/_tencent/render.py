"""The envelopes: success with its AdvancedInfo, and error (contract §1.4, §6)."""

from __future__ import annotations

import base64
from typing import Any

import orjson

from mockserver.cards import numbers, validity
from mockserver.cards.model import LONG_TERM, Reading, Sighting
from mockserver.contract import ErrorRow
from mockserver.recognition import legible_fields
from mockserver.request import Answer
from mockserver.vendors._tencent.call import TencentCall
from mockserver.vendors._tencent.legibility import (
    fields_are_withheld,
    labels_are_legible,
    values_are_legible,
)

_HEADERS = (("Content-Type", "application/json"),)  # exactly: the Python SDK misses errors behind a charset
_PLACES = {"portrait": "Portrait", "emblem": "NationalEmblem", "other": "Others"}


def error(call: TencentCall, row: ErrorRow, message: str) -> Answer:
    """``{"Response":{"Error":{"Code","Message"},"RequestId"}}`` under the row's status, which is 200."""
    body = {"Error": {"Code": row.code, "Message": message}, "RequestId": call.request.id}
    return Answer(row.http_status, _HEADERS, orjson.dumps({"Response": body}), row.code)


def success(call: TencentCall) -> Answer:
    """The ten fields in the order of the wire."""
    body: dict[str, Any] = {
        **_front_fields(call),
        **_back_fields(call),
        "AdvancedInfo": orjson.dumps(_advanced_info(call)).decode(),
        "ReflectDetailInfos": _reflect_details(call),
        "RequestId": call.request.id,
    }
    return Answer(200, _HEADERS, orjson.dumps({"Response": body}))


def _front_fields(call: TencentCall) -> dict[str, str]:
    names = ("Name", "Sex", "Nation", "Birth", "Address", "IdNum")
    if call.front is None or fields_are_withheld(call, call.front):
        return dict.fromkeys(names, "")
    fields = legible_fields(call.front, _reading(call))
    if call.parameters.get("EnableRecognitionRectify", True):
        fields = _rectified(fields)
    return {
        "Name": fields["name"],
        "Sex": fields["sex"],
        "Nation": fields["nation"],
        "Birth": _birth(fields["birth"]),
        "Address": fields["address"],
        "IdNum": fields["id_number"],
    }


def _back_fields(call: TencentCall) -> dict[str, str]:
    if call.back is None or fields_are_withheld(call, call.back):
        return {"Authority": "", "ValidDate": ""}
    fields = legible_fields(call.back, _reading(call))
    return {"Authority": fields["authority"], "ValidDate": _period(call, fields)}


def _rectified(fields: dict[str, str]) -> dict[str, str]:
    """Birth and sex made to agree with the number, and filled in from it where they cannot be read."""
    birth, sex = numbers.birth_of(fields["id_number"]), numbers.sex_of(fields["id_number"])
    return {
        **fields,
        "birth": birth.isoformat() if birth else fields["birth"],
        "sex": sex or fields["sex"],
    }


def _birth(iso: str) -> str:
    """``1987-01-02`` as ``1987/1/2``: not zero-padded."""
    return "/".join(str(int(part)) for part in iso.split("-")) if iso else ""


def _period(call: TencentCall, fields: dict[str, str]) -> str:
    """``2010.07.21-2020.07.21``: zero-padded."""
    start, end = fields["valid_from"], fields["valid_until"]
    if not start or not end:
        return ""
    shown = call.contract.behaviour("long_term_text") if end == LONG_TERM else end.replace("-", ".")
    return f"{start.replace('-', '.')}-{shown}"


def _advanced_info(call: TencentCall) -> dict[str, Any]:
    """What the Config switches asked for, in the order of the page; nothing asked, nothing there."""
    config, info = call.config, dict[str, Any]()
    if call.picture is None:
        raise LookupError("success is rendered before the picture is taken in")
    main = call.front or call.back
    recogniser = call.world.recogniser
    if config.get("CropIdCard") and main:
        info["IdCard"] = base64.b64encode(recogniser.card_crop(call.picture, main)).decode()
    if config.get("CropPortrait") and call.front:  # the emblem side has none, so the key is not there
        info["Portrait"] = base64.b64encode(recogniser.portrait_crop(call.picture, call.front)).decode()
    if config.get("Quality"):
        info["Quality"] = min(s.quality for s in _sightings(call))
    if any(config.get(switch) for switch in call.contract.operation["warning_switches"]):
        info["WarnInfos"] = _warnings(call)
    if config.get("BorderCheckWarn"):
        info["BorderCodeValue"] = max(_border_score(call, s) for s in _sightings(call))
    if config.get("KeyCheck"):
        info["IsKeyValid"] = all(labels_are_legible(s, _reading(call)) for s in _sightings(call))
    if config.get("ValueCheck"):
        info["IsValueValid"] = all(values_are_legible(s, _reading(call)) for s in _sightings(call))
    if not info and call.contract.behaviour("advanced_info_when_unasked") == "warn-infos":
        info["WarnInfos"] = []
    return info


def _warnings(call: TencentCall) -> list[int]:
    """Warning codes of the switches that are on and find something, each once (mapping inferred, contract §6.2)."""
    config, behaviour = call.config, call.contract.behaviour
    found: list[int] = []
    for sighting in _sightings(call):
        flags = sighting.card.flags
        checks = (
            ("InvalidDateWarn", _illegal_period(sighting), behaviour("date_warning_code")),
            ("BorderCheckWarn", _border_score(call, sighting) > behaviour("border_warning_above"), -9101),
            ("CopyWarn", sighting.grey, behaviour("grey_copy_warning_code")),
            ("CopyWarn", not sighting.grey and "photocopy" in flags, -9102),
            ("ReshootWarn", "screen" in flags, -9103),
            ("TempIdWarn", "temporary" in flags, -9104),
            ("BorderCheckWarn", "occluded" in flags, -9105),
            ("DetectPsWarn", "edited" in flags, -9106),
            ("ReflectWarn", bool(sighting.glare), -9107),
        )
        found += [code for switch, hit, code in checks if config.get(switch) and hit and code not in found]
    return found


def _illegal_period(sighting: Sighting) -> bool:
    """The period is not 5, 10 or 20 years nor open: whether it has run out does not matter here."""
    fields = sighting.card.fields
    return sighting.card.side == "back" and not validity.is_legal_period(
        fields["valid_from"], fields["valid_until"]
    )


def _border_score(call: TencentCall, sighting: Sighting) -> int:
    """0 for a whole card, 100 from the share outside the picture at which the score is full."""
    full: float = call.contract.behaviour("border_score_full_at_outside_share")
    return min(100, round(100 * sighting.outside / full))


def _reflect_details(call: TencentCall) -> list[dict[str, str]]:
    """One entry for each kind of place that glare covers; needs ReflectWarn and EnableReflectDetail."""
    if not (call.config.get("ReflectWarn") and call.parameters.get("EnableReflectDetail")):
        return []
    places = {_PLACES.get(place, "RecognitionField") for s in _sightings(call) for place in s.glare}
    order = ("Portrait", "NationalEmblem", "RecognitionField", "Others")
    return [{"Position": place} for place in order if place in places]


def _sightings(call: TencentCall) -> list[Sighting]:
    return [s for s in (call.front, call.back) if s is not None]


def _reading(call: TencentCall) -> Reading:
    if call.reading is None:
        raise LookupError("fields are rendered before the cards are read")
    return call.reading
