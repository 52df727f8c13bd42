"""How an implementation of Tencent's service comes to overlook things: requests repaired and signed again."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.model import Request
from conformance.selftest.wrappers import Implementation, Purse, Reply, Sent
from conformance.vendors.tencent.signers import Tc3

_SECRET_ID = re.compile(r"Credential=([^/]+)/")
_MAX_BASE64 = 7 * 1024 * 1024


def code_of(reply: Reply) -> str | None:
    """The code of an error, None for a success."""
    code: str | None = reply.json["Response"].get("Error", {}).get("Code")
    return code


def refused_with(code: str) -> Callable[[Reply], bool]:
    """Whether an answer is the error of that code."""
    return lambda reply: code_of(reply) == code


def caller(sent: Sent, purse: Purse) -> dict[str, Any] | None:
    """The account whose SecretId stands in the Authorization."""
    found = _SECRET_ID.search(sent.headers.get("authorization", ""))
    return None if found is None else purse.owner("secret_id", found[1])


def signed(sent: Sent, purse: Purse) -> Sent | None:
    """The request with a right signature of whoever it says that it is from."""
    owner, timestamp = caller(sent, purse), sent.headers.get("x-tc-timestamp", "")
    if owner is None or not timestamp.isdecimal():
        return None
    credentials = owner["credentials"]
    signer = Tc3(credentials["secret_id"], credentials["secret_key"], int(timestamp))
    request = signer.sign(Request(sent.method, sent.target, sent.headers, sent.body))
    return sent.with_header("authorization", request.headers["Authorization"])


def signed_now(sent: Sent, purse: Purse) -> Sent | None:
    return signed(sent.with_header("x-tc-timestamp", str(int(time.time()))), purse)


def with_parameters(sent: Sent, purse: Purse, change: Callable[[dict[str, Any]], None]) -> Sent | None:
    """A JSON body with its parameters changed in place, signed again; None for other bodies."""
    if not sent.headers.get("content-type", "").startswith("application/json"):
        return None
    try:
        parameters = json.loads(sent.body)
    except ValueError:
        return None
    if not isinstance(parameters, dict):
        return None
    change(parameters)
    return signed(replace(sent, body=json.dumps(parameters).encode()), purse)


def with_own_token(sent: Sent, purse: Purse) -> Sent | None:
    owner = caller(sent, purse)
    return None if owner is None else sent.with_header("x-tc-token", owner["credentials"].get("token"))


def a_group_shorter(sent: Sent, purse: Purse) -> Sent | None:
    """In place of a picture of four characters too many one that is just short enough."""

    def shorten(parameters: dict[str, Any]) -> None:
        if len(parameters.get("ImageBase64", "")) == _MAX_BASE64 + 4:
            parameters["ImageBase64"] = parameters["ImageBase64"][:-4]

    return with_parameters(sent, purse, shorten)


def without_unknown(sent: Sent, purse: Purse) -> Sent | None:
    return with_parameters(sent, purse, lambda parameters: parameters.pop("NoSuchParameter", None))


def in_guangzhou(sent: Sent, purse: Purse) -> Sent | None:
    return sent.with_header("x-tc-region", "ap-guangzhou")


def token_for_an_empty_one(sent: Sent, purse: Purse) -> Sent | None:
    """An empty token made one that nobody has: the header is there, and that is all that is looked at."""
    return sent.with_header("x-tc-token", "none") if sent.headers.get("x-tc-token") == "" else None


def without_language(sent: Sent, purse: Purse) -> Sent | None:
    return sent.with_header("x-tc-language", None)


def unrectified(sent: Sent, purse: Purse) -> Sent | None:
    """Without the parameter as with false; a wrong signature stays wrong, and what is sent for its size keeps that."""
    named = b'"EnableRecognitionRectify"' in sent.body
    if named or len(sent.body) > _MAX_BASE64 or signed(sent, purse) != sent:
        return None
    return with_parameters(sent, purse, lambda parameters: parameters.update(EnableRecognitionRectify=False))


def picture_before_side(implementation: Implementation, sent: Sent, purse: Purse) -> Reply:
    """A wrong CardSide is looked at only when the picture can be decoded."""
    reply = implementation(sent)
    if "CardSide 参数错误".encode() not in reply.body:
        return reply
    other = with_parameters(sent, purse, lambda parameters: parameters.pop("CardSide"))
    if other is None:
        return reply
    looked_at = implementation(other)
    return looked_at if code_of(looked_at) == "FailedOperation.ImageDecodeFailed" else reply


class OneMore:
    """Lets one call more a second pass than it should: the first one refused gets the answer of the one before."""

    def __init__(self) -> None:
        self._answered: dict[str, Reply] = {}
        self._excused: dict[str, int] = {}

    def __call__(self, implementation: Implementation, sent: Sent, purse: Purse) -> Reply:
        reply = implementation(sent)
        found, now = _SECRET_ID.search(sent.headers.get("authorization", "")), int(time.time())
        who = "" if found is None else found[1]
        if code_of(reply) is None:
            self._answered[who] = reply
        elif code_of(reply) == "RequestLimitExceeded" and self._excused.get(who) != now:
            self._excused[who] = now
            return self._answered.get(who, reply)
        return reply
