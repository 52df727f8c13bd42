"""Alibaba Cloud marketplace, ``idcard/ocr``: a gateway that reports in headers before a seller who reports in JSON."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from conformance.dialect import Dialect
from conformance.errors import Misshapen
from conformance.model import Answer, Reading
from conformance.vendors.alimarket.compose import compose


def read(answer: Answer) -> Reading:
    """An ``X-Ca-Error-Code`` makes it the gateway's answer, whose body says nothing; all else is the seller's JSON.

    The code of a seller's error is its ``status`` as text. Gateways of the older type send a message and no code; such
    an answer has no code here either.
    """
    request_id = answer.header("X-Ca-Request-Id")
    code, message = answer.header("X-Ca-Error-Code"), answer.header("X-Ca-Error-Message")
    if code or (not answer.body and message not in (None, "OK")):
        return Reading(False, {}, None, code, message, request_id)
    try:
        document = answer.json
    except ValueError:
        raise Misshapen("neither an X-Ca-Error-Code nor JSON") from None
    status = document.get("status") if isinstance(document, dict) else None
    if not isinstance(status, int) or isinstance(status, bool):
        raise Misshapen("no JSON object with a whole number as status")
    if status == 200:
        return Reading(True, document, "response", request_id=request_id)
    return Reading(False, document, "error", str(status), document.get("msg"), request_id)


def usual(picture: bytes) -> Mapping[str, Any]:
    return {"image": f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"}


DIALECT = Dialect(
    vendor="alimarket",
    hosts={"ocr": "idc.market.alicloudapi.com"},
    compose=compose,
    read=read,
    usual=usual,
    secret_names=frozenset({"authorization", "appcode", "x-ca-signature"}),
    throttle_codes=frozenset({"T429ID", "T429IN", "T429GR", "T429PA", "T429PR", "T429SR", "T429MR"}),
)
