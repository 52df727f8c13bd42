"""The journal of one process: a ring that is bounded in entries and in bytes, and counts that are not.

Entries are kept as JSON text. That makes their bytes exact and their cost for the garbage collector nothing, and
reading them, which people do, pays for writing them, which every request does.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

import orjson

#: Vendor, account and code of an entry.
Labels: TypeAlias = tuple[str, str, str]
#: The same to narrow by, where None is any.
Wanted: TypeAlias = tuple[str | None, str | None, str | None]


class Held(NamedTuple):
    """One entry: what it is found by, and its JSON."""

    id: str
    labels: Labels
    text: bytes


class Ring:
    """The newest entries. Safe for threads."""

    def __init__(self, entries: int, size: int) -> None:
        """Hold at most ``entries``, of ``size`` bytes together; one that is longer alone is counted and not held."""
        self._limit = entries
        self._room = size
        self._bytes = 0
        self._held: deque[Held] = deque()
        self._counts: Counter[Labels] = Counter()
        self._lock = threading.Lock()

    def append(self, entry: Mapping[str, Any]) -> None:
        text = orjson.dumps(entry)
        labels = labels_of(entry)
        with self._lock:
            self._counts[labels] += 1
            self._held.append(Held(entry["id"], labels, text))
            self._bytes += len(text)
            while len(self._held) > self._limit or self._bytes > self._room:
                self._bytes -= len(self._held.popleft().text)

    def entries(self, limit: int, wanted: Wanted) -> list[dict[str, Any]]:
        """Newest first."""
        with self._lock:
            held = list(self._held)
        found: list[dict[str, Any]] = []
        for one in reversed(held):
            if len(found) >= limit:
                break
            if matches(one.labels, wanted):
                found.append(orjson.loads(one.text))
        return found

    def entry(self, id: str) -> dict[str, Any] | None:
        with self._lock:
            text = next((one.text for one in self._held if one.id == id), None)
        return None if text is None else orjson.loads(text)

    def count(self, wanted: Wanted) -> int:
        return sum(number for labels, number in self.counts().items() if matches(labels, wanted))

    def counts(self) -> dict[Labels, int]:
        with self._lock:
            return dict(self._counts)

    def clear(self, wanted: Wanted) -> None:
        with self._lock:
            self._held = deque(one for one in self._held if not matches(one.labels, wanted))
            self._bytes = sum(len(one.text) for one in self._held)
            for labels in [labels for labels in self._counts if matches(labels, wanted)]:
                del self._counts[labels]


def labels_of(entry: Mapping[str, Any]) -> Labels:
    """Vendor, account and code of an entry. Raises KeyError when one is missing."""
    return entry["vendor"], entry["account"], entry["code"]


def matches(labels: Labels, wanted: Wanted) -> bool:
    """Whether each label is the one that is wanted.

    >>> matches(("tencent", "active", "ok"), ("tencent", None, None))
    True
    """
    return all(want is None or have == want for have, want in zip(labels, wanted, strict=True))
