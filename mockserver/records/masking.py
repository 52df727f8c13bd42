"""What may be written down of a request: never a picture, a secret or a whole ID number."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

#: A longer text is replaced by its length: a picture in Base64, or something as little worth reading.
_SHOWN_CHARACTERS = 64
#: Of a text that is made of many parts, such as a string to sign.
_SHOWN_TEXT = 4096
_SHOWN_MEMBERS = 32
_DEPTH = 3
#: Parameters that hold something secret, or the proof of knowing it.
_HIDDEN = re.compile(r"secret|token|passw|signature|authorization|app_?code|api_?key", re.IGNORECASE)
#: The digits of an ID number, of 18 or the older 15 places: neither part of a longer number nor of a hash, but perhaps
#: behind a percent-encoding.
_ID_NUMBER = re.compile(
    r"(?:(?<![0-9A-Za-z])|(?<=%[0-9A-Fa-f]{2})|(?<=%25[0-9A-Fa-f]{2}))"
    r"([0-9]{6})([0-9]{11}[0-9Xx]|[0-9]{9})(?![0-9A-Za-z])"
)
#: The same behind or before letters, as in ``ID1101…``: there a date has to stand where a birth date would, which tells
#: it from what a hash may hold.
_ID_IN_WORD = re.compile(
    r"(?<![0-9])([0-9]{6})((?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx])(?![0-9])"
)
#: Without so many in a row there is no such number; looking for them is all that most texts cost.
_DIGITS = re.compile(r"[0-9][0-9]{14}")
#: Looked for at the beginnings of runs only, lest a shorter one is tried anew from each of its characters.
_LONG_RUN = re.compile(r"(?<![A-Za-z0-9+/=%_-])[A-Za-z0-9+/=%_-]{257,}")
_URL = re.compile(r"(https?://)(?:[^/?#\s]*@)?([^?#\s]*)(\?[^#\s]*)?\S*", re.IGNORECASE)
#: The same inside a query: percent-encoded once or more often, its slashes perhaps not at all.
_ENCODED_URL = re.compile(
    r"(https?%(?:25)*3A(?:/|%(?:25)*2F){2})((?:(?!%(?:25)*(?:3F|23))[^&?#\s])*)[^&\s]*", re.IGNORECASE
)
_ENCODED_USER = re.compile(r"^(?:(?!/|%(?:25)*2F).)*(?:@|%(?:25)*40)", re.IGNORECASE)


def masked(name: str, value: Any, depth: int = 0) -> Any:
    """A parameter as it may be shown, of a type that JSON has."""
    if _HIDDEN.search(name):
        return "<hidden>"
    if isinstance(value, str):
        return shortened(value)
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return masked_text(str(value)) if abs(value) >= 10**14 else value
    if depth >= _DEPTH:
        return "<...>"
    if isinstance(value, Mapping):
        return masked_parameters(value, depth + 1)
    if isinstance(value, Sequence):
        return [masked(name, one, depth + 1) for one in value[:_SHOWN_MEMBERS]]
    return f"<{type(value).__name__}>"


def masked_parameters(parameters: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    """Parameters by name as they may be shown; the first of very many."""
    shown = (
        list(parameters.items())[:_SHOWN_MEMBERS] if len(parameters) > _SHOWN_MEMBERS else parameters.items()
    )
    return {shortened(str(name)): masked(str(name), value, depth) for name, value in shown}


def clipped(text: str) -> str:
    """One value: replaced by its length when it is long."""
    return text if len(text) <= _SHOWN_CHARACTERS else f"<{len(text)} characters>"


def shortened(text: str) -> str:
    """One value: masked, and replaced by its length when it is long."""
    return masked_text(clipped(text))


def without_secrets(text: str, secrets: Mapping[str, str]) -> str:
    """The text with each of the known ``secrets`` replaced by its name."""
    for name, secret in secrets.items():
        if secret in text:
            text = text.replace(secret, f"<{name}>")
    return text


def masked_text(text: str) -> str:
    """A text of many parts: ID numbers cut, long runs replaced by their length."""
    if len(text) > 256:
        text = _LONG_RUN.sub(lambda run: f"<{len(run[0])} characters>", text)
        if len(text) > _SHOWN_TEXT:
            text = f"{text[:_SHOWN_TEXT]}<{len(text) - _SHOWN_TEXT} more characters>"
    if "://" in text:
        text = _URL.sub(_without_query, text)
    if "%" in text:
        text = _ENCODED_URL.sub(_encoded_without_query, text)
    if len(text) >= 15 and _DIGITS.search(text):
        for pattern in (_ID_NUMBER, _ID_IN_WORD):
            text = pattern.sub(lambda number: number[1] + "*" * len(number[2]), text)
    if not text.isascii():
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return text


def _without_query(url: re.Match[str]) -> str:
    """An address without what may give access to what lies there."""
    return f"{url[1]}{url[2]}{'?...' if url[3] else ''}"


def _encoded_without_query(url: re.Match[str]) -> str:
    """The same for one that is percent-encoded."""
    rest = "" if url[0] == url[1] + url[2] else "..."
    return url[1] + _ENCODED_USER.sub("", url[2]) + rest
