"""The state that workers and hosts share: a Redis. What the methods mean stands in `protocol`.

A request pays one round trip for each thing that it asks for a verdict: a window, a quota, a place, a nonce. Journal
entries and leaves go out without waiting. Documents cost nothing: what was read of them is good for `FRESH_SECONDS`,
and whoever changes one waits that long before saying so.
"""

from __future__ import annotations

import hashlib
import math
import os
import time
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, cast

import orjson
from redis.commands.core import Script

from mockserver.state import scripts
from mockserver.state.connection import OneWay, availability, connect, shown
from mockserver.state.journal import Wanted, labels_of, matches
from mockserver.state.protocol import LEASE_SECONDS, Draft, Labels, Lease

#: For so long a worker may go on with the documents that it has read.
FRESH_SECONDS = 0.02
#: Before a call is refused for those in flight, leaves that are on their way get this long to arrive.
_ARRIVAL_SECONDS = 0.002
#: Windows that a key remembers, and how long it is remembered after its last window began, in seconds of real time.
_WINDOWS = 4
_KEEP_WINDOWS = 86_400
_PAGE = 100

_CALLS = f"{scripts.PREFIX}calls"
_NUMBERS = f"{scripts.PREFIX}numbers"
_FAILURES = f"{scripts.PREFIX}failures"
_VERSIONS = f"{scripts.PREFIX}versions"
_IDS = f"{scripts.PREFIX}journal:ids"
_TEXTS = f"{scripts.PREFIX}journal:texts"
_COUNTS = f"{scripts.PREFIX}journal:counts"
_JOURNAL = (_IDS, _TEXTS, f"{scripts.PREFIX}journal:bytes", _COUNTS)


class RedisState:
    """State in one Redis, for any number of workers and hosts. Safe for threads and for a fork."""

    def __init__(self, url: str, journal_entries: int = 1000, journal_bytes: int = 16_000_000) -> None:
        """``url`` is of the form ``redis://host:port/db``; the two bounds are those of the journal.

        Raises ValueError for a URL that is none; whether there is a Redis is for ``ping`` to find out.
        """
        self._client = connect(url)
        self._name = shown(url)
        self._line = OneWay(self._client, self._name)
        self._bounds = (journal_entries, journal_bytes)
        self._scripts: dict[str, Script] = {}
        #: When the versions were asked for, in monotonic seconds, and the versions of that moment.
        self._versions: tuple[float, Mapping[str, int]] = (-math.inf, {})
        self._documents: dict[str, tuple[int, Mapping[str, Mapping[str, Any]]]] = {}
        self._failures: tuple[int, Mapping[str, tuple[int, float]]] = (0, {})

    def ping(self) -> None:
        """Raise StateUnavailable when Redis does not answer."""
        self._command("PING")

    # limits

    def count_in_window(self, key: str, now: float, window_seconds: int = 1) -> int:
        window = int(now // window_seconds)
        return self._run(scripts.COUNT_IN_WINDOW, [_key("window", key)], window, _WINDOWS, _KEEP_WINDOWS)

    def take_call(self, key: str, calls: int) -> bool:
        return self._run(scripts.TAKE_CALL, [_CALLS], _bytes(key), calls) == 1

    def give_call_back(self, key: str) -> None:
        self._run(scripts.GIVE_CALL_BACK, [_CALLS], _bytes(key))

    def number(self, key: str) -> int:
        return int(self._command("HINCRBY", _NUMBERS, _bytes(key), 1))

    def enter(self, key: str, limit: int, lease_seconds: float = LEASE_SECONDS) -> Lease | None:
        token, ms = os.urandom(8).hex(), int(lease_seconds * 1000)
        if self._run(scripts.ENTER, [_key("lease", key)], limit, token, ms) == 0:
            time.sleep(_ARRIVAL_SECONDS)
            if self._run(scripts.ENTER, [_key("lease", key)], limit, token, ms) == 0:
                return None
        return Lease(key, token)

    def leave(self, lease: Lease) -> None:
        self._line.send(_leaving(lease))

    def first_use(self, key: str, now: float, keep_seconds: float) -> bool:
        """What was seen is also forgotten when ``keep_seconds`` of real time are over: a frozen clock does not make it
        grow for ever."""
        # A client chooses what it takes for a nonce, but not how much of Redis that needs.
        seen = _key("seen", hashlib.blake2b(_bytes(key), digest_size=16).hexdigest())
        until, keep = repr(now + keep_seconds), math.ceil(keep_seconds)
        return self._run(scripts.FIRST_USE, [seen], repr(now), until, keep) == 1

    def add_failure(self, key: str, now: float, keep_seconds: float) -> int:
        count = self._run(scripts.ADD_FAILURE, [_FAILURES], _bytes(key), repr(now), repr(now + keep_seconds))
        self._settle()
        return count

    def failures(self, key: str, now: float) -> int:
        count, until = self._all_failures().get(key, (0, now))
        return count if until > now else 0

    def end_failures(self, key: str) -> None:
        if key in self._all_failures():
            self._run(scripts.END_FAILURES, [_FAILURES], _bytes(key))
            self._settle()

    def forget(self, prefix: str) -> None:
        self._run(scripts.FORGET, [_CALLS, _NUMBERS, _FAILURES], _bytes(prefix))
        self._settle()

    # documents

    def put(self, kind: str, key: str, value: Mapping[str, Any]) -> None:
        self._run(scripts.PUT, [_key("documents", kind)], kind, key, orjson.dumps(value))
        self._settle()

    def delete(self, kind: str, key: str) -> bool:
        found = self._run(scripts.DELETE, [_key("documents", kind)], kind, key) == 1
        self._settle()
        return found

    def all(self, kind: str) -> Mapping[str, Mapping[str, Any]]:
        version = self.version(kind)
        known = self._documents.get(kind)
        if known is None or known[0] != version:
            rows = self._command("HGETALL", _key("documents", kind))
            known = self._documents[kind] = (version, _in_order(rows))
        return known[1]

    def version(self, kind: str) -> int:
        asked, versions = self._versions
        if time.monotonic() - asked >= FRESH_SECONDS:
            asked = time.monotonic()
            rows = self._command("HGETALL", _VERSIONS)
            versions = {name.decode(): int(number) for name, number in rows.items()}
            self._versions = (asked, versions)
        return versions.get(kind, 0)

    def kinds(self) -> list[str]:
        start = _key("documents", "")
        with availability(self._name):
            names = list(self._client.scan_iter(start + b"*", count=1000))
        return sorted(name.removeprefix(start).decode() for name in names)

    # journal

    def append(self, draft: Draft, leaving: Lease | None = None) -> None:
        labels = orjson.dumps(draft.labels)
        arguments = (draft.id, orjson.dumps(draft.compose()), labels, *self._bounds)
        # The script's text, not its digest: a Redis that was restarted knows no digests, and nobody waits to be told.
        append = ("EVAL", scripts.APPEND, len(_JOURNAL), *_JOURNAL, *arguments)
        self._line.send(append, *([] if leaving is None else [_leaving(leaving)]))

    def entries(
        self,
        limit: int = 100,
        *,
        vendor: str | None = None,
        account: str | None = None,
        code: str | None = None,
    ) -> list[dict[str, Any]]:
        self._line.flush()
        ids = self._command("LRANGE", _IDS, 0, -1)[::-1]
        found: list[dict[str, Any]] = []
        for start in range(0, len(ids), _PAGE):
            texts = self._command("HMGET", _TEXTS, *ids[start : start + _PAGE])
            entries = [orjson.loads(text) for text in texts if text is not None]
            found += [one for one in entries if matches(labels_of(one), (vendor, account, code))]
            if len(found) >= limit:
                break
        return found[:limit]

    def entry(self, id: str) -> dict[str, Any] | None:
        self._line.flush()
        text = self._command("HGET", _TEXTS, id)
        return None if text is None else cast("dict[str, Any]", orjson.loads(text))

    def count(self, *, vendor: str | None = None, account: str | None = None, code: str | None = None) -> int:
        wanted: Wanted = (vendor, account, code)
        return sum(number for labels, number in self.counts().items() if matches(labels, wanted))

    def counts(self) -> Mapping[Labels, int]:
        self._line.flush()
        rows = self._command("HGETALL", _COUNTS)
        return {cast("Labels", tuple(orjson.loads(labels))): int(number) for labels, number in rows.items()}

    def newest(self) -> tuple[str, int]:
        self._line.flush()
        with availability(self._name):
            both = self._client.pipeline()
            both.lindex(_IDS, -1)
            both.llen(_IDS)
            newest, held = both.execute()
        return (newest or b"").decode(), held

    def clear(self, *, vendor: str | None = None, account: str | None = None) -> None:
        self._line.flush()
        self._run(scripts.CLEAR, list(_JOURNAL), vendor or "", account or "")

    # all of it

    def reset(self) -> None:
        self._line.flush()
        self._run(scripts.RESET, [])
        self._settle()

    def close(self) -> None:
        self._line.close()
        self._client.close()

    def _settle(self) -> None:
        """Wait until no worker goes by what it read before the change that was just made."""
        self._versions = (-math.inf, {})
        time.sleep(FRESH_SECONDS)

    def _all_failures(self) -> Mapping[str, tuple[int, float]]:
        version = self.version("failures")
        if self._failures[0] != version:
            rows = self._command("HGETALL", _FAILURES)
            counts = {key.decode(errors="surrogatepass"): value.split() for key, value in rows.items()}
            self._failures = (version, {key: (int(n), float(until)) for key, (n, until) in counts.items()})
        return self._failures[1]

    def _run(self, text: str, keys: Sequence[str | bytes], *arguments: str | bytes | float) -> int:
        """Run a script; it is one round trip, but for the first time after Redis was started."""
        script = self._scripts.get(text) or self._scripts.setdefault(text, self._client.register_script(text))
        with availability(self._name):
            return int(cast("int", script(list(keys), list(arguments))))

    def _command(self, *command: str | bytes | int) -> Any:
        with availability(self._name):
            return self._client.execute_command(*command)  # type: ignore[no-untyped-call]


def _key(kind: str, name: str) -> bytes:
    return _bytes(f"{scripts.PREFIX}{kind}:{name}")


def _bytes(key: str) -> bytes:
    """Any text is a key, also one that a client sent and that is not Unicode."""
    return key.encode(errors="surrogatepass")


def _leaving(lease: Lease) -> tuple[str, bytes, str]:
    return ("ZREM", _key("lease", lease.key), lease.token)


def _in_order(rows: Mapping[bytes, bytes]) -> Mapping[str, Mapping[str, Any]]:
    """Documents by key in the order of their places; a row is the place, a space and the JSON."""
    placed = sorted((int(row.partition(b" ")[0]), key, row.partition(b" ")[2]) for key, row in rows.items())
    return MappingProxyType({key.decode(): orjson.loads(text) for _, key, text in placed})
