"""What a server keeps between requests, in one process and in Redis: the two kinds of state do the same."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from mockserver.settings import Settings
from mockserver.state import MemoryState, State, open_state
from tests.drafts import Reckoned, add
from tests.redis_server import RedisServer


@pytest.fixture(params=["memory", "redis"])
def state(request: pytest.FixtureRequest) -> Iterator[State]:
    """Both kinds; the Redis is started when the first test needs it."""
    if request.param == "memory":
        yield MemoryState(journal_entries=5, journal_bytes=1000)
        return
    server: RedisServer = request.getfixturevalue("redis_server")
    server.clear()
    shared = open_state(Settings(state=server.url, journal_entries=5, journal_bytes=1000))
    yield shared
    shared.close()


class TestWindows:
    """Fixed windows, aligned to whole seconds."""

    def test_counts_within_a_second(self, state: State) -> None:
        """Each call is counted, and the count is told."""
        assert [state.count_in_window("a", 10.0 + step / 100) for step in range(5)] == [1, 2, 3, 4, 5]

    def test_next_second_begins_anew(self, state: State) -> None:
        """At its first moment."""
        assert state.count_in_window("a", 10.999) == 1
        assert state.count_in_window("a", 11.0) == 1
        assert state.count_in_window("a", 11.999) == 2

    def test_keys_do_not_see_each_other(self, state: State) -> None:
        """An account's count is its own."""
        assert state.count_in_window("a", 1) == 1
        assert state.count_in_window("b", 1) == 1

    def test_clock_that_is_set_back(self, state: State) -> None:
        """An earlier second is another window."""
        assert state.count_in_window("a", 20) == 1
        assert state.count_in_window("a", 10) == 1

    def test_late_thread_counts_in_its_own_window(self, state: State) -> None:
        """One that read the clock before another and comes after it: neither window loses a count."""
        counts = [state.count_in_window("a", now) for now in (10.9, 11.0, 10.99, 11.1, 11.2)]
        assert counts == [1, 1, 2, 2, 3]

    def test_windows_of_yesterday_are_forgotten(self, state: State) -> None:
        """A key remembers the last few."""
        for second in range(100):
            assert state.count_in_window("a", second) == 1
        assert state.count_in_window("a", 98) == 2
        assert state.count_in_window("a", 0) == 1

    def test_longer_windows(self, state: State) -> None:
        """A minute, say."""
        assert state.count_in_window("a", 59, 60) == 1
        assert state.count_in_window("a", 0, 60) == 2
        assert state.count_in_window("a", 60, 60) == 1

    def test_threads_lose_nothing(self, state: State) -> None:
        """Every count is given out once."""
        with ThreadPoolExecutor(8) as pool:
            counts = list(pool.map(lambda _: state.count_in_window("a", 5), range(2000)))
        assert sorted(counts) == list(range(1, 2001))


class TestCalls:
    """A package of calls."""

    def test_taken_until_none_is_left(self, state: State) -> None:
        """And not further."""
        assert [state.take_call("a", 2) for _ in range(4)] == [True, True, False, False]

    def test_given_back(self, state: State) -> None:
        """A call that was not billed can be taken again."""
        state.take_call("a", 1)
        state.give_call_back("a")
        assert [state.take_call("a", 1), state.take_call("a", 1)] == [True, False]

    def test_nothing_is_given_back_after_a_reset(self, state: State) -> None:
        """A call that began before it has been forgotten, so it must not become a call too many."""
        state.take_call("a", 1)
        state.reset()
        state.give_call_back("a")
        assert [state.take_call("a", 1), state.take_call("a", 1)] == [True, False]

    def test_none_from_the_start(self, state: State) -> None:
        """An empty package."""
        assert state.take_call("a", 0) is False

    def test_threads_take_each_call_once(self, state: State) -> None:
        """However many ask."""
        with ThreadPoolExecutor(8) as pool:
            taken = list(pool.map(lambda _: state.take_call("a", 100), range(1000)))
        assert sum(taken) == 100


class TestInFlight:
    """Places for calls that are not answered yet."""

    def test_limit(self, state: State) -> None:
        """A place becomes free when a call ends."""
        first, second, third = (state.enter("a", 2) for _ in range(3))
        assert first is not None
        assert second is not None
        assert third is None
        state.leave(first)
        assert state.enter("a", 2)

    def test_survives_a_reset(self, state: State) -> None:
        """What is in flight ends by itself, so a reset in between must not lose count of it."""
        lease = state.enter("a", 1)
        assert lease is not None
        state.reset()
        assert not state.enter("a", 1)
        state.leave(lease)
        assert state.enter("a", 1)


class TestSeen:
    """Values that may be used once."""

    def test_once(self, state: State) -> None:
        """The second use is told."""
        assert [state.first_use("n", 0, 10), state.first_use("n", 5, 10), state.first_use("m", 5, 10)] == [
            True,
            False,
            True,
        ]

    def test_forgotten_when_its_time_is_over(self, state: State) -> None:
        """After that it is as good as new."""
        state.first_use("n", 0, 10)
        assert not state.first_use("n", 9.9, 10)
        assert state.first_use("n", 10, 10)

    def test_many_are_swept_out(self) -> None:
        """Memory does not grow with the calls of yesterday, nor without end with those of today."""
        state = MemoryState()
        for second in range(1000):
            state.first_use(f"n{second}", second, 10)
        assert len(state._seen) <= 11
        for number in range(150_000):
            state.first_use(f"m{number}", 2000, 900)
        assert len(state._seen) == 100_000
        assert not state.first_use("m149999", 2000, 900)

    def test_threads_use_each_value_once(self, state: State) -> None:
        """However many send it at the same time."""
        with ThreadPoolExecutor(8) as pool:
            used = list(pool.map(lambda number: state.first_use(f"n{number % 50}", 5, 10), range(400)))
        assert sum(used) == 50


class TestFailures:
    """Failures in a row."""

    def test_counted_until_their_time_is_over(self, state: State) -> None:
        """Each failure begins the time anew."""
        assert [state.add_failure("a", 0, 10), state.add_failure("a", 9, 10)] == [1, 2]
        assert [state.failures("a", 18), state.failures("a", 19)] == [2, 0]
        assert state.add_failure("a", 19, 10) == 1

    def test_ended_by_a_success(self, state: State) -> None:
        """Those of one key, and of none that never failed."""
        state.add_failure("a", 0, 10)
        state.add_failure("b", 0, 10)
        state.end_failures("a")
        state.end_failures("c")
        assert [state.failures("a", 1), state.failures("b", 1), state.failures("c", 1)] == [0, 1, 0]


class TestNumbers:
    """Numbers that are given out once."""

    def test_in_order(self, state: State) -> None:
        """From one, for each key."""
        assert [state.number("a"), state.number("a"), state.number("b"), state.number("a")] == [1, 2, 1, 3]

    def test_threads_get_different_ones(self, state: State) -> None:
        """However many ask."""
        with ThreadPoolExecutor(8) as pool:
            numbers = list(pool.map(lambda _: state.number("a"), range(500)))
        assert sorted(numbers) == list(range(1, 501))


def test_any_text_is_a_key(state: State) -> None:
    """Also what a client sent that is no Unicode, of any length."""
    key = "样本 \udcff\ud800\x00" + "x" * 100_000
    for _ in range(2):
        assert state.count_in_window(key, 1) == 1
        assert state.take_call(key, 1)
        assert state.number(key) == 1
        assert state.add_failure(key, 1, 10) == 1
        assert state.failures(key, 2) == 1
        state.forget(key)
    assert [state.first_use(key, 1, 10), state.first_use(key, 1, 10)] == [True, False]
    state.add_failure(key, 1, 10)
    state.end_failures(key)
    assert state.failures(key, 2) == 0
    lease = state.enter(key, 1)
    assert lease is not None
    state.leave(lease)
    assert state.enter(key, 1)


class TestForget:
    """An account whose limits were set anew."""

    def test_by_prefix(self, state: State) -> None:
        """All counts of one account, and none of another whose name begins the same."""
        for account in ("v/a*/", "v/a*b/"):
            state.count_in_window(account, 1)
            state.take_call(account, 1)
            state.number(account)
            state.add_failure(account, 1, 10)
        state.forget("v/a*/")
        assert (state.count_in_window("v/a*/", 1), state.count_in_window("v/a*b/", 1)) == (1, 2)
        assert (state.take_call("v/a*/", 1), state.take_call("v/a*b/", 1)) == (True, False)
        assert (state.number("v/a*/"), state.number("v/a*b/")) == (1, 2)
        assert (state.failures("v/a*/", 2), state.failures("v/a*b/", 2)) == (0, 1)


class TestDocuments:
    """Small documents that say how the server is set."""

    def test_in_the_order_in_which_they_came(self, state: State) -> None:
        """One that is replaced keeps its place."""
        for key in ("c", "a", "b"):
            state.put("faults", key, {"key": key})
        state.put("faults", "c", {"key": "c", "text": "样本"})
        assert dict(state.all("faults")) == {
            "c": {"key": "c", "text": "样本"},
            "a": {"key": "a"},
            "b": {"key": "b"},
        }
        assert list(state.all("faults")) == ["c", "a", "b"]
        assert dict(state.all("accounts")) == {}

    def test_kinds(self, state: State) -> None:
        """Those of which there is anything."""
        assert state.kinds() == []
        state.put("faults", "a", {})
        state.put("accounts", "a", {})
        state.put("clock", "a", {})
        state.delete("clock", "a")
        assert state.kinds() == ["accounts", "faults"]

    def test_deleted(self, state: State) -> None:
        """Once."""
        state.put("faults", "a", {})
        assert [state.delete("faults", "a"), state.delete("faults", "a")] == [True, False]
        assert dict(state.all("faults")) == {}

    def test_version_changes_with_every_change(self, state: State) -> None:
        """Of that kind, and never comes back, a reset included."""
        seen = [state.version("faults")]
        state.put("faults", "a", {})
        seen.append(state.version("faults"))
        state.delete("faults", "a")
        seen.append(state.version("faults"))
        state.put("faults", "a", {})
        seen.append(state.version("faults"))
        other = state.version("accounts")
        state.reset()
        seen.append(state.version("faults"))
        assert len(set(seen)) == 5
        state.put("faults", "b", {})
        assert state.version("accounts") == other
        assert list(state.all("faults")) == ["b"]


def entry(number: int, account: str = "active", code: str = "ok", **more: object) -> dict[str, object]:
    return {"id": f"r{number}", "vendor": "v", "account": account, "code": code, **more}


class TestJournal:
    """The newest entries, and counts of all."""

    def test_newest_first(self, state: State) -> None:
        """As they were added."""
        for number in range(3):
            add(state, entry(number, text="样本"))
        assert state.entries() == [entry(number, text="样本") for number in (2, 1, 0)]
        assert state.entries(limit=1) == [entry(2, text="样本")]
        assert state.entry("r1") == entry(1, text="样本")
        assert state.entry("r9") is None

    def test_bounded_in_entries(self, state: State) -> None:
        """The oldest go; they stay counted."""
        for number in range(8):
            add(state, entry(number))
        assert [one["id"] for one in state.entries()] == ["r7", "r6", "r5", "r4", "r3"]
        assert state.entry("r2") is None
        assert state.count() == 8

    def test_bounded_in_bytes(self, state: State) -> None:
        """Of all entries together; one that is too long alone is counted, and all others have gone for it."""
        for number in range(5):
            add(state, entry(number, text="x" * 300))
        assert [one["id"] for one in state.entries()] == ["r4", "r3"]
        add(state, entry(5, text="x" * 2000))
        assert state.entries() == []
        add(state, entry(6))
        assert [one["id"] for one in state.entries()] == ["r6"]
        assert state.count() == 7

    def test_composed_when_it_is_wanted(self) -> None:
        """By a reader, or by the room that is left: then the oldest."""
        state = MemoryState(journal_entries=5, journal_bytes=5000)
        drafts = [add(state, entry(number, text="x" * 300)) for number in range(3)]
        assert [draft.composed for draft in drafts] == [0, 0, 0]
        assert state.entry("r1") == entry(1, text="x" * 300)
        assert [draft.composed for draft in drafts] == [0, 1, 0]
        drafts += [add(state, entry(number, text="x" * 300)) for number in (3, 4)]
        assert [draft.composed for draft in drafts] == [1, 2, 1, 0, 0]
        assert [one["id"] for one in state.entries()] == ["r4", "r3", "r2", "r1", "r0"]
        add(state, entry(5))
        assert [one["id"] for one in state.entries()] == ["r5", "r4", "r3", "r2", "r1"]
        assert drafts[0].composed == 1

    def test_one_that_cannot_be_composed_is_dropped(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """And takes no room."""
        state = MemoryState(journal_entries=5, journal_bytes=1000)
        draft = Reckoned(entry(0, text="x" * 300))
        monkeypatch.setattr(draft, "compose", lambda: entry(0, text=object()))
        with pytest.raises(TypeError, match="not JSON serializable"):
            state.append(draft)
        add(state, entry(1, text="x" * 850))
        assert [one["id"] for one in state.entries()] == ["r1"]

    def test_narrowed(self, state: State) -> None:
        """By each of the labels."""
        add(state, entry(0))
        add(state, entry(1, account="other"))
        add(state, entry(2, code="Error"))
        assert [one["id"] for one in state.entries(account="active")] == ["r2", "r0"]
        assert [one["id"] for one in state.entries(account="active", code="ok")] == ["r0"]
        assert state.entries(vendor="w") == []
        assert state.count(account="active") == 2
        assert state.count(vendor="v", code="Error") == 1
        assert state.counts() == {
            ("v", "active", "ok"): 1,
            ("v", "other", "ok"): 1,
            ("v", "active", "Error"): 1,
        }

    def test_cleared(self, state: State) -> None:
        """Those of an account, then all; the room of what went is free again."""
        for number in range(2):
            add(state, entry(number, text="x" * 300))
        add(state, entry(2, account="other"))
        state.clear(vendor="v", account="active")
        assert [one["id"] for one in state.entries()] == ["r2"]
        assert state.counts() == {("v", "other", "ok"): 1}
        add(state, entry(3, text="x" * 700))
        assert [one["id"] for one in state.entries()] == ["r3", "r2"]
        state.clear()
        assert state.entries() == []
        assert state.count() == 0

    def test_newest(self, state: State) -> None:
        """It is another, or of another number, whenever entries came or went, the oldest of many included."""
        seen = [state.newest()]
        for number in range(7):
            add(state, entry(number, account="other" if number % 2 else "active"))
            seen.append(state.newest())
        state.clear(account="other")
        seen.append(state.newest())
        state.clear()
        assert seen == [("", 0), *((f"r{n}", min(n + 1, 5)) for n in range(7)), ("r6", 3)]
        assert state.newest() == ("", 0)

    def test_leaves_with_it(self, state: State) -> None:
        """An entry can end the call that it tells of."""
        lease = state.enter("a", 1)
        add(state, entry(0), lease)
        assert state.enter("a", 1)


def test_reset_forgets_all(state: State) -> None:
    """Windows, packages, values, failures, documents and the journal begin anew."""

    def use() -> list[object]:
        return [
            state.count_in_window("a", 1),
            state.take_call("a", 1),
            state.first_use("n", 1, 10),
            state.number("a"),
            state.add_failure("a", 1, 10),
            list(state.all("faults")),
            state.count(),
        ]

    first = use()
    state.put("faults", "a", {})
    add(state, entry(0))
    assert use() != first
    state.reset()
    assert use() == first


def test_place_of_a_dead_worker_becomes_free(redis_server: RedisServer) -> None:
    """In Redis, when its lease is over; a call that goes on keeps its own."""
    redis_server.clear()
    shared = open_state(Settings(state=redis_server.url))
    assert shared.enter("dead", 2, lease_seconds=0.05)
    assert shared.enter("dead", 2)
    deadline = time.monotonic() + 5
    while shared.enter("dead", 2) is None:
        assert time.monotonic() < deadline
    assert shared.enter("dead", 2) is None
    shared.close()
