"""What every kind of state can do. Each method is one atomic step, whoever else calls at the same time.

Every key begins with the account, so accounts never see each other's counts. Times are Unix seconds of the server's
clock and are passed in.
"""

from __future__ import annotations

from typing import Protocol


class State(Protocol):
    """Counts per window, calls left, calls in flight, values seen once, failures in a row."""

    def count_in_window(self, key: str, now: float, window_seconds: int = 1) -> int:
        """Count this call and return how many the window that holds ``now`` has seen, this one included."""

    def take_call(self, key: str, calls: int) -> bool:
        """Take one of the ``calls`` that an account starts with; False when none is left."""

    def give_call_back(self, key: str) -> None:
        """Undo one ``take_call``: the call was not billed."""

    def enter(self, key: str, limit: int) -> bool:
        """Begin a call when fewer than ``limit`` are in flight; every True needs one ``leave``."""

    def leave(self, key: str) -> None:
        """End a call that ``enter`` began."""

    def first_use(self, key: str, now: float, keep_seconds: float) -> bool:
        """Whether ``key`` (a nonce, say) has not been seen in the last ``keep_seconds``; it counts as seen now."""

    def add_failure(self, key: str, now: float, keep_seconds: float) -> int:
        """Count one more failure in a row and return how many that makes."""

    def failures(self, key: str, now: float) -> int:
        """How many failures in a row there are; asking does not count."""

    def end_failures(self, key: str) -> None:
        """Forget the failures of a key, as after a success."""

    def reset(self) -> None:
        """Forget everything but the calls in flight, which end by themselves."""
