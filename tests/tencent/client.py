"""Produces the rows of Tencent's catalogue: through the official SDK wherever it can send what the row needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any
from unittest import mock as patching
from urllib.parse import quote, urlencode

from tencentcloud.common import abstract_client
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

from mockserver.accounts import Account
from mockserver.contract import ErrorRow, Trigger
from mockserver.testing import MockServer
from tests.tencent import raw
from tests.tencent.sdk import Sdk
from tests.triggers import Outcome, encoded, image_of

#: What the SDK asks for when it is not told otherwise.
LANGUAGE = "zh"

#: Members of a trigger's request that the SDK has no way to send.
_ONLY_RAW = {"body", "content_type", "append_query", "omit_headers"}


def produce(mock: MockServer, row: ErrorRow) -> Outcome:
    """Make the call of the row's trigger, with the mock's clock at a standstill and nothing counted before.

    Raises AssertionError when the call succeeds.
    """
    mock.world.state.reset()
    mock.clock.freeze()
    try:
        account = mock.account("tencent", row.trigger.account)
        send = _produce_by_hand if needs_raw(row.trigger) else _produce_by_sdk
        return send(mock, account, row.trigger)
    finally:
        mock.clock.reset()


def needs_raw(trigger: Trigger) -> bool:
    """Whether the SDK cannot send the trigger's request: a method, a body or a signature that it does not know."""
    request = trigger.request
    strange_method = request.get("method", "POST") not in ("GET", "POST")
    strange_signature = request.get("common", {}).get("SignatureMethod") is not None
    return strange_method or strange_signature or bool(_ONLY_RAW & request.keys())


def outcome_of(sdk: Sdk, error: TencentCloudSDKException) -> Outcome:
    """What the SDK made of an error answer, and what the wire said beside it."""
    reply = sdk.reply
    return Outcome(
        reply.status_code,
        error.get_code(),
        error.get_message(),
        error.get_request_id(),
        reply.headers.get("X-IDMock-Rule"),
    )


def _produce_by_sdk(mock: MockServer, account: Account, trigger: Trigger) -> Outcome:
    request = trigger.request
    known = {"region", "sign_method", "secret_key", "service", "version"}
    settings = {name: request[name] for name in known & request.keys()}
    if "signature" in request:
        settings["sign_method"] = request["signature"]
    if "host" in request:
        # A host of the vendor's that is not the mock: the SDK reaches it through a proxy.
        settings |= {"endpoint": request["host"], "proxy": mock.url}
    with ExitStack() as stack:
        sdk = stack.enter_context(Sdk(mock, account, **settings))
        if "Nonce" in request.get("common", {}):
            nonce = SimpleNamespace(randint=lambda *_: request["common"]["Nonce"])
            stack.enter_context(patching.patch.object(abstract_client, "random", nonce))
        call: dict[str, Any] = {
            "action": request.get("action", "IDCardOCR"),
            "skew": request.get("clock_skew_seconds", 0),
            "options": {"SkipSign": True} if request.get("skip_sign") else None,
        }
        parameters = _parameters(mock, trigger)
        for _ in range(request.get("calls", 1) - 1):
            sdk.call(parameters, **call)
        return outcome_of(sdk, sdk.refusal(parameters, **call))


def _produce_by_hand(mock: MockServer, account: Account, trigger: Trigger) -> Outcome:
    reply = _by_hand(account, mock, trigger).send(mock)
    error = reply.response["Error"]
    return Outcome(reply.status, error["Code"], error["Message"], reply.response["RequestId"], reply.rule)


def _by_hand(account: Account, mock: MockServer, trigger: Trigger) -> raw.Raw:
    request, parameters = trigger.request, _parameters(mock, trigger)
    if "signature" in request:
        return _by_hand_v1(account, mock, request, parameters)
    body = request["body"].encode() if "body" in request else None
    out = raw.tc3(
        account,
        parameters,
        body=body,
        method=request.get("method", "POST"),
        content_type=request.get("content_type"),
        host=mock.authority,
        timestamp=mock.clock.now(),
    ).with_headers({"X-TC-Language": "zh-CN"})
    return out.with_headers(dict.fromkeys(request.get("omit_headers", ())))


def _by_hand_v1(
    account: Account, mock: MockServer, request: Mapping[str, Any], parameters: Mapping[str, Any]
) -> raw.Raw:
    method = request.get("method", "POST")
    if method == "GET":  # a query holds no picture
        parameters = {k: v for k, v in parameters.items() if k != "ImageBase64"}
    common = {
        "Timestamp": int(mock.clock.now()),
        "Language": "zh-CN",
        "SignatureMethod": request["signature"],
        **request.get("common", {}),
    }
    sent = raw.v1_parameters(account, **common, **parameters)
    out = raw.v1(account, sent, method=method, host=mock.authority)
    if "append_query" in request:
        return raw.Raw(out.method, f"{out.target}&{quote(request['append_query'])}", out.headers)
    return out


def _parameters(mock: MockServer, trigger: Trigger) -> dict[str, Any]:
    """What an ordinary call sends, with the trigger's changes."""
    ordinary = {"ImageBase64": encoded(image_of(mock, trigger)), "CardSide": None}
    parameters = {**ordinary, **trigger.parameters}
    sent = {k: v for k, v in parameters.items() if k not in trigger.omit and v is not None}
    length = trigger.request.get("pad_body_to_bytes")
    if length is not None:
        form = "signature" in trigger.request
        short = len(urlencode(sent) if form else json.dumps(sent))
        sent["ImageBase64"] += "A" * (length - short)
    return sent
