"""Alibaba Cloud's two signatures, written from its documents: ACS3-HMAC-SHA256 over headers, HMAC-SHA1 over parameters.

The options are those that ``vendor.json`` lists under ``sign``: each makes one thing wrong, the rest stays right.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, quote

from conformance.model import Request

ACS3 = "ACS3-HMAC-SHA256"
DIGEST = "x-acs-content-sha256"


def encode(text: str) -> str:
    """A key or value as both schemes sign it (RFC 3986): nothing stays but letters, digits and ``-_.~``.

    >>> encode("a b*~+身")
    'a%20b%2A~%2B%E8%BA%AB'
    """
    return quote(text, safe="-_.~")


def canonical_query(pairs: Iterable[tuple[str, str]]) -> str:
    """Pairs sorted by key, encoded and joined; one without a value keeps its equals sign.

    >>> canonical_query([("b", ""), ("a", "1 2")])
    'a=1%202&b='
    """
    return "&".join(f"{encode(key)}={encode(value)}" for key, value in sorted(pairs))


@dataclass(frozen=True)
class Acs3:
    """V3: everything that is signed stands in the request line and in headers, the body by its digest."""

    access_key_id: str
    secret: str = field(repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)

    def sign(self, request: Request) -> Request:
        """The request with its ``Authorization``; an ``x-acs-content-sha256`` that it has is taken as it is."""
        names = self.options.get("signed_names") or self._usual_names(request)
        digest = hashlib.sha256(self.canonical_request(request, names).encode()).hexdigest()
        signature = self._signature(f"{ACS3}\n{digest}")
        authorization = (
            f"{self.options.get('algorithm', ACS3)} Credential={self.access_key_id},"
            f"SignedHeaders={';'.join(names)},Signature={signature}"
        )
        return replace(request, headers={**request.headers, "Authorization": authorization})

    def canonical_request(self, request: Request, names: list[str]) -> str:
        """What is hashed and signed. Headers come sorted, the list of their names in the order in which it is sent."""
        path, _, query = request.target.partition("?")
        given = {name.lower(): value.strip() for name, value in request.headers.items()}
        lines = "".join(f"{name}:{given.get(name, '')}\n" for name in sorted(names))
        digest = given.get(DIGEST) or hashlib.sha256(request.body).hexdigest()
        pairs = parse_qsl(query, keep_blank_values=True)
        return "\n".join([request.method, path, canonical_query(pairs), lines, ";".join(names), digest])

    @staticmethod
    def _usual_names(request: Request) -> list[str]:
        """What the clients for Go, Java and Node sign: their own headers, the host and the type of a body."""
        names = (name.lower() for name in request.headers)
        return sorted(n for n in names if n.startswith("x-acs-") or n in ("host", "content-type"))

    def _signature(self, to_sign: str) -> str:
        mac = hmac.digest(self.options.get("secret", self.secret).encode(), to_sign.encode(), "sha256").hex()
        return _corrupted(mac) if self.options.get("corrupt") else mac


def rpc_string_to_sign(method: str, parameters: Mapping[str, str]) -> str:
    """What V1 signs: the method, the path, and the sorted parameters of query and form, encoded once more.

    >>> rpc_string_to_sign("GET", {"Timestamp": "2024-01-02T03:04:05Z"})
    'GET&%2F&Timestamp%3D2024-01-02T03%253A04%253A05Z'
    """
    return f"{method}&%2F&{encode(canonical_query(parameters.items()))}"


def sign_rpc(
    parameters: Mapping[str, str], secret: str, *, method: str, options: Mapping[str, Any] | None = None
) -> dict[str, str]:
    """The parameters with their ``Signature``: HMAC-SHA1 in Base64, keyed with the secret and an ampersand."""
    options = options or {}
    key = f"{options.get('secret', secret)}&".encode()
    mac = hmac.digest(key, rpc_string_to_sign(method, parameters).encode(), "sha1")
    signature = base64.b64encode(mac).decode()
    return {**parameters, "Signature": _corrupted(signature) if options.get("corrupt") else signature}


def _corrupted(signature: str) -> str:
    """Another one of the same form."""
    return ("a" if signature[0] != "a" else "b") + signature[1:]
