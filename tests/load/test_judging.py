"""Verdicts from records: what is the target's fault, what is nobody's, and what was not shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from loadtests.findings import Finding, Verdict, overall
from loadtests.outcome import Kind, Outcome
from loadtests.record import Record
from loadtests.scenarios import Stage, Thresholds
from loadtests.stretch import Stretch
from tests.load.runs import (
    ERROR,
    OK,
    THROTTLED,
    TIMEOUT,
    VENDOR,
    busy,
    fill,
    findings,
    run_of,
    scenario,
    verdicts,
    with_thresholds,
)

PASS, FAIL, INCONCLUSIVE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE
HELD = {"errors": PASS, "p95": PASS, "p99": PASS, "rate": PASS, "generator": PASS}


def test_a_good_run_passes() -> None:
    """Every threshold is kept and the generator was idle."""
    record = Record()
    fill(record, count=100)
    busy(record, 0.2)
    assert verdicts(run_of(record)) == HELD


@pytest.mark.parametrize(
    "outcome", [ERROR, THROTTLED, TIMEOUT, Outcome(Kind.UNREADABLE, "HTTP 502: no JSON")]
)
def test_wrong_answers_fail(outcome: Outcome) -> None:
    """Two of a hundred, where one is permitted; the finding names them."""
    record = Record()
    fill(record, count=98)
    fill(record, outcome, count=2)
    found = findings(run_of(record))
    assert found["errors"].verdict is FAIL
    assert outcome.label in found["errors"].because
    assert "2 of 100" in found["errors"].found


def test_as_many_wrong_answers_as_are_permitted_pass() -> None:
    """The bound itself is kept."""
    record = Record()
    fill(record, count=99)
    fill(record, ERROR, count=1)
    assert verdicts(run_of(record))["errors"] is PASS


def test_expected_classes_are_no_errors() -> None:
    """Throttling where the scenario expects it."""
    record = Record()
    fill(record, count=50)
    fill(record, THROTTLED, count=50)
    expecting = scenario(expected=frozenset({Kind.ACCEPTED, Kind.THROTTLED}))
    assert verdicts(run_of(record, expecting)) == HELD


def test_what_one_stage_expects_is_wrong_in_the_next() -> None:
    """A burst may be throttled; a target that still throttles long after it has not forgotten."""
    throttling = Stage("burst", 5.0, 10.0, 10.0, expected=frozenset({Kind.THROTTLED}))
    stages = scenario(stages=(throttling, Stage("after", 5.0, 10.0, 10.0)))
    record = Record()
    fill(record, THROTTLED, count=20)
    fill(record, count=30, start=2.0)
    fill(record, count=50, stage=1, start=5.0)
    assert verdicts(run_of(record, stages)) == HELD
    fill(record, THROTTLED, count=2, stage=1, start=9.0)
    found = findings(run_of(record, stages))["errors"]
    assert found.verdict is FAIL
    assert found.because == "throttled RequestLimitExceeded × 2"


def test_a_run_that_was_cut_short_without_an_answer_has_rates() -> None:
    """Of the time in which calls were due."""
    record = Record()
    tally = record.tally(VENDOR, 0)
    tally.intended, tally.last_due_seconds = 20, 2.0
    assert Stretch.of(run_of(record, cut_short="stopped"), VENDOR, [0]).intended_rate == pytest.approx(10)


@pytest.mark.parametrize("raw_ms", [5, 300])
def test_a_busy_generator_shows_nothing(raw_ms: float) -> None:
    """Neither that the target is slow nor that it is not."""
    record = Record()
    fill(record, count=100, raw_ms=raw_ms)
    busy(record, 0.95)
    found = verdicts(run_of(record))
    assert found["generator"] is INCONCLUSIVE
    assert found["p95"] is (INCONCLUSIVE if raw_ms > 100 else PASS)
    assert overall(findings(run_of(record)).values()) is INCONCLUSIVE


@pytest.mark.parametrize("waited_ms", [0, 200])
def test_a_late_generator_excuses_but_does_not_spoil(waited_ms: float) -> None:
    """Its lateness is part of the latency: a latency within bounds is no smaller for it, one beyond may be its own."""
    record = Record()
    fill(record, count=100, raw_ms=5, waited_ms=waited_ms, late_ms=150)
    busy(record, 0.1)
    verdict = INCONCLUSIVE if waited_ms else PASS
    assert verdicts(run_of(record)) == {**HELD, "p95": verdict, "p99": verdict}


def test_wrong_answers_fail_whatever_the_generator_did() -> None:
    """An error in a body is not made by a busy generator; a timeout can be."""
    for outcome, verdict in ((ERROR, FAIL), (TIMEOUT, INCONCLUSIVE)):
        record = Record()
        fill(record, count=50)
        fill(record, outcome, count=50)
        busy(record, 0.99)
        assert verdicts(run_of(record))["errors"] is verdict


def test_slow_answers_of_a_target_fail() -> None:
    """The generator had time to spare."""
    record = Record()
    fill(record, count=100, raw_ms=300)
    busy(record, 0.3)
    found = findings(run_of(record))
    assert (found["p95"].verdict, found["p99"].verdict) == (FAIL, FAIL)
    assert "300" in found["p95"].found


def test_latency_counts_from_the_intended_time() -> None:
    """Quick answers after a long wait for a connection are slow answers."""
    record = Record()
    fill(record, count=100, raw_ms=5, waited_ms=300)
    assert verdicts(run_of(record))["p95"] is FAIL


def test_waiting_for_one_of_too_few_connections_shows_nothing() -> None:
    """The target itself was quick; with connections enough the wait would be its fault."""
    record = Record()
    fill(record, count=100, raw_ms=5, waited_ms=300)
    few, enough = findings(run_of(record, connections=1)), findings(run_of(record, connections=2))
    assert (few["p95"].verdict, enough["p95"].verdict) == (INCONCLUSIVE, FAIL)
    assert "--connections" in few["p95"].because


def unstarted(count: int, **calls: Any) -> Record:
    record = Record()
    fill(record, count=100 - count, **calls)
    tally = record.tally(VENDOR, 0)
    tally.intended += count
    tally.not_started += count
    busy(record, 0.2)
    return record


def test_arrivals_that_were_not_started_never_pass() -> None:
    """One of a hundred, with every threshold kept."""
    run = run_of(unstarted(1))
    assert verdicts(run) == {**HELD, "generator": INCONCLUSIVE}
    assert "1 of 100 not started" in findings(run)["generator"].found


def test_a_target_that_occupies_every_connection_fails() -> None:
    """There were connections enough for a target within its bounds, and the rate was not reached."""
    found = findings(run_of(unstarted(30, raw_ms=90), connections=10))
    assert found["rate"].verdict is FAIL
    assert "waiting for an answer" in found["generator"].because


def test_too_few_connections_are_the_users_choice() -> None:
    """With fewer than rate times latency bound, a good target could not be told from a bad one."""
    found = findings(run_of(unstarted(30, raw_ms=90), connections=1))
    assert found["rate"].verdict is INCONCLUSIVE
    assert "--connections" in found["rate"].because


def test_wrong_answers_are_no_part_of_the_rate() -> None:
    """A target that refuses every fifth call is quick, and does not do what it was asked so often."""
    record = Record()
    fill(record, count=80)
    fill(record, ERROR, count=20)
    found = verdicts(run_of(record, with_thresholds(scenario(), max_error_ratio=0.5)))
    assert (found["errors"], found["rate"]) == (PASS, FAIL)


def test_a_late_last_answer_lowers_the_rate() -> None:
    """As many calls as intended, but it took twice as long."""
    record = Record()
    fill(record, count=100, every=0.2)
    assert verdicts(run_of(record))["rate"] is FAIL


def test_a_last_answer_in_time_does_not_lower_the_rate() -> None:
    """In a stage of less than a second, a call within its latency bound ends a good deal after the stage."""
    given = scenario(stages=(Stage("short", 0.5, 10.0, 10.0),))
    record = Record()
    fill(record, count=5, raw_ms=95)
    assert verdicts(run_of(record, given)) == HELD


def test_nothing_answered_shows_nothing() -> None:
    """No pass by an empty ratio."""
    run = run_of(Record())
    assert overall(findings(run).values()) is INCONCLUSIVE
    assert verdicts(run)["errors"] is INCONCLUSIVE


def test_a_run_that_was_cut_short_is_inconclusive_and_still_fails() -> None:
    """What was seen is judged, but a rate is not; errors that were seen stay seen."""
    good, bad = Record(), Record()
    fill(good, count=10)
    fill(bad, ERROR, count=10)
    short = run_of(good, cut_short="it was stopped before its end")
    assert verdicts(short)["whole run"] is INCONCLUSIVE
    assert "rate" not in verdicts(short)
    assert overall(findings(run_of(bad, cut_short="it was stopped")).values()) is FAIL


def test_calls_that_the_generator_lost_are_noticed() -> None:
    """Due, neither answered nor given up."""
    record = Record()
    fill(record, count=100)
    record.tally(VENDOR, 0).intended += 2
    assert "2 of 102" in findings(run_of(record))["whole run"].found


def ramp(**more: Any) -> Any:
    steps = tuple(Stage(f"step {rate}", 1.0, rate, rate) for rate in (10.0, 20.0, 40.0))
    bounds = {"max_error_ratio": 0.0, "p95_ms": 100, "min_achieved_ratio": 0.9}
    return scenario("ramp", steps, thresholds=Thresholds(**bounds, min_knee_requests_per_second=20, **more))


def steps(record: Record, *latencies_ms: float) -> None:
    for stage, latency in enumerate(latencies_ms):
        rate = 10 * 2**stage
        fill(record, count=rate, stage=stage, start=stage, every=1 / rate, raw_ms=latency)


def test_the_knee_is_the_last_good_step() -> None:
    """Two good steps, the third too slow."""
    record = Record()
    steps(record, 5, 5, 200)
    found = findings(run_of(record, ramp()))["knee"]
    assert (found.verdict, found.found) == (PASS, "20 requests/s")
    assert "40 requests/s" in found.because


def test_a_knee_below_the_demanded_rate_fails() -> None:
    """The second step, which has to be carried, is too slow."""
    record = Record()
    steps(record, 5, 200, 5)
    assert findings(run_of(record, ramp()))["knee"].verdict is FAIL


def test_a_generator_that_ends_the_ramp_too_early_shows_nothing() -> None:
    """The step that has to be carried was not really sent."""
    record = Record()
    steps(record, 5, 5, 5)
    busy(record, 0.95)
    found = findings(run_of(record, ramp()))["knee"]
    assert found.verdict is INCONCLUSIVE
    assert "processor" in found.because


def test_a_ramp_that_ends_below_the_demanded_rate_shows_nothing() -> None:
    """As after --requests-per-second 10."""
    record = Record()
    steps(record, 5, 5, 5)
    high = with_thresholds(ramp(), min_knee_requests_per_second=1000)
    assert findings(run_of(record, high))["knee"].verdict is INCONCLUSIVE


def test_a_step_without_arrivals_shows_nothing() -> None:
    """A ramp that was scaled down until a step is shorter than the time between two calls."""
    assert findings(run_of(Record(), ramp()))["knee"].verdict is INCONCLUSIVE


def recovery() -> Any:
    stages = (
        Stage("before", 1.0, 10.0, 10.0),
        Stage("fault", 1.0, 10.0, 10.0, "throttle"),
        Stage("after", 1.0, 10.0, 10.0),
    )
    return scenario(
        "recovery", stages, thresholds=Thresholds(max_error_ratio=0.0, recover_within_seconds=0.5)
    )


def recovering(failing: int, *, last_fails: bool = False) -> dict[str, Finding]:
    record = Record()
    fill(record, count=10)
    fill(record, THROTTLED, count=10, stage=1, start=1.0)
    fill(record, THROTTLED, count=failing, stage=2, start=2.0)
    fill(record, count=10 - failing, stage=2, start=2.0 + failing * 0.1)
    if last_fails:
        fill(record, THROTTLED, count=1, stage=2, start=2.99)
    return findings(run_of(record, recovery()))


@pytest.mark.parametrize(("failing", "verdict"), [(0, PASS), (3, PASS), (9, FAIL)])
def test_recovery_takes_until_the_last_failure(failing: int, verdict: Verdict) -> None:
    """Measured by when calls were sent."""
    found = recovering(failing)
    assert found["throttle over"].verdict is verdict
    assert found["throttle felt"].verdict is PASS
    assert found["errors"].verdict is PASS


def test_a_target_that_fails_at_the_end_has_not_recovered() -> None:
    """Successes in between do not count."""
    found = recovering(0, last_fails=True)["throttle over"]
    assert found.verdict is FAIL
    assert "still failing" in found.found


def test_a_fault_that_nobody_felt_shows_nothing() -> None:
    """Recovering from nothing is no recovery."""
    record = Record()
    for stage in range(3):
        fill(record, OK, count=10, stage=stage, start=float(stage))
    assert findings(run_of(record, recovery()))["throttle felt"].verdict is INCONCLUSIVE


def test_thresholds_that_are_not_set_are_not_judged() -> None:
    """Only the finding about the generator is left."""
    record = Record()
    fill(record, ERROR, count=100)
    assert list(verdicts(run_of(record, replace(scenario(), thresholds=Thresholds())))) == ["generator"]


@pytest.mark.parametrize(
    ("given", "verdict", "code"),
    [
        ([], INCONCLUSIVE, 2),
        ([PASS], PASS, 0),
        ([PASS, INCONCLUSIVE], INCONCLUSIVE, 2),
        ([INCONCLUSIVE, FAIL], FAIL, 1),
    ],
)
def test_overall(given: list[Verdict], verdict: Verdict, code: int) -> None:
    """A failure outweighs everything, and nothing is no pass."""
    total = overall(Finding(VENDOR, "clause", v, "", "") for v in given)
    assert (total, total.exit_code) == (verdict, code)
