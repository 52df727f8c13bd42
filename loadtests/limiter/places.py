"""A limiter of calls in flight: a call takes a place when it comes and gives it back when it is answered.

What is known of a call that passed: it came and went between its sending and its answer, and kept its place for at
least ``held_seconds`` of that. So it surely had one from so long before its answer until so long after its sending.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from loadtests.limiter.seen import Fate, Misfit, Sight, of_fate


def places(calls: Sequence[Sight], limit: int, held_seconds: float) -> Misfit:
    """What a limiter with so many places cannot have done."""
    sure = [
        (call.latest - held_seconds, call.earliest + held_seconds)
        for call in of_fate(calls, Fate.PASSED)
        if call.latest - held_seconds < call.earliest + held_seconds
    ]
    holders = of_fate(calls, Fate.PASSED, Fate.UNKNOWN)
    unjustified = sum(
        sum(holder.earliest <= call.latest and holder.latest >= call.earliest for holder in holders) < limit
        for call in calls
        if call.fate is Fate.REFUSED
    )
    return Misfit(max(0, most_at_once(sure) - limit), unjustified)


def most_at_once(stretches: Iterable[tuple[float, float]]) -> int:
    """How many stretches lie over one moment at most; one that ends when another begins does not meet it."""
    changes = sorted(change for begin, end in stretches for change in ((begin, 1), (end, -1)))
    now = most = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return most
