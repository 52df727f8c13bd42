"""SDK-HMAC-SHA256, written from the vendor's signing guide and held against its example and its clients' signatures.

The options are what ``vendor.json`` lists under ``sign``: each makes one thing differ, everything else stays right.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, unquote

from conformance.model import Request

ALGORITHM = "SDK-HMAC-SHA256"


@dataclass(frozen=True)
class SdkHmac:
    """Signs requests that have their ``Host`` and ``X-Sdk-Date`` already."""

    access_key: str
    secret_key: str = field(repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)

    def sign(self, request: Request) -> Request:
        """The request with its ``Authorization``; all headers that it has are signed unless the options name some."""
        names = self.options.get("signed_headers", sorted(name.lower() for name in request.headers))
        signature = self.signature(self.string_to_sign(request, self.canonical_request(request, names)))
        if self.options.get("corrupt"):
            signature = signature[:-1] + ("0" if signature[-1] != "0" else "1")
        algorithm = self.options.get("algorithm", ALGORITHM)
        authorization = (
            f"{algorithm} Access={self.access_key}, SignedHeaders={';'.join(names)}, Signature={signature}"
        )
        return replace(request, headers={**request.headers, "Authorization": authorization})

    def canonical_request(self, request: Request, names: Sequence[str]) -> str:
        """What is hashed: method, path, query, the headers named and the body's digest, a line each."""
        path, _, query = request.target.partition("?")
        given = {name.lower(): value.strip() for name, value in request.headers.items()}
        lines = "".join(f"{name}:{given.get(name, '')}\n" for name in names)
        uri = path if self.options.get("uri_as_sent") else canonical_uri(path)
        return "\n".join(
            [request.method, uri, canonical_query(query), lines, ";".join(names), payload_hash(request)]
        )

    def string_to_sign(self, request: Request, canonical_request: str) -> str:
        dates = [value for name, value in request.headers.items() if name.lower() == "x-sdk-date"]
        digest = hashlib.sha256(canonical_request.encode()).hexdigest()
        return f"{ALGORITHM}\n{''.join(dates)}\n{digest}"

    def signature(self, to_sign: str) -> str:
        """Lower-case hexadecimal; the key is the secret itself, nothing is derived from it."""
        key = self.options.get("key", self.secret_key)
        return hmac.digest(key.encode(), to_sign.encode(), "sha256").hex()


def canonical_uri(path: str) -> str:
    """The path, each segment encoded once, with a slash at its end that the request line does not have.

    >>> canonical_uri("/v2/a%20b/ocr/id-card")
    '/v2/a%20b/ocr/id-card/'
    """
    encoded = "/".join(_encoded(unquote(segment)) for segment in path.split("/"))
    return encoded if encoded.endswith("/") else f"{encoded}/"


def canonical_query(query: str) -> str:
    """The parameters in the order of their names, then values, encoded anew.

    >>> canonical_query("name=cn-north-4&domain_id=a%2Fb&flag")
    'domain_id=a%2Fb&flag=&name=cn-north-4'
    """
    pairs = [pair.partition("=")[::2] for pair in query.split("&") if pair]
    decoded = sorted((unquote(name), unquote(value)) for name, value in pairs)
    return "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in decoded)


def payload_hash(request: Request) -> str:
    """The digest of the body, unless ``X-Sdk-Content-Sha256`` says something in its place."""
    for name, value in request.headers.items():
        if name.lower() == "x-sdk-content-sha256" and request.body:
            return value
    return hashlib.sha256(request.body).hexdigest()


def sdk_date(moment: float) -> str:
    """Seconds since 1970 as ``X-Sdk-Date`` writes them.

    >>> sdk_date(1735689600)
    '20250101T000000Z'
    """
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(moment))


def _encoded(text: str) -> str:
    return quote(text, safe="~")
