"""Ways in which an answer does not arrive as it should: slow, cut off, empty, mislabelled, or not at all.

Declarations only; how it is done to a connection stands in `mockserver.faults.sending`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

RESET = "connection-reset"
EMPTY = "empty-answer"
TRUNCATED = "truncated-body"
SLOW = "slow-body"
WRONG_TYPE = "wrong-content-type"
WIRE = frozenset({RESET, EMPTY, TRUNCATED, SLOW, WRONG_TYPE})


@dataclass(frozen=True, slots=True)
class Wire:
    """One way in which an answer does not arrive as it should."""

    kind: str
    #: Of a truncated body: bytes that are sent; None is half of it.
    after_bytes: int | None = None
    #: Of a slow body: milliseconds from its first byte to its last.
    duration_ms: float = 5000.0
    #: Of a mislabelled answer.
    content_type: str = "text/html"

    @classmethod
    def of(cls, kind: str, members: Mapping[str, Any]) -> Wire:
        """From the members of a fault's JSON form."""
        own = ("after_bytes", "duration_ms", "content_type")
        return cls(kind, **{name: members[name] for name in own if name in members})
