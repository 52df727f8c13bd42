"""Produces the rows of Aliyun's catalogue: through the official SDK wherever it can send what the row needs."""

from __future__ import annotations

import re
from typing import Any

from darabonba.runtime import RuntimeOptions

from mockserver.accounts import Account
from mockserver.contract import ErrorRow, Trigger
from mockserver.testing import MockServer
from tests.aliyun import raw
from tests.aliyun.sdk import Sdk, watched
from tests.triggers import Outcome, image_of

#: Messages come in one language.
LANGUAGE = None

#: Members of a trigger's request that the SDK has no way to send.
_ONLY_RAW = {"signature", "common", "headers", "omit_headers", "authorization", "method", "path", "query"}
_SETTINGS = {
    "access_key_id": "key_id",
    "access_key_secret": "secret",
    "action": "action",
    "version": "version",
}
_PARAMETERS = {"Url": "url", "OutputFigure": "output_figure", "OutputQualityInfo": "output_quality_info"}


def produce(mock: MockServer, row: ErrorRow) -> Outcome:
    """Make the call of the row's trigger, with the mock's clock at a standstill and nothing counted before.

    Raises AssertionError when the call succeeds.
    """
    mock.world.state.reset()
    mock.clock.freeze()
    try:
        account = mock.account("aliyun", row.trigger.account)
        send = _produce_by_hand if _ONLY_RAW & row.trigger.request.keys() else _produce_by_sdk
        return send(mock, account, row.trigger)
    finally:
        mock.clock.reset()


def _produce_by_sdk(mock: MockServer, account: Account, trigger: Trigger) -> Outcome:
    request = trigger.request
    settings = {ours: request[theirs] for theirs, ours in _SETTINGS.items() if theirs in request}
    if "security_token" in request:
        settings["token"] = request["security_token"] or None
    if "security_token_of" in request:
        other = mock.account("aliyun", request["security_token_of"])
        settings["token"] = other.credentials["security_token"]
    call: dict[str, Any] = {_PARAMETERS[name]: value for name, value in _parameters(trigger).items()}
    call["timestamp"] = request.get("timestamp", raw.iso(_client_time(mock, trigger)))
    if request.get("replay"):
        call["nonce"] = "0123456789abcdef0123456789abcdef"
    if "host" in request:
        # A host of the vendor's that is not the mock: the SDK reaches it through a proxy.
        settings["endpoint"] = request["host"]
        call["runtime"] = RuntimeOptions(http_proxy=mock.url)
    sdk = Sdk(mock, account, **settings)
    image = None if "body" in trigger.omit else image_of(mock, trigger)
    with watched() as seen:
        for _ in range(request.get("calls", 2 if request.get("replay") else 1) - 1):
            sdk.call(image, **call)
        error = sdk.refusal(image, **call)
    return Outcome(
        error.status_code,
        error.code,
        server_message(error.message),
        error.request_id,
        seen[-1].headers["X-IDMock-Rule"],
    )


def server_message(text: str) -> str:
    """The server's message inside the SDK's ``code: 400, <message> request id: <id>``."""
    found = re.fullmatch(r"code: [0-9]+, (.*) request id: [0-9A-F-]+", text, re.DOTALL)
    assert found is not None, text
    return found[1]


def _produce_by_hand(mock: MockServer, account: Account, trigger: Trigger) -> Outcome:
    request = trigger.request
    image = image_of(mock, trigger)
    if "signature" in request:
        sent = raw.rpc(
            mock,
            account,
            _parameters(trigger),
            common=request.get("common"),
            body=image,
            content_type="application/octet-stream",
            secret=request.get("access_key_secret"),
        )
    else:
        sent = raw.acs3(
            mock,
            account,
            image,
            headers={**request.get("headers", {}), **dict.fromkeys(request.get("omit_headers", ()))},
            method=request.get("method", "POST"),
            path=request.get("path", "/"),
            query=request.get("query"),
        ).request()
    if "Authorization" in request.get("omit_headers", ()):
        sent = sent.with_headers({"Authorization": None})
    if "authorization" in request:
        sent = sent.with_headers({"Authorization": request["authorization"]})
    reply = sent.send(mock)
    members = reply.members
    return Outcome(reply.status, members["Code"], members["Message"], members["RequestId"], reply.rule)


def _client_time(mock: MockServer, trigger: Trigger) -> float:
    return mock.clock.now() + trigger.request.get("clock_skew_seconds", 0)


def _parameters(trigger: Trigger) -> dict[str, Any]:
    parameters = dict(trigger.parameters)
    if "url_characters" in trigger.request:
        parameters["Url"] = "https://img.example.com/".ljust(trigger.request["url_characters"], "x")
    return parameters
