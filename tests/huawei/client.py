"""Produces the rows of Huawei's catalogue: through the official SDK wherever it can send what the row needs."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

from mockserver.accounts import Account
from mockserver.contract import ErrorRow, Trigger
from mockserver.testing import MockServer
from tests.huawei import raw
from tests.huawei.sdk import Change, Sdk, show_token
from tests.triggers import Outcome, encoded, image_of

#: Messages come in one language.
LANGUAGE = "en"

#: Members of a trigger's request that the SDK has no way to send.
_ONLY_RAW = {"method", "path", "content_type", "body", "query_bytes", "pad_body_to_bytes", "login"}


def produce(mock: MockServer, row: ErrorRow) -> Outcome:
    """Make the call of the row's trigger, with the mock's clock at a standstill and nothing counted before.

    Raises AssertionError when the call succeeds.
    """
    mock.world.state.reset()
    mock.clock.freeze()
    try:
        account = mock.account("huawei", row.trigger.account)
        by_hand = bool(_ONLY_RAW & row.trigger.request.keys())
        return (_produce_by_hand if by_hand else _produce_by_sdk)(mock, account, row.trigger)
    finally:
        mock.clock.reset()


def _produce_by_sdk(mock: MockServer, account: Account, trigger: Trigger) -> Outcome:
    request, parameters = trigger.request, _parameters(mock, trigger)
    keys = {name: request[name] for name in ("ak", "sk") if name in request}
    change = _change(mock, account, request)
    with ExitStack() as stack:
        for _ in range(request.get("failures", 0)):
            stack.enter_context(Sdk(mock, account, sk="wrong")).refusal(**parameters)
        together = request.get("parallel", 1)
        clients = [stack.enter_context(Sdk(mock, account, change=change, **keys)) for _ in range(together)]
        if together > 1:
            return _first_refused(clients, parameters)
        for _ in range(request.get("calls", 1) - 1):
            clients[0].call(**parameters)
        return _outcome(clients[0], {"skew": request.get("clock_skew_seconds", 0), **parameters})


def _first_refused(clients: list[Sdk], parameters: Mapping[str, Any]) -> Outcome:
    """The outcome that is there first when several call at a time: who gets a place is at work for longer."""
    with ThreadPoolExecutor(len(clients)) as pool:
        waiting = [pool.submit(_outcome, client, parameters) for client in clients]
        outcomes = [future.result() for future in waiting]
    return min(outcomes, key=lambda outcome: outcome.status)


def _outcome(sdk: Sdk, parameters: Mapping[str, Any]) -> Outcome:
    error = sdk.refusal(**parameters)
    rule = sdk.reply.headers.get("X-IDMock-Rule")
    return Outcome(error.status_code, str(error.error_code), error.error_msg, error.request_id, rule)


def _change(mock: MockServer, account: Account, request: Mapping[str, Any]) -> Change:
    """What happens to a request of the SDK after it was signed."""
    auth = request.get("auth", "signature")
    token = _token(mock, account, request) if auth == "token" else None
    headers = dict(request.get("headers", {}))
    if "header_bytes" in request:
        headers["X-Padding"] = "a" * request["header_bytes"]
    if "host" in request:
        headers["Host"] = request["host"]

    def change(sent: Any) -> None:
        if auth != "signature":
            show_token(token)(sent)
        for name, value in headers.items():
            sent.header_params.pop(name, None)
            if value is not None:
                sent.header_params[name] = value

    return change


def _token(mock: MockServer, account: Account, request: Mapping[str, Any]) -> str:
    """The token of the trigger: a text, or that of a login some time ago."""
    if "token" in request:
        return str(request["token"])
    now = mock.clock.now()
    mock.clock.freeze(now - request.get("token_age_seconds", 0))
    region = None if request.get("token_scope") == "domain" else request.get("token_region", "cn-north-4")
    token = raw.token_of(mock, account, region)
    mock.clock.freeze(now)
    return token


def _produce_by_hand(mock: MockServer, account: Account, trigger: Trigger) -> Outcome:
    request = trigger.request
    if "login" in request:
        for _ in range(request.get("failures", 0)):
            raw.login(account, password="wrong").send(mock)
        reply = raw.login(account, **request["login"]).send(mock)
    else:
        reply = _by_hand(mock, account, trigger).send(mock)
    assert reply.code is not None, reply.body
    return Outcome(reply.status, reply.code, reply.message, reply.headers["x-request-id"], reply.rule)


def _by_hand(mock: MockServer, account: Account, trigger: Trigger) -> raw.Raw:
    request, parameters = trigger.request, _parameters(mock, trigger)
    method, target = request.get("method", "POST"), request.get("path", raw.path_of(account))
    body = request["body"].encode() if "body" in request else None
    if "pad_body_to_bytes" in request:
        body = b'{"image": "'.ljust(request["pad_body_to_bytes"] - 2, b"A") + b'"}'
    if "query_bytes" in request:
        target += "?pad=" + "a" * request["query_bytes"]
    if method == "GET":
        parameters, body = {}, b""
    headers = {"Content-Type": request["content_type"]} if "content_type" in request else {}
    out = raw.signed(
        account,
        parameters,
        body=body,
        method=method,
        target=target,
        host=mock.authority,
        moment=mock.clock.now(),
        headers=headers,
    )
    return out.with_headers({"Authorization": None}) if request.get("auth") == "none" else out


def _parameters(mock: MockServer, trigger: Trigger) -> dict[str, Any]:
    """What an ordinary call sends, with the trigger's changes."""
    parameters = {"image": encoded(image_of(mock, trigger)), **trigger.parameters}
    return {k: v for k, v in parameters.items() if k not in trigger.omit}
