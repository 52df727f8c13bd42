"""The verification of limits on calls per second, against models of limiters and of networks: nothing is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.findings import Finding, Verdict, overall
from loadtests.limiter.beats import rate_phases
from loadtests.limiter.buckets import sliding_window, token_bucket
from loadtests.limiter.check import Check
from loadtests.limiter.rate import KINDS
from loadtests.limiter.rules import RATE, Promise, load_rules
from loadtests.limiter.seen import Fate, Misfit, Observation, Sight
from loadtests.limiter.windows import _at as at_phase
from loadtests.limiter.windows import first_call_windows, fixed_windows
from loadtests.outcome import Kind, Outcome
from tests.load.limiters import (
    REFUSAL,
    THROTTLED,
    Limiter,
    Network,
    bucket,
    never_again,
    run,
    shared,
    sliding,
    windows,
)
from tests.load.limiters import first_call_windows as first_calls

RULES = load_rules()
ACCOUNTS: dict[str, object] = {"a": None, "b": None}
#: By the kind that documents name.
RIGHT: dict[str, Callable[[int, float], Limiter]] = {
    "fixed-window": lambda limit, phase: windows(limit, phase=phase),
    "first-call-window": lambda limit, phase: first_calls(limit),
    "sliding-window": lambda limit, phase: sliding(limit),
    "token-bucket": lambda limit, phase: bucket(limit),
}
#: By what is wrong: the limiter, and the clauses that have to fail.
WRONG: dict[str, tuple[Callable[[int, float], Limiter], set[str]]] = {
    "one too many": (lambda n, phase: windows(n + 1, phase=phase), {"at-most", "burst"}),
    "one too few": (lambda n, phase: windows(n - 1, phase=phase), {"at-least", "burst"}),
    "one too many from the first call": (lambda n, phase: first_calls(n + 1), {"at-most", "burst"}),
    "one too few from the first call": (lambda n, phase: first_calls(n - 1), {"at-least", "burst"}),
    "one too many in any second": (lambda n, phase: sliding(n + 1), {"at-most", "burst"}),
    "one too few in any second": (lambda n, phase: sliding(n - 1), {"at-least", "burst"}),
    "one token too many": (lambda n, phase: bucket(n + 1), {"at-most", "burst"}),
    "one token too few": (lambda n, phase: bucket(n - 1), {"at-least", "burst"}),
    "a tenth too fast": (lambda n, phase: bucket(n, rate=1.1 * n), {"at-most"}),
    "twice the burst": (lambda n, phase: bucket(n, burst=2 * n), {"at-most", "burst"}),
    "shared by all keys": (lambda n, phase: shared(windows(n, phase=phase)), {"not-shared"}),
    "windows of two seconds": (lambda n, phase: windows(2 * n, 2.0, phase), {"at-most", "at-least", "burst"}),
    "as many in two seconds": (lambda n, phase: windows(n, 2.0, phase), {"at-least"}),
    "windows of half a second": (lambda n, phase: windows(n // 2, 0.5, phase), {"at-least", "burst"}),
    "as many in half a second": (lambda n, phase: windows(n, 0.5, phase), {"at-most"}),
    "windows a tenth too long": (lambda n, phase: windows(n, 1.1, phase), {"at-least"}),
    "windows a tenth too short": (lambda n, phase: windows(n, 0.9, phase), {"at-most"}),
    "refusals count": (lambda n, phase: sliding(n, counts_refused=True), {"at-least"}),
    "never recovers": (
        lambda n, phase: never_again(windows(n, phase=phase)),
        {"at-least", "burst", "full-again"},
    ),
}
#: Networks from one machine to another, and one that is of no use.
BUSY = {"late": 0.02, "median": 0.02, "sigma": 0.5}
HOPELESS = {"late": 0.2, "median": 2.0, "sigma": 0.3}

networks = st.builds(
    Network,
    seed=st.integers(0, 2**32),
    late=st.sampled_from([0.0, 0.01, 0.1, 0.5]),
    median=st.sampled_from([0.001, 0.01, 0.05, 0.2, 1.0]),
    sigma=st.sampled_from([0.1, 0.5, 1.0]),
)


def check_of(limit: int, kinds: Sequence[str] = tuple(KINDS)) -> Check:
    refusals = {"RequestLimitExceeded": frozenset({200})}
    promise = Promise("tencent", RATE, limit, True, tuple(kinds), refusals)
    return Check(promise, RULES, limit, ACCOUNTS)  # type: ignore[arg-type]  # nobody calls


def judge(
    limit: int, limiter: Limiter, network: Network, kinds: Sequence[str] = tuple(KINDS)
) -> list[Finding]:
    """Findings of a whole run against a limiter."""
    check = check_of(limit, kinds)
    check.seen = run(check.phases, limiter, network)
    return check.judge()[0]


def clauses(findings: Sequence[Finding], verdict: Verdict) -> set[str]:
    return {f.clause.removeprefix("rate/") for f in findings if f.verdict is verdict}


@pytest.mark.parametrize("limit", [5, 10, 20])
@pytest.mark.parametrize("kind", RIGHT)
def test_right_limiters_pass(kind: str, limit: int) -> None:
    """Every kind that documents may mean passes every clause, wherever its windows lie."""
    findings = judge(limit, RIGHT[kind](limit, limit / 23), Network(limit))
    assert overall(findings) is Verdict.PASS, findings
    assert len(findings) == 7


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize(("limit", "network"), [(10, {}), (6, BUSY)], ids=["quiet", "busy"])
def test_wrong_limiters_fail(name: str, limit: int, network: dict[str, float]) -> None:
    """By the clauses that say what is wrong; in a busy network perhaps not by all of them."""
    limiter, expected = WRONG[name]
    findings = judge(limit, limiter(limit, 0.61), Network(7, **network))
    failed = clauses(findings, Verdict.FAIL)
    assert expected <= failed if not network else failed, findings
    assert "own-error" not in failed


def test_blame_is_not_spread() -> None:
    """A limit that is off by one is shared by nobody and full again in time."""
    for name in ("one too few", "windows of half a second"):
        failed = clauses(judge(10, WRONG[name][0](10, 0.2), Network(3)), Verdict.FAIL)
        assert not failed & {"not-shared", "full-again", "below"}, name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("one too many", "it behaves like 11 in 1 s"),
        ("one too few in any second", "it behaves like 9 in 1 s"),
        ("windows a tenth too long", "it behaves like 10 in 1.1 s"),
        ("windows of half a second", "it behaves like 5 in 0.5 s"),
    ],
)
def test_a_likely_mistake_is_named(name: str, said: str) -> None:
    """What would explain the calls stands beside the failure."""
    findings = judge(10, WRONG[name][0](10, 0.5), Network(1))
    assert any(said in f.because for f in findings if f.verdict is Verdict.FAIL), findings


@settings(max_examples=12, deadline=None)
@given(
    kind=st.sampled_from(sorted(RIGHT)),
    limit=st.sampled_from([4, 10]),
    phase=st.floats(0, 1),
    network=networks,
)
def test_no_network_makes_a_right_limiter_fail(kind: str, limit: int, phase: float, network: Network) -> None:
    """However late calls go out and however long answers take."""
    findings = judge(limit, RIGHT[kind](limit, phase), network)
    assert not clauses(findings, Verdict.FAIL), findings


@settings(max_examples=12, deadline=None)
@given(
    name=st.sampled_from(sorted(WRONG)), limit=st.sampled_from([10]), phase=st.floats(0, 1), network=networks
)
def test_no_network_makes_a_wrong_limiter_pass(name: str, limit: int, phase: float, network: Network) -> None:
    """What cannot be seen any more is inconclusive."""
    assert overall(judge(limit, WRONG[name][0](limit, phase), network)) is not Verdict.PASS


@pytest.mark.parametrize("name", [*RIGHT, "one too many", "one too few"])
def test_what_is_too_noisy_is_inconclusive(name: str) -> None:
    """With answers that take two seconds nobody knows in which window a call was; the figures say so."""
    limiter = RIGHT[name] if name in RIGHT else WRONG[name][0]
    findings = {f.clause: f for f in judge(10, limiter(10, 0.4), Network(5, **HOPELESS))}
    for clause in ("rate/at-most", "rate/at-least"):
        assert findings[clause].verdict is Verdict.INCONCLUSIVE
        assert "would explain it as well: answers took up to" in findings[clause].because


def test_documents_decide_which_kinds_are_right() -> None:
    """A bucket lets twice the limit pass in its first second: right where nothing says how calls are counted only."""
    counted = ("fixed-window", "first-call-window", "sliding-window")
    assert "at-most" in clauses(judge(10, bucket(10), Network(1), counted), Verdict.FAIL)
    assert overall(judge(10, bucket(10), Network(1))) is Verdict.PASS
    assert overall(judge(10, first_calls(10), Network(1), ("fixed-window",))) is Verdict.FAIL


def test_a_run_that_never_was_is_inconclusive() -> None:
    """Stopped before its first call: no clause passes."""
    verdicts = {f.verdict for f in check_of(10).judge()[0]}
    assert verdicts == {Verdict.INCONCLUSIVE}


def relabelled(limiter: Limiter, change: Callable[[str, Observation], Observation]) -> dict[str, Finding]:
    """Findings by clause of a run in which calls were seen otherwise; ``change`` gets the phase too."""
    check = check_of(10)
    seen = run(check.phases, limiter, Network(2))
    check.seen = {phase: [change(phase, o) for o in calls] for phase, calls in seen.items()}
    return {f.clause.removeprefix("rate/"): f for f in check.judge()[0]}


def test_calls_that_came_too_soon_do_not_show_that_it_never_recovers() -> None:
    """Behind an answer that took long the pause is no whole second: what is refused then may be refused rightly."""

    def sooner(phase: str, o: Observation) -> Observation:
        if phase != "bursts" or o.volley < RULES.bursts:
            return o
        at = o.sent - 0.5
        return replace(o, intended=at, sent=at, answered=at + 0.01, outcome=THROTTLED, answer=REFUSAL)

    assert relabelled(windows(10), sooner)["full-again"].verdict is Verdict.INCONCLUSIVE


def test_another_code_is_the_limiters_refusal() -> None:
    """Calls beyond the limit get an internal error: refused in time and number, but not in the vendor's way."""
    error = b'{"Response":{"Error":{"Code":"InternalError","Message":"no"},"RequestId":"x"}}'

    def internal(phase: str, o: Observation) -> Observation:
        if o.answer is None:
            return o
        return replace(
            o, outcome=Outcome(Kind.REFUSED, "InternalError", 200), answer=replace(o.answer, body=error)
        )

    findings = relabelled(windows(10), internal)
    assert findings["own-error"].verdict is Verdict.FAIL
    assert "code InternalError with status 200" in findings["own-error"].because
    assert findings["at-most"].verdict is findings["burst"].verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (429, None, "status 429 with RequestLimitExceeded"),
        (503, b"<html>busy</html>", "not in the vendor's form, with status 503"),
        (
            200,
            b'{"Response":{"Error":{"Code":"RequestLimitExceeded","Message":7}}}',
            "RequestLimitExceeded: expected",
        ),
    ],
)
def test_the_form_of_a_refusal(status: int, body: bytes | None, said: str) -> None:
    """Status, envelope and schema are the vendor's."""

    def other(phase: str, o: Observation) -> Observation:
        if o.answer is None:
            return o
        outcome = (
            o.outcome if body is None or b"Code" in body else Outcome(Kind.UNREADABLE, "HTTP 503: no JSON")
        )
        return replace(
            o, outcome=outcome, answer=replace(o.answer, status=status, body=body or o.answer.body)
        )

    findings = relabelled(windows(10), other)
    assert said in findings["own-error"].because
    assert clauses(list(findings.values()), Verdict.FAIL) == {"own-error"}


def test_an_error_that_comes_anyway_is_not_the_limiters() -> None:
    """One in four calls fails below the limit as well: nothing is blamed on the limiter, and little is shown."""
    counter = iter(range(10_000))

    def flaky(phase: str, o: Observation) -> Observation:
        return (
            replace(o, outcome=Outcome(Kind.REFUSED, "InternalError", 200)) if next(counter) % 4 == 0 else o
        )

    findings = relabelled(windows(10), flaky)
    assert clauses(list(findings.values()), Verdict.FAIL) == set()
    assert findings["below"].verdict is Verdict.INCONCLUSIVE
    assert "refused InternalError" in findings["below"].because


def test_lost_answers_may_have_been_counted() -> None:
    """Calls without an answer excuse a window that seems too small; a few do not hide one that is too large."""

    def lost(phase: str, o: Observation) -> Observation:
        first = o.outcome.kind is Kind.ACCEPTED and phase == "hold" and int(o.sent * 1000) % 5 == 0
        return replace(o, outcome=Outcome(Kind.NO_ANSWER, "TimeoutError")) if first else o

    findings = relabelled(windows(10), lost)
    assert findings["at-most"].verdict is not Verdict.FAIL
    assert findings["at-least"].verdict is not Verdict.FAIL


def at(moments: Sequence[float], fate: Fate, width: float = 0.0) -> list[Sight]:
    return [Sight(moment, moment + width, fate) for moment in moments]


def test_an_edge_can_lie_anywhere_but_only_in_one_place() -> None:
    """Two bursts that are each explained by an edge in their middle need edges that are whole seconds apart."""
    apart = [*at([0.0, 0.1, 0.2, 0.3], Fate.PASSED), *at([3.0, 3.1, 3.2, 3.3], Fate.PASSED)]
    assert fixed_windows(apart, 2).fits
    moved = [*at([0.0, 0.1, 0.2, 0.3], Fate.PASSED), *at([3.5, 3.6, 3.7, 3.8], Fate.PASSED)]
    assert fixed_windows(moved, 2).too_many > 0


def test_uncertain_calls_cannot_all_lie_elsewhere() -> None:
    """Nine calls that may each lie in one of two windows do not fit into two windows of four."""
    calls = at([0.9] * 9, Fate.PASSED, width=0.3)
    assert fixed_windows(calls, 5).fits
    assert fixed_windows(calls, 4).too_many == 1


def test_one_call_takes_a_place_in_one_window() -> None:
    """Three calls over an edge explain a refusal before it or one behind it, not both: two windows of two are four."""
    over_the_edge = [Sight(0.9, 1.1, Fate.PASSED)] * 3
    before, behind = Sight(0.95, 0.96, Fate.REFUSED), Sight(1.2, 1.3, Fate.REFUSED)
    assert at_phase([*over_the_edge, before], 2, 1.0, 0.0).fits
    assert at_phase([*over_the_edge, behind], 2, 1.0, 0.0).fits
    assert at_phase([*over_the_edge, before, behind], 2, 1.0, 0.0).too_few == 1


def test_a_refusal_needs_calls_before_it() -> None:
    """A limit that passes calls afterwards had room."""
    calls = [*at([0.0], Fate.REFUSED), *at([0.1, 0.2], Fate.PASSED)]
    for kind in (fixed_windows, first_call_windows, sliding_window, token_bucket):
        assert kind(calls, 2).too_few == 1, kind


@pytest.mark.parametrize("kind", KINDS.values())
def test_nothing_seen_fits_everything(kind: Callable[[Sequence[Sight], int, float], Misfit]) -> None:
    """No calls, no contradiction."""
    assert kind([], 3, 1.0).fits


def test_phases_are_those_of_the_limit() -> None:
    """Counts, rates and pauses follow from the limit and the figures."""
    below, hold, bursts, sharing = rate_phases(10, RULES, sharing=True)
    assert len(below.volleys[0].beats) == round(9 * RULES.below_seconds)
    assert len(hold.volleys[0].beats) == round(20 * RULES.hold_seconds)
    assert [len(volley.beats) for volley in bursts.volleys] == [20, 20, 20, 10]
    assert {beat.account for volley in sharing.volleys for beat in volley.beats} == {"a", "b"}
    times = [beat.after_seconds for beat in hold.volleys[0].beats]
    assert times == sorted(times)
    assert all(int(20 * time + 1e-9) == number for number, time in enumerate(times))
    assert all(phase.most_at_once <= 21 for phase in (below, hold, bursts, sharing))
    assert [phase.name for phase in rate_phases(10, RULES, sharing=False)] == ["below", "hold", "bursts"]
