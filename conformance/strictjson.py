"""JSON as every client can read it (RFC 8259, and RFC 7493 where that is stricter).

Python's own parser takes more: a byte order mark, UTF-16, NaN, a name twice, halves of characters, any depth, numbers
of any size. An answer with one of these breaks other clients, and is no answer here either.
"""

from __future__ import annotations

import json
import sys
from typing import Any

#: More than any vendor's answer, and little enough for whatever walks through it later.
_DEEPEST = 60


def parse(text: str | bytes) -> Any:
    """The value of a JSON text. Raises ValueError that says what is wrong with it.

    >>> parse(b'{"status": 200}')
    {'status': 200}
    """
    if isinstance(text, bytes):
        text = text.decode()
    try:
        value = json.loads(text, object_pairs_hook=_members, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    _check(value, _DEEPEST)
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the member {twice!r} stands there twice")
    return members


def _refuse_constant(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def _check(value: Any, left: int) -> None:
    """Raises ValueError for what is nested too deeply, a text with half of a character, a number without end."""
    if isinstance(value, str):
        _check_text(value)
        return
    if isinstance(value, int | float):
        _check_number(value)
        return
    if not left:
        raise ValueError("it is nested too deeply")
    if isinstance(value, dict):
        for name in value:
            _check_text(name)
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _check(item, left - 1)


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"half of a character, {text[error.start]!r}, stands alone in a text") from None


def _check_number(number: float) -> None:
    """As large as a double can be, RFC 7493 section 2.2; ``1e400`` is infinity to Python."""
    if abs(number) > sys.float_info.max:
        raise ValueError("a number is larger than any double")
