"""From what was recorded to findings, by the kind of scenario. Pure functions over a record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from loadtests.findings import Finding, Verdict
from loadtests.outcome import Kind
from loadtests.record import Tally
from loadtests.stretch import Run, Stretch
from loadtests.thresholds import held, started


def judge_run(run: Run) -> list[Finding]:
    """Every finding of a run, vendor by vendor, and those about the run itself."""
    by_kind = {"hold": _hold, "ramp": _ramp, "recovery": _recovery}
    found = [finding for vendor in run.vendors for finding in by_kind[run.scenario.kind](run, vendor)]
    return found + list(_completeness(run))


def _hold(run: Run, vendor: str) -> Iterator[Finding]:
    stretch = Stretch.of(run, vendor, range(len(run.scenario.stages)))
    yield from held(stretch)
    yield from started(stretch)


def _completeness(run: Run) -> Iterator[Finding]:
    if run.cut_short is not None:
        yield Finding(
            "", "whole run", Verdict.INCONCLUSIVE, "from the first stage to the last", "less", run.cut_short
        )
        return
    total = Tally.of(run.record.tallies.values())
    lost = total.intended - total.answered - total.not_started
    if lost:
        yield Finding(
            "",
            "whole run",
            Verdict.INCONCLUSIVE,
            "every arrival accounted for",
            f"{lost} of {total.intended} are not",
            "calls failed in the generator itself",
        )


def _ramp(run: Run, vendor: str) -> Iterator[Finding]:
    """The knee: the last step that keeps to the thresholds before the first that does not."""
    needed = run.scenario.thresholds.min_knee_requests_per_second or 0.0
    steps = [Stretch.of(run, vendor, [stage]) for stage in range(len(run.scenario.stages))]
    reached, stopped_by = 0.0, ""
    undecided = True
    for step in steps:
        stage = run.scenario.stages[step.stages[0]]
        bad = [finding for finding in held(step) if finding.verdict is not Verdict.PASS]
        if bad or step.tally.not_started or step.busy:
            undecided = all(finding.verdict is not Verdict.FAIL for finding in bad)
            reason = step.generator_limit or _first_reason(bad) or "arrivals were not started"
            stopped_by = f"at {stage.end_rate:g} requests/s: {reason}"
            break
        reached = stage.end_rate
    demanded = f"at least {needed:g} requests/s"
    found = f"{reached:g} requests/s" + ("" if stopped_by else ", the last step")
    short = Verdict.INCONCLUSIVE if undecided else Verdict.FAIL
    verdict = Verdict.PASS if reached >= needed else short
    because = stopped_by or ("" if verdict is Verdict.PASS else "the ramp ends below")
    yield Finding(vendor, "knee", verdict, demanded, found, because)


def _first_reason(findings: Sequence[Finding]) -> str:
    return f"{findings[0].clause} {findings[0].found}: {findings[0].because}" if findings else ""


def _recovery(run: Run, vendor: str) -> Iterator[Finding]:
    """Before faults as in a hold; then each fault is felt, and is over soon after its end."""
    stages = run.scenario.stages
    after = [i for i in range(1, len(stages)) if stages[i - 1].fault and not stages[i].fault]
    calm = [i for i, stage in enumerate(stages) if not stage.fault and i not in after]
    if calm:
        yield from held(Stretch.of(run, vendor, calm))
    for stage in after:
        yield _felt(Stretch.of(run, vendor, [stage - 1]), stages[stage - 1].fault or "")
        yield _recovered(Stretch.of(run, vendor, [stage]), stages[stage - 1].fault or "")
    yield from started(Stretch.of(run, vendor, range(len(stages))))


def _felt(stretch: Stretch, fault: str) -> Finding:
    spoilt = stretch.tally.answered - stretch.tally.of_kind(Kind.ACCEPTED)
    found = f"{spoilt} of {stretch.tally.answered}"
    felt = spoilt > 0
    return Finding(
        stretch.vendor,
        f"{fault} felt",
        Verdict.PASS if felt else Verdict.INCONCLUSIVE,
        "calls fail while it is set",
        found,
        "" if felt else "the fault does not reach these calls",
    )


def _recovered(stretch: Stretch, fault: str) -> Finding:
    bound = stretch.run.scenario.thresholds.recover_within_seconds or 0.0
    tally = stretch.tally
    clause, demanded = f"{fault} over", f"calls succeed again within {bound:g} s"
    if tally.last_accepted_seconds < 0 and tally.last_other_seconds < 0:
        return Finding(
            stretch.vendor, clause, Verdict.INCONCLUSIVE, demanded, "no calls", "nothing was sent after it"
        )
    taken = max(0.0, tally.last_other_seconds - stretch.start)
    if tally.last_accepted_seconds < tally.last_other_seconds:
        return Finding(
            stretch.vendor,
            clause,
            Verdict.FAIL,
            demanded,
            f"still failing after {taken:.2f} s",
            f"the last call that failed was sent after the last that succeeded: {stretch.worst}",
        )
    found = f"after {taken:.2f} s, seen every {1 / stretch.intended_rate:.2g} s"
    if taken <= bound:
        return Finding(stretch.vendor, clause, Verdict.PASS, demanded, found)
    return Finding(stretch.vendor, clause, Verdict.FAIL, demanded, found, stretch.worst)
