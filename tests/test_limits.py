"""What the limits of every vendor promise, whatever the order and the time in which calls come.

The steps that count are taken out of the vendors' own tuples and walked alone, with a clock that the test moves, so
that thousands of calls take no time; that the steps stand in the tuples is for the vendors' own tests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver import vendors
from mockserver.accounts import Account
from mockserver.app import create_app
from mockserver.clock import Clock
from mockserver.contract import Contract, load_contract
from mockserver.errors import Refusal
from mockserver.request import Request
from mockserver.settings import Settings
from mockserver.vendor import Call, Vendor
from mockserver.world import World
from tests.conftest import StartMock
from tests.redis_server import RedisServer

_NAMES = count()
#: Each example begins with an account of its own, so what the fixtures hold on to between examples does not matter.
PROPERTY = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass
class Time:
    """Unix time that the test sets."""

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Limited:
    """One vendor whose step for a limit is walked alone."""

    vendor: Vendor[Any]
    contract: Contract
    world: World
    time: Time

    def account(self, **limits: int) -> Account:
        return Account(self.vendor.name, f"limited-{next(_NAMES)}", "active", {}, limits)

    def call(self, account: Account, operation: str = "ocr") -> Call:
        request = Request("POST", "/", "", {}, b"", 0, self.time.now)
        call: Call = self.vendor.open(request, self.world, self.contract)
        call.account, call.operation = account, operation
        return call

    def refusal(self, step_name: str, call: Call) -> Refusal | None:
        """What the vendor's step of this name makes of the call."""
        step = next(step for step in self.vendor.steps if step_name in step.__name__)
        try:
            step(call)
        except Refusal as refusal:
            return refusal
        return None

    def passes(self, account: Account, operation: str = "ocr") -> bool:
        """Whether the throttle lets one more call through now, and that it gives its own error where it does not."""
        refusal = self.refusal("throttle", self.call(account, operation))
        row = self.contract.operation["account_limits"]["requests_per_second"]
        assert refusal is None or refusal.code == row["code"]
        return refusal is None


def vendors_with(limit: str) -> list[str]:
    return [name for name in vendors.names() if limit in load_contract(name).operation["account_limits"]]


def start(name: str, state: str = "memory") -> Limited:
    time = Time()
    app = create_app(Settings(vendors=(name,), state=state), clock=Clock(time))
    return Limited(vendors.load(name), load_contract(name), app.extensions["idmock"], time)


@pytest.fixture(scope="module", params=vendors_with("requests_per_second"))
def throttled(request: pytest.FixtureRequest) -> Limited:
    return start(request.param)


@pytest.fixture(scope="module", params=vendors_with("concurrency"))
def concurrent(request: pytest.FixtureRequest) -> Limited:
    return start(request.param)


@pytest.fixture(scope="module", params=vendors_with("calls_left"))
def counted(request: pytest.FixtureRequest) -> Limited:
    return start(request.param)


class TestRate:
    """Calls in a second of the server's clock."""

    @PROPERTY
    @given(limit=st.integers(1, 30), gaps=st.lists(st.floats(0, 1.5), min_size=1, max_size=200))
    def test_no_more_than_the_limit_in_any_second(
        self, throttled: Limited, limit: int, gaps: list[float]
    ) -> None:
        """And all up to it, however the calls are spread."""
        account = throttled.account(requests_per_second=limit)
        tried, passed = Counter[int](), Counter[int]()
        for gap in gaps:
            throttled.time.now += gap
            second = int(throttled.time.now)
            tried[second] += 1
            passed[second] += throttled.passes(account)
        assert passed == {second: min(calls, limit) for second, calls in tried.items()}

    @PROPERTY
    @given(
        limit=st.integers(1, 30),
        seconds=st.lists(st.lists(st.floats(0, 0.999), max_size=30), min_size=1, max_size=10),
    )
    def test_who_keeps_to_the_limit_is_never_refused(
        self, throttled: Limited, limit: int, seconds: list[list[float]]
    ) -> None:
        """Nor is it for what another account and another operation do in the same second."""
        account, greedy = (throttled.account(requests_per_second=limit) for _ in range(2))
        begin = int(throttled.time.now) + 1
        for place, moments in enumerate(seconds):
            for moment in sorted(moments[:limit]):
                throttled.time.now = begin + place + moment
                assert throttled.passes(account)
                throttled.passes(greedy)
                throttled.passes(account, operation="other")

    @PROPERTY
    @given(moves=st.lists(st.integers(-3, 3), min_size=1, max_size=60))
    def test_clock_that_is_set_back_gives_nothing_twice(self, throttled: Limited, moves: list[int]) -> None:
        """A second that the clock comes back to has the calls that it had, as long as it did not go far."""
        account = throttled.account(requests_per_second=2)
        home = int(throttled.time.now) + 10
        passed = Counter[int]()
        for move in moves:
            second = home + move % 4
            throttled.time.now = float(second)
            passed[second] += throttled.passes(account)
        assert max(passed.values()) <= 2

    def test_vendor_limit_without_one_of_the_account(self, throttled: Limited) -> None:
        """As many as ``limits.json`` says, and one refusal that counts itself where the message counts."""
        limit = int(throttled.contract.limit("requests_per_second"))
        account = throttled.account()
        assert [throttled.passes(account) for _ in range(limit + 2)] == [True] * limit + [False] * 2

    def test_threads(self, throttled: Limited) -> None:
        """Of four hundred calls at once exactly the limit passes."""
        account = throttled.account(requests_per_second=37)
        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(lambda _: throttled.passes(account), range(400))) == 37


class TestServer:
    """The same at a running server, over the admin API and the vendors' own clients."""

    def test_ten_accounts_at_once(self, start_mock: StartMock, vendor: str) -> None:
        """Ten clients with an account each, and limits from one to ten: in each frozen second each gets its own."""
        mock = start_mock(Settings(vendors=(vendor,)))
        mock.clock.freeze()
        accounts = []
        for limit in range(1, 11):
            sent = {"vendor": vendor, "state": "active", "limits": {"requests_per_second": limit}}
            reply = requests.post(f"{mock.url}/_idmock/accounts", json=sent, timeout=10)
            accounts.append(Account(**reply.json()))
        call, picture = vendors.load(vendor).client.call, mock.specimen("front")

        def passed(account: Account) -> int:
            return sum(self.passes(call, mock.url, account, picture) for _ in range(12))

        for _ in range(2):
            with ThreadPoolExecutor(10) as pool:
                assert list(pool.map(passed, accounts)) == list(range(1, 11))
            mock.clock.shift(1)

    @pytest.fixture(params=vendors_with("requests_per_second"))
    def vendor(self, request: pytest.FixtureRequest) -> str:
        name: str = request.param
        return name

    @staticmethod
    def passes(call: Callable[..., object], url: str, account: Account, picture: bytes) -> bool:
        try:
            call(url, account, picture)
        except RuntimeError:
            return False
        return True


class TestConcurrency:
    """Calls in flight."""

    @PROPERTY
    @given(limit=st.integers(1, 5), moves=st.lists(st.booleans(), min_size=1, max_size=100))
    def test_never_more_and_never_fewer(self, concurrent: Limited, limit: int, moves: list[bool]) -> None:
        """A call is refused exactly when as many as the limit are in flight."""
        account = concurrent.account(concurrency=limit)
        flying: list[Call] = []
        for begins in moves:
            if begins:
                call = concurrent.call(account)
                refusal = concurrent.refusal("hold_slot", call)
                assert (refusal is not None) == (len(flying) >= limit)
                if refusal is None:
                    flying.append(call)
                else:
                    row = concurrent.contract.operation["account_limits"]["concurrency"]
                    assert (refusal.code, call.held) == (row["code"], None)
            elif flying:
                self.end(concurrent, flying.pop(0))
        for call in flying:
            self.end(concurrent, call)

    def test_threads(self, concurrent: Limited) -> None:
        """At no moment are more in flight than the limit, and as many clients as the limit are never refused."""
        account = concurrent.account(concurrency=4)

        def keep_calling(_: int) -> int:
            refused = 0
            for _ in range(200):
                call = concurrent.call(account)
                if concurrent.refusal("hold_slot", call) is None:
                    self.end(concurrent, call)
                else:
                    refused += 1
            return refused

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(keep_calling, range(4))) == 0

    @pytest.mark.parametrize("entries", [0, 10])
    @pytest.mark.parametrize("vendor", vendors_with("concurrency"))
    def test_left_with_and_without_a_journal(self, start_mock: StartMock, vendor: str, entries: int) -> None:
        """The place of an answered call is free for the next one."""
        mock = start_mock(Settings(vendors=(vendor,), journal_entries=entries))
        account = mock.account(vendor, "one-at-a-time")
        for _ in range(3):
            vendors.load(vendor).client.call(mock.url, account, mock.specimen("front"))
        assert len(mock.world.state.entries()) == min(entries, 3)

    @staticmethod
    def end(concurrent: Limited, call: Call) -> None:
        assert call.held is not None
        concurrent.world.state.leave(call.held)


class TestQuota:
    """Calls left."""

    @PROPERTY
    @given(calls=st.integers(0, 10), tries=st.integers(1, 20))
    def test_counts_down(self, counted: Limited, calls: int, tries: int) -> None:
        """To the vendor's own error."""
        account = counted.account(calls_left=calls)
        refusals = [counted.refusal("take_from_quota", counted.call(account)) for _ in range(tries)]
        assert [r is None for r in refusals] == [number < calls for number in range(tries)]
        row = counted.contract.operation["account_limits"]["calls_left"]
        assert {(r.code, r.variant) for r in refusals if r} <= {(row["code"], row.get("variant"))}

    def test_unlimited_without_a_number(self, counted: Limited) -> None:
        """An account that says nothing has no package that could run out."""
        account = counted.account()
        assert all(counted.refusal("take_from_quota", counted.call(account)) is None for _ in range(50))


class TestShared:
    """Two servers on one Redis, as two hosts would be."""

    @pytest.fixture
    def pair(self, redis_server: RedisServer) -> Iterator[tuple[Limited, Limited]]:
        redis_server.clear()
        name = next(
            name for name in vendors_with("requests_per_second") if name in vendors_with("concurrency")
        )
        both = start(name, redis_server.url), start(name, redis_server.url)
        yield both
        for one in both:
            one.world.state.close()

    @settings(PROPERTY, max_examples=20)
    @given(
        limit=st.integers(1, 10), calls=st.lists(st.tuples(st.integers(0, 1), st.floats(0, 0.5)), max_size=60)
    )
    def test_one_limit_between_them(
        self, pair: tuple[Limited, Limited], limit: int, calls: list[tuple[int, float]]
    ) -> None:
        """Whichever of them a call comes to."""
        account = pair[0].account(requests_per_second=limit)
        now = 1_700_000_000.0
        tried, passed = Counter[int](), Counter[int]()
        for which, gap in calls:
            now += gap
            pair[which].time.now = now
            tried[int(now)] += 1
            passed[int(now)] += pair[which].passes(account)
        assert passed == {second: min(number, limit) for second, number in tried.items()}

    def test_threads_of_both(self, pair: tuple[Limited, Limited]) -> None:
        """Of four hundred calls at once exactly the limit passes."""
        account = pair[0].account(requests_per_second=37)
        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(lambda number: pair[number % 2].passes(account), range(400))) == 37

    def test_places_of_both(self, pair: tuple[Limited, Limited]) -> None:
        """Four clients, each with one call at a time, now at this server and now at that, never exceed four places."""
        account = pair[0].account(concurrency=4)

        def keep_calling(client: int) -> int:
            refused = 0
            for number in range(100):
                server = pair[(client + number) % 2]
                call = server.call(account)
                if server.refusal("hold_slot", call) is None:
                    TestConcurrency.end(server, call)
                else:
                    refused += 1
            return refused

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(keep_calling, range(4))) == 0
