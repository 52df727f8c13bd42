"""The clauses of a limit on calls per second. Pure: from what was seen to findings.

Every clause asks a kind of limiter whether it could have answered as it was seen: with the limit N, and with N - 1 and
N + 1 too. N fails when it could not, whatever the network did. N passes only when the neighbours could not either; as
long as they could, nothing was shown. Of the kinds that the vendor's documents permit, the one that explains most
counts.

Power, with the figures of clauses.json: a limit that is off by one differs by one call in each of at least four full
seconds of `hold`, an error of 10 % by no less. That is seen as long as fewer calls than that are under way across an
edge of a window at a time, which at 2 N = 20 (40) calls a second means answers within some 200 (100) ms. Windows of
another length are seen where the difference is longer than the distance of two calls and their answers' time: 10 % at
2 N = 20. Bursts tell what an even rate cannot, such as N/2 in each half of a second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, cached_property

from loadtests.findings import Finding, Verdict, Window
from loadtests.limiter.buckets import sliding_window, token_bucket
from loadtests.limiter.columns import columns
from loadtests.limiter.evidence import conclude, counts, labels, noise, rate_sent
from loadtests.limiter.seen import Fate, Misfit, Seen, Sight
from loadtests.limiter.windows import first_call_windows, fixed_windows

KINDS: Mapping[str, Callable[[Sequence[Sight], int, float], Misfit]] = {
    "fixed-window": fixed_windows,
    "first-call-window": first_call_windows,
    "sliding-window": sliding_window,
    "token-bucket": token_bucket,
}
#: Of the planned rate that has to have gone out for calls below the limit to show anything.
_SENT = 0.95
#: Lengths of windows, in seconds, that are a tenth wrong.
_SHORTER, _LONGER = 0.9, 1.1


def judge_rate(seen: Seen) -> tuple[list[Finding], list[Window]]:
    """Findings clause by clause, and the windows of the calls above the limit."""
    judges = [_Judge(seen, kind) for kind in seen.promise.kinds]
    judges.sort(key=lambda judge: judge.rank())
    best = judges[0]
    if best.fails:
        # A kind that is wrong in a likely way says more than one that is wrong in fewer clauses.
        best = next((judge for judge in judges if judge.find_likeness()), best)
    return best.findings(), best.windows()


class _Judge:
    """One kind of limiter, asked about every clause."""

    def __init__(self, seen: Seen, kind: str) -> None:
        self._seen = seen
        self._kind = kind
        self._limit = seen.limit
        self._explain = cache(KINDS[kind])
        #: What a wrong limiter behaves like, once that is found out, which takes longer than to see that it is wrong.
        self.likeness = ""

    @property
    def fails(self) -> bool:
        return any(finding.verdict is Verdict.FAIL for finding in self.findings())

    def rank(self) -> tuple[int, int, int]:
        """Failures, then what is inconclusive, then by how much the calls differ from this kind's."""
        verdicts = Counter(finding.verdict for finding in self.findings())
        return verdicts[Verdict.FAIL], verdicts[Verdict.INCONCLUSIVE], self._hold.size

    def findings(self) -> list[Finding]:
        """Clause by clause."""
        seen = self._seen
        found = [self._below(), self._at_most(), self._at_least(), self._burst(), self._full_again()]
        return [*found, self._not_shared()] if "sharing" in seen.phases else found

    def _conclude(
        self, clause: str, demanded: str, found: str, fails: str = "", unclear: str = ""
    ) -> Finding:
        return conclude(
            self._seen.promise.vendor, f"rate/{clause}", demanded, found, fails=fails, unclear=unclear
        )

    def _below(self) -> Finding:
        """At a rate just below the limit nothing is refused."""
        seen, calls = self._seen, self._seen.of("below")
        rate = seen.rules.below_ratio * self._limit
        refused = labels(calls, seen.readings, Fate.REFUSED)
        other = labels(calls, seen.readings, Fate.UNKNOWN)
        fails = unclear = ""
        if not self._explain(seen.sights("below"), self._limit, 1.0).fits and refused:
            fails = f"{refused}, though never more than {self._limit} calls came in a second"
        elif refused:
            unclear = f"{refused}, but calls came unevenly: {noise(calls)}"
        elif other:
            unclear = f"some calls ended otherwise: {other}"
        elif rate_sent(calls) < _SENT * rate:
            unclear = f"only {rate_sent(calls):.1f} calls/s went out: {noise(calls)}"
        demanded = f"at {rate:g} calls/s nothing is refused"
        return self._conclude("below", demanded, counts(calls, seen.readings), fails, unclear)

    @cached_property
    def _hold(self) -> Misfit:
        return self._explain(self._seen.sights("hold"), self._limit, 1.0)

    def _at_most(self) -> Finding:
        """At twice the limit no window lets more calls pass than it may."""
        fails = f"{self._hold.too_many} calls too many{self.likeness}" if self._hold.too_many else ""
        unclear = self._as_well((self._limit + 1, 1.0), (self._limit, _SHORTER))
        demanded = f"at {self._above} calls/s at most {self._limit} pass in a second"
        return self._conclude("at-most", demanded, self._passed_in_windows(), fails, unclear)

    def _at_least(self) -> Finding:
        """At twice the limit no window lets fewer calls pass than it should."""
        fails = f"calls were refused while there was room{self.likeness}" if self._hold.too_few else ""
        unclear = self._as_well((self._limit - 1, 1.0), (self._limit, _LONGER))
        demanded = f"at {self._above} calls/s no fewer than {self._limit} pass in a second"
        return self._conclude("at-least", demanded, self._passed_in_windows(), fails, unclear)

    def _burst(self) -> Finding:
        """After a pause exactly the limit passes of twice as many calls at once."""
        calls = self._seen.of("bursts", *self._bursts)
        sights = self._seen.readings.sights(calls)
        misfit = self._explain(sights, self._limit, 1.0)
        fails = unclear = ""
        if not misfit.fits:
            wrong = "too many passed" if misfit.too_many else "calls were refused while there was room"
            fails = f"{wrong}{self.likeness}"
        elif any(self._explain(sights, self._limit + step, 1.0).fits for step in (-1, 1)):
            unclear = f"another limit would explain it as well: {noise(calls)}"
        passed = [self._passed("bursts", volley) for volley in self._bursts]
        demanded = f"of {self._above} calls at once after a pause {self._limit} pass"
        return self._conclude("burst", demanded, f"{_listed(passed)} passed", fails, unclear)

    def _full_again(self) -> Finding:
        """When calls were refused, and a window's length has gone by, the limit passes whole."""
        last = self._seen.rules.bursts
        calls, before = self._seen.of("bursts", last), self._seen.of("bursts", last - 1)
        fate = self._seen.readings.fate
        refused = labels(calls, self._seen.readings, Fate.REFUSED)
        too_few = self._passed("bursts", last) < self._usual
        gap = min((o.sent for o in calls), default=0.0) - max((o.answered for o in before), default=0.0)
        fails = unclear = ""
        if not calls or gap < 1.0:
            unclear = noise(calls)
        elif refused and too_few:
            fails = f"{refused}, {gap:.2f} s after the last call before"
        elif not any(fate(o.outcome) is Fate.REFUSED for o in before):
            unclear = "nothing was refused before"
        elif other := labels(calls, self._seen.readings, Fate.UNKNOWN):
            unclear = f"some calls ended otherwise: {other}"
        demanded = f"a second after calls were refused {self._limit} pass at once"
        return self._conclude("full-again", demanded, counts(calls, self._seen.readings), fails, unclear)

    def _not_shared(self) -> Finding:
        """Two credentials have a limit each."""
        seen, calls = self._seen, self._seen.of("sharing")
        alone = [
            self._explain(seen.sights("sharing", account=account), self._usual, 1.0) for account in ("a", "b")
        ]
        together = self._explain(seen.sights("sharing"), self._usual, 1.0)
        fails = unclear = ""
        if any(misfit.too_few for misfit in alone):
            refused = labels(calls, seen.readings, Fate.REFUSED)
            fails = f"{refused}, as calls with the other credential were made"
        elif not together.too_many:
            unclear = f"a shared limit would explain it as well: {noise(calls)}"
        demanded = f"{self._limit} at once pass with each of two credentials"
        return self._conclude("not-shared", demanded, counts(calls, seen.readings), fails, unclear)

    def _as_well(self, *others: tuple[int, float]) -> str:
        """Which of other limiters, by limit and seconds, explains the calls at an even rate as well, if one does."""
        for limit, seconds in others:
            if self._explain(self._seen.sights("hold"), limit, seconds).fits:
                why = noise(self._seen.of("hold"))
                return f"{limit} in {seconds:g} s would explain it as well: {why}"
        return ""

    @property
    def _above(self) -> int:
        return round(self._seen.rules.above_ratio * self._limit)

    @property
    def _bursts(self) -> range:
        return range(self._seen.rules.bursts)

    def _passed(self, phase: str, volley: int) -> int:
        fate = self._seen.readings.fate
        return sum(fate(o.outcome) is Fate.PASSED for o in self._seen.of(phase, volley))

    def find_likeness(self) -> bool:
        """Whether some wrong limiter of this kind explains calls at an even rate and bursts; findings then name it."""
        phases = self._seen.sights("hold"), self._seen.sights("bursts", *self._bursts)
        for limit, seconds in _neighbours(self._limit):
            if all(self._explain(sights, limit, seconds).fits for sights in phases):
                self.likeness = f"; it behaves like {limit} in {seconds:g} s"
                return True
        return False

    @cached_property
    def _usual(self) -> int:
        """What a burst lets pass, if that is less than it should: its own clause says so, and others are not to."""
        return min(self._limit, *(self._passed("bursts", volley) for volley in self._bursts)) or self._limit

    def _passed_in_windows(self) -> str:
        full = [window.passed for window in self.windows()[1:-1]]
        name = self._kind.replace("-", " ")
        return (
            f"{_listed(full)} passed in the full seconds, as a {name} would have them" if full else "no calls"
        )

    def windows(self) -> list[Window]:
        """The seconds of the calls above the limit, where the limiter's windows are if it has any."""
        return columns(
            self._seen.of("hold"),
            self._seen.readings,
            vendor=self._seen.promise.vendor,
            clause="rate/at-most",
            limit=self._limit,
            phase=self._hold.phase,
        )


def _neighbours(limit: int) -> Iterator[tuple[int, float]]:
    """Limits and windows by which a limiter may be wrong."""
    tenth = max(1, round(limit / 10))
    for other in dict.fromkeys((limit + 1, limit - 1, limit + tenth, limit - tenth, limit + 2, limit - 2)):
        if other > 0:
            yield other, 1.0
    yield limit, _SHORTER
    yield limit, _LONGER
    for seconds in (0.5, 2.0):
        yield round(limit * seconds), seconds
        yield limit, seconds
    yield 2 * limit, 1.0


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers)) or "none"
