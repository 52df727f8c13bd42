"""The journal of one process: a ring that is bounded in entries and in bytes, and counts that are not.

Most entries are never read, so they stay drafts for as long as there is room for whatever they may become. Past that
the oldest are composed and kept as JSON text, whose bytes are exact and cost the garbage collector nothing.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Mapping
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

import orjson

from mockserver.state.protocol import Draft, Labels

#: Labels to narrow by, where None is any.
Wanted: TypeAlias = tuple[str | None, str | None, str | None]


class Held(NamedTuple):
    """One entry: what it is found by, the bytes that are reckoned for it, and its JSON or its draft."""

    id: str
    labels: Labels
    size: int
    content: bytes | Draft

    def composed(self) -> Held:
        """The same as JSON text."""
        text = self.text()
        return self._replace(size=len(text), content=text)

    def text(self) -> bytes:
        """Its JSON."""
        content = self.content
        return content if isinstance(content, bytes) else orjson.dumps(content.compose())


class Ring:
    """The newest entries. Safe for threads."""

    def __init__(self, entries: int, size: int) -> None:
        """Hold at most ``entries``, of ``size`` bytes together; one that is longer alone is counted and not held."""
        self._limit = entries
        self._room = size
        self._bytes = 0
        #: The older entries, composed, and the newer ones.
        self._texts: deque[Held] = deque()
        self._drafts: deque[Held] = deque()
        self._counts: Counter[Labels] = Counter()
        self._lock = threading.Lock()

    def append(self, draft: Draft) -> None:
        held = Held(draft.id, draft.labels, draft.at_most, draft)
        with self._lock:
            self._counts[held.labels] += 1
            self._drafts.append(held)
            self._bytes += held.size
            while self._bytes > self._room and self._drafts:
                self._compose_oldest_draft()
            while len(self._texts) + len(self._drafts) > self._limit or self._bytes > self._room:
                self._bytes -= (self._texts or self._drafts).popleft().size

    def _compose_oldest_draft(self) -> None:
        draft = self._drafts.popleft()
        self._bytes -= draft.size
        text = draft.composed()
        self._texts.append(text)
        self._bytes += text.size

    def entries(self, limit: int, wanted: Wanted) -> list[dict[str, Any]]:
        """Newest first."""
        with self._lock:
            held = [*self._texts, *self._drafts]
        found: list[dict[str, Any]] = []
        for one in reversed(held):
            if len(found) >= limit:
                break
            if matches(one.labels, wanted):
                found.append(orjson.loads(one.text()))
        return found

    def entry(self, id: str) -> dict[str, Any] | None:
        with self._lock:
            held = next((one for one in chain(self._drafts, self._texts) if one.id == id), None)
        return None if held is None else orjson.loads(held.text())

    def count(self, wanted: Wanted) -> int:
        return sum(number for labels, number in self.counts().items() if matches(labels, wanted))

    def counts(self) -> dict[Labels, int]:
        with self._lock:
            return dict(self._counts)

    def newest(self) -> tuple[str, int]:
        """Id of the newest entry, and how many are held."""
        with self._lock:
            held = self._drafts or self._texts
            return (held[-1].id if held else ""), len(self._drafts) + len(self._texts)

    def clear(self, wanted: Wanted) -> None:
        with self._lock:
            self._texts = deque(one for one in self._texts if not matches(one.labels, wanted))
            self._drafts = deque(one for one in self._drafts if not matches(one.labels, wanted))
            self._bytes = sum(one.size for one in chain(self._texts, self._drafts))
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
