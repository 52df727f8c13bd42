"""What a run has counted and measured: filled by each process, carried as plain values, added up by the master.

Latencies are of accepted answers, in microseconds in HDR histograms with three significant digits: *raw* from when the
request went out, *corrected* from when it was meant to go out, so that waiting for a connection counts as the user
would feel it. A refusal is quick and would only flatter them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from hdrh.histogram import HdrHistogram

from loadtests.outcome import Kind, Outcome

#: From a microsecond to five minutes.
_HIGHEST_US = 300_000_000
_DIGITS = 3


#: Seconds between the records that a process sends on the way, and of a long run the share of what has gone by.
_SEND_EVERY, _SEND_SHARE = 2.0, 0.02


def seconds_until_next(gone_by: float) -> float:
    """How long a process waits before it sends its record again, so many seconds after the run began.

    A record holds everything so far. After some hours it takes a second to make, which the process has not got every
    two seconds beside its calls.
    """
    return max(_SEND_EVERY, _SEND_SHARE * gone_by)


class Latencies:
    """A histogram of durations. Longer ones than it can hold count as the longest."""

    def __init__(self, encoded: str | None = None) -> None:
        self._histogram = HdrHistogram(1, _HIGHEST_US, _DIGITS)
        if encoded is not None:
            self._histogram.decode_and_add(encoded)

    def add_seconds(self, seconds: float) -> None:
        self._histogram.record_value(min(max(round(seconds * 1e6), 1), _HIGHEST_US))

    def merge(self, other: Latencies) -> None:
        self._histogram.add(other._histogram)

    @property
    def count(self) -> int:
        return int(self._histogram.get_total_count())

    def percentile_ms(self, percent: float) -> float | None:
        """Milliseconds that so many per cent do not exceed, None for an empty histogram."""
        return self._histogram.get_value_at_percentile(percent) / 1000 if self.count else None

    def encoded(self) -> str:
        """The histogram in the text form that HDR tools read."""
        return str(self._histogram.encode().decode("ascii"))


@dataclass
class Tally:
    """One vendor in one stage."""

    #: Arrivals that were due.
    intended: int = 0
    #: Of those, the ones that found no idle connection in time and never went out.
    not_started: int = 0
    #: Answers by the label of their outcome.
    outcomes: Counter[str] = field(default_factory=Counter)
    raw: Latencies = field(default_factory=Latencies)
    corrected: Latencies = field(default_factory=Latencies)
    #: By how much the generator itself was late to offer an arrival to its connections.
    late: Latencies = field(default_factory=Latencies)
    #: Seconds since the run began: the last arrival; the last answer; the sending of the last accepted and of the last
    #: other call.
    last_due_seconds: float = 0.0
    last_answer_seconds: float = 0.0
    last_accepted_seconds: float = -1.0
    last_other_seconds: float = -1.0

    @property
    def answered(self) -> int:
        return self.outcomes.total()

    def of_kind(self, *kinds: Kind) -> int:
        return sum(n for label, n in self.outcomes.items() if Outcome.of_label(label).kind in kinds)

    def add(self, outcome: Outcome, *, intended_at: float, sent_at: float, answered_at: float) -> None:
        """Count one call; times are seconds since the run began."""
        self.outcomes[outcome.label] += 1
        self.last_answer_seconds = max(self.last_answer_seconds, answered_at)
        if outcome.kind is Kind.ACCEPTED:
            self.raw.add_seconds(answered_at - sent_at)
            self.corrected.add_seconds(answered_at - intended_at)
            self.last_accepted_seconds = max(self.last_accepted_seconds, sent_at)
        else:
            self.last_other_seconds = max(self.last_other_seconds, sent_at)

    def merge(self, other: Tally) -> None:
        self.intended += other.intended
        self.not_started += other.not_started
        self.outcomes.update(other.outcomes)
        for name in _HISTOGRAMS:
            getattr(self, name).merge(getattr(other, name))
        for name in _LATEST:
            setattr(self, name, max(getattr(self, name), getattr(other, name)))

    @classmethod
    def of(cls, tallies: Iterable[Tally]) -> Self:
        """The sum of several."""
        total = cls()
        for tally in tallies:
            total.merge(tally)
        return total

    def as_message(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in ("intended", "not_started", *_LATEST)}
        histograms = {name: getattr(self, name).encoded() for name in _HISTOGRAMS}
        return plain | histograms | {"outcomes": dict(self.outcomes)}

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> Self:
        histograms = {name: Latencies(message[name]) for name in _HISTOGRAMS}
        return cls(**{**message, **histograms, "outcomes": Counter(message["outcomes"])})


_HISTOGRAMS = ("raw", "corrected", "late")
_LATEST = ("last_due_seconds", "last_answer_seconds", "last_accepted_seconds", "last_other_seconds")


@dataclass
class Effort:
    """What one process of the generator spent."""

    #: Share of one processor in each second since the run began.
    processor_share: list[float] = field(default_factory=list)
    #: Processor time, in seconds, of composing and signing requests, and how many those were.
    composing_seconds: float = 0.0
    composed: int = 0
    #: Whether its last message said that it was done.
    finished: bool = False


class Record:
    """Everything that one process has seen, or the sum over processes."""

    def __init__(self) -> None:
        #: By vendor and stage.
        self.tallies: dict[tuple[str, int], Tally] = {}
        #: Answers by vendor, whole second since the run began, and label.
        self.timeline: Counter[tuple[str, int, str]] = Counter()
        #: By process.
        self.efforts: dict[str, Effort] = {}

    def tally(self, vendor: str, stage: int) -> Tally:
        """The tally to count in."""
        return self.tallies.setdefault((vendor, stage), Tally())

    def add(
        self,
        vendor: str,
        stage: int,
        outcome: Outcome,
        *,
        intended_at: float,
        sent_at: float,
        answered_at: float,
    ) -> None:
        """Count one call; times are seconds since the run began."""
        self.tally(vendor, stage).add(
            outcome, intended_at=intended_at, sent_at=sent_at, answered_at=answered_at
        )
        self.timeline[vendor, int(answered_at), outcome.label] += 1

    def total(self, vendor: str, stages: Iterable[int] | None = None) -> Tally:
        """One vendor's tallies added up, over some stages or all."""
        wanted = None if stages is None else set(stages)
        return Tally.of(
            tally
            for (name, stage), tally in self.tallies.items()
            if name == vendor and (wanted is None or stage in wanted)
        )

    def merge(self, other: Record) -> None:
        for (vendor, stage), tally in other.tallies.items():
            self.tally(vendor, stage).merge(tally)
        self.timeline.update(other.timeline)
        self.efforts.update(other.efforts)

    def as_message(self) -> dict[str, Any]:
        """Plain values, as they travel from a worker to its master."""
        return {
            "tallies": [[*key, tally.as_message()] for key, tally in self.tallies.items()],
            "timeline": [[*key, n] for key, n in self.timeline.items()],
            "efforts": {name: vars(effort) for name, effort in self.efforts.items()},
        }

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> Self:
        record = cls()
        for vendor, stage, tally in message["tallies"]:
            record.tallies[vendor, stage] = Tally.from_message(tally)
        for vendor, second, label, n in message["timeline"]:
            record.timeline[vendor, second, label] = n
        record.efforts = {name: Effort(**effort) for name, effort in message["efforts"].items()}
        return record

    @classmethod
    def of(cls, records: Iterable[Record]) -> Self:
        total = cls()
        for record in records:
            total.merge(record)
        return total
