"""One process's part of a run, with users made by hand instead of Locust's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import gevent
import pytest

from conformance.dialect import load_dialect
from conformance.model import Request
from loadtests.arrivals import Arrival
from loadtests.outcome import Outcome
from loadtests.plan import Plan, PlannedCall, VendorPlan, operation_name
from loadtests.scenarios import Scenario, Stage
from loadtests.shift import Shift
from mockserver.contract import load_accounts
from tests.load.runs import ERROR, OK, THROTTLED, VENDOR, scenario

CREDENTIALS = {row["vendor"]: row["credentials"] for row in load_accounts() if row["name"] == "active"}


def plan_of(given: Scenario, vendor: str = VENDOR, parameters: Mapping[str, Any] | None = None) -> Plan:
    calls = (PlannedCall(1, parameters or {"ImageBase64": "x"}),)
    hosts, name = load_dialect(vendor).hosts, operation_name(vendor)
    return Plan(given, (VendorPlan(vendor, name, {}, hosts, CREDENTIALS[vendor], calls),))


def short(rate: float, seconds: float, **more: Any) -> Scenario:
    return replace(scenario(), stages=(Stage("short", seconds, rate, rate),), **more)


@pytest.fixture
def at_work() -> Iterator[Callable[..., Shift]]:
    """Starts a shift with so many users, each of which takes a time for a call and then says what came of it."""
    users: list[gevent.Greenlet] = []

    def start(given: Scenario, count: int, *, seconds: float = 0.0, outcome: Outcome = OK) -> Shift:
        shift = Shift(plan_of(given), {VENDOR: (0, 1)}, "here")

        def user() -> None:
            while True:
                arrival = shift.take(VENDOR)
                sent = shift.now()
                gevent.sleep(seconds)
                shift.count(VENDOR, arrival, outcome, sent, shift.now())
                shift.settle()

        shift.start()
        users.extend(gevent.spawn(user) for _ in range(count))
        return shift

    yield start
    gevent.killall(users)


def test_every_arrival_is_answered(at_work: Callable[..., Shift]) -> None:
    """With users to spare, the record has every arrival, and the shift ends by itself."""
    shift = at_work(short(100, 0.3), 5)
    assert shift.over.wait(5)
    tally = shift.record.total(VENDOR)
    assert (tally.intended, tally.answered, tally.not_started) == (30, 30, 0)
    effort = shift.record.efforts["here"]
    assert effort.finished
    assert len(effort.processor_share) == 1, "nothing is known of a run of less than a second"


def test_slow_answers_do_not_hold_arrivals_up(at_work: Callable[..., Shift]) -> None:
    """One user, calls of 50 ms, 100 a second: the arrivals go on, latency counts from the intended time."""
    shift = at_work(short(100, 0.3, start_within_seconds=5), 1, seconds=0.05)
    assert shift.over.wait(10)
    tally = shift.record.total(VENDOR)
    assert (tally.intended, tally.answered) == (30, 30)
    raw, corrected = tally.raw.percentile_ms(99), tally.corrected.percentile_ms(99)
    assert raw is not None
    assert corrected is not None
    assert corrected > 1000
    assert raw < corrected / 2


def test_arrivals_that_waited_too_long_are_not_started(at_work: Callable[..., Shift]) -> None:
    """They are counted, and none is lost."""
    shift = at_work(short(100, 0.3, start_within_seconds=0.1), 1, seconds=0.05)
    assert shift.over.wait(5)
    tally = shift.record.total(VENDOR)
    assert tally.not_started > 0
    assert tally.answered + tally.not_started == tally.intended == 30


def test_a_run_in_which_nothing_is_accepted_ends(at_work: Callable[..., Shift]) -> None:
    """After twenty answers, with one sentence, long before its time."""
    shift = at_work(short(500, 60), 5, outcome=ERROR)
    assert shift.over.wait(5)
    assert shift.hopeless == "tencent IDCardOCR: 0 of 20 accepted: InternalError"


def test_throttling_is_no_reason_to_end(at_work: Callable[..., Shift]) -> None:
    """Whoever is throttled was let in."""
    shift = at_work(short(200, 0.2), 5, outcome=THROTTLED)
    assert shift.over.wait(5)
    assert shift.hopeless is None
    assert shift.record.total(VENDOR).answered == 40


def test_halting_keeps_what_there_is(at_work: Callable[..., Shift]) -> None:
    """No further arrival is offered."""
    shift = at_work(short(200, 60), 5)
    gevent.sleep(0.1)
    shift.halt()
    offered = shift.record.total(VENDOR).intended
    gevent.sleep(0.05)
    assert 0 < offered == shift.record.total(VENDOR).intended < 12_000
    assert shift.record.efforts["here"].finished


@pytest.mark.parametrize(("fault", "stages"), [("throttle", [0, 1, 1]), (None, [0, 0, 1])])
def test_a_call_counts_where_it_could_meet_a_fault(fault: str | None, stages: list[int]) -> None:
    """One that waited for its connection goes out in another stage than it was due in; without faults that is no
    matter, and it counts where it was due."""
    calm_then_fault = (Stage("calm", 1.0, 1.0, 1.0), Stage("fault", 1.0, 1.0, 1.0, fault))
    shift = Shift(plan_of(scenario("recovery", calm_then_fault)), {VENDOR: (0, 1)}, "here")
    for due, sent_at in ((0, 0.9), (0, 1.1), (1, 1.1)):
        shift.count(VENDOR, Arrival(0, due + 0.5, due), OK, sent_at, sent_at + 0.1)
    counted = [shift.record.tally(VENDOR, stage).answered for stage in (0, 1)]
    assert counted == [stages.count(0), stages.count(1)]


def test_every_request_is_signed_anew() -> None:
    """The same arrival composed twice has two nonces and two signatures; composing is counted."""
    shift = Shift(plan_of(short(1, 1), "aliyun", {"body": b"x"}), {"aliyun": (0, 1)}, "here")
    arrival = Arrival(0, 0.0, 0)
    sent = [shift.compose("aliyun", arrival, _no_exchange).headers for _ in range(2)]
    for name in ("x-acs-signature-nonce", "Authorization"):
        assert sent[0][name] != sent[1][name]
    effort = shift.record.efforts["here"]
    assert effort.composed == 2
    assert effort.composing_seconds > 0


def _no_exchange(request: Request) -> Any:
    raise AssertionError("no token is needed")
