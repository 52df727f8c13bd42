"""Tencent requests written out by hand, byte for byte, and signed by a signer of the tests' own.

For what the official SDK cannot send, and for what other languages' SDKs send differently. The signer follows §2 of
the contract and shares no code with the server's verifier.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from mockserver.accounts import Account
from tests import wire

HOST = "ocr.tencentcloudapi.com"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


class Reply(wire.Reply):
    """An answer in the vendor's envelope."""

    @property
    def response(self) -> dict[str, Any]:
        """What stands in the envelope."""
        inner: dict[str, Any] = self.json["Response"]
        return inner

    @property
    def code(self) -> str | None:
        """The error's code, None for a success."""
        error = self.response.get("Error")
        return error["Code"] if error else None

    @property
    def message(self) -> str:
        return str(self.response["Error"]["Message"])

    @property
    def rule(self) -> str:
        """The row that answered, "" for a success."""
        return self.headers.get("x-idmock-rule", "")


class Raw(wire.Raw):
    """A request before it is sent."""

    def send(self, mock: wire.Server, *, chunks: Iterable[bytes] | None = None) -> Reply:
        """Send over a real socket; with ``chunks`` the body goes out in chunked transfer coding."""
        return Reply(*self.exchange(mock, chunks))


def tc3(
    account: Account,
    parameters: object = None,
    *,
    body: bytes | None = None,
    method: str = "POST",
    query: str = "",
    host: str = HOST,
    signed_host: str | None = None,
    service: str = "ocr",
    timestamp: float | None = None,
    date: str | None = None,
    content_type: str | None = None,
    payload: bytes | None = None,
    signed_headers: Mapping[str, str] | None = None,
    key: str | None = None,
) -> Raw:
    """A request signed with TC3-HMAC-SHA256.

    ``parameters`` become the JSON body unless ``body`` gives the bytes. ``payload`` is what is signed in place of the
    body, ``signed_host`` in place of the Host header, ``signed_headers`` more headers that are signed and sent.
    """
    if body is None:
        body = b"" if method == "GET" else json.dumps({} if parameters is None else parameters).encode()
    content_type = content_type or (FORM if method == "GET" else JSON)
    moment = int(time.time() if timestamp is None else timestamp)
    date = date or time.strftime("%Y-%m-%d", time.gmtime(moment))
    lines = {"content-type": content_type, "host": signed_host or host, **(signed_headers or {})}
    names = ";".join(sorted(lines))
    canonical = "\n".join(
        [
            method,
            "/",
            query,
            *(f"{name}:{lines[name]}" for name in sorted(lines)),
            "",
            names,
            hashlib.sha256(body if payload is None else payload).hexdigest(),
        ]
    )
    scope = f"{date}/{service}/tc3_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"TC3-HMAC-SHA256\n{moment}\n{scope}\n{digest}"
    signing = b"TC3" + (key or account.credentials["secret_key"]).encode()
    for part in (date, service, "tc3_request"):
        signing = hmac.digest(signing, part.encode(), "sha256")
    signature = hmac.digest(signing, to_sign.encode(), "sha256").hex()
    headers = {
        "Host": host,
        "Content-Type": content_type,
        "X-TC-Action": "IDCardOCR",
        "X-TC-Version": "2018-11-19",
        "X-TC-Timestamp": str(moment),
        "X-TC-Region": "ap-guangzhou",
        "Authorization": f"TC3-HMAC-SHA256 Credential={account.credentials['secret_id']}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}",
        **(signed_headers or {}),
    }
    return Raw(method, f"/?{query}" if query else "/", headers, body)


def v1_parameters(account: Account, **business: Any) -> dict[str, Any]:
    """Common and business parameters of an unsigned v1 request."""
    return {
        "Action": "IDCardOCR",
        "Version": "2018-11-19",
        "Timestamp": int(time.time()),
        "Nonce": 11886,
        "Region": "ap-guangzhou",
        "SecretId": account.credentials["secret_id"],
        "SignatureMethod": "HmacSHA256",
        **business,
    }


def v1(
    account: Account,
    parameters: Mapping[str, Any],
    *,
    method: str = "POST",
    host: str = HOST,
    signed: Mapping[str, Any] | None = None,
) -> Raw:
    """A request signed with HmacSHA1 or HmacSHA256, as its SignatureMethod says (SHA-1 when it is absent).

    ``signed`` is what is signed where that differs from what is sent. Bytes that are no UTF-8 may stand in names and
    values as ``bytes.decode`` with ``surrogateescape`` leaves them.
    """
    to_be_signed = parameters if signed is None else signed
    to_sign = f"{method}{host}/?" + "&".join(f"{k}={v}" for k, v in sorted(to_be_signed.items()))
    digest = "sha256" if parameters.get("SignatureMethod") == "HmacSHA256" else "sha1"
    mac = hmac.digest(account.credentials["secret_key"].encode(), _bytes(to_sign), digest)
    sent = {**parameters, "Signature": base64.b64encode(mac).decode()}
    pairs = "&".join(f"{_quoted(k)}={_quoted(str(v))}" for k, v in sent.items())
    if method == "GET":
        return Raw("GET", f"/?{pairs}", {"Host": host})
    return Raw("POST", "/", {"Host": host, "Content-Type": FORM}, pairs.encode())


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _quoted(text: str) -> str:
    return quote(_bytes(text), safe="")
