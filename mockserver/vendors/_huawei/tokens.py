"""What ``X-Subject-Token`` holds: a blob that looks like the vendor's and that any worker can check.

A real token is signed with the vendor's certificate and holds what it grants. Ours holds the same and is signed with
the secrets of the user's account, so no server has to remember the tokens that it gave out, and a changed password or
key makes the old ones unreadable, as with the vendor.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import hashlib
import hmac
from dataclasses import asdict, dataclass

import orjson

from mockserver.signing.mac import mac

#: A DER sequence with a length of two bytes, and the object identifier of signed data: with it every token begins
#: with ``MII``, as the page says.
_SEQUENCE = b"\x30\x82"
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_OCTETS = b"\x04\x82"
_MAC_BYTES = 32
#: Base64 in which a token stays one word in paths and logs: the vendor writes ``-`` for ``/``.
_ALPHABET = b"+-"


class TokenError(ValueError):
    """The text is no token of ours."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says: whose it is, for which project (None: for the account as a whole), and for how long."""

    username: str
    project_id: str | None
    region: str | None
    #: Unix seconds.
    issued: float
    expires: float


@dataclass(frozen=True, slots=True)
class Token:
    """A token that was read, and not yet checked."""

    claims: Claims
    _signed: bytes
    _mac: bytes

    def is_signed_with(self, key: bytes) -> bool:
        return hmac.compare_digest(_mac(key, self._signed), self._mac)


def issue(claims: Claims, key: bytes, length: int) -> str:
    """The token for ``claims``, of ``length`` bytes before Base64 unless the claims need more."""
    payload = orjson.dumps(asdict(claims))
    signed = _SIGNED_DATA + _OCTETS + len(payload).to_bytes(2, "big") + payload
    code = _mac(key, signed)
    short = max(0, length - len(_SEQUENCE) - 2 - len(signed) - len(code))
    content = signed + code + _rest(code, short)
    return base64.b64encode(_SEQUENCE + len(content).to_bytes(2, "big") + content, _ALPHABET).decode()


def read(text: str) -> Token:
    """Take a token apart. Raises TokenError for a text that is none, was cut short, or was changed where nothing is
    claimed: every character of a token counts."""
    try:
        blob = base64.b64decode(text, _ALPHABET, validate=True)
    except (binascii.Error, ValueError):
        raise TokenError("the token is not Base64") from None
    if base64.b64encode(blob, _ALPHABET).decode() != text:
        raise TokenError("the token is not Base64 as it was given out")
    content = blob[4:]
    if not blob.startswith(_SEQUENCE) or len(content) != int.from_bytes(blob[2:4], "big"):
        raise TokenError("the token does not have the length that it states")
    start = len(_SIGNED_DATA) + len(_OCTETS) + 2
    end = start + int.from_bytes(content[start - 2 : start], "big")
    if not content.startswith(_SIGNED_DATA + _OCTETS) or len(content) < end + _MAC_BYTES:
        raise TokenError("the token is none that was issued here")
    code, rest = content[end : end + _MAC_BYTES], content[end + _MAC_BYTES :]
    if rest != _rest(code, len(rest)):
        raise TokenError("the token was changed")
    try:
        claims = Claims(**orjson.loads(content[start:end]))
    except (orjson.JSONDecodeError, TypeError):
        raise TokenError("the token is none that was issued here") from None
    return Token(claims, content[:end], code)


def iso_time(timestamp: float) -> str:
    """A Unix time as IAM writes it.

    >>> iso_time(1578128722.701)
    '2020-01-04T09:05:22.701000Z'
    """
    moment = datetime.datetime.fromtimestamp(timestamp, datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _rest(code: bytes, length: int) -> bytes:
    """What fills a token up to the vendor's length: decided by its code, so that it cannot be changed unnoticed."""
    return hashlib.shake_256(code).digest(length)


def _mac(key: bytes, signed: bytes) -> bytes:
    return mac(key, signed, "sha256")
