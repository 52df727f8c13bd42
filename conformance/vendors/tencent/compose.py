"""Requests to Tencent Cloud in the ways of sending that its page allows, signed by the two families of signatures."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from conformance.dialect import Call
from conformance.model import Request
from conformance.values import credential
from conformance.vendors.tencent.signers import Tc3, sign_v1

ACTION = {"X-TC-Action": "IDCardOCR", "X-TC-Version": "2018-11-19", "X-TC-Region": "ap-guangzhou"}
FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"


def compose(call: Call) -> Request:
    """A signed request. Raises NotApplicable when the account lacks a credential."""
    transport = call.transport or "tc3-json"
    return _V1[transport](call) if transport in _V1 else _compose_tc3(call, transport)


def _compose_tc3(call: Call, transport: str) -> Request:
    """TC3-HMAC-SHA256: parameters as JSON, or for GET in the query; everything else in headers."""
    get = transport == "tc3-get"
    query = urlencode(_flattened(call.parameters), quote_via=quote) if get else ""
    body = b"" if get else json.dumps(call.parameters, ensure_ascii=False).encode()
    signer = Tc3(
        credential(call.account, "secret_id"),
        credential(call.account, "secret_key"),
        now=call.now + call.sign.get("timestamp_offset_s", 0),
        options=call.sign,
    )
    token = call.account.credentials.get("token")
    headers = {
        "Host": call.hosts["ocr"],
        "Content-Type": FORM if get else _JSON,
        **ACTION,
        "X-TC-Timestamp": str(signer.timestamp),
        **({"X-TC-Token": token} if token else {}),
    }
    request = Request(
        call.method or ("GET" if get else "POST"),
        (call.path or "/") + (f"?{query}" if query else ""),
        headers,
        body if call.body is None else call.body,
    ).with_headers(call.signed_headers)
    return signer.sign(request)


def _compose_v1(call: Call, *, get: bool, algorithm: str) -> Request:
    """HmacSHA1 or HmacSHA256 over the sorted parameters, sent as a form or in the query."""
    common: dict[str, Any] = {
        "Action": "IDCardOCR",
        "Version": "2018-11-19",
        "Region": "ap-guangzhou",
        "Timestamp": int(call.now) + call.sign.get("timestamp_offset_s", 0),
        "Nonce": secrets.randbelow(2**31) + 1,
        "SecretId": credential(call.account, "secret_id"),
        "SignatureMethod": algorithm,
    }
    if token := call.account.credentials.get("token"):
        common["Token"] = token
    method = call.method or ("GET" if get else "POST")
    parameters = sign_v1(
        {
            name: value
            for name, value in {**common, **_flattened(call.parameters)}.items()
            if value is not None
        },
        credential(call.account, "secret_key"),
        method=method,
        host=call.hosts["ocr"],
        path=call.path or "/",
        options=call.sign,
    )
    encoded = urlencode(parameters, quote_via=quote)
    path = call.path or "/"
    headers = {"Host": call.hosts["ocr"]}
    if method == "GET":
        return Request("GET", f"{path}?{encoded}", headers)
    return Request(
        method, path, {**headers, "Content-Type": FORM}, encoded.encode() if call.body is None else call.body
    )


def _flattened(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Parameters as a form carries them: everything is text."""
    return {name: _as_text(value) for name, value in parameters.items()}


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


_V1 = {
    "v1-form": lambda call: _compose_v1(call, get=False, algorithm="HmacSHA256"),
    "v1-form-sha1": lambda call: _compose_v1(call, get=False, algorithm="HmacSHA1"),
    "v1-get": lambda call: _compose_v1(call, get=True, algorithm="HmacSHA256"),
}
