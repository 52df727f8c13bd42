"""The thresholds of a scenario, held against a stretch of a run.

A wrong answer is the target's. A late answer, or a rate that was not reached, is the target's only if the generator had
time to spare; otherwise nothing was shown. Waiting in the generator is part of the corrected latency, so that a
generator in trouble can make a good target look slow, never a slow one good: except by arrivals that it did not start,
which have no latency at all, and which therefore never leave a pass.
"""

from __future__ import annotations

from collections.abc import Iterator

from loadtests.findings import Finding, Verdict
from loadtests.outcome import Kind
from loadtests.stretch import Stretch


def held(stretch: Stretch) -> Iterator[Finding]:
    """The thresholds on errors, latency and rate, as far as the scenario has them."""
    bounds = stretch.run.scenario.thresholds
    if bounds.max_error_ratio is not None:
        yield errors(stretch, bounds.max_error_ratio)
    for name, percent, bound in (("p95", 95, bounds.p95_ms), ("p99", 99, bounds.p99_ms)):
        if bound is not None:
            yield _latency(stretch, name, percent, bound)
    if bounds.min_achieved_ratio is not None and stretch.run.cut_short is None:
        yield _rate(stretch, bounds.min_achieved_ratio)


def errors(stretch: Stretch, bound: float) -> Finding:
    """The share of wrong answers."""
    tally, ratio = stretch.tally, stretch.error_ratio
    demanded = f"at most {bound:.2%} wrong"
    found = f"{ratio:.2%} wrong, {stretch.wrong} of {tally.answered}"
    if not tally.answered:
        verdict, because = Verdict.INCONCLUSIVE, "nothing was answered"
    elif ratio <= bound:
        verdict, because = Verdict.PASS, ""
    else:
        verdict, because = Verdict.FAIL, stretch.worst
        limit = stretch.generator_limit
        unanswered = tally.of_kind(Kind.NO_ANSWER)
        if limit and (stretch.wrong - unanswered) / tally.answered <= bound:
            # Timeouts can be the generator's own.
            verdict, because = Verdict.INCONCLUSIVE, f"{because}; {limit}"
    return Finding(stretch.vendor, "errors", verdict, demanded, found, because)


def _latency(stretch: Stretch, name: str, percent: float, bound_ms: float) -> Finding:
    corrected, raw = (h.percentile_ms(percent) for h in (stretch.tally.corrected, stretch.tally.raw))
    demanded = f"at most {bound_ms:g} ms from the intended time"
    if corrected is None or raw is None:
        return Finding(
            stretch.vendor, name, Verdict.INCONCLUSIVE, demanded, "no latency", "nothing was accepted"
        )
    found = f"{corrected:.1f} ms ({raw:.1f} ms raw)"
    if corrected <= bound_ms:
        return Finding(stretch.vendor, name, Verdict.PASS, demanded, found)
    limit = stretch.generator_limit
    if raw <= bound_ms:
        # The time went by in waiting for a connection.
        limit = limit or too_few_connections(stretch)
    verdict = Verdict.INCONCLUSIVE if limit else Verdict.FAIL
    return Finding(stretch.vendor, name, verdict, demanded, found, limit or "answers came too late")


def _rate(stretch: Stretch, bound: float) -> Finding:
    intended, achieved = stretch.intended_rate, stretch.achieved_rate
    demanded = f"at least {bound:.0%} of {intended:.1f} requests/s"
    found = f"{achieved:.1f} requests/s"
    if not stretch.tally.intended:
        return Finding(
            stretch.vendor, "rate", Verdict.INCONCLUSIVE, demanded, found, "there were no arrivals"
        )
    if achieved >= bound * intended:
        return Finding(stretch.vendor, "rate", Verdict.PASS, demanded, found)
    limit = stretch.generator_limit or too_few_connections(stretch)
    verdict = Verdict.INCONCLUSIVE if limit else Verdict.FAIL
    return Finding(
        stretch.vendor, "rate", verdict, demanded, found, limit or "answers did not come at this rate"
    )


def too_few_connections(stretch: Stretch) -> str | None:
    """Said when arrivals may have waited for a connection although the target was quick enough.

    At rate r, answers that take up to t seconds keep r t connections busy. With fewer than that, a target within its
    latency bound (a second, without one) could run the generator out of connections.
    """
    stages = [stretch.run.scenario.stages[stage] for stage in stretch.stages]
    peak = max(max(stage.start_rate, stage.end_rate) for stage in stages)
    seconds = stretch.run.scenario.thresholds.latency_seconds
    connections = stretch.run.connections
    if connections >= peak * seconds:
        return None
    few = "1 connection is" if connections == 1 else f"{connections} connections are"
    return f"{few} too few for {peak:g} requests/s of up to {seconds:g} s each; --connections sets more"


def started(stretch: Stretch) -> Iterator[Finding]:
    """Whether the generator did what it was meant to do."""
    tally = stretch.tally
    demanded = "every arrival started, less than 90% of a processor in each process"
    found = f"{tally.not_started} of {tally.intended} not started"
    if not tally.not_started and stretch.busy is None:
        yield Finding(stretch.vendor, "generator", Verdict.PASS, demanded, found)
        return
    waiting = too_few_connections(stretch) or "every connection was waiting for an answer"
    because = stretch.generator_limit or waiting
    yield Finding(stretch.vendor, "generator", Verdict.INCONCLUSIVE, demanded, found, because)
