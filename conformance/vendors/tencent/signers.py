"""Tencent's two families of signatures, written from its documents and held against their examples.

The options are what ``vendor.json`` lists under ``sign``: each makes one thing differ, everything else stays right.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.model import Request

_ALGORITHM = "TC3-HMAC-SHA256"
_UNSIGNED = "UNSIGNED-PAYLOAD"
_DIGESTS = {"HmacSHA1": "sha1", "HmacSHA256": "sha256"}


@dataclass(frozen=True)
class Tc3:
    """TC3-HMAC-SHA256 (签名方法 v3)."""

    secret_id: str
    secret_key: str = field(repr=False)
    #: Seconds since 1970, as in ``X-TC-Timestamp``.
    timestamp: int
    options: Mapping[str, Any] = field(default_factory=dict)

    def sign(self, request: Request) -> Request:
        """The request with its ``Authorization``."""
        names = self.options.get("signed_headers", ["content-type", "host"])
        signature = self.signature(self.string_to_sign(self.canonical_request(request, names)))
        if self.options.get("corrupt"):
            signature = signature[:-1] + ("0" if signature[-1] != "0" else "1")
        authorization = (
            f"{self.options.get('algorithm', _ALGORITHM)} Credential={self.secret_id}/{self.scope}, "
            f"SignedHeaders={';'.join(names)}, Signature={signature}"
        )
        return replace(request, headers={**request.headers, "Authorization": authorization})

    @property
    def date(self) -> str:
        """The UTC date of the timestamp, unless the options want another."""
        moment = self.timestamp + self.options.get("date_offset_s", 0)
        return time.strftime("%Y-%m-%d", time.gmtime(moment))

    @property
    def service(self) -> str:
        return str(self.options.get("service", "ocr"))

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.service}/tc3_request"

    def canonical_request(self, request: Request, names: list[str]) -> str:
        """What is hashed: the query as it stands for GET and none for POST, the headers named, the body's digest.

        Values of headers are lower-cased and trimmed, as the document demands.
        """
        query = request.target.partition("?")[2] if request.method == "GET" else ""
        given = {name.lower(): value.strip().lower() for name, value in request.headers.items()}
        given["host"] = self.options.get("host", given.get("host", ""))
        lines = "".join(f"{name}:{given.get(name, '')}\n" for name in names)
        unsigned = given.get("x-tc-content-sha256") == _UNSIGNED.lower()
        digest = hashlib.sha256(_UNSIGNED.encode() if unsigned else request.body).hexdigest()
        return "\n".join([request.method, "/", query, lines, ";".join(names), digest])

    def string_to_sign(self, canonical_request: str) -> str:
        digest = hashlib.sha256(canonical_request.encode()).hexdigest()
        return f"{_ALGORITHM}\n{self.timestamp}\n{self.scope}\n{digest}"

    def signing_key(self) -> bytes:
        """The key of the day and the service."""
        key: bytes = ("TC3" + self.options.get("key", self.secret_key)).encode()
        for part in (self.date, self.service, "tc3_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return key

    def signature(self, to_sign: str) -> str:
        return hmac.digest(self.signing_key(), to_sign.encode(), "sha256").hex()


def sign_v1(
    parameters: Mapping[str, Any],
    secret_key: str,
    *,
    method: str,
    host: str,
    options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The parameters with their ``Signature`` (签名方法 v1); without a known ``SignatureMethod`` it is HmacSHA1."""
    options = options or {}
    digest = _DIGESTS.get(parameters.get("SignatureMethod", ""), "sha1")
    text = v1_string_to_sign(parameters, method, options.get("host", host))
    mac = hmac.digest(options.get("key", secret_key).encode(), text.encode(), digest)
    signature = base64.b64encode(mac).decode()
    if options.get("corrupt"):
        signature = ("A" if signature[0] != "A" else "B") + signature[1:]
    return {**parameters, "Signature": signature}


def v1_string_to_sign(parameters: Mapping[str, Any], method: str, host: str) -> str:
    """The parameters in the byte order of their names, values as they are, behind method, host and path."""
    return f"{method}{host}/?" + "&".join(f"{name}={value}" for name, value in sorted(parameters.items()))
