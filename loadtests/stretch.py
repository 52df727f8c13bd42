"""A run's numbers as verdicts need them: one vendor over some stages, and whether the generator was at its limit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from loadtests.outcome import Outcome
from loadtests.record import Record, Tally
from loadtests.scenarios import Scenario

#: Share of one processor from which a process of the generator counts as busy.
BUSY_SHARE = 0.9
#: By how many milliseconds the generator may be late with one in twenty arrivals.
LATE_MS = 100.0


@dataclass(frozen=True)
class Run:
    """All that a verdict needs."""

    scenario: Scenario
    vendors: tuple[str, ...]
    record: Record
    #: Connections of each vendor, over all processes.
    connections: int
    #: What kept the run from its end: an interruption, a worker that went away. None for a whole run.
    cut_short: str | None = None


@dataclass(frozen=True)
class Stretch:
    """One vendor in some stages that follow each other."""

    run: Run
    vendor: str
    stages: tuple[int, ...]
    tally: Tally

    @classmethod
    def of(cls, run: Run, vendor: str, stages: Iterable[int]) -> Stretch:
        chosen = tuple(stages)
        return cls(run, vendor, chosen, run.record.total(vendor, chosen))

    @property
    def start(self) -> float:
        """Seconds since the run began."""
        return self.run.scenario.starts()[self.stages[0]]

    @property
    def duration(self) -> float:
        """Seconds that the stages take, or took until a run was cut short."""
        planned = sum(self.run.scenario.stages[stage].duration_seconds for stage in self.stages)
        if self.run.cut_short is None:
            return planned
        last = max(self.tally.last_answer_seconds, self.tally.last_due_seconds)
        return min(planned, max(last - self.start, 0.001))

    @property
    def wrong(self) -> int:
        """Answers that are neither accepted nor expected in their stage."""
        return self.wrong_labels.total()

    @cached_property
    def wrong_labels(self) -> Counter[str]:
        """The same by their labels."""
        found: Counter[str] = Counter()
        for stage in self.stages:
            expected = self.run.scenario.expected_in(stage)
            for label, n in self.run.record.total(self.vendor, [stage]).outcomes.items():
                if Outcome.of_label(label).kind not in expected:
                    found[label] += n
        return found

    @property
    def error_ratio(self) -> float:
        return self.wrong / self.tally.answered if self.tally.answered else 0.0

    @property
    def intended_rate(self) -> float:
        """Arrivals per second."""
        return self.tally.intended / self.duration

    @property
    def achieved_rate(self) -> float:
        """Right answers per second: of the stages, or until the last answer if that is later than a call of the stages'
        last moment may take. How late answers come is judged by itself."""
        permitted = self.run.scenario.thresholds.latency_seconds
        span = max(self.duration, self.tally.last_answer_seconds - self.start - permitted)
        return (self.tally.answered - self.wrong) / span

    @cached_property
    def busy(self) -> str | None:
        """Said when a process of the generator had no time to spare: it may not have sent what it was meant to."""
        first, last = int(self.start), int(self.start + self.duration)
        for effort in self.run.record.efforts.values():
            seconds = effort.processor_share[first : last + 1]
            if seconds and (mean := sum(seconds) / len(seconds)) >= BUSY_SHARE:
                return f"a process of the generator used {mean:.0%} of a processor"
        return None

    @cached_property
    def generator_limit(self) -> str | None:
        """What may make a good target look slow: a busy generator, or one that others kept from the processor."""
        late = self.tally.late.percentile_ms(95)
        if self.busy is None and late is not None and late > LATE_MS:
            return f"the generator offered one in twenty arrivals more than {late:.0f} ms late"
        return self.busy

    @property
    def worst(self) -> str:
        """The wrong answers by their labels, the most frequent first."""
        wrong = self.wrong_labels.most_common()
        more = f", and {len(wrong) - 3} more kinds" if len(wrong) > 3 else ""
        return ", ".join(f"{label} × {n}" for label, n in wrong[:3]) + more
