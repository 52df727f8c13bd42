"""Counts that a server keeps between requests: windows, calls left, calls in flight, values seen once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from mockserver.state import MemoryState


@pytest.fixture
def state() -> MemoryState:
    return MemoryState()


class TestWindows:
    """Fixed windows, aligned to whole seconds."""

    def test_counts_within_a_second(self, state: MemoryState) -> None:
        """Each call is counted, and the count is told."""
        assert [state.count_in_window("a", 10.0 + step / 100) for step in range(5)] == [1, 2, 3, 4, 5]

    def test_next_second_begins_anew(self, state: MemoryState) -> None:
        """At its first moment."""
        assert state.count_in_window("a", 10.999) == 1
        assert state.count_in_window("a", 11.0) == 1
        assert state.count_in_window("a", 11.999) == 2

    def test_keys_do_not_see_each_other(self, state: MemoryState) -> None:
        """An account's count is its own."""
        assert state.count_in_window("a", 1) == 1
        assert state.count_in_window("b", 1) == 1

    def test_clock_that_is_set_back(self, state: MemoryState) -> None:
        """An earlier second is another window."""
        assert state.count_in_window("a", 20) == 1
        assert state.count_in_window("a", 10) == 1

    def test_longer_windows(self, state: MemoryState) -> None:
        """A minute, say."""
        assert state.count_in_window("a", 59, 60) == 1
        assert state.count_in_window("a", 0, 60) == 2
        assert state.count_in_window("a", 60, 60) == 1

    def test_threads_lose_nothing(self, state: MemoryState) -> None:
        """Every count is given out once."""
        with ThreadPoolExecutor(8) as pool:
            counts = list(pool.map(lambda _: state.count_in_window("a", 5), range(2000)))
        assert sorted(counts) == list(range(1, 2001))


class TestCalls:
    """A package of calls."""

    def test_taken_until_none_is_left(self, state: MemoryState) -> None:
        """And not further."""
        assert [state.take_call("a", 2) for _ in range(4)] == [True, True, False, False]

    def test_given_back(self, state: MemoryState) -> None:
        """A call that was not billed can be taken again."""
        state.take_call("a", 1)
        state.give_call_back("a")
        assert [state.take_call("a", 1), state.take_call("a", 1)] == [True, False]

    def test_none_from_the_start(self, state: MemoryState) -> None:
        """An empty package."""
        assert state.take_call("a", 0) is False

    def test_threads_take_each_call_once(self, state: MemoryState) -> None:
        """However many ask."""
        with ThreadPoolExecutor(8) as pool:
            taken = list(pool.map(lambda _: state.take_call("a", 100), range(1000)))
        assert sum(taken) == 100


class TestInFlight:
    """Places for calls that are not answered yet."""

    def test_limit(self, state: MemoryState) -> None:
        """A place becomes free when a call ends."""
        first, second, third = (state.enter("a", 2) for _ in range(3))
        assert first is not None
        assert second is not None
        assert third is None
        state.leave(first)
        assert state.enter("a", 2)

    def test_survives_a_reset(self, state: MemoryState) -> None:
        """What is in flight ends by itself, so a reset in between must not lose count of it."""
        lease = state.enter("a", 1)
        assert lease is not None
        state.reset()
        assert not state.enter("a", 1)
        state.leave(lease)
        assert state.enter("a", 1)


class TestSeen:
    """Values that may be used once."""

    def test_once(self, state: MemoryState) -> None:
        """The second use is told."""
        assert [state.first_use("n", 0, 10), state.first_use("n", 5, 10), state.first_use("m", 5, 10)] == [
            True,
            False,
            True,
        ]

    def test_forgotten_when_its_time_is_over(self, state: MemoryState) -> None:
        """After that it is as good as new."""
        state.first_use("n", 0, 10)
        assert not state.first_use("n", 9.9, 10)
        assert state.first_use("n", 10, 10)

    def test_many_are_swept_out(self, state: MemoryState) -> None:
        """Memory does not grow with the calls of yesterday."""
        for second in range(1000):
            state.first_use(f"n{second}", second, 10)
        assert len(state._seen) <= 21


def test_reset_forgets_counts(state: MemoryState) -> None:
    """Windows, packages and values begin anew."""
    state.count_in_window("a", 1)
    state.take_call("a", 1)
    state.first_use("n", 1, 10)
    state.reset()
    assert state.count_in_window("a", 1) == 1
    assert state.take_call("a", 1)
    assert state.first_use("n", 1, 10)
