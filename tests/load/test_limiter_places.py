"""The verification of limits on calls in flight, against a model of places: nothing is sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.model import Answer
from loadtests.findings import Finding, Verdict, overall
from loadtests.limiter.beats import Beat
from loadtests.limiter.check import Check
from loadtests.limiter.places import most_at_once, places
from loadtests.limiter.rules import CONCURRENCY, Promise, load_rules
from loadtests.limiter.seen import Fate, Observation, Sight
from loadtests.outcome import Kind, Outcome

RULES = load_rules()
HELD = RULES.held_ms / 1000
THROTTLED = Outcome(Kind.THROTTLED, "CONCURRENCY_LIMIT_EXCEEDED", 403)
NO_CARD = Outcome(Kind.REFUSED, "ID_CARD_NOT_FOUND", 400)
REFUSAL = Answer(
    403,
    [("Content-Type", "application/json")],
    b'{"request_id": "1605602437,0d5f3b4e-7a3c-4a53-9f1e-1d5f60b7c2aa", "error": "CONCURRENCY_LIMIT_EXCEEDED"}',
)
#: What a service says of a picture without a card, after it has taken the call: no word of a limit.
NO_CARD_ANSWER = Answer(
    400, REFUSAL.headers, REFUSAL.body.replace(THROTTLED.code.encode(), b"ID_CARD_NOT_FOUND")
)


@dataclass
class Service:
    """Places by account, each kept for ``held`` seconds; some of the ways to be wrong."""

    limit: int
    held: float = HELD
    shared: bool = False
    #: Places that are never given back, by how the call ended.
    leaks_on_success: bool = False
    leaks_on_error: bool = False
    #: Seconds by which a place comes back after the answer.
    late: float = 0.0
    _ends: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def enters(self, account: str, now: float, failing: bool) -> bool:
        ends = self._ends["all" if self.shared else account]
        ends[:] = [end for end in ends if end > now]
        if len(ends) >= self.limit:
            return False
        leaks = self.leaks_on_error if failing else self.leaks_on_success
        ends.append(float("inf") if leaks else now + self.held + self.late)
        return True


def see(check: Check, service: Service, seed: int = 1, spread: float = 0.02) -> Check:
    """Let a check see a run against a service; ``spread`` bounds, in seconds, each delay on the way."""
    random = Random(seed)
    now = 50.0
    for phase in check.phases:
        calls = check.seen[phase.name] = []
        for number, volley in enumerate(phase.volleys):
            begin = now + max(volley.pause_seconds, 0.25)
            met = sorted((begin + random.uniform(0, spread), n, beat) for n, beat in enumerate(volley.beats))
            found = [
                _answered(service, number, begin, moment, beat, random, spread) for moment, _, beat in met
            ]
            calls += found
            now = max(o.answered for o in found)
    return check


def _answered(
    service: Service, volley: int, intended: float, met: float, beat: Beat, random: Random, spread: float
) -> Observation:
    sent = met - random.uniform(0, met - intended)
    if not service.enters(beat.account, met, beat.failing):
        # Answers are delayed for refusals too.
        answered = met + service.held + random.uniform(0, spread)
        return Observation(beat.account, volley, intended, sent, answered, THROTTLED, REFUSAL)
    answered = met + service.held + random.uniform(0, spread)
    if beat.failing:
        return Observation(beat.account, volley, intended, sent, answered, NO_CARD, NO_CARD_ANSWER)
    return Observation(beat.account, volley, intended, sent, answered, Outcome(Kind.ACCEPTED, status=200))


def check_of(limit: int, held: float | None = HELD) -> Check:
    promise = Promise("megvii", CONCURRENCY, limit, False, (), {THROTTLED.code: frozenset({403})})
    accounts: dict[str, Any] = {"a": None, "b": None}
    return Check(promise, RULES, limit, accounts, held)


def clauses(findings: Sequence[Finding], verdict: Verdict) -> set[str]:
    return {f.clause.removeprefix("concurrency/") for f in findings if f.verdict is verdict}


@pytest.mark.parametrize("limit", [2, 4, 10])
def test_a_right_limiter_passes(limit: int) -> None:
    """All seven clauses; a round above the limit is a window of the plot."""
    findings, windows = see(check_of(limit), Service(limit)).judge()
    assert overall(findings) is Verdict.PASS, findings
    assert len(findings) == 7
    assert [(w.passed, w.refused) for w in windows] == [(limit, limit)] * RULES.rounds


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"limit": 11}, {"at-most"}),
        ({"limit": 9}, {"at-least"}),
        ({"limit": 20}, {"at-most"}),
        ({"limit": 10, "shared": True}, {"not-shared"}),
        ({"limit": 10, "leaks_on_error": True}, {"place-after-error"}),
        ({"limit": 10, "leaks_on_success": True}, {"at-least", "place-after-answer", "place-after-error"}),
        ({"limit": 10, "late": 1.0}, {"at-least", "place-after-answer", "place-after-error"}),
    ],
    ids=["one too many", "one too few", "none", "shared", "leaks on errors", "leaks", "late"],
)
def test_wrong_limiters_fail(wrong: dict[str, Any], expected: set[str]) -> None:
    """By the clause that says what is wrong."""
    findings, _ = see(check_of(10), Service(**wrong)).judge()
    failed = clauses(findings, Verdict.FAIL)
    assert failed == expected if len(expected) == 1 else expected <= failed, findings


@settings(max_examples=40, deadline=None)
@given(
    limit=st.integers(2, 10),
    seed=st.integers(0, 2**32),
    spread=st.sampled_from([0.0, 0.01, 0.1, 0.5, 3.0]),
    known=st.booleans(),
)
def test_noise_makes_no_right_limiter_fail_and_no_wrong_one_pass(
    limit: int, seed: int, spread: float, known: bool
) -> None:
    """Unless the network takes longer than a service of which nobody knows how long it keeps calls."""
    held = HELD if known else None
    right, _ = see(check_of(limit, held), Service(limit), seed, spread).judge()
    assert not clauses(right, Verdict.FAIL), right
    for other in (limit - 1, limit + 1) if known or spread < HELD else ():
        wrong, _ = see(check_of(limit, held), Service(other), seed, spread).judge()
        assert overall(wrong) is not Verdict.PASS


def test_calls_of_unknown_length() -> None:
    """Of a service that takes its time a right limiter passes; too many places are never proved, and never passed."""
    right, _ = see(check_of(4, None), Service(4)).judge()
    assert overall(right) is Verdict.PASS, right
    wrong, _ = see(check_of(4, None), Service(5)).judge()
    assert clauses(wrong, Verdict.INCONCLUSIVE) >= {"at-most"}
    quick, _ = see(check_of(4, None), Service(4, held=0.0), spread=0.2).judge()
    assert overall(quick) is Verdict.INCONCLUSIVE, quick


def test_calls_that_never_met_do_not_show_that_places_are_apart() -> None:
    """Answers as quick as these leave room for two credentials in the places of one."""
    findings = {f.clause: f for f in see(check_of(4, None), Service(4, held=0.0, shared=True)).judge()[0]}
    assert findings["concurrency/not-shared"].verdict is Verdict.INCONCLUSIVE
    assert "shared places would explain it as well" in findings["concurrency/not-shared"].because


def test_without_errors_nothing_is_known_about_their_places() -> None:
    """The picture without a card was read: the clause has no errors to look at."""
    check = see(check_of(4), Service(4))
    ok = Outcome(Kind.ACCEPTED, status=200)
    check.seen["errors"] = [
        Observation(o.account, o.volley, o.intended, o.sent, o.answered, ok) for o in check.seen["errors"]
    ]
    findings = {f.clause: f for f in check.judge()[0]}
    assert findings["concurrency/place-after-error"].verdict is Verdict.INCONCLUSIVE
    assert "there were no errors before" in findings["concurrency/place-after-error"].because


def test_stretches_that_touch_do_not_meet() -> None:
    """One call may come the moment another one goes."""
    assert most_at_once([(0, 1), (1, 2)]) == 1
    assert most_at_once([(0, 1.1), (1, 2), (1.05, 3)]) == 3
    assert most_at_once([]) == 0


def test_a_refusal_needs_others_in_flight() -> None:
    """Calls of another time do not excuse it."""
    early = [Sight(0.0, 0.5, Fate.PASSED)] * 2
    assert places([*early, Sight(0.4, 0.6, Fate.REFUSED)], 2, 0.4).fits
    assert places([*early, Sight(0.6, 0.7, Fate.REFUSED)], 2, 0.4).too_few == 1
