"""The state of one process: dictionaries under one lock. What the methods mean stands in `protocol`."""

from __future__ import annotations

import threading


class MemoryState:
    """State of one process. Safe for threads; each method is one atomic step."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: dict[str, tuple[int, int]] = {}
        self._calls_left: dict[str, int] = {}
        self._in_flight: dict[str, int] = {}
        self._seen: dict[str, float] = {}
        self._next_sweep = 0.0
        self._failures: dict[str, tuple[int, float]] = {}

    def count_in_window(self, key: str, now: float, window_seconds: int = 1) -> int:
        """Count this call and return how many the window that holds ``now`` has seen, this one included.

        Windows are fixed and aligned to the epoch: "calls within the current second".
        """
        window = int(now // window_seconds)
        with self._lock:
            seen_window, count = self._windows.get(key, (window, 0))
            count = count + 1 if seen_window == window else 1
            self._windows[key] = (window, count)
            return count

    def take_call(self, key: str, calls: int) -> bool:
        """Take one of the ``calls`` that an account starts with; False when none is left."""
        with self._lock:
            left = self._calls_left.get(key, calls)
            if left <= 0:
                return False
            self._calls_left[key] = left - 1
            return True

    def give_call_back(self, key: str) -> None:
        """Undo one ``take_call``: the call was not billed."""
        with self._lock:
            self._calls_left[key] += 1

    def enter(self, key: str, limit: int) -> bool:
        """Begin a call when fewer than ``limit`` are in flight; every True needs one ``leave``."""
        with self._lock:
            count = self._in_flight.get(key, 0)
            if count >= limit:
                return False
            self._in_flight[key] = count + 1
            return True

    def leave(self, key: str) -> None:
        """End a call that ``enter`` began."""
        with self._lock:
            count = self._in_flight[key] - 1
            if count:
                self._in_flight[key] = count
            else:
                del self._in_flight[key]

    def first_use(self, key: str, now: float, keep_seconds: float) -> bool:
        """Whether ``key`` (a nonce, say) has not been seen in the last ``keep_seconds``; it counts as seen now."""
        with self._lock:
            if now >= self._next_sweep:
                self._seen = {k: until for k, until in self._seen.items() if until > now}
                self._next_sweep = now + keep_seconds
            fresh = self._seen.get(key, now) <= now
            if fresh:
                self._seen[key] = now + keep_seconds
            return fresh

    def add_failure(self, key: str, now: float, keep_seconds: float) -> int:
        """Count one more failure in a row and return how many that makes; all are forgotten after
        ``keep_seconds`` without another one."""
        with self._lock:
            count, until = self._failures.get(key, (0, now))
            count = count + 1 if until > now else 1
            self._failures[key] = (count, now + keep_seconds)
            return count

    def failures(self, key: str, now: float) -> int:
        """How many failures in a row there are; asking does not count."""
        with self._lock:
            count, until = self._failures.get(key, (0, now))
            return count if until > now else 0

    def end_failures(self, key: str) -> None:
        """Forget the failures of a key, as after a success."""
        with self._lock:
            self._failures.pop(key, None)

    def reset(self) -> None:
        """Forget everything but the calls in flight, which end by themselves."""
        with self._lock:
            self._windows.clear()
            self._calls_left.clear()
            self._seen.clear()
            self._failures.clear()
