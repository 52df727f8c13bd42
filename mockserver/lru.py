"""A bounded memory of computed values, safe for threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class LeastRecentlyUsed(Generic[K, V]):
    """Remembers up to ``entries`` values, of ``weight`` in all; the one that was not asked for longest goes first."""

    def __init__(
        self, entries: int, *, weight: int | None = None, weigh: Callable[[K, V], int] | None = None
    ) -> None:
        """``weigh`` gives the weight of one entry (bytes, say) and ``weight`` what all may weigh together; an entry
        that is heavier alone is not remembered."""
        if entries < 1:
            raise ValueError("a memory holds at least one entry")
        self._entries = entries
        self._room = weight
        self._weigh = weigh or (lambda key, value: 0)
        self._heavy = 0
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
        weight = self._weigh(key, value)
        if self._room is not None and weight > self._room:
            return
        with self._lock:
            if key in self._values:
                self._heavy -= self._weigh(key, self._values[key])
            self._values[key] = value
            self._values.move_to_end(key)
            self._heavy += weight
            while len(self._values) > self._entries or self._heavy > (self._room or self._heavy):
                self._heavy -= self._weigh(*self._values.popitem(last=False))

    def __len__(self) -> int:
        return len(self._values)
