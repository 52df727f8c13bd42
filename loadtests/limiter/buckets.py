"""Limiters without windows: a log of the last second, and a bucket that refills.

Calls are in the order of their sending and meet a limiter that was idle before.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from loadtests.limiter.seen import Fate, Misfit, Sight, of_fate


def sliding_window(calls: Sequence[Sight], limit: int, seconds: float = 1.0) -> Misfit:
    """A call passes when fewer than ``limit`` passed in the ``seconds`` before it."""
    passed = of_fate(calls, Fate.PASSED)
    starts, ends = [call.earliest for call in passed], sorted(call.latest for call in passed)
    takers = of_fate(calls, Fate.PASSED, Fate.UNKNOWN)
    taker_starts, taker_ends = [t.earliest for t in takers], sorted(t.latest for t in takers)
    # Of those that begin from here on, the ones that also end within the window.
    fullest = max(
        (
            bisect_left(ends, start + seconds) - _ended_among(passed[:number], start + seconds)
            for number, start in enumerate(starts)
        ),
        default=0,
    )
    unjustified = sum(
        # Those that may have come before, without those that surely are past the window.
        bisect_right(taker_starts, call.latest) - bisect_left(taker_ends, call.earliest - seconds) < limit
        for call in calls
        if call.fate is Fate.REFUSED
    )
    return Misfit(max(0, fullest - limit), unjustified)


def _ended_among(calls: Sequence[Sight], moment: float) -> int:
    return sum(call.latest < moment for call in calls)


def token_bucket(calls: Sequence[Sight], limit: int, seconds: float = 1.0) -> Misfit:
    """A bucket of ``limit`` tokens that gains as many, evenly, in ``seconds``; a call passes for a whole one."""
    rate = limit / seconds
    passed = of_fate(calls, Fate.PASSED)
    takers = of_fate(calls, Fate.PASSED, Fate.UNKNOWN)
    starts = [taker.earliest for taker in takers]
    too_many = max((_past_bucket(passed, n, limit, rate) for n in range(len(passed))), default=0)
    too_few = sum(
        not _may_be_empty(takers[: bisect_right(starts, call.latest)], call, limit, rate)
        for call in calls
        if call.fate is Fate.REFUSED
    )
    return Misfit(too_many, too_few)


def _past_bucket(passed: Sequence[Sight], begin: int, limit: int, rate: float) -> int:
    """From one call on, by how many calls a full bucket and all that it gains fall short."""
    start = passed[begin].earliest
    ends = sorted(call.latest for call in passed[begin:])
    return max(0, *(count - int(limit + rate * (end - start)) for count, end in enumerate(ends, 1)))


def _may_be_empty(before: Sequence[Sight], refused: Sight, limit: int, rate: float) -> bool:
    """Whether some stretch of calls before a refusal can have left less than one token."""
    ends = sorted(call.latest for call in before)
    for since in before:
        # As many calls as possible in as short a time as possible, from a full bucket.
        taken = len(ends) - bisect_left(ends, since.earliest)
        gained = rate * max(0.0, refused.earliest - since.latest)
        if limit + gained - taken < 1:
            return True
    return False
