"""Records and runs for the tests: made by hand, nothing is sent and nothing waits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from loadtests.findings import Finding, Verdict
from loadtests.judging import judge_run
from loadtests.outcome import Kind, Outcome
from loadtests.record import Effort, Record
from loadtests.scenarios import Scenario, Stage, Thresholds
from loadtests.stretch import Run

VENDOR = "tencent"
OK = Outcome(Kind.ACCEPTED, status=200)
ERROR = Outcome(Kind.REFUSED, "InternalError", 200)
THROTTLED = Outcome(Kind.THROTTLED, "RequestLimitExceeded", 200)
TIMEOUT = Outcome(Kind.NO_ANSWER, "TimeoutError")


def scenario(kind: str = "hold", stages: tuple[Stage, ...] = (), **members: Any) -> Scenario:
    """Ten calls a second for ten seconds unless stages say otherwise, with every threshold."""
    thresholds = members.pop(
        "thresholds",
        Thresholds(max_error_ratio=0.01, p95_ms=100, p99_ms=200, min_achieved_ratio=0.95),
    )
    stages = stages or (Stage("all", 10.0, 10.0, 10.0),)
    return Scenario("made-up", "For a test.", kind, stages, thresholds, **members)


def fill(
    record: Record,
    outcome: Outcome = OK,
    *,
    count: int,
    stage: int = 0,
    start: float = 0.0,
    every: float = 0.1,
    raw_ms: float = 5.0,
    waited_ms: float = 0.0,
    late_ms: float = 0.0,
) -> None:
    """Calls that were due every so many seconds, waited for a connection and took a time."""
    for number in range(count):
        at = start + number * every
        sent = at + waited_ms / 1000
        tally = record.tally(VENDOR, stage)
        tally.intended += 1
        tally.late.add_seconds(late_ms / 1000)
        record.add(VENDOR, stage, outcome, intended_at=at, sent_at=sent, answered_at=sent + raw_ms / 1000)


def run_of(record: Record, given: Scenario | None = None, **members: Any) -> Run:
    return Run(given or scenario(), (VENDOR,), record, **{"connections": 100, **members})


def findings(run: Run) -> dict[str, Finding]:
    """By clause."""
    return {finding.clause: finding for finding in judge_run(run)}


def verdicts(run: Run) -> dict[str, Verdict]:
    return {clause: finding.verdict for clause, finding in findings(run).items()}


def busy(record: Record, share: float, seconds: int = 11) -> None:
    """A process that took this share of a processor all the time."""
    record.efforts["a"] = Effort([0.1] * seconds, finished=True)
    record.efforts["b"] = Effort([share] * seconds, finished=True)


def with_thresholds(given: Scenario, **bounds: Any) -> Scenario:
    return replace(given, thresholds=replace(given.thresholds, **bounds))
