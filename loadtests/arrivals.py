"""When calls are meant to go out: decided before the first one does, so that no slow answer can thin them out.

The stages' rates add up to a curve, the number of arrivals until a moment. Arrival number k stands where the curve
passes k plus a part of one that the vendor's name fixes (even spacing, and vendors do not all come at once), or the
k-th point of a Poisson process of rate one (poisson). Several processes share the arrivals: each takes every n-th of
the same series.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from random import Random

from loadtests.scenarios import Scenario, Stage


@dataclass(frozen=True, slots=True)
class Arrival:
    """One call that is due: when, in seconds since the run began, and in which stage."""

    number: int
    at_seconds: float
    stage: int


def arrivals(scenario: Scenario, stream: str) -> Iterator[Arrival]:
    """All arrivals of a scenario in order. ``stream`` (a vendor) makes series differ between vendors."""
    begun = 0.0
    passed = 0.0
    number = 0
    points = _points(scenario.spacing, f"{scenario.seed} {stream}")
    point = next(points)
    for index, stage in enumerate(scenario.stages):
        until = passed + stage.arrivals
        while point < until:
            yield Arrival(number, begun + moment(stage, point - passed), index)
            number += 1
            point = next(points)
        begun += stage.duration_seconds
        passed = until


def share(series: Iterator[Arrival], index: int, of: int) -> Iterator[Arrival]:
    """The arrivals of one of ``of`` processes."""
    return islice(series, index, None, of)


def count_by_stage(scenario: Scenario, stream: str) -> list[int]:
    """How many arrivals each stage has."""
    found = [0] * len(scenario.stages)
    for arrival in arrivals(scenario, stream):
        found[arrival.stage] += 1
    return found


def moment(stage: Stage, arrived: float) -> float:
    """Seconds after the stage's start at which so many of its arrivals are due.

    With rates r at the start and s at the end of d seconds, arrived = r t + (s - r) t² / 2d; the root is written so
    that it holds for r = s too, and does not cancel for rates that are nearly the same.
    """
    if arrived <= 0:
        return 0.0
    slope = (stage.end_rate - stage.start_rate) / stage.duration_seconds
    root = math.sqrt(max(0.0, stage.start_rate**2 + 2 * slope * arrived))
    return min(2 * arrived / (stage.start_rate + root), stage.duration_seconds)


def _points(spacing: str, seed: str) -> Iterator[float]:
    generator = Random(seed)
    if spacing == "even":
        phase = generator.random()
        yield from (k + phase for k in count())
    at = 0.0
    while True:
        at += generator.expovariate(1.0)
        yield at
