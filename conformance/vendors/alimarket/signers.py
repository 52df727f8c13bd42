"""The gateway's signature with AppKey and AppSecret (签名认证方式调用API), as pure functions.

Held against four vectors, of which the gateway's own demos gave the same strings and signatures.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence

#: By the name in ``X-Ca-Signature-Method``; a request without one is signed with the first.
METHODS = {"HmacSHA256": "sha256", "HmacSHA1": "sha1"}

#: Have lines of their own in the string, or are the signature itself.
_NEVER_LISTED = frozenset(
    {"x-ca-signature", "x-ca-signature-headers", "accept", "content-md5", "content-type", "date"}
)
Pair = tuple[str, str]


def string_to_sign(
    method: str, path: str, headers: Mapping[str, str], listed: Iterable[str], parameters: Sequence[Pair]
) -> str:
    """What is signed.

    ``listed`` are the names of ``X-Ca-Signature-Headers`` in any order and as they are spelled there; ``parameters``
    those of query and form, decoded, of which the first of each name counts. Values stand in it as they are sent.

    >>> string_to_sign("POST", "/a", {"X-Ca-Key": "1"}, ["X-Ca-Key"], [("b", "2"), ("a", "")])
    'POST\\n\\n\\n\\n\\nX-Ca-Key:1\\n/a?a&b=2'
    """
    sent = {name.lower(): value for name, value in headers.items()}
    lines = [
        method.upper(),
        *(sent.get(name, "") for name in ("accept", "content-md5", "content-type", "date")),
    ]
    signed = sorted(name for name in listed if name.lower() not in _NEVER_LISTED)
    lines += [f"{name}:{sent.get(name.lower(), '')}" for name in signed]
    return "\n".join([*lines, _with_parameters(path, parameters)])


def _with_parameters(path: str, parameters: Sequence[Pair]) -> str:
    first = dict(reversed(parameters))
    joined = "&".join(f"{name}={value}" if value else name for name, value in sorted(first.items()))
    return f"{path}?{joined}" if joined else path


def sign(secret: str, text: str, method: str = "HmacSHA256") -> str:
    """Base64 of the MAC of a string. Raises KeyError for a method that is none of `METHODS`."""
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), METHODS[method])).decode()


def content_md5(body: bytes) -> str:
    """What Content-MD5 says of a body.

    >>> content_md5(b"")
    '1B2M2Y8AsgTpgAmY7PhCfg=='
    """
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
