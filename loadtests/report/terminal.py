"""The report as a terminal shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.texts import printable
from loadtests.findings import Finding, Verdict
from loadtests.report.model import GeneratorPart, LoadReport, VendorPart

_MARKS = {Verdict.PASS: "ok  ", Verdict.FAIL: "FAIL", Verdict.INCONCLUSIVE: "?   "}


def as_text(report: LoadReport) -> str:
    """Numbers first, then what was demanded and found, and the verdict as the last line."""
    lines = [f"{report.scenario}: {report.says}", f"target: {report.target}", ""]
    for part in report.parts:
        lines += [*_part(part), ""]
    if report.generator is not None:
        lines += [_generator(report.generator), ""]
    lines += [_finding(finding) for finding in report.findings]
    return printable("\n".join([*lines, "", f"{report.scenario}: {report.verdict}"]))


def _part(part: VendorPart) -> Iterator[str]:
    yield part.name
    heads = ("stage", "intended/s", "achieved/s", "not started", "p50 ms", "p95 ms", "p99 ms")
    rows = [
        (
            stage.name + (f" ({stage.fault})" if stage.fault and stage.fault != stage.name else ""),
            f"{stage.intended_rate:.1f}",
            f"{stage.achieved_rate:.1f}",
            str(stage.not_started),
            *(_ms(value) for value in (stage.p50_ms, stage.p95_ms, stage.p99_ms)),
        )
        for stage in part.stages
    ]
    yield from table([heads, *rows])
    if part.percentiles:
        shown = [p for p in part.percentiles if p.percent in (50, 95, 99, 100)]
        texts = ", ".join(f"p{p.percent:g} {p.raw_ms:.1f} / {p.corrected_ms:.1f}" for p in shown)
        yield f"  latency raw / from the intended time, ms: {texts}"
    yield "  " + (", ".join(f"{label} × {n}" for label, n in part.outcomes.items()) or "no answers")


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows with columns of equal width, the first to the left, the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True)),
        ]
        yield "  " + "  ".join(cells)


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _generator(part: GeneratorPart) -> str:
    return (
        f"generator: {part.processes} process{'es' if part.processes > 1 else ''}, "
        f"{part.connections_per_vendor} connections a vendor; "
        f"{part.not_started} of {part.intended} arrivals not started; "
        f"processor {part.mean_processor_share:.0%} on average, {part.peak_processor_share:.0%} at most; "
        f"composing {part.composing_ms:.2f} ms a call; offered late p95 {_ms(part.late_p95_ms)} ms"
    )


def _finding(finding: Finding) -> str:
    because = f": {finding.because}" if finding.because else ""
    where = f"{finding.vendor} " if finding.vendor else ""
    return f"{_MARKS[finding.verdict]}  {where}{finding.clause}: {finding.demanded}; {finding.found}{because}"
