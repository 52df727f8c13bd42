"""What a run reports, ready to be written down: plain values, no secrets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from conformance.masking import Masks
from loadtests.findings import Finding, Verdict, Window, overall


@dataclass(frozen=True)
class Percentile:
    """Milliseconds that so many per cent of the accepted answers do not exceed."""

    percent: float
    raw_ms: float
    corrected_ms: float


@dataclass(frozen=True)
class StageRow:
    """One vendor in one stage; rates are per second, latencies None when nothing was accepted."""

    name: str
    starts_at_seconds: float
    duration_seconds: float
    fault: str | None
    intended: int
    not_started: int
    answered: int
    accepted: int
    intended_rate: float
    achieved_rate: float
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


@dataclass(frozen=True)
class VendorPart:
    """One vendor's numbers."""

    vendor: str
    #: Such as "tencent IDCardOCR".
    name: str
    stages: tuple[StageRow, ...]
    #: Answers by class and code, such as "refused InternalError".
    outcomes: Mapping[str, int]
    percentiles: tuple[Percentile, ...]
    #: For each second of the run, answers by class.
    per_second: tuple[Mapping[str, int], ...]

    def masked(self, masks: Masks) -> VendorPart:
        """The same without secrets; codes that are alike then count together."""
        outcomes: Counter[str] = Counter()
        for label, times in self.outcomes.items():
            outcomes[masks.text(label)] += times
        return replace(self, outcomes=dict(outcomes))


@dataclass(frozen=True)
class GeneratorPart:
    """What the generator itself did."""

    processes: int
    connections_per_vendor: int
    intended: int
    not_started: int
    #: Share of one processor in the busiest second of the busiest process, and on average.
    peak_processor_share: float
    mean_processor_share: float
    #: Composing and signing one request.
    composing_ms: float
    #: By how much one in twenty arrivals was offered late.
    late_p95_ms: float | None


@dataclass(frozen=True)
class LoadReport:
    """A run and what came of it. Traffic that the limiter's verification makes itself has no ``parts``."""

    scenario: str
    says: str
    target: str
    #: In UTC, ISO 8601.
    ended_at: str
    findings: tuple[Finding, ...]
    parts: tuple[VendorPart, ...] = ()
    generator: GeneratorPart | None = None
    windows: tuple[Window, ...] = field(default=())

    @property
    def verdict(self) -> Verdict:
        return overall(self.findings)

    def masked(self, masks: Masks) -> LoadReport:
        """The report as it can be shown: a target can put anything into its codes, what it was sent among it."""
        findings = tuple(
            replace(finding, found=masks.text(finding.found), because=masks.text(finding.because))
            for finding in self.findings
        )
        return replace(self, findings=findings, parts=tuple(part.masked(masks) for part in self.parts))

    def as_json(self) -> dict[str, Any]:
        """The document of ``report.schema.json``."""
        return {"verdict": self.verdict, **asdict(self)}
