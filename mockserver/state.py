"""What a server remembers between requests: counts per window and calls left.

Every key begins with the account, so accounts never see each other's counts.
"""

from __future__ import annotations

import threading


class MemoryState:
    """State of one process. Safe for threads; each method is one atomic step."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: dict[str, tuple[int, int]] = {}
        self._calls_left: dict[str, int] = {}

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

    def reset(self) -> None:
        """Forget everything."""
        with self._lock:
            self._windows.clear()
            self._calls_left.clear()
