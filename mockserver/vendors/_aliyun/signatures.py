"""Aliyun's two signature families as pure functions over what was sent (contract §2.1, §2.2).

Unlike other vendors' clients, these encode the query on the wire in their own ways (a space as ``+`` or ``%20``, a bare
``*`` or ``%2A``) and sign another spelling than they send. So the query is decoded, and encoded again by the one rule
that all of them sign by.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

from mockserver.signing.authorization import AuthorizationError, elements, is_sha256
from mockserver.signing.mac import mac

ACS3 = "ACS3-HMAC-SHA256"
EMPTY_HASH = hashlib.sha256(b"").hexdigest()
HMAC_SHA1 = "HMAC-SHA1"
VERSION = "1.0"

Pairs = Iterable[tuple[str, str]]

_ALGORITHM = re.compile(r"ACS3-[A-Z0-9-]+")


@dataclass(frozen=True, slots=True)
class Authorization:
    """A parsed ACS3 Authorization header; a part that was not sent is empty."""

    algorithm: str
    access_key_id: str
    #: As sent: names joined with semicolons, in whatever order and case.
    signed_headers: str
    signature: str

    @property
    def signed_names(self) -> frozenset[str]:
        """The signed headers by lower-case name."""
        return frozenset(self.signed_headers.lower().split(";"))


def parse_authorization(header: str) -> Authorization:
    """Take an ACS3 Authorization header apart.

    Raises AuthorizationError for another scheme, a piece that is not ``Name=value``, and an ACS3-HMAC-SHA256 signature
    that is not 64 lower-case hexadecimal digits. A missing Credential or Signature is for the caller to name.
    """
    algorithm, _, rest = header.strip().partition(" ")
    if not _ALGORITHM.fullmatch(algorithm):
        raise AuthorizationError("Algorithm")
    parts = elements(rest) if rest.strip() else {}
    signature = parts.get("Signature", "")
    if signature and algorithm == ACS3 and not is_sha256(signature):
        raise AuthorizationError("Signature")
    if signature and not parts.get("SignedHeaders"):
        raise AuthorizationError("SignedHeaders")
    return Authorization(algorithm, parts.get("Credential", ""), parts.get("SignedHeaders", ""), signature)


def decoded_pairs(text: str) -> list[tuple[str, str]]:
    """Query or form to pairs, in their order; a name without a value has the empty one.

    ``text`` holds one character per byte, as WSGI has it. Bytes that are not UTF-8 stay as surrogates.

    >>> decoded_pairs("Url=a+b%2A*&OutputFigure")
    [('Url', 'a b**'), ('OutputFigure', '')]
    """
    if not text.isascii():
        text = text.encode("latin-1", "replace").decode("utf-8", "surrogateescape")
    return parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="surrogateescape")


def encode(text: str) -> str:
    """Percent-encode as RFC 3986 says: everything but letters, digits and ``-_.~``.

    >>> encode("a b/*~+身")
    'a%20b%2F%2A~%2B%E8%BA%AB'
    """
    return quote(text, safe="", errors="surrogateescape")


def canonical_query(pairs: Pairs) -> str:
    """All pairs, sorted by name, encoded. An empty value leaves ``name=``."""
    return "&".join(f"{encode(name)}={encode(value)}" for name, value in sorted(pairs))


def acs3_canonical_request(
    method: str, pairs: Pairs, headers: Mapping[str, str], signed_headers: str, payload_hash: str
) -> str:
    """The canonical request; the path is always ``/``, ``headers`` are by lower-case name.

    The header lines are sorted, while the list of names goes in as it was sent: the Java client joins its names
    before it sorts them.
    """
    names = sorted(signed_headers.lower().split(";"))
    lines = "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in names)
    return f"{method}\n/\n{canonical_query(pairs)}\n{lines}\n{signed_headers}\n{payload_hash}"


def acs3_string_to_sign(canonical_request: str) -> str:
    """Two lines: the algorithm and the hash of the canonical request."""
    return f"{ACS3}\n{hashlib.sha256(canonical_request.encode('latin-1', 'replace')).hexdigest()}"


def acs3_signature(secret: str, string_to_sign: str) -> str:
    """Lower-case hexadecimal HMAC-SHA256 with the secret as it is."""
    return mac(secret.encode(), string_to_sign.encode(), "sha256").hex()


def rpc_string_to_sign(method: str, pairs: Pairs) -> str:
    """The RPC string to sign: every parameter but Signature, encoded twice. An empty value counts."""
    query = canonical_query(pair for pair in pairs if pair[0] != "Signature")
    return f"{method}&%2F&{encode(query)}"


def rpc_signature(secret: str, string_to_sign: str) -> str:
    """Base64 of the HMAC-SHA1 whose key is the secret and an ampersand."""
    return base64.b64encode(mac(f"{secret}&".encode(), string_to_sign.encode(), "sha1")).decode()
