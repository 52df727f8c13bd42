"""Huawei Cloud OCR `RecognizeIdCard` and the IAM calls beside it: how they are called and how answers are read."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from conformance.dialect import Dialect
from conformance.errors import Misshapen
from conformance.model import Answer, Reading
from conformance.vendors.huawei.compose import compose

#: What a success has at its top: the result of OCR, or what a call of IAM is about.
_SUBJECTS = frozenset({"result", "token", "projects", "project", "domains", "regions"})


def read(answer: Answer) -> Reading:
    """Flat ``error_code`` and ``error_msg`` of gateway and service, ``{"error": {...}}`` of IAM, else a success.

    The id of a request stands in a header; the gateway's errors have it in the body too. IAM's codes are numbers,
    which ``code`` has as text.
    """
    document = answer.json
    if not isinstance(document, dict):
        raise Misshapen("no JSON object")
    request_id = answer.header("X-Request-Id")
    if "error_code" in document or "error_msg" in document:
        code, message = document.get("error_code"), document.get("error_msg")
        return Reading(False, document, "error", code, message, request_id)
    error = document.get("error")
    if isinstance(error, dict):
        code = None if error.get("code") is None else str(error["code"])
        return Reading(False, document, "error", code, error.get("message"), request_id)
    if _SUBJECTS.isdisjoint(document):
        raise Misshapen("neither an error nor a result")
    if not 200 <= answer.status < 300:
        raise Misshapen(f"status {answer.status} with a result")
    return Reading(True, document, "response", request_id=request_id)


def usual(picture: bytes) -> Mapping[str, Any]:
    return {"image": base64.b64encode(picture).decode(), "side": "front"}


def _request_ids(answer: Answer) -> tuple[Any, Any]:
    """The gateway's errors name their request twice."""
    return answer.header("X-Request-Id"), answer.json.get("request_id")


def _token_life(answer: Answer) -> tuple[Any, Any]:
    """A token lives for 24 hours; in seconds."""
    times = (answer.json["token"][name] for name in ("expires_at", "issued_at"))
    expires, issued = (datetime.fromisoformat(time) for time in times)
    return 86400, (expires - issued).total_seconds()


def _scores(answer: Answer) -> tuple[Any, Any]:
    """Each alarm of a card has its score, and no score stands without its alarm."""
    result = answer.json["result"]
    found = [name for name in result if name.startswith("detect_")]
    names = [name.removeprefix("detect_").removesuffix("_result") for name in found]
    return sorted(f"{name}_score" for name in names), sorted(result.get("score_info", ()))


DIALECT = Dialect(
    vendor="huawei",
    hosts={"ocr": "ocr.cn-north-4.myhuaweicloud.com", "iam": "iam.cn-north-4.myhuaweicloud.com"},
    compose=compose,
    read=read,
    usual=usual,
    agreements={"request-ids": _request_ids, "token-life": _token_life, "scores-of-alarms": _scores},
    secret_names=frozenset(
        {"authorization", "x-auth-token", "x-subject-token", "x-security-token", "password"}
    ),
    throttle_codes=frozenset({"APIG.0308", "APIGW.0308", "ModelArts.4401"}),
)
