"""The state of one process: dictionaries under one lock. What the methods mean stands in `protocol`."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mockserver.state.journal import Ring
from mockserver.state.protocol import LEASE_SECONDS, Draft, Lease

#: Windows that a key remembers: the current one and those that requests may still come late for.
_WINDOWS = 4
#: Values seen once that are remembered at most, some 10 MB; past that the oldest are forgotten early.
_SEEN = 100_000


class MemoryState:
    """State of one process. Safe for threads; each method is one atomic step."""

    def __init__(self, journal_entries: int = 1000, journal_bytes: int = 16_000_000) -> None:
        """The two bounds are those of the journal; its bytes are those of the entries as JSON."""
        self._lock = threading.Lock()
        self._windows: dict[str, dict[int, int]] = {}
        self._calls_taken: dict[str, int] = {}
        self._numbers: dict[str, int] = {}
        self._in_flight: dict[str, int] = {}
        self._seen: dict[int, float] = {}
        self._failures: dict[str, tuple[int, float]] = {}
        self._documents: dict[str, dict[str, Mapping[str, Any]]] = {}
        self._versions: dict[str, int] = {}
        self._ring = Ring(journal_entries, journal_bytes)

    def count_in_window(self, key: str, now: float, window_seconds: int = 1) -> int:
        window = int(now // window_seconds)
        with self._lock:
            counts = self._windows.setdefault(key, {})
            # A thread that read the clock just before another may come after it: it still counts in its own window.
            count = counts[window] = counts.get(window, 0) + 1
            if len(counts) > _WINDOWS:
                del counts[max(counts, key=lambda other: abs(other - window))]
            return count

    def take_call(self, key: str, calls: int) -> bool:
        with self._lock:
            taken = self._calls_taken.get(key, 0)
            if taken >= calls:
                return False
            self._calls_taken[key] = taken + 1
            return True

    def give_call_back(self, key: str) -> None:
        with self._lock:
            if self._calls_taken.get(key, 0) > 0:  # a reset in between leaves nothing to undo
                self._calls_taken[key] -= 1

    def number(self, key: str) -> int:
        with self._lock:
            number = self._numbers[key] = self._numbers.get(key, 0) + 1
            return number

    def enter(self, key: str, limit: int, lease_seconds: float = LEASE_SECONDS) -> Lease | None:
        """The lease does not run out: a worker that dies takes this state with it."""
        with self._lock:
            count = self._in_flight.get(key, 0)
            if count >= limit:
                return None
            self._in_flight[key] = count + 1
            return Lease(key, "")

    def leave(self, lease: Lease) -> None:
        with self._lock:
            count = self._in_flight[lease.key] - 1
            if count:
                self._in_flight[lease.key] = count
            else:
                del self._in_flight[lease.key]

    def first_use(self, key: str, now: float, keep_seconds: float) -> bool:
        short = hash(
            key
        )  # 64 bits for a text of any length: what a client sends does not decide what it costs
        with self._lock:
            fresh = self._seen.get(short, now) <= now
            if fresh:
                self._seen.pop(short, None)
                self._seen[short] = now + keep_seconds
                self._drop_seen(now)
            return fresh

    def _drop_seen(self, now: float) -> None:
        """At most two of the oldest for each that came, so that no call pays for a pause."""
        for _ in range(2):
            oldest = next(iter(self._seen))
            if self._seen[oldest] > now and len(self._seen) <= _SEEN:
                return
            del self._seen[oldest]

    def add_failure(self, key: str, now: float, keep_seconds: float) -> int:
        with self._lock:
            count, until = self._failures.get(key, (0, now))
            count = count + 1 if until > now else 1
            self._failures[key] = (count, now + keep_seconds)
            return count

    def failures(self, key: str, now: float) -> int:
        with self._lock:
            count, until = self._failures.get(key, (0, now))
            return count if until > now else 0

    def end_failures(self, key: str) -> None:
        with self._lock:
            self._failures.pop(key, None)

    def forget(self, prefix: str) -> None:
        """Values seen once are kept: they belong to what a client sent, not to a limit."""
        tables: tuple[dict[str, Any], ...] = (
            self._windows,
            self._calls_taken,
            self._numbers,
            self._failures,
        )
        with self._lock:
            for table in tables:
                for key in [key for key in table if key.startswith(prefix)]:
                    del table[key]

    def put(self, kind: str, key: str, value: Mapping[str, Any]) -> None:
        with self._lock:
            self._change(kind, {**self._documents.get(kind, {}), key: value})

    def delete(self, kind: str, key: str) -> bool:
        with self._lock:
            documents = dict(self._documents.get(kind, {}))
            if documents.pop(key, None) is None:
                return False
            self._change(kind, documents)
            return True

    def _change(self, kind: str, documents: dict[str, Mapping[str, Any]]) -> None:
        """Put another dictionary in place, so that readers keep the one that they have, whole."""
        self._documents[kind] = documents
        self._versions[kind] = self._versions.get(kind, 0) + 1

    def all(self, kind: str) -> Mapping[str, Mapping[str, Any]]:
        return MappingProxyType(self._documents.get(kind, {}))

    def version(self, kind: str) -> int:
        return self._versions.get(kind, 0)

    def kinds(self) -> list[str]:
        return sorted(kind for kind, documents in self._documents.items() if documents)

    def append(self, draft: Draft, leaving: Lease | None = None) -> None:
        self._ring.append(draft)
        if leaving is not None:
            self.leave(leaving)

    def entries(
        self,
        limit: int = 100,
        *,
        vendor: str | None = None,
        account: str | None = None,
        code: str | None = None,
    ) -> list[dict[str, Any]]:
        return self._ring.entries(limit, (vendor, account, code))

    def entry(self, id: str) -> dict[str, Any] | None:
        return self._ring.entry(id)

    def count(self, *, vendor: str | None = None, account: str | None = None, code: str | None = None) -> int:
        return self._ring.count((vendor, account, code))

    def counts(self) -> Mapping[tuple[str, str, str], int]:
        return self._ring.counts()

    def newest(self) -> tuple[str, int]:
        return self._ring.newest()

    def clear(self, *, vendor: str | None = None, account: str | None = None) -> None:
        self._ring.clear((vendor, account, None))

    def reset(self) -> None:
        with self._lock:
            for table in (self._windows, self._calls_taken, self._numbers, self._seen, self._failures):
                table.clear()
            for kind in self._documents:
                self._change(kind, {})
        self._ring.clear((None, None, None))

    def close(self) -> None:
        """Nothing is held open."""
