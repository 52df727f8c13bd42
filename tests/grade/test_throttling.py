"""After a throttled answer: waiting, waiting longer, and not in step."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.grade.gaps import judge_waits
from loadtests.grade.rules import load_rules
from loadtests.grade.run import most_at_a_time
from mockserver import vendors
from mockserver.testing import MockServer
from tests.grade.clients import Client, Hands
from tests.grade.conftest import MakeClient

RULE = next(rule for rule in load_rules() if rule.id == "throttling/backs-off")
THRESHOLDS = RULE.thresholds
ORDER = ("good", "poor", "bad")

#: Growing by half as much again or more from a tenth of a second on.
backed_off = st.builds(
    lambda first, ratio, count: [first * ratio**n for n in range(count)],
    st.floats(0.1, 2),
    st.floats(1.5, 4),
    st.integers(1, 8),
)
any_waits = st.lists(st.lists(st.floats(0, 10), min_size=1, max_size=8), min_size=1, max_size=8)


def word_of(waits: Sequence[Sequence[float]]) -> str:
    return judge_waits(waits, 1.0, THRESHOLDS).word


class TestJudgement:
    @given(st.lists(backed_off, min_size=1, max_size=6))
    def test_growing_waits_are_good(self, waits: list[list[float]]) -> None:
        """However long the series, and whatever they began with."""
        assert word_of(waits) == "good"

    @given(st.lists(backed_off, min_size=1, max_size=6), st.integers())
    def test_jitter_of_a_few_per_cent_does_no_harm(self, waits: list[list[float]], seed: int) -> None:
        """Each wait moved by up to a twentieth."""
        moved = random.Random(seed)
        assert word_of([[w * moved.uniform(0.95, 1.05) for w in chain] for chain in waits]) == "good"

    @given(st.lists(st.lists(st.floats(0, 0.049), min_size=1, max_size=8), min_size=1, max_size=6))
    def test_no_waits_at_all_are_bad(self, waits: list[list[float]]) -> None:
        """A storm, however short."""
        assert word_of(waits) == "bad"

    @given(st.floats(0.06, 0.9), st.integers(2, 20))
    def test_equal_waits_below_the_window_are_not_good(self, wait: float, count: int) -> None:
        """And bad when there are many of them in a row."""
        found = word_of([[wait] * count])
        assert found == ("bad" if count >= THRESHOLDS["bad_in_a_row_count"] else "poor")

    @given(st.floats(1, 60), st.integers(2, 20))
    def test_equal_waits_of_a_window_are_good(self, wait: float, count: int) -> None:
        """The next window has room, so growing would bring nothing."""
        assert word_of([[wait] * count]) == "good"

    @given(any_waits, st.floats(1, 50))
    def test_waiting_longer_is_never_worse(self, waits: list[list[float]], factor: float) -> None:
        """All waits by the same factor."""
        longer = [[wait * factor for wait in chain] for chain in waits]
        assert ORDER.index(word_of(longer)) <= ORDER.index(word_of(waits))

    @given(any_waits, st.randoms(use_true_random=False))
    def test_the_order_of_the_series_does_not_matter(
        self, waits: list[list[float]], order: random.Random
    ) -> None:
        """Which request was throttled first says nothing."""
        mixed = list(waits)
        order.shuffle(mixed)
        assert judge_waits(mixed, 1.0, THRESHOLDS) == judge_waits(waits, 1.0, THRESHOLDS)

    @given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9)), max_size=20))
    def test_overlaps_are_counted(self, spans: list[tuple[int, int]]) -> None:
        """As counting at every moment does."""
        held = [(begin, begin + length) for begin, length in spans]
        slow = max((sum(b <= t < e for b, e in held) for t in range(50)), default=0)
        assert most_at_a_time(held) == slow


class TestBackingOff:
    @staticmethod
    def throttle(mock: MockServer, client: Client, count: int) -> None:
        """The next so many requests of the client are throttled, with the vendor's own row."""
        limits = mock.world.contracts[client.account.vendor].operation["account_limits"]
        row = limits.get("requests_per_second") or limits["concurrency"]
        mock.fault(account=client.account, code=row["code"], count=count)

    @pytest.mark.parametrize("vendor", vendors.names())
    def test_exponential_back_off_is_good(self, mock: MockServer, client: MakeClient, vendor: str) -> None:
        """For every vendor, whatever its throttled answer looks like."""
        good = client(vendor)
        self.throttle(mock, good, 4)
        assert good.persist([0.2, 0.4, 0.8, 1.6]) == "ok"
        found = good.grade("throttling/backs-off")
        assert found.word == "good"
        assert found.numbers["most_refusals_in_a_row"] == 4

    @pytest.mark.parametrize("vendor", vendors.names())
    def test_a_storm_is_bad(self, mock: MockServer, client: MakeClient, vendor: str) -> None:
        """With the requests named that came at once."""
        bad = client(vendor)
        self.throttle(mock, bad, 5)
        assert bad.persist([0.001] * 5) == "ok"
        found = bad.grade("throttling/backs-off", parallel=1)
        assert found.word == "bad"
        assert "less than 50 ms" in found.text
        assert found.entries

    def test_equal_short_waits_are_poor(self, mock: MockServer, client: MakeClient) -> None:
        """A fixed delay of a quarter of the window."""
        fixed = client()
        self.throttle(mock, fixed, 5)
        fixed.persist([0.25] * 5)
        found = fixed.grade("throttling/backs-off", parallel=1)
        assert (found.word, found.numbers["chains_that_do_not_grow"]) == ("poor", 1)

    def test_going_on_with_the_next_picture_is_no_waiting(self, mock: MockServer, client: MakeClient) -> None:
        """One worker that skips what was throttled and storms with the rest."""
        bad = client()
        self.throttle(mock, bad, 6)
        bad.call_each((bad.picture(number) for number in range(8)), pace=0.001)
        assert bad.grade("throttling/backs-off", parallel=1).word == "bad"

    def test_a_real_limit_leads_to_the_same(self, client: MakeClient, hands: Hands) -> None:
        """Two calls a second, and a third that waits for the next one."""
        good = client(limits={"requests_per_second": 2})
        pictures = [good.picture(number) for number in range(6)]
        for picture in pictures:
            code = good.call(picture)
            hands.sleep(0.2)
            if code != "ok":
                hands.sleep(1)
                assert good.call(picture) == "ok"
        assert good.grade("throttling/backs-off", parallel=1).word == "good"

    def test_never_throttled_is_not_seen(self, client: MakeClient) -> None:
        """Nothing is said of what did not happen."""
        one = client()
        one.call()
        assert one.grade("throttling/backs-off").word == "not seen"

    def test_a_clock_that_stands_shows_no_waits(self, mock: MockServer, client: MakeClient) -> None:
        """A tester who froze the mock's clock is not told that the client stormed."""
        one = client()
        mock.clock.freeze()
        self.throttle(mock, one, 2)
        one.persist([1, 1])
        found = one.grade("throttling/backs-off")
        assert (found.word, found.text) == ("not seen", "the mock's clock stands still")


class TestWorkers:
    """Several workers, whose requests the test interleaves."""

    def test_one_refusal_each_is_nobodys_fault(self, client: MakeClient, hands: Hands) -> None:
        """Three workers with one picture find the second full, each for itself, and wait for the next one."""
        one = client(limits={"requests_per_second": 1})
        for _ in range(3):
            for _worker in range(4):
                one.call()
                hands.sleep(0.1)
            hands.sleep(0.6 + 1)
        assert one.grade("throttling/backs-off", parallel=4).word == "good"

    def test_short_first_waits_that_grow_are_good(
        self, mock: MockServer, client: MakeClient, hands: Hands
    ) -> None:
        """Three workers with pictures of their own, all of whose attempts fall into one window: what each of them
        waited can be told, so the number of refusals in the window says nothing more."""
        one = client()
        pictures = [one.picture(1 + worker) for worker in range(3)]
        mock.fault(account=one.account, code="RequestLimitExceeded", count=9)
        for wait in (0.1, 0.2, 0.4, 0):
            for picture in pictures:
                one.call(picture)
                hands.sleep(0.03)
            hands.sleep(wait)
        found = one.grade("throttling/backs-off", parallel=3)
        assert (found.word, found.numbers["waits"]) == ("good", 9)

    def test_skipping_to_other_pictures_in_a_full_window_is_poor(
        self, client: MakeClient, hands: Hands
    ) -> None:
        """Workers that never try anything again, and go on as if nothing had been said."""
        bad = client(limits={"requests_per_second": 1})
        for number in range(17):
            bad.call(bad.picture(number))
            hands.sleep(0.05)
        found = bad.grade("throttling/backs-off", parallel=4)
        assert (found.word, found.numbers["beyond_one_each"]) == ("poor", 12)

    @pytest.mark.parametrize(("calls", "word", "beyond"), [(17, "poor", 12), (65, "bad", 60)])
    def test_trying_again_in_a_full_window(
        self, client: MakeClient, hands: Hands, calls: int, word: str, beyond: int
    ) -> None:
        """The same workers with one picture, who each ask four times in the same second, as a wait that doubles would
        make them, or sixteen times, as none would."""
        one = client(limits={"requests_per_second": 1})
        for _ in range(calls):
            one.call()
            hands.sleep(0.85 / calls)
        found = one.grade("throttling/backs-off", parallel=4)
        assert (found.word, found.numbers["beyond_one_each"]) == (word, beyond)

    @pytest.mark.parametrize(("jitter", "word"), [(0.0, "bad"), (0.3, "good")])
    def test_who_comes_back_in_step_is_named(
        self, mock: MockServer, client: MakeClient, hands: Hands, jitter: float, word: str
    ) -> None:
        """Four workers, each with pictures of its own, refused together three times, who wait one second."""
        one = client()
        for turn in range(3):
            pictures = [one.picture(1 + turn * 4 + worker) for worker in range(4)]
            mock.fault(account=one.account, code="RequestLimitExceeded", count=4)
            for picture in pictures:
                one.call(picture)
                hands.sleep(0.01)
            hands.sleep(1)
            for picture in pictures:
                assert one.call(picture) == "ok"
                hands.sleep(0.01 + jitter)
            hands.sleep(2)
        found = one.grade("throttling/jitter", parallel=4)
        assert (found.word, found.numbers["groups"]) == (word, 3)

    def test_a_storm_is_not_praised_for_its_jitter(
        self, mock: MockServer, client: MakeClient, hands: Hands
    ) -> None:
        """Who does not wait at all is not in step either, which is no merit."""
        bad = client()
        mock.fault(account=bad.account, code="RequestLimitExceeded", count=8)
        for _ in range(3):
            for worker in range(4):
                bad.call(bad.picture(1 + worker))
                hands.sleep(0.005)
        assert bad.grade("throttling/jitter", parallel=4).word == "not seen"

    def test_one_worker_has_nobody_to_be_in_step_with(self, client: MakeClient) -> None:
        """So nothing is said of jitter."""
        one = client()
        one.call()
        assert one.grade("throttling/jitter", parallel=1).word == "not seen"
