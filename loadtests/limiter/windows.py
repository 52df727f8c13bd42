"""Limiters that count in windows: so many calls in each, whatever came before.

`fixed_windows` follow each other without a gap, as the seconds of the server's clock do. `first_call_windows` begin
with the first call after the last one's end, as a counter that expires does. Calls are in the order of their sending
and meet a limiter that was idle before.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from loadtests.limiter.seen import SLACK_SECONDS, Fate, Misfit, Sight

#: By the first and the last window that a call may lie in, how many calls do.
Spans = Mapping[tuple[int, int], int]


def fixed_windows(calls: Sequence[Sight], limit: int, seconds: float = 1.0) -> Misfit:
    """The best that windows of a length can do over all positions; of equally good ones the middle one."""
    # Between two positions that are tried no call moves by more than it is widened by.
    steps = math.ceil(seconds / SLACK_SECONDS)
    tried = [_at(calls, limit, seconds, step * seconds / steps) for step in range(steps)]
    least = min(misfit.size for misfit in tried)
    best = [misfit for misfit in tried if misfit.size == least]
    # The good positions are one stretch, which may lie across the end of the circle.
    phases = [misfit.phase or 0.0 for misfit in best]
    gaps = [late - early for early, late in pairwise([*phases, phases[0] + seconds])]
    begin = gaps.index(max(gaps)) + 1
    return best[(begin + len(best) // 2) % len(best)]


def _at(calls: Sequence[Sight], limit: int, seconds: float, phase: float) -> Misfit:
    """What windows do not explain that begin at ``phase`` and every so many seconds later."""
    passed: Counter[tuple[int, int]] = Counter()
    unknown: Counter[tuple[int, int]] = Counter()
    #: By window, the earliest moments of the calls that may have taken a place in it.
    takers: dict[int, list[float]] = {}
    refused: list[tuple[int, int, float]] = []
    for call in calls:
        first = math.floor((call.earliest - phase) / seconds)
        last = math.floor((call.latest - phase) / seconds)
        if call.fate is Fate.REFUSED:
            refused.append((first, last, call.latest))
            continue
        (passed if call.fate is Fate.PASSED else unknown)[first, last] += 1
        for window in range(first, last + 1):
            takers.setdefault(window, []).append(call.earliest)
    unjustified = sum(
        all(bisect_right(takers.get(window, []), latest) < limit for window in range(first, last + 1))
        for first, last, latest in refused
    )
    exhausted = {first for first, last, _ in refused if first == last}
    empty = _left_empty(passed + unknown, exhausted, limit)
    return Misfit(max(0, _beyond(passed, limit)), max(unjustified, empty), phase)


def _beyond(passed: Spans, limit: int) -> int:
    """By how many calls the fullest stretch of windows holds more than it can.

    By Hall's theorem all calls have room if every stretch has room for those that can lie nowhere else.
    """
    starts, ends = {first for first, _ in passed}, {last for _, last in passed}
    return max(
        (
            sum(n for (first, last), n in passed.items() if start <= first and last <= end)
            - limit * (end - start + 1)
            for start in starts
            for end in ends
            if start <= end
        ),
        default=0,
    )


def _left_empty(takers: Spans, exhausted: set[int], limit: int) -> int:
    """The places of the emptiest stretch of windows that refused calls although nobody can have taken them all."""
    return max(
        (
            limit * (end - start + 1)
            - sum(n for (first, last), n in takers.items() if first <= end and last >= start)
            for start, end in _stretches(exhausted)
        ),
        default=0,
    )


def _stretches(windows: set[int]) -> Iterator[tuple[int, int]]:
    """Every run of windows that are all in the set, by its first and last."""
    for start in windows:
        end = start
        while end in windows:
            yield start, end
            end += 1


@dataclass(frozen=True, slots=True)
class _Opener:
    """A window that begins with a call."""

    #: Of the call that begins it; its number among the calls.
    number: int
    #: Everything from here on is past the window before.
    after: float


def first_call_windows(calls: Sequence[Sight], limit: int, seconds: float = 1.0) -> Misfit:
    """The best chain of windows, each begun by a call after the end of the one before."""
    if not calls:
        return Misfit()
    chains = _Chains(calls, limit, seconds)
    # Whoever may have been first begins the first window, and all calls lie behind it.
    bound = min(call.latest for call in calls)
    first = [n for n, call in enumerate(calls) if call.may_have_passed and call.earliest <= bound]
    options = [chains.best(_Opener(n, -math.inf)) for n in first]
    refused = sum(call.fate is Fate.REFUSED for call in calls)
    return min(options, key=lambda misfit: misfit.size, default=Misfit(too_few=refused))


class _Chains:
    """Chains of windows over calls, searched with memory."""

    def __init__(self, calls: Sequence[Sight], limit: int, seconds: float) -> None:
        self._calls = calls
        self._limit = limit
        self._seconds = seconds
        self._starts = [call.earliest for call in calls]
        self._known: dict[_Opener, Misfit] = {}

    def best(self, opener: _Opener) -> Misfit:
        """The least misfit of all chains that go on with this window. As deep as the run has seconds."""
        if opener not in self._known:
            own, then = self._window(opener), self._afterwards(opener)
            self._known[opener] = Misfit(own.too_many + then.too_many, own.too_few + then.too_few)
        return self._known[opener]

    def _afterwards(self, opener: _Opener) -> Misfit:
        """The best that can follow a window: another, begun by a call that surely has nobody between."""
        call = self._calls[opener.number]
        soonest, surely = call.earliest + self._seconds, call.latest + self._seconds
        beyond = self._calls[bisect_left(self._starts, surely) :]
        if not beyond:
            return Misfit()
        bound = min(other.latest for other in beyond)
        options = [
            self.best(_Opener(number, surely))
            for number in range(opener.number + 1, bisect_right(self._starts, bound))
            if self._calls[number].latest >= soonest and self._calls[number].may_have_passed
        ]
        # With nobody to begin the next window, those beyond were refused by a limiter that had room.
        refused = sum(other.fate is Fate.REFUSED for other in beyond)
        return min(options, key=lambda misfit: misfit.size, default=Misfit(too_few=refused))

    def _window(self, opener: _Opener) -> Misfit:
        """What does not fit among the calls of one window."""
        first = self._calls[opener.number]
        within = [
            call
            for call in self._calls[: bisect_left(self._starts, first.latest + self._seconds)]
            if call.latest >= first.earliest
        ]
        takers = [call.earliest for call in within if call.may_have_passed]
        begins, ends = min(first.latest, opener.after), first.earliest + self._seconds
        sure = [c for c in within if (c.earliest >= begins or c is first) and c.latest < ends]
        passed = sum(call.fate is Fate.PASSED for call in sure)
        unjustified = sum(
            call.fate is Fate.REFUSED and bisect_right(takers, call.latest) < self._limit for call in sure
        )
        return Misfit(max(0, passed - self._limit), unjustified)
