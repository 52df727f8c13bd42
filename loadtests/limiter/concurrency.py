"""The clauses of a limit on calls in flight. Pure: from what was seen to findings.

As with calls per second, N - 1 and N + 1 are asked too, and a clause that they explain as well shows nothing. Only
calls that surely keep their places for some time show that there are too many: they are delayed where the target can be
told to. Elsewhere each is taken to keep its place for most of the time of the quickest one, as if the network took next
to none. That decides between a pass and nothing shown, and is held against nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from loadtests.findings import Finding, Window
from loadtests.limiter.evidence import conclude, counts, just_below, labels, noise
from loadtests.limiter.places import places
from loadtests.limiter.seen import Fate, Misfit, Observation, Seen
from loadtests.outcome import Kind

#: Part of the quickest call's time for which a call keeps its place, when nobody can say.
_LIKELY_HELD = 0.75


@dataclass(frozen=True)
class PlacesSeen(Seen):
    """Beside the calls what is known of how long they kept their places."""

    #: By how much the target was told to delay its answers, None when it could not be told.
    held_seconds: float | None


def judge_places(seen: PlacesSeen) -> tuple[list[Finding], list[Window]]:
    """Findings clause by clause, and the rounds above the limit."""
    judge = _Judge(seen)
    return list(judge.findings()), list(judge.rounds())


class _Judge:
    def __init__(self, seen: PlacesSeen) -> None:
        self._seen = seen
        self._limit = seen.limit
        self._rounds = range(seen.rules.rounds)

    def findings(self) -> Iterator[Finding]:
        yield self._below()
        yield self._at_most()
        yield self._at_least()
        yield self._given_back("place-after-answer", "hold", self._seen.rules.rounds, "answers")
        yield self._given_back("place-after-error", "errors", self._seen.rules.error_rounds, "errors")
        if "sharing" in self._seen.phases:
            yield self._not_shared()

    def _conclude(
        self, clause: str, demanded: str, found: str, fails: str = "", unclear: str = ""
    ) -> Finding:
        vendor = self._seen.promise.vendor
        return conclude(vendor, f"concurrency/{clause}", demanded, found, fails=fails, unclear=unclear)

    @cached_property
    def _likely_held(self) -> float:
        """Seconds for which a call keeps its place, as far as anybody knows."""
        if self._seen.held_seconds is not None:
            return self._seen.held_seconds
        quickest = min(
            (
                o.answered - o.sent
                for calls in self._seen.phases.values()
                for o in calls
                if o.outcome.kind is Kind.ACCEPTED
            ),
            default=0.0,
        )
        return _LIKELY_HELD * quickest

    def _misfit(self, calls: Sequence[Observation], limit: int) -> Misfit:
        """What a limiter with so many places surely cannot have done."""
        return places(self._seen.readings.sights(calls), limit, self._seen.held_seconds or 0.0)

    def _may_be(self, calls: Sequence[Observation], limit: int) -> bool:
        """Whether so many places explain the calls as well, if these keep theirs as long as it seems."""
        return places(self._seen.readings.sights(calls), limit, self._likely_held).fits

    def _below(self) -> Finding:
        """Just below the limit nothing is refused."""
        seen, calls = self._seen, self._seen.of("below")
        refused = labels(calls, seen.readings, Fate.REFUSED)
        other = labels(calls, seen.readings, Fate.UNKNOWN)
        unclear = "no call was made" if not calls else f"some calls ended otherwise: {other}" if other else ""
        demanded = f"{just_below(seen.rules.below_ratio, self._limit)} calls in flight are not refused"
        return self._conclude("below", demanded, counts(calls, seen.readings), refused, unclear)

    def _at_most(self) -> Finding:
        """No more calls than the limit are in flight."""
        calls = self._seen.of("hold", *self._rounds)
        misfit = self._misfit(calls, self._limit)
        fails = f"{self._limit + misfit.too_many} were in flight at a time" if misfit.too_many else ""
        unclear = self._as_well(calls, 1)
        demanded = f"of {self._above} calls at a time at most {self._limit} are in flight"
        return self._conclude("at-most", demanded, f"{self._passed()} passed", fails, unclear)

    def _at_least(self) -> Finding:
        """No fewer calls than the limit can be in flight."""
        calls = self._seen.of("hold", *self._rounds)
        misfit = self._misfit(calls, self._limit)
        fails = f"{misfit.too_few} were refused while there was room" if misfit.too_few else ""
        unclear = self._as_well(calls, -1)
        demanded = f"of {self._above} calls at a time no fewer than {self._limit} pass"
        return self._conclude("at-least", demanded, f"{self._passed()} passed", fails, unclear)

    def _given_back(self, clause: str, phase: str, last: int, ends: str) -> Finding:
        """After a round has ended, the places are there again."""
        calls, before = self._seen.of(phase, last), self._seen.of(phase, *range(last))
        refused = labels(calls, self._seen.readings, Fate.REFUSED)
        other = labels(calls, self._seen.readings, Fate.UNKNOWN)
        taken = self._erring(before) if phase == "errors" else self._passing(before)
        fails = unclear = ""
        if refused and self._passing(calls) < self._usual:
            gap = min(o.sent for o in calls) - max((o.answered for o in before), default=0.0)
            fails = f"{refused}, {gap:.2f} s after all {ends} had come"
        elif not calls or other:
            unclear = f"some calls ended otherwise: {other}" if other else noise(calls)
        elif not taken:
            unclear = f"there were no {ends} before: {labels(before, self._seen.readings, *Fate)}"
        demanded = f"after {ends} {self._limit} calls at a time pass again"
        return self._conclude(clause, demanded, counts(calls, self._seen.readings), fails, unclear)

    @cached_property
    def _usual(self) -> int:
        """What a round lets pass, if that is less than it should: its own clause says so, and others are not to."""
        rounds = (self._passing(self._seen.of("hold", number)) for number in self._rounds)
        return min(self._limit, *rounds) or self._limit

    def _erring(self, calls: Sequence[Observation]) -> int:
        """Calls that took a place and ended in an error."""
        readings = self._seen.readings
        return sum(
            o.outcome.kind in (Kind.REFUSED, Kind.UNREADABLE) and not readings.is_throttle(o.outcome)
            for o in calls
        )

    def _passing(self, calls: Sequence[Observation]) -> int:
        return sum(self._seen.readings.fate(o.outcome) is Fate.PASSED for o in calls)

    def _not_shared(self) -> Finding:
        """Two credentials have their places each."""
        seen, calls = self._seen, self._seen.of("sharing")
        refused = labels(calls, seen.readings, Fate.REFUSED)
        alone = [self._misfit(seen.of("sharing", account=account), self._usual) for account in "ab"]
        fails = unclear = ""
        if any(misfit.too_few for misfit in alone):
            fails = f"{refused}, as calls with the other credential were in flight"
        elif self._may_be(calls, self._usual):
            unclear = f"shared places would explain it as well: {noise(calls)}"
        demanded = f"{self._limit} at a time pass with each of two credentials"
        return self._conclude("not-shared", demanded, counts(calls, seen.readings), fails, unclear)

    def _as_well(self, calls: Sequence[Observation], step: int) -> str:
        """That a limit that is off by one explains the calls as well, if it does."""
        other = self._limit + step
        return f"{other} would explain it as well: {noise(calls)}" if self._may_be(calls, other) else ""

    @property
    def _above(self) -> int:
        return round(self._seen.rules.above_ratio * self._limit)

    def _passed(self) -> str:
        return ", ".join(str(self._passing(self._seen.of("hold", number))) for number in self._rounds)

    def rounds(self) -> Iterator[Window]:
        """Each round above the limit as a window."""
        for number in self._rounds:
            calls = self._seen.of("hold", number)
            if calls:
                passed = self._passing(calls)
                begin = round(min(o.sent for o in calls), 3)
                yield Window(
                    self._seen.promise.vendor,
                    "concurrency/at-most",
                    begin,
                    passed,
                    len(calls) - passed,
                    self._limit,
                )
