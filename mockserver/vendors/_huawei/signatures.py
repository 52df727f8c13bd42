"""SDK-HMAC-SHA256 as pure functions over what was sent (contract §2.1)."""

from __future__ import annotations

import datetime
import hashlib
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

from mockserver.signing.authorization import AuthorizationError, elements, is_sha256
from mockserver.signing.mac import mac

ALGORITHM = "SDK-HMAC-SHA256"
#: Algorithms of the official clients that are off by default and not spoken here.
OTHER_ALGORITHMS = ("SDK-HMAC-SM3", "SDK-ECDSA-P256-SHA256", "SDK-SM2-SM3", "V11-HMAC-SHA256")

_MOMENT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})Z")
_MOMENT_FORMAT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Authorization:
    """A parsed Authorization header."""

    access_key: str
    signed_headers: tuple[str, ...]
    signature: str


def parse_authorization(header: str) -> Authorization:
    """Take an Authorization header apart.

    Raises AuthorizationError naming the first element that is absent or malformed.
    """
    algorithm, _, rest = header.strip().partition(" ")
    if algorithm != ALGORITHM:
        raise AuthorizationError("algorithm")
    parts = elements(rest)
    if not parts.get("Access"):
        raise AuthorizationError("Access")
    if not parts.get("SignedHeaders"):
        raise AuthorizationError("SignedHeaders")
    if not is_sha256(parts.get("Signature", "")):
        raise AuthorizationError("Signature")
    signed = tuple(parts["SignedHeaders"].lower().split(";"))
    return Authorization(parts["Access"], signed, parts["Signature"])


def parse_moment(text: str) -> int | None:
    """Unix time of an ``X-Sdk-Date`` such as ``20250101T000000Z``, None for anything else.

    >>> parse_moment("20250101T000000Z")
    1735689600
    """
    match = _MOMENT.fullmatch(text)
    if match is None:
        return None
    try:
        year, month, day, hour, minute, second = map(int, match.groups())
        when = datetime.datetime(year, month, day, hour, minute, second, tzinfo=datetime.UTC)
    except ValueError:  # a month 13
        return None
    return int(when.timestamp())


def moment(timestamp: float) -> str:
    """A Unix time as in ``X-Sdk-Date``."""
    return time.strftime(_MOMENT_FORMAT, time.gmtime(timestamp))


def canonical_uri(path: str) -> str:
    """A decoded path as it is signed: each segment encoded, one slash at the end.

    ``path`` holds a character for each byte, as WSGI hands it over.

    >>> canonical_uri("/v2/{project_id}/ocr/id-card")
    '/v2/%7Bproject_id%7D/ocr/id-card/'
    """
    encoded = quote(path.encode("latin-1", "replace"), safe="/~")
    return encoded if encoded.endswith("/") else f"{encoded}/"


def canonical_query(query: str) -> str:
    """A query string as it is signed: sorted by name, then value, all of it encoded anew.

    >>> canonical_query("name=cn-north-4&domain_id=a%20b")
    'domain_id=a%20b&name=cn-north-4'
    """
    if not query:
        return ""
    pairs = sorted(parse_qsl(query, keep_blank_values=True, encoding="latin-1"))
    return "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in pairs)


def _encoded(text: str) -> str:
    return quote(text.encode("latin-1", "replace"), safe="~")


def payload_hash(headers: Mapping[str, str], body: bytes) -> str:
    """What stands for the body: the digest that ``X-Sdk-Content-Sha256`` claims, else the body's own.

    The official clients look at the header only when there is a body, and put ``UNSIGNED-PAYLOAD`` there for
    content that is not JSON.
    """
    claimed = headers.get("x-sdk-content-sha256")
    return claimed if body and claimed else hashlib.sha256(body).hexdigest()


def canonical_request(
    method: str, path: str, query: str, headers: Mapping[str, str], signed: Sequence[str], digest: str
) -> str:
    """The canonical request: ``headers`` by lower-case name, ``digest`` the payload's."""
    lines = "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in signed)
    uri, sorted_query = canonical_uri(path), canonical_query(query)
    return f"{method.upper()}\n{uri}\n{sorted_query}\n{lines}\n{';'.join(signed)}\n{digest}"


def string_to_sign(date: str, canonical: str) -> str:
    """``date`` is the ``X-Sdk-Date`` as sent."""
    return f"{ALGORITHM}\n{date}\n{hashlib.sha256(canonical.encode('latin-1', 'replace')).hexdigest()}"


def signature(secret_key: str, to_sign: str) -> str:
    """Lower-case hexadecimal; the secret key itself is the HMAC's key."""
    return mac(secret_key.encode(), to_sign.encode("latin-1", "replace"), "sha256").hex()
