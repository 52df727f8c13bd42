"""Produces the rows of the marketplace's catalogue: with `requests`, as the documentation of the API calls it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

import requests

from mockserver.accounts import Account
from mockserver.contract import ErrorRow, Trigger
from mockserver.testing import MockServer
from tests.alimarket import raw
from tests.alimarket.raw import JSON, PATH, Raw, Reply
from tests.triggers import Outcome, encoded, image_of

#: Each message has one text.
LANGUAGE = None

#: Members of a trigger's request whose bytes `requests` would tidy up before sending.
_ONLY_RAW = {"path", "query"}


class GatewayError(RuntimeError):
    """The gateway refused: told in headers, above an empty body."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.message)
        self.code = reply.headers.get("x-ca-error-code", "")


class SellerError(RuntimeError):
    """The seller refused: told in the body."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.json["msg"])
        self.code = str(reply.json["status"])


def produce(mock: MockServer, row: ErrorRow) -> Outcome:
    """Make the call of the row's trigger, with the mock's clock at a standstill and nothing counted before.

    Raises AssertionError when the call succeeds.
    """
    mock.world.state.reset()
    mock.clock.freeze()
    try:
        request = request_of(mock, mock.account("alimarket", row.trigger.account), row.trigger)
        send = by_hand if _ONLY_RAW & row.trigger.request.keys() else by_requests
        for _ in range(row.trigger.request.get("calls", 1) - 1):
            check(send(mock, request))
        return _outcome(send(mock, request))
    finally:
        mock.clock.reset()


def check(reply: Reply) -> dict[str, str]:
    """The fields of an answer, as careful clients take them out. Raises GatewayError and SellerError."""
    if not reply.body:
        raise GatewayError(reply)
    if reply.json["status"] != 200:
        raise SellerError(reply)
    return reply.data


def by_hand(mock: MockServer, request: Raw) -> Reply:
    return request.send(mock)


def by_requests(mock: MockServer, request: Raw) -> Reply:
    """Send with the library `requests`, which adds headers of its own."""
    answer = requests.request(
        request.method,
        mock.url + request.target,
        data=request.body,
        headers=dict(request.headers),
        timeout=20,
    )
    return Reply.of(answer)


def request_of(mock: MockServer, account: Account, trigger: Trigger) -> Raw:
    """The ordinary call with the trigger's changes, ready to be sent."""
    told = trigger.request
    body = told["body"].encode() if "body" in told else _body(mock, trigger)
    headers = {"Content-Type": told.get("content_type", JSON), **told.get("headers", {})}
    if "host" in told:
        headers["Host"] = told["host"]
    request = Raw(told.get("method", "POST"), _target(told), headers, body)
    scheme = told.get("authentication", "appcode")
    if scheme == "appcode":
        code = told.get("app_code", account.credentials["app_code"])
        request = request.with_headers({"Authorization": f"APPCODE {code}"})
    elif scheme == "signature":
        request = _signed(mock, account, told, request)
    return request.with_headers(dict.fromkeys(told.get("omit_headers", ())))


def _signed(mock: MockServer, account: Account, told: Mapping[str, Any], request: Raw) -> Raw:
    now = mock.clock.now() + told.get("clock_skew_seconds", 0)
    ca = {"X-Ca-Nonce": str(uuid.uuid4()), "X-Ca-Timestamp": str(int(now * 1000))}
    ca |= {name: value for name, value in request.headers.items() if name in ca}
    own = {"Accept": "*/*", "Content-MD5": raw.content_md5(request.body)}
    out = request.with_headers({**own, **request.headers})
    key = told.get("app_key", account.credentials["app_key"])
    return raw.sign(out, key, told.get("app_secret", account.credentials["app_secret"]), ca=ca)


def _target(told: Mapping[str, Any]) -> str:
    path = told.get("path", PATH)
    if "query" in told:
        return f"{path}?{told['query']}"
    length = told.get("pad_query_to_bytes")
    return f"{path}?{'a' * length}" if length else path


def _body(mock: MockServer, trigger: Trigger) -> bytes:
    parameters = {"image": encoded(image_of(mock, trigger)), **trigger.parameters}
    sent = {k: v for k, v in parameters.items() if k not in trigger.omit}
    length = trigger.request.get("pad_body_to_bytes")
    if length is not None:
        sent["image"] += "A" * (length - len(json.dumps(sent)))
    return json.dumps(sent).encode()


def _outcome(reply: Reply) -> Outcome:
    """What a careful client makes of an error answer."""
    try:
        check(reply)
    except (GatewayError, SellerError) as error:
        return Outcome(reply.status, error.code, str(error), reply.headers.get("x-ca-request-id"), reply.rule)
    raise AssertionError(f"the call succeeded: {reply.json}")
