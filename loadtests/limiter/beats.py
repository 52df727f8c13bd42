"""When calls go out. A phase is made of volleys; each begins a pause after the last answer of the one before."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, repeat

from loadtests.limiter.rules import Rules

#: The part of one that lies farthest from every fraction: positions that add it up fill a circle evenly.
_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True, slots=True)
class Beat:
    """One call: so many seconds after its volley's beginning, as account "a" or "b"."""

    after_seconds: float
    account: str = "a"
    #: A call that the service behind the limiter refuses.
    failing: bool = False


@dataclass(frozen=True, slots=True)
class Volley:
    """Calls that do not wait for each other's answers."""

    pause_seconds: float
    beats: tuple[Beat, ...]


@dataclass(frozen=True, slots=True)
class Phase:
    """The calls of one clause, or of several that look at the same ones."""

    name: str
    volleys: tuple[Volley, ...]

    @property
    def most_at_once(self) -> int:
        """Calls of a volley that may wait for their answers together, when an answer takes up to a second."""
        return max(
            sum(start.after_seconds <= beat.after_seconds < start.after_seconds + 1 for beat in volley.beats)
            for volley in self.volleys
            for start in volley.beats
        )


def rate_phases(limit: int, rules: Rules, *, sharing: bool) -> Iterator[Phase]:
    """The calls that tell a limit on calls per second from every other; ``sharing`` needs a second account."""
    below, above = rules.below_ratio * limit, round(rules.above_ratio * limit)
    pause = rules.pause_seconds
    yield Phase("below", (Volley(pause, tuple(_evenly(below, rules.below_seconds))),))
    yield Phase("hold", (Volley(pause, tuple(_scattered(above, rules.hold_seconds))),))
    burst = Volley(rules.burst_pause_seconds, _at_once(above))
    yield Phase("bursts", (*repeat(burst, rules.bursts), Volley(pause, _at_once(limit))))
    if sharing:
        both = Volley(rules.burst_pause_seconds, _both_at_once(limit))
        yield Phase("sharing", tuple(repeat(both, rules.sharing_volleys)))


def concurrency_phases(limit: int, rules: Rules, *, sharing: bool) -> Iterator[Phase]:
    """The calls that tell a limit on calls in flight from every other."""
    pause = rules.round_pause_seconds
    whole = Volley(pause, _at_once(limit))
    yield Phase("below", (Volley(pause, _at_once(max(1, math.floor(rules.below_ratio * limit)))),))
    above = Volley(pause, _at_once(round(rules.above_ratio * limit)))
    yield Phase("hold", (*repeat(above, rules.rounds), whole))
    if sharing:
        yield Phase("sharing", tuple(repeat(Volley(pause, _both_at_once(limit)), rules.sharing_volleys)))
    # In the end: places that errors do not give back would be missing everywhere else.
    yield Phase("errors", (*repeat(Volley(pause, _at_once(limit, failing=True)), rules.error_rounds), whole))


def _evenly(rate: float, seconds: float) -> Iterator[Beat]:
    return (Beat(number / rate) for number in range(round(rate * seconds)))


def _scattered(rate: float, seconds: float) -> Iterator[Beat]:
    """One call in each part of a second, anywhere in it: evenly spaced ones would always meet a window's edge at the
    same places, and could not tell its length from one that is half a space longer."""
    return (Beat((number + number * _GOLDEN % 1) / rate) for number in range(round(rate * seconds)))


def _at_once(count: int, *, failing: bool = False) -> tuple[Beat, ...]:
    return (Beat(0.0, failing=failing),) * count


def _both_at_once(count: int) -> tuple[Beat, ...]:
    return tuple(chain.from_iterable(repeat((Beat(0.0), Beat(0.0, "b")), count)))
