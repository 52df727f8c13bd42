"""Requests as clients send them to RecognizeIdcard: ACS3 with everything in headers, RPC with parameters."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote, quote_plus

from conformance.dialect import Call
from conformance.model import Request
from conformance.values import credential
from conformance.vendors.aliyun.signers import DIGEST, Acs3, sign_rpc

ACTION, VERSION = "RecognizeIdcard", "2021-07-07"
FORM = "application/x-www-form-urlencoded"
PICTURE = "application/octet-stream"

#: How the vendor's clients write a query: a space and an asterisk come out differently, and mean the same.
_ON_THE_WIRE: Mapping[str, Callable[[str], str]] = {
    "python": partial(quote_plus, safe=""),
    "node": partial(quote, safe="-_.!~*'()"),
}


def compose(call: Call) -> Request:
    """A signed request. Raises NotApplicable when the account lacks a credential."""
    transport = call.transport or "acs3"
    return _compose_rpc(call, transport) if transport.startswith("rpc") else _compose_acs3(call, transport)


def _compose_acs3(call: Call, transport: str) -> Request:
    """Parameters in the query, the picture as the body, the rest in headers."""
    access_key_id, token = _credentials(call)
    body = _body(call)
    headers = {
        "Host": call.hosts["ocr"],
        "x-acs-action": ACTION,
        "x-acs-version": VERSION,
        "x-acs-date": _timestamp(call),
        "x-acs-signature-nonce": _nonce(call),
        DIGEST: call.sign.get("payload") or hashlib.sha256(body).hexdigest(),
        "x-acs-credentials-provider": "static_sts" if token else "static_ak",
        "Accept": "application/json",
        **({"Content-Type": PICTURE} if body else {}),
        **({"x-acs-accesskey-id": access_key_id, "x-acs-security-token": token} if token else {}),
    }
    request = Request(
        call.method or ("GET" if transport == "acs3-get" else "POST"),
        _target(call, _texts(call)),
        headers,
        body,
    ).with_headers(call.signed_headers)
    return Acs3(access_key_id, credential(call.account, "access_key_secret"), call.sign).sign(request)


def _compose_rpc(call: Call, transport: str) -> Request:
    """Everything is a parameter, of the query or of a form; a picture in the body is beside them, and not signed."""
    method = call.method or ("GET" if transport == "rpc-get" else "POST")
    changes = dict(call.sign.get("common", {}))
    signature_kept = changes.pop("Signature", "") is not None
    parameters = {n: v for n, v in {**_common(call), **_texts(call), **changes}.items() if v is not None}
    signed = sign_rpc(
        parameters, credential(call.account, "access_key_secret"), method=method, options=call.sign
    )
    sent = signed if signature_kept else parameters
    headers = {"Host": call.hosts["ocr"]}
    if transport == "rpc-form":
        return Request(
            method, call.path or "/", {**headers, "Content-Type": FORM}, _joined(call, sent).encode()
        ).with_headers(call.signed_headers)
    body = _body(call)
    kind = {"Content-Type": PICTURE} if body else {}
    return Request(method, _target(call, sent), {**headers, **kind}, body).with_headers(call.signed_headers)


def _common(call: Call) -> dict[str, str | None]:
    """The parameters that every RPC call has; None is left out."""
    access_key_id, token = _credentials(call)
    return {
        "Action": ACTION,
        "Version": VERSION,
        "Format": "JSON",
        "AccessKeyId": access_key_id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": _nonce(call),
        "Timestamp": _timestamp(call),
        "SecurityToken": token,
    }


def _credentials(call: Call) -> tuple[str, str | None]:
    """Key and token that the call goes by, which need not be the account's."""
    access_key_id = call.sign.get("access_key_id") or credential(call.account, "access_key_id")
    token = call.sign.get("security_token", call.account.credentials.get("security_token"))
    return access_key_id, token or None


def _timestamp(call: Call) -> str:
    moment = time.gmtime(call.now + call.sign.get("timestamp_offset_s", 0))
    return str(call.sign.get("timestamp") or time.strftime("%Y-%m-%dT%H:%M:%SZ", moment))


def _nonce(call: Call) -> str:
    return str(call.sign.get("nonce") or secrets.token_hex(16))


def _body(call: Call) -> bytes:
    if call.body is not None:
        return call.body
    body = call.parameters.get("body", b"")
    return body if isinstance(body, bytes) else str(body).encode()


def _texts(call: Call) -> dict[str, str]:
    """The parameters but for the picture, as text."""
    return {name: _as_text(value) for name, value in call.parameters.items() if name != "body"}


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _target(call: Call, parameters: Mapping[str, str]) -> str:
    query = _joined(call, parameters)
    return (call.path or "/") + (f"?{query}" if query else "")


def _joined(call: Call, parameters: Mapping[str, str]) -> str:
    write = _ON_THE_WIRE[call.sign.get("wire", "python")]
    return "&".join(f"{write(name)}={write(value)}" for name, value in parameters.items())
