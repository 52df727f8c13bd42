"""The answers: a result, and errors of the gateway, the service and IAM (contract §2.4, §2.6, §3, §6)."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import orjson

from mockserver.cards import numbers, validity
from mockserver.cards.geometry import Quad
from mockserver.cards.model import LONG_TERM, Reading, Sighting
from mockserver.contract import ErrorRow
from mockserver.recognition import legible_fields
from mockserver.request import Answer
from mockserver.vendors._huawei.alarms import alarms
from mockserver.vendors._huawei.call import HuaweiCall

#: The vendor's names of the fields, in the order of the page's examples.
_FRONT = {
    "name": "name",
    "sex": "sex",
    "ethnicity": "nation",
    "birth": "birth",
    "address": "address",
    "number": "id_number",
}
_BACK = {"issue": "authority", "valid_from": "valid_from", "valid_to": "valid_until"}
_FRONT_CHECKS = ("valid_number", "valid_birth", "valid_sex")
_BACK_CHECKS = ("valid_date", "valid_validity_period")

_GATEWAY_PREFIX = "APIG."


def headers(call: HuaweiCall) -> tuple[tuple[str, str], ...]:
    """The headers of every answer; the clients take the request id from there and nowhere else."""
    return (
        ("Content-Type", "application/json"),
        ("X-Request-Id", call.request.id),
        ("Server", "api-gateway"),
        *_debugging(call),
    )


def _debugging(call: HuaweiCall) -> Iterator[tuple[str, str]]:
    """What the gateway adds for a request with ``X-Apig-Mode: debug``: times in milliseconds, and what is left of the
    caller's calls. Its default policy, which counts all callers of an API together, is none that is kept here."""
    asked = call.request.headers.get("x-apig-mode", "").lower() == "debug"
    if not asked or call.contract.behaviour("debug_headers") == "ignored":
        return
    now = call.world.clock.now()
    yield "X-Apig-Latency", str(_milliseconds(now - call.request.received))
    if call.forwarded is not None:
        yield "X-Apig-Upstream-Latency", str(_milliseconds(now - call.forwarded))
    if call.policy:
        yield "X-Apig-RateLimit-user", call.policy


def _milliseconds(seconds: float) -> int:
    return max(0, round(1000 * seconds))


def iam_headers(call: HuaweiCall) -> tuple[tuple[str, str], ...]:
    """The headers of an answer of IAM itself, errors too; its host for all regions is served by the first one."""
    region = call.region or call.contract.operation["platform_regions"][0]
    fixed = (header.partition(": ") for header in call.contract.operation["iam_headers"])
    return (
        *((name, value) for name, _, value in fixed),
        ("X-IAM-Trace-Id", f"token_{region}_null_{call.request.id}"),
        ("X-Request-Id", call.request.id),
    )


def error(call: HuaweiCall, row: ErrorRow, message: str) -> Answer:
    """The row in the shape of whoever answers: the gateway, IAM, or the service with its platform."""
    if row.family == "gateway":
        code = _gateway_code(call, row.code)
        body = _members(call, "gateway_error_members", code, message) + b"\n"
        return Answer(row.http_status, headers(call), body, code)
    if row.family == "iam":
        title = HTTPStatus(row.http_status).phrase
        inner = {"code": int(row.code), "message": message, "title": title}
        return Answer(row.http_status, iam_headers(call), orjson.dumps({"error": inner}), row.code)
    body = _members(call, "service_error_members", row.code, message)
    return Answer(row.http_status, headers(call), body, row.code)


def success(call: HuaweiCall) -> Answer:
    """``{"result": {...}}`` with one side, or with an object for each."""
    if call.double_side:
        result = {
            "front": _side(call, call.front) if call.front else {},
            "back": _side(call, call.back) if call.back else {},
        }
    else:
        result = _side(call, _chosen(call))
    return Answer(200, headers(call), orjson.dumps({"result": result}))


def _gateway_code(call: HuaweiCall, code: str) -> str:
    """The catalogue spells the gateway's codes in one way, the endpoints in two."""
    prefix: str = call.contract.behaviour(f"{call.endpoint}_gateway_code_prefix")
    return prefix + code.removeprefix(_GATEWAY_PREFIX)


def _members(call: HuaweiCall, order: str, code: str, message: str) -> bytes:
    values = {"error_code": code, "error_msg": message, "request_id": call.request.id}
    return orjson.dumps({name: values[name] for name in call.contract.operation[order]})


def _side(call: HuaweiCall, sighting: Sighting) -> dict[str, Any]:
    """One card: its fields, then what the switches asked for."""
    asked, names = call.parameters, _FRONT if sighting.card.side == "front" else _BACK
    seen = legible_fields(sighting, _reading(call))
    out: dict[str, Any] = {name: _text(call, seen[own]) for name, own in names.items()}
    if call.contract.behaviour("unread_fields") == "absent":
        out = {name: text for name, text in out.items() if text}
    if asked.get("return_text_location"):
        out["text_location"] = {
            name: _corners(call, sighting.boxes[own]) if seen[own] else [] for name, own in names.items()
        }
    out |= _pictures(call, sighting)
    if asked.get("return_verification"):
        out["verification_result"] = _verification(call, sighting, seen)
    return out | alarms(call, sighting)


def _text(call: HuaweiCall, value: str) -> str:
    """A field as the vendor spells it; dates are ISO already."""
    return str(call.contract.behaviour("long_term_text")) if value == LONG_TERM else value


def _pictures(call: HuaweiCall, sighting: Sighting) -> dict[str, Any]:
    """Portrait and card. A single emblem side has an empty portrait, one of two sides has none at all."""
    asked, out, recogniser = call.parameters, dict[str, Any](), call.world.recogniser
    front = sighting.card.side == "front"
    if call.picture is None:
        raise LookupError("crops are rendered before the picture is taken in")
    if asked.get("return_portrait_location") and (front or not call.double_side):
        out["portrait_location"] = _corners(call, sighting.boxes["portrait"]) if front else []
    if asked.get("return_adjusted_image"):
        out["adjusted_image"] = _encoded(recogniser.card_crop(call.picture, sighting))
    if asked.get("return_portrait_image") and (front or not call.double_side):
        out["portrait_image"] = _encoded(recogniser.portrait_crop(call.picture, sighting)) if front else ""
    return out


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _corners(call: HuaweiCall, quad: Quad) -> list[list[int]]:
    """Four corners in whole pixels of the picture; a corner outside is moved to its edge."""
    reading = _reading(call)
    return [[min(max(round(x), 0), reading.width), min(max(round(y), 0), reading.height)] for x, y in quad]


def _verification(call: HuaweiCall, sighting: Sighting, seen: dict[str, str]) -> dict[str, bool]:
    """What the rules of numbers and dates say. A single side also has the other side's checks, all false."""
    front = sighting.card.side == "front"
    checks = _check_number(seen) if front else _check_period(call, seen)
    names = call.contract.operation["single_verification_keys"]
    if call.double_side:
        names = _FRONT_CHECKS if front else _BACK_CHECKS
    return {name: checks.get(name, False) for name in names}


def _check_number(seen: dict[str, str]) -> dict[str, bool]:
    """A wrong number proves nothing about birth and sex, so both are false with it."""
    number = seen["id_number"]
    if numbers.sex_of(number) is None or numbers.check_digit(number[:17]) != number[17]:
        return {}
    return {
        "valid_number": True,
        "valid_birth": number[6:14] == seen["birth"].replace("-", ""),
        "valid_sex": numbers.sex_of(number) == seen["sex"],
    }


def _check_period(call: HuaweiCall, seen: dict[str, str]) -> dict[str, bool]:
    """Whether today, by the server's clock, lies in the period, and whether the period is one that the law knows."""
    start, end = validity.parse_day(seen["valid_from"]), seen["valid_until"]
    last = validity.parse_day(end)
    today = call.world.clock.today()
    return {
        "valid_date": start is not None
        and start <= today
        and (end == LONG_TERM or (last is not None and today <= last)),
        "valid_validity_period": validity.is_legal_period(seen["valid_from"], end),
    }


def _chosen(call: HuaweiCall) -> Sighting:
    sighting = call.front or call.back
    if sighting is None:
        raise LookupError("success is rendered before the cards are read")
    return sighting


def _reading(call: HuaweiCall) -> Reading:
    if call.reading is None:
        raise LookupError("fields are rendered before the cards are read")
    return call.reading
