"""What is computed from the documents of a state, and has to follow them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from mockserver.state.protocol import State

Documents: TypeAlias = Mapping[str, Mapping[str, Any]]


class Follower:
    """Hands over the documents of one kind whenever there is another version of them. Safe for threads: what was handed
    over last is never older than what was handed over before."""

    def __init__(self, state: State, kind: str, take: Callable[[Documents], None]) -> None:
        self._state = state
        self._kind = kind
        self._take = take
        self._version: int | None = None
        self._lock = threading.Lock()

    def refresh(self) -> None:
        """Hand over what another process, or a reset of the state, has set. Raises StateUnavailable."""
        if self._state.version(self._kind) == self._version:
            return
        with self._lock:
            # Asked again: while this thread waited, another one may have taken over more than this one had seen.
            version = self._state.version(self._kind)
            if version != self._version:
                self._take(self._state.all(self._kind))
                self._version = version

    def again(self) -> None:
        """Hand over the documents, changed or not. Raises StateUnavailable."""
        with self._lock:
            self._version = None
        self.refresh()
