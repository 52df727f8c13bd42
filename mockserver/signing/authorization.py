"""``Authorization: <algorithm> <Name>=<value>, <Name>=<value>``: the form in which several vendors' signatures come.

Which algorithms there are, which elements must be there and what stands in them is each vendor's own.
"""

from __future__ import annotations

import re

_ELEMENT = re.compile(r"\s*([A-Za-z]+)=([^,]*)")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class AuthorizationError(ValueError):
    """The Authorization header does not conform; ``element`` is the part that does not."""

    def __init__(self, element: str) -> None:
        super().__init__(element)
        self.element = element


def elements(listed: str) -> dict[str, str]:
    """What stands behind the algorithm, by name; of a name that is there twice the last one counts.

    Raises AuthorizationError for a piece that is not ``Name=value``.

    >>> elements("Credential=id/scope, SignedHeaders=host;date,Signature=")
    {'Credential': 'id/scope', 'SignedHeaders': 'host;date', 'Signature': ''}
    """
    found: dict[str, str] = {}
    for piece in listed.split(","):
        match = _ELEMENT.fullmatch(piece)
        if match is None:
            raise AuthorizationError("Authorization")
        found[match[1]] = match[2].rstrip()
    return found


def is_sha256(text: str) -> bool:
    """Whether a text is a SHA-256, or an HMAC of that size: 64 lower-case hexadecimal digits."""
    return _SHA256.fullmatch(text) is not None
