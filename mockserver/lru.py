"""A bounded memory of computed values, safe for threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class LeastRecentlyUsed(Generic[K, V]):
    """Remembers up to ``entries`` values; the one that was not asked for longest goes first."""

    def __init__(self, entries: int) -> None:
        if entries < 1:
            raise ValueError("a memory holds at least one entry")
        self._entries = entries
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K, compute: Callable[[], V]) -> V:
        """The value of ``key``, computed when it is not remembered.

        Computing happens outside the lock: two threads may compute the same value, none waits for another's.
        """
        value = self.peek(key)
        if value is None:
            value = compute()
            self.put(key, value)
        return value

    def peek(self, key: K) -> V | None:
        """The value of ``key`` if it is remembered."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]

    def put(self, key: K, value: V) -> None:
        """Remember a value; None cannot be told from nothing and is refused."""
        if value is None:
            raise ValueError("None cannot be remembered")
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._entries:
                self._values.popitem(last=False)

    def __len__(self) -> int:
        return len(self._values)
