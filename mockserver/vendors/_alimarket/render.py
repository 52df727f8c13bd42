"""What goes out: the seller's JSON, or the gateway's error, which is headers above an empty body (contract §5, §6)."""

from __future__ import annotations

import re
from typing import Any

import orjson

from mockserver.cards.model import LONG_TERM, Sighting
from mockserver.contract import ErrorRow
from mockserver.recognition import legible_fields
from mockserver.request import Answer
from mockserver.vendors._alimarket.call import MarketCall

_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")

Headers = tuple[tuple[str, str], ...]


def error(call: MarketCall, row: ErrorRow, message: str) -> Answer:
    """The seller's ``{"status","msg"}`` without ``data``, or the gateway's two headers."""
    if row.family in call.contract.operation["seller_families"]:
        body = orjson.dumps({"status": int(row.code), "msg": message})
        return Answer(row.http_status, _headers(call, "seller_headers"), body, row.code)
    told = [("X-Ca-Error-Message", message)]
    if call.contract.behaviour("error_code_header") == "sent":
        told.insert(0, ("X-Ca-Error-Code", row.code))
    wait = call.contract.behaviour("retry_after_seconds")
    if row.family == "throttling" and wait:
        told.append(("Retry-After", str(wait)))
    return Answer(row.http_status, (*_headers(call, "gateway_headers"), *told), b"", row.code)


def success(call: MarketCall) -> Answer:
    """``status``, ``msg`` and ``data``; the members of ``data`` in the order of the page's samples."""
    body = {**call.contract.behaviour("success"), "data": _data(call)}
    return Answer(200, _headers(call, "seller_headers"), orjson.dumps(body))


def _data(call: MarketCall) -> dict[str, Any]:
    if call.front is not None and call.back is not None:
        return {"type": "all", **_back(call, call.back), **_front(call, call.front)}
    if call.front is not None:
        return {"type": "front", **_front(call, call.front)}
    if call.back is not None:
        return {"type": "back", **_back(call, call.back)}
    raise LookupError("success is rendered before a card is found")


def _front(call: MarketCall, sighting: Sighting) -> dict[str, str]:
    fields = _fields(call, sighting)
    return {
        "name": fields["name"],
        "sex": fields["sex"],
        "nation": fields["nation"],
        **birth(fields["birth"], pad=call.contract.behaviour("pad_month_and_day")),
        "address": fields["address"],
        "number": fields["id_number"],
    }


def _back(call: MarketCall, sighting: Sighting) -> dict[str, str]:
    fields = _fields(call, sighting)
    start, end = fields["valid_from"], fields["valid_until"]
    long_term = call.contract.behaviour("long_term_text")
    return {
        "authority": fields["authority"],
        "issuing_date": start.replace("-", "."),
        "expiry_date": long_term if end == LONG_TERM else end.replace("-", "."),
    }


def _fields(call: MarketCall, sighting: Sighting) -> dict[str, str]:
    if call.reading is None:
        raise LookupError("fields are rendered before the cards are read")
    return legible_fields(sighting, call.reading)


def birth(iso: str, *, pad: bool) -> dict[str, str]:
    """``1987-01-02`` as ``1987年1月2日`` and its parts, or with ``pad`` as ``1987年01月02日``.

    What is no date is passed on as it is printed, without parts.
    """
    match = _ISO.fullmatch(iso)
    if match is None:
        return {"birth_date": iso, "year": "", "month": "", "day": ""}
    year, month, day = match.groups()
    if not pad:
        month, day = str(int(month)), str(int(day))
    return {"birth_date": f"{year}年{month}月{day}日", "year": year, "month": month, "day": day}


def _headers(call: MarketCall, kind: str) -> Headers:
    """The headers of the one who answers, the request's id, and the times when they were asked for."""
    headers: dict[str, str] = call.contract.behaviour(kind)
    own: Headers = (*headers.items(), ("X-Ca-Request-Id", call.request.id.upper()))
    asked = call.request.headers.get("x-ca-request-mode", "").lower() == "debug"
    if not asked or call.contract.behaviour("debug_info") == "never":
        return own
    total = max(0, round((call.world.clock.now() - call.request.received) * 1000))
    service = total if kind == "seller_headers" else 0
    info = orjson.dumps({"ServiceLatency": service, "TotalLatency": total}).decode()
    return (*own, ("X-Ca-Debug-Info", info))
