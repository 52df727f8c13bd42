"""A run on a terminal: the contract's headings with counts, what is wrong below them, the verdict last."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping

import click

from conformance.model import Case, Failure, Result, Verdict
from conformance.outcome import Outcome
from conformance.report.words import (
    WORDS,
    columns,
    counted,
    groups,
    padded,
    source_of,
    title_of,
    verdict_of,
)
from conformance.texts import printable

#: Verdicts whose clauses are shown one by one.
_SHOWN = (Verdict.FAIL, Verdict.UNEXPECTED_PASS, Verdict.ERROR)
_COLOURS = {
    Verdict.PASS: "green",
    Verdict.FAIL: "red",
    Verdict.UNEXPECTED_PASS: "red",
    Verdict.ERROR: "magenta",
    Verdict.EXPECTED_FAIL: "yellow",
}
_VERDICT_COLOURS = {0: "green", 1: "red", 2: "magenta"}


def lines(outcome: Outcome, width: int = 100) -> Iterator[str]:
    """The whole report for a terminal of so many columns, with colours that `click.echo` takes away elsewhere."""
    if outcome.judged:
        yield f"{outcome.target} at {outcome.base_url}, up to level {outcome.level}"
        yield from _tree(outcome, width)
        yield from _by_reason(outcome, Verdict.NOT_APPLICABLE, "Not applicable")
        yield from _by_reason(outcome, Verdict.EXPECTED_FAIL, "Failed as expected")
        yield ""
        seconds = f"{outcome.seconds:.1f} s"
        yield f"{counted(outcome.counts)}; {outcome.calls} calls in {seconds}"
    yield click.style(verdict_of(outcome), fg=_VERDICT_COLOURS[outcome.exit_code], bold=True)


def _tree(outcome: Outcome, width: int) -> Iterator[str]:
    vendor = ""
    shown = [group for group in groups(outcome.results) if set(group.counts) != {Verdict.NOT_RUN}]
    column = max(columns(group.heading) for group in shown)
    for group in shown:
        if group.vendor != vendor:
            vendor = group.vendor
            yield ""
            yield click.style(f"{vendor}  {title_of(vendor)}", bold=True)
        yield f"  {padded(group.heading, column)}  {_coloured(group.counts)}"
        for result in group.results:
            if result.verdict in _SHOWN:
                yield from _one(result, width)


def _coloured(counts: Mapping[Verdict, int]) -> str:
    return ", ".join(
        click.style(counted({verdict: counts[verdict]}), fg=_COLOURS.get(verdict))
        for verdict in WORDS
        if counts.get(verdict)
    )


def _one(result: Result, width: int) -> Iterator[str]:
    """A clause that does not hold or could not be judged."""
    word = click.style(WORDS[result.verdict][1], fg=_COLOURS[result.verdict], bold=True)
    yield f"    {word} {result.id} [{result.level}; {source_of(result)[0]}]"
    yield f"      {result.says}"
    if result.reason:
        yield from textwrap.wrap(
            printable(result.reason), max(width, 40), initial_indent=" " * 6, subsequent_indent=" " * 6
        )
    for failure in result.failures:
        yield from _compared(failure, width)
    if result.request:
        yield f"      {printable(result.request)}"


def _compared(failure: Failure, width: int) -> Iterator[str]:
    """Expected and actual beside each other where there is room, else below each other."""
    expected, actual = printable(failure.expected), printable(failure.actual)
    yield printable(f"      {failure.question} at {failure.at}")
    beside = f"        expected  {expected}    actual  {actual}"
    if len(beside) <= width:
        yield beside
    else:
        yield f"        expected  {expected}"
        yield f"        actual    {actual}"


def _by_reason(outcome: Outcome, verdict: Verdict, title: str) -> Iterator[str]:
    reasons = Counter(result.reason for result in outcome.results if result.verdict is verdict)
    if reasons:
        yield ""
        yield title
        for reason, count in reasons.most_common():
            yield f"  {count:4}  {printable(reason)}"


def listing(cases: list[Case]) -> Iterator[str]:
    """The cases with level, calls, needs and source, under their headings."""
    heading = ("", "")
    column = max(len(case.id) for case in cases)
    for case in cases:
        if (case.vendor, case.heading) != heading:
            heading = (case.vendor, case.heading)
            yield click.style(f"{case.vendor}  {case.heading}", bold=True)
        calls = f"{case.calls} call{'s' if case.calls > 1 else ''}"
        needs = ", ".join(_needs(case)) or "-"
        source = f"{case.source['document']}, {case.source['section']}"
        yield f"  {case.id:{column}}  {case.level:6}  {calls:9}  {needs:20}  {source}"


def _needs(case: Case) -> list[str]:
    account = [f"account {case.state}"] if case.state != "active" else []
    limits = ["admin"] if case.account_limits and "admin" not in case.needs else []
    return [*case.needs, *limits, *account, *(["--allow-load"] if case.is_load else [])]
