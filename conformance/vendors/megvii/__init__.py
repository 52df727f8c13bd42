"""Megvii FaceID `ocridcard`: how it is called and how its answers are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.dialect import Dialect
from conformance.errors import Misshapen
from conformance.model import Answer, Reading
from conformance.vendors.megvii.compose import compose

#: The plain text of 413, and the title of the page that the same front server sends elsewhere.
TOO_LARGE = "Request Entity Too Large"


def read(answer: Answer) -> Reading:
    """JSON with ``error`` of the route or ``error_message`` of the gateway before it, without either a success.

    A code is what stands before the colon: ``MISSING_ARGUMENTS: image`` is the message of ``MISSING_ARGUMENTS``.
    The answer to what is too large is the one that is no JSON.
    """
    try:
        document = answer.json
    except ValueError:
        return _read_text(answer)
    if not isinstance(document, dict):
        raise Misshapen("no JSON object")
    request_id = document.get("request_id")
    message = document.get("error", document.get("error_message"))
    if message is None:
        if answer.status != 200:
            raise Misshapen(f"status {answer.status} with neither error nor error_message")
        return Reading(True, document, "response", request_id=request_id)
    if not isinstance(message, str):
        raise Misshapen("error is no text")
    return Reading(False, document, "error", message.partition(":")[0], message, request_id)


def _read_text(answer: Answer) -> Reading:
    if TOO_LARGE not in answer.text:
        raise Misshapen(f"neither JSON nor the text {TOO_LARGE!r}")
    return Reading(False, answer.text, None, TOO_LARGE, answer.text.strip())


def usual(picture: bytes) -> Mapping[str, Any]:
    return {"image": picture}


DIALECT = Dialect(
    vendor="megvii",
    hosts={"ocr": "api.megvii.com"},
    compose=compose,
    read=read,
    usual=usual,
    secret_names=frozenset({"api_key", "api_secret"}),
    throttle_codes=frozenset({"CONCURRENCY_LIMIT_EXCEEDED"}),
)
