"""What is computed from the state's documents: new as soon as they are, and never older again."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from mockserver.state import MemoryState
from mockserver.state.follower import Follower


class Slow(MemoryState):
    """A state in which one reader is held up with what it has read."""

    def __init__(self) -> None:
        super().__init__()
        self.held, self.going_on = threading.Event(), threading.Event()

    def all(self, kind: str) -> Mapping[str, Mapping[str, Any]]:
        documents = super().all(kind)
        if not self.held.is_set():
            self.held.set()
            assert self.going_on.wait(5)
        return documents


def test_only_changes_are_handed_over() -> None:
    """Once for each version, and again when somebody asks for that."""
    state, seen = MemoryState(), list[list[str]]()
    follower = Follower(state, "fault", lambda documents: seen.append(list(documents)))
    follower.refresh()
    for _ in range(2):
        state.put("fault", "a", {})
        follower.refresh()
        follower.refresh()
    state.put("account", "b", {})
    follower.refresh()
    assert seen == [[], ["a"], ["a"]]
    follower.again()
    assert len(seen) == 4


def test_a_slow_reader_brings_nothing_old_back() -> None:
    """A thread that was held up between reading and handing over does not undo what another has taken over since: a
    request behind that would miss an account that was minted before it."""
    state, seen = Slow(), list[list[str]]()
    follower = Follower(state, "account", lambda documents: seen.append(list(documents)))
    state.put("account", "old", {})
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(follower.refresh)
        assert state.held.wait(5)
        state.put("account", "new", {})
        other = pool.submit(follower.refresh)
        state.going_on.set()
        slow.result(5)
        other.result(5)
    assert seen[-1] == ["old", "new"]
