"""Tencent Cloud `IDCardOCR`: how it is called and how its answers are read."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from conformance.dialect import Dialect
from conformance.errors import Misshapen
from conformance.model import Answer, Reading
from conformance.strictjson import parse
from conformance.vendors.tencent.compose import compose


def read(answer: Answer) -> Reading:
    """An answer is ``{"Response": {...}}``; with an ``Error`` in it, it is none of the card's."""
    document = answer.json
    inner = document.get("Response") if isinstance(document, dict) else None
    if not isinstance(inner, dict):
        raise Misshapen("no Response object")
    error = inner.get("Error")
    if error is None:
        return Reading(
            True, _with_advanced(document), "response", request_id=inner.get("RequestId"), instance=document
        )
    if not isinstance(error, dict):
        raise Misshapen("Error is no object")
    return Reading(False, document, "error", error.get("Code"), error.get("Message"), inner.get("RequestId"))


def _with_advanced(document: dict[str, Any]) -> dict[str, Any]:
    """The document with ``AdvancedInfo``, which is JSON in a string, parsed, so that pointers walk on into it."""
    inner = document["Response"]
    advanced = inner.get("AdvancedInfo")
    if not isinstance(advanced, str) or not advanced:
        return document
    return {**document, "Response": {**inner, "AdvancedInfo": parse(advanced)}}


def usual(picture: bytes) -> Mapping[str, Any]:
    return {"ImageBase64": base64.b64encode(picture).decode(), "CardSide": "FRONT"}


DIALECT = Dialect(
    vendor="tencent",
    hosts={"ocr": "ocr.tencentcloudapi.com"},
    compose=compose,
    read=read,
    usual=usual,
    secret_names=frozenset({"authorization", "x-tc-token", "token", "secretid", "signature"}),
    throttle_codes=frozenset(
        {
            "RequestLimitExceeded",
            "RequestLimitExceeded.UinLimitExceeded",
            "RequestLimitExceeded.GlobalRegionUinLimitExceeded",
            "RequestLimitExceeded.IPLimitExceeded",
        }
    ),
)
