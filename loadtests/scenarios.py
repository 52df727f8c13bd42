"""The scenarios of ``scenarios.json``: what a run sends when, and what has to come back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Self

from jsonschema import Draft202012Validator

from conformance.data import load_json
from loadtests.errors import LoadError
from loadtests.outcome import Kind
from mockserver.closest import closest

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Stage:
    """A stretch of time in which the rate changes evenly from one value to another, or does not change."""

    name: str
    duration_seconds: float
    #: Calls per second and vendor, at the start and at the end.
    start_rate: float
    end_rate: float
    #: What the target does to the calls meanwhile, by its name in the scenario; None for nothing.
    fault: str | None = None
    #: Classes of answers that are no failures in this stage, besides those of the scenario.
    expected: frozenset[Kind] = frozenset()

    @property
    def arrivals(self) -> float:
        """Calls that the stage asks for; not whole, since a stage can end between two."""
        return self.duration_seconds * (self.start_rate + self.end_rate) / 2


@dataclass(frozen=True)
class Thresholds:
    """Bounds by the names of ``scenario.schema.json``; None where a scenario has none."""

    max_error_ratio: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    min_achieved_ratio: float | None = None
    min_knee_requests_per_second: float | None = None
    recover_within_seconds: float | None = None

    @property
    def latency_seconds(self) -> float:
        """How long an answer may take at most, in seconds; one second where no bound says."""
        return (self.p99_ms or self.p95_ms or 1000.0) / 1000


@dataclass(frozen=True)
class Scenario:
    """One scenario, as ``scenario.schema.json`` explains its members."""

    name: str
    says: str
    kind: str
    stages: tuple[Stage, ...]
    thresholds: Thresholds
    account: str = "roomy"
    expected: frozenset[Kind] = frozenset({Kind.ACCEPTED})
    spacing: str = "even"
    seed: int = 1
    specimens: Mapping[str, int] = field(default_factory=lambda: {"front": 1})
    switches: Mapping[str, int] = field(default_factory=lambda: {"none": 1})
    start_within_seconds: float = 1.0
    answer_within_seconds: float = 10.0

    @property
    def duration_seconds(self) -> float:
        return sum(stage.duration_seconds for stage in self.stages)

    @property
    def peak_rate(self) -> float:
        """The highest rate, in calls per second and vendor; 0 for a scenario without stages."""
        return max((max(stage.start_rate, stage.end_rate) for stage in self.stages), default=0.0)

    def expected_in(self, stage: int) -> frozenset[Kind]:
        """Classes of answers that are no failures in a stage, by its place among the stages."""
        return self.expected | self.stages[stage].expected

    def starts(self) -> list[float]:
        """When each stage begins, in seconds since the first one does."""
        ends = [0.0]
        for stage in self.stages:
            ends.append(ends[-1] + stage.duration_seconds)
        return ends[:-1]

    def scaled(self, peak_rate: float | None, duration_seconds: float | None) -> Self:
        """The scenario with another highest rate and another length, everything in proportion.

        Raises LoadError for a rate or a length that is not above 0 or has no end, and for a scenario without a rate.
        """
        for name, value in (("requests-per-second", peak_rate), ("duration-seconds", duration_seconds)):
            if value is not None and not 0 < value < math.inf:
                raise LoadError(f"--{name} has to be above 0 and finite, not {value:g}")
            if value is not None and not self.stages:
                raise LoadError(
                    f"scenario {self.name!r} chooses its traffic itself; --{name} does not fit it"
                )
        higher = 1.0 if peak_rate is None else peak_rate / self.peak_rate
        longer = 1.0 if duration_seconds is None else duration_seconds / self.duration_seconds
        stages = tuple(
            replace(
                stage,
                duration_seconds=stage.duration_seconds * longer,
                start_rate=stage.start_rate * higher,
                end_rate=stage.end_rate * higher,
            )
            for stage in self.stages
        )
        return replace(self, stages=stages)


def find_scenario(name: str, path: Path | None = None) -> Scenario:
    """The scenario of that name. Raises LoadError that names those there are."""
    scenarios = load_scenarios(path or HERE / "scenarios.json")
    if name not in scenarios:
        raise LoadError(f"no scenario {name!r}{closest(name, scenarios)}; there are: {', '.join(scenarios)}")
    return scenarios[name]


@cache
def load_scenarios(path: Path) -> dict[str, Scenario]:
    """Every scenario of a file. Raises LoadError with the file, the place in it and what is wrong."""
    document = load_json(path)
    schema = load_json(HERE / "scenario.schema.json")
    wrong = next(Draft202012Validator(schema).iter_errors(document), None)
    if wrong is not None:
        raise LoadError(f"{path}, {'/'.join(map(str, wrong.path)) or 'top level'}: {wrong.message}")
    scenarios = {name: _scenario(name, row) for name, row in document.items()}
    for scenario in scenarios.values():
        if scenario.stages and scenario.peak_rate == 0:
            raise LoadError(f"{path}, {scenario.name}: every stage has the rate 0")
    return scenarios


def _scenario(name: str, row: Mapping[str, Any]) -> Scenario:
    plain = ("says", "kind", "account", "spacing", "seed", "specimens", "switches")
    limits = ("start_within_seconds", "answer_within_seconds")
    return Scenario(
        name,
        stages=tuple(_stage(number, stage) for number, stage in enumerate(row["stages"], 1)),
        thresholds=Thresholds(**row["thresholds"]),
        expected=frozenset({Kind.ACCEPTED, *(Kind(kind) for kind in row.get("expected", ()))}),
        **{member: row[member] for member in (*plain, *limits) if member in row},
    )


def _stage(number: int, row: Mapping[str, Any]) -> Stage:
    rate = row["requests_per_second"]
    return Stage(
        row.get("name", f"stage {number}"),
        row["duration_seconds"],
        row.get("from_requests_per_second", rate),
        rate,
        row.get("fault"),
        frozenset(Kind(kind) for kind in row.get("expected", ())),
    )
