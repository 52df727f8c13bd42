"""Tencent's two signature families as pure functions over what was sent (contract §2.1-§2.3).

Nothing here decodes and re-encodes: the Python and the Node SDK percent-encode the same value differently, and a
verifier that normalises would refuse one of them.
"""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from mockserver.signing.authorization import AuthorizationError, elements, is_sha256
from mockserver.signing.mac import mac

TC3 = "TC3-HMAC-SHA256"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
DIGESTS = {"HmacSHA1": "sha1", "HmacSHA256": "sha256"}


@dataclass(frozen=True, slots=True)
class Authorization:
    """A parsed TC3 Authorization header."""

    secret_id: str
    date: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str


def parse_authorization(header: str) -> Authorization:
    """Take a TC3 Authorization header apart.

    Raises AuthorizationError naming the first element that is absent or malformed.
    """
    algorithm, _, rest = header.strip().partition(" ")
    if algorithm != TC3:
        raise AuthorizationError("Algorithm")
    parts = elements(rest)
    # A secret id never holds a slash, so the scope is what stands behind the first one.
    scope = parts.get("Credential", "").split("/")
    if len(scope) != 4 or not scope[0]:
        raise AuthorizationError("Credential")
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", scope[1]):
        raise AuthorizationError("Date")
    if scope[3] != "tc3_request":
        raise AuthorizationError("Terminator")
    signed = tuple(parts.get("SignedHeaders", "").split(";"))
    if not {"content-type", "host"} <= set(signed):
        raise AuthorizationError("SignedHeaders")
    if not is_sha256(parts.get("Signature", "")):
        raise AuthorizationError("Signature")
    return Authorization(scope[0], scope[1], scope[2], signed, parts["Signature"])


def utc_date(timestamp: int) -> str:
    """The UTC date of a Unix timestamp, as it stands in a credential scope."""
    return time.strftime("%Y-%m-%d", time.gmtime(timestamp))


def tc3_canonical_request(
    method: str, query: str, headers: Mapping[str, str], signed_headers: Sequence[str], payload_hash: str
) -> str:
    """The canonical request: ``headers`` by lower-case name, values verbatim; the path is always ``/``."""
    lines = "".join(f"{name}:{headers.get(name, '')}\n" for name in signed_headers)
    return f"{method}\n/\n{query}\n{lines}\n{';'.join(signed_headers)}\n{payload_hash}"


def tc3_spellings(headers: Mapping[str, str], signed_headers: Sequence[str]) -> tuple[Mapping[str, str], ...]:
    """The headers as a client may have signed them.

    Their values as sent, which is what the SDKs do; in lower case, as the vendor's document demands: its own example
    signs ``x-tc-action:describeinstances`` for the action DescribeInstances (签名方法 v3, CanonicalHeaders).
    """
    if all(headers.get(name, "").lower() == headers.get(name, "") for name in signed_headers):
        return (headers,)
    return (headers, {name: value.lower() for name, value in headers.items()})


def tc3_string_to_sign(timestamp: str, date: str, service: str, canonical_request: str) -> str:
    digest = hashlib.sha256(canonical_request.encode("latin-1", "replace")).hexdigest()
    return f"{TC3}\n{timestamp}\n{date}/{service}/tc3_request\n{digest}"


@lru_cache(maxsize=256)
def tc3_signing_key(secret_key: str, date: str, service: str) -> bytes:
    """The key of one day and service: a client signs with the same one all day."""
    key = hmac_sha256(b"TC3" + secret_key.encode(), date)
    return hmac_sha256(hmac_sha256(key, service), "tc3_request")


def hmac_sha256(key: bytes, text: str) -> bytes:
    return mac(key, text.encode(), "sha256")


def tc3_signature(signing_key: bytes, string_to_sign: str) -> str:
    return mac(signing_key, string_to_sign.encode(), "sha256").hex()


def v1_string_to_sign(method: str, host: str, parameters: Mapping[str, str]) -> str:
    """The v1 string to sign: every parameter but Signature, sorted by name in byte order, values un-encoded."""
    pairs = sorted((k, v) for k, v in parameters.items() if k != "Signature")
    return f"{method}{host}/?" + "&".join(f"{k}={v}" for k, v in pairs)


def v1_signature(secret_key: str, string_to_sign: str, method: str) -> str:
    """Base64 of the HMAC; ``method`` is HmacSHA1 or HmacSHA256."""
    text = string_to_sign.encode("utf-8", "surrogateescape")
    return base64.b64encode(mac(secret_key.encode(), text, DIGESTS[method])).decode()


def v1_spellings(parameters: Mapping[str, str]) -> tuple[Mapping[str, str], ...]:
    """The parameters as the SDKs may have signed them.

    As sent; with ``_`` in names replaced by ``.`` (Python signs so, but does not send so); without empty values
    (Go leaves them out of the string). Contract §2.2.
    """
    dotted = {k.replace("_", "."): v for k, v in parameters.items()}
    filled = {k: v for k, v in parameters.items() if v != ""}
    unique = {tuple(sorted(p.items())): p for p in (parameters, dotted, filled)}
    return tuple(unique.values())
