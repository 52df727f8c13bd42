"""Tencent's two families of signatures, written from its documents and held against their examples.

The options are what ``vendor.json`` lists under ``sign``: each makes one thing wrong, everything else stays right.
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


@dataclass(frozen=True)
class Tc3:
    """TC3-HMAC-SHA256 (签名方法 v3)."""

    secret_id: str
    secret_key: str = field(repr=False)
    #: Seconds since 1970.
    now: float
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def timestamp(self) -> int:
        return int(self.now)

    def sign(self, request: Request) -> Request:
        """The request with its ``Authorization``."""
        names = self.options.get("signed_headers", ["content-type", "host"])
        scope = f"{self._date}/{self.options.get('service', 'ocr')}/tc3_request"
        canonical = self.canonical_request(request, names)
        to_sign = f"{_ALGORITHM}\n{self.timestamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = self._signature(to_sign)
        if self.options.get("corrupt"):
            signature = signature[:-1] + ("0" if signature[-1] != "0" else "1")
        authorization = (
            f"{self.options.get('algorithm', _ALGORITHM)} Credential={self.secret_id}/{scope}, "
            f"SignedHeaders={';'.join(names)}, Signature={signature}"
        )
        return replace(request, headers={**request.headers, "Authorization": authorization})

    def canonical_request(self, request: Request, names: list[str]) -> str:
        path, _, query = request.target.partition("?")
        given = {name.lower(): value.strip() for name, value in request.headers.items()}
        lines = "".join(f"{name}:{given.get(name, '').lower()}\n" for name in names)
        digest = self.options.get("payload") or hashlib.sha256(request.body).hexdigest()
        return "\n".join([request.method, path, query, lines, ";".join(names), digest])

    @property
    def _date(self) -> str:
        moment = self.timestamp + self.options.get("date_offset_s", 0)
        return str(self.options.get("date") or time.strftime("%Y-%m-%d", time.gmtime(moment)))

    def _signature(self, to_sign: str) -> str:
        key = ("TC3" + self.options.get("key", self.secret_key)).encode()
        for part in (self._date, self.options.get("service", "ocr"), "tc3_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.digest(key, to_sign.encode(), "sha256").hex()


def sign_v1(
    parameters: Mapping[str, Any],
    secret_key: str,
    *,
    method: str,
    host: str,
    path: str = "/",
    options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The parameters with their ``Signature`` (签名方法 v1): sorted, joined as they are, keyed with the secret."""
    options = options or {}
    joined = "&".join(f"{name}={value}" for name, value in sorted(parameters.items()))
    digest = "sha256" if parameters.get("SignatureMethod") == "HmacSHA256" else "sha1"
    key = options.get("key", secret_key).encode()
    mac = hmac.digest(key, f"{method}{host}{path}?{joined}".encode(), digest)
    signature = base64.b64encode(mac).decode()
    if options.get("corrupt"):
        signature = ("A" if signature[0] != "A" else "B") + signature[1:]
    return {**parameters, "Signature": signature}
