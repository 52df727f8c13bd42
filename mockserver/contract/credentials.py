"""Made-up credentials that look like a vendor's: generated from the patterns in its ``operation.json``.

A pattern is the small part of regular expressions that describes a text of fixed length: characters, sets such as
``[A-Za-z0-9]``, and ``{n}`` behind either.
"""

from __future__ import annotations

import random
import re
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

#: Made-up credentials say so, lest somebody report them as leaked.
MARK = "MOCK"

_PART = re.compile(r"(?:\[([^\[\]{}]+)\]|([^\[\]{}]))(?:\{([0-9]{1,4})\})?")
_SYSTEM = secrets.SystemRandom()


def generate(pattern: str, source: random.Random = _SYSTEM) -> str:
    """A text of the pattern; ``source`` chooses among the characters of a set.

    Raises ValueError for a pattern that is none.

    >>> generate("AKID[x]{2}MOCK")
    'AKIDxxMOCK'
    """
    return "".join(source.choice(characters) for characters in _places(pattern))


def generate_set(rows: Mapping[str, Any], names: Collection[str]) -> dict[str, str]:
    """The credentials of these names, from the member ``credentials`` of ``operation.json``, in the order of the names.

    Raises KeyError for a name that the vendor does not have.
    """
    made = {}
    for name in names:
        beside = rows[name].get("beside", {})
        pattern = next((beside[other] for other in beside if other in names), rows[name]["pattern"])
        made[name] = generate(pattern)
    return made


def _places(pattern: str) -> Iterator[Sequence[str]]:
    """What may stand at each place of the text."""
    at = 0
    while at < len(pattern):
        part = _PART.match(pattern, at)
        if part is None:
            raise ValueError(f"the pattern {pattern!r} cannot be read from {pattern[at:]!r} on")
        for _ in range(int(part[3] or 1)):
            yield _members(part[1]) if part[1] else part[2]
        at = part.end()


def _members(inside: str) -> str:
    """The characters of a set, ranges written out.

    >>> _members("a-cX-")
    'abcX-'
    """

    def written_out(found: re.Match[str]) -> str:
        first, last = ord(found[1]), ord(found[2])
        if first > last:
            raise ValueError(f"the range {found[0]} has no members")
        return "".join(map(chr, range(first, last + 1)))

    return re.sub(r"(.)-(.)", written_out, inside)
