"""From a run's record to its report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

from loadtests.judging import judge_run
from loadtests.outcome import Kind, Outcome
from loadtests.record import Tally
from loadtests.report.model import GeneratorPart, LoadReport, Percentile, StageRow, VendorPart
from loadtests.stretch import Run, Stretch

PERCENTS = (50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 100.0)


def make_report(run: Run, names: Mapping[str, str], target: str, processes: int) -> LoadReport:
    """The report of a run that has ended; ``names`` are those of the vendors' calls."""
    return LoadReport(
        run.scenario.name,
        run.scenario.says,
        target,
        datetime.now(UTC).isoformat(timespec="seconds"),
        tuple(judge_run(run)),
        tuple(_part(run, vendor, names[vendor]) for vendor in run.vendors),
        _generator(run, processes),
    )


def _part(run: Run, vendor: str, name: str) -> VendorPart:
    total = run.record.total(vendor)
    stages = tuple(_row(Stretch.of(run, vendor, [stage])) for stage in range(len(run.scenario.stages)))
    outcomes = dict(total.outcomes.most_common())
    return VendorPart(vendor, name, stages, outcomes, _percentiles(total), _per_second(run, vendor))


def _row(stretch: Stretch) -> StageRow:
    stage, tally = stretch.run.scenario.stages[stretch.stages[0]], stretch.tally
    return StageRow(
        stage.name,
        stretch.start,
        stage.duration_seconds,
        stage.fault,
        tally.intended,
        tally.not_started,
        tally.answered,
        tally.of_kind(Kind.ACCEPTED),
        round(stretch.intended_rate, 2),
        round(stretch.achieved_rate, 2),
        *(tally.corrected.percentile_ms(percent) for percent in (50, 95, 99)),
    )


def _percentiles(tally: Tally) -> tuple[Percentile, ...]:
    found = []
    for percent in PERCENTS:
        raw, corrected = tally.raw.percentile_ms(percent), tally.corrected.percentile_ms(percent)
        if raw is not None and corrected is not None:
            found.append(Percentile(percent, raw, corrected))
    return tuple(found)


def _per_second(run: Run, vendor: str) -> tuple[Mapping[str, int], ...]:
    by_second: dict[int, Counter[str]] = {}
    for (name, second, label), n in run.record.timeline.items():
        if name == vendor:
            by_second.setdefault(second, Counter())[str(Outcome.of_label(label).kind)] += n
    last = max(by_second, default=-1)
    return tuple(dict(by_second.get(second, {})) for second in range(last + 1))


def _generator(run: Run, processes: int) -> GeneratorPart:
    efforts = run.record.efforts.values()
    total = Tally.of(run.record.tallies.values())
    composed = sum(effort.composed for effort in efforts)
    composing = sum(effort.composing_seconds for effort in efforts)
    shares = [share for effort in efforts for share in effort.processor_share]
    return GeneratorPart(
        processes,
        run.connections,
        total.intended,
        total.not_started,
        max(shares, default=0.0),
        round(sum(shares) / len(shares), 3) if shares else 0.0,
        round(1000 * composing / composed, 3) if composed else 0.0,
        total.late.percentile_ms(95),
    )
