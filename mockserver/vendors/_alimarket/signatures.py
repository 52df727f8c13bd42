"""The gateway's signature as pure functions over what was sent (contract §2.2).

Values enter the string verbatim: nothing is percent-encoded again, no header value is trimmed or re-spelled, and the
names of signed headers stay as the client has spelled them.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Collection, Iterable, Mapping

from mockserver.request import utf8
from mockserver.signing.mac import mac

#: Algorithms by their name in ``X-Ca-Signature-Method``.
METHODS = {"HmacSHA256": "sha256", "HmacSHA1": "sha1"}
DEFAULT_METHOD = "HmacSHA256"

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def signed_names(listed: str, never: Collection[str]) -> list[str]:
    """The header names of ``X-Ca-Signature-Headers`` in signing order, without those that are ``never`` signed.

    >>> signed_names("x-ca-timestamp, x-ca-key,Accept", {"accept"})
    ['x-ca-key', 'x-ca-timestamp']
    """
    names = {name.strip() for name in listed.split(",")}
    return sorted(name for name in names if name and name.lower() not in never)


def first_of_each(parameters: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The first value of each name, in the order of the names' first appearance."""
    first: dict[str, str] = {}
    for name, value in parameters:
        first.setdefault(name, value)
    return first


def path_and_parameters(path: str, parameters: Iterable[tuple[str, str]]) -> str:
    """The path, and behind ``?`` the parameters of query and form by name; the first value of a name counts.

    >>> path_and_parameters("/idcard/ocr", [("b", "2"), ("a", ""), ("b", "3")])
    '/idcard/ocr?a&b=2'
    """
    first = first_of_each(parameters)
    if not first:
        return path
    return path + "?" + "&".join(f"{name}={first[name]}" if first[name] else name for name in sorted(first))


def string_to_sign(method: str, headers: Mapping[str, str], names: Iterable[str], resource: str) -> str:
    """The five fixed lines, the signed headers, and ``resource`` as `path_and_parameters` gives it.

    ``headers`` are by lower-case name; a header that is not there counts as empty.
    """
    fixed = (
        method.upper(),
        *(utf8(headers.get(n, "")) for n in ("accept", "content-md5", "content-type", "date")),
    )
    signed = "".join(f"{name}:{utf8(headers.get(name.lower(), ''))}\n" for name in names)
    return "\n".join(fixed) + "\n" + signed + resource


def signature(secret: str, text: str, method: str = DEFAULT_METHOD) -> str:
    """Base64 of the HMAC of a string to sign. Raises KeyError for a method that is none of `METHODS`."""
    digest = mac(secret.encode(), text.encode("utf-8", "surrogateescape"), METHODS[method])
    return base64.b64encode(digest).decode()


def content_md5(body: bytes) -> str:
    """The value of ``Content-MD5`` for a body."""
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


def shown(text: str, max_bytes: int) -> str:
    """``text`` as a header's value may quote it: at most ``max_bytes`` long, ``#`` for each control character.

    The gateway itself puts ``#`` for the line breaks of the string to sign. Other than ASCII becomes ``?``: how the
    gateway spells it is not known, and clients disagree about reading it.
    """
    return _CONTROL.sub("#", text.encode("ascii", "replace")[:max_bytes].decode("ascii"))
