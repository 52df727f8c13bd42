"""Several runs beside each other: clauses × targets, and where the targets differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from conformance.errors import SuiteError
from conformance.model import Result, Verdict
from conformance.outcome import Outcome, load_outcome
from conformance.report.words import WORDS

#: What a verdict says of the clause; the others say nothing of it.
_HOLDS = {
    Verdict.PASS: True,
    Verdict.UNEXPECTED_PASS: True,
    Verdict.FAIL: False,
    Verdict.EXPECTED_FAIL: False,
}


@dataclass(frozen=True)
class Row:
    """One clause: a result per target, None where the run did not have it."""

    results: Sequence[Result | None]

    @property
    def clause(self) -> Result:
        """The clause as the first run has it that has it."""
        return next(result for result in self.results if result is not None)

    @property
    def judged(self) -> list[bool]:
        """Whether the clause holds, for each target of which that is known."""
        return [_HOLDS[r.verdict] for r in self.results if r is not None and r.verdict in _HOLDS]

    @property
    def differs(self) -> bool:
        """The clause holds of one target and not of another one."""
        return len(set(self.judged)) > 1


@dataclass(frozen=True)
class Comparison:
    """The clauses of all runs against their targets."""

    #: What heads the columns, no two of them alike.
    names: Sequence[str]
    outcomes: Sequence[Outcome]
    rows: Sequence[Row]

    @property
    def differences(self) -> list[Row]:
        return [row for row in self.rows if row.differs]

    @property
    def exit_code(self) -> int:
        """As diff has it: 0 when the targets agree, 1 when they differ, 2 when no clause was judged of two of them."""
        if self.differences:
            return 1
        return 0 if any(len(row.judged) > 1 for row in self.rows) else 2


def compare(paths: Sequence[Path]) -> Comparison:
    """The comparison of two or more ``results.json``. Raises SuiteError for a file that is none, and for fewer."""
    if len(paths) < 2:
        raise SuiteError("a comparison needs the results.json of two runs at least")
    outcomes = [load_outcome(path) for path in paths]
    found = [{result.id: result for result in outcome.results} for outcome in outcomes]
    ids = dict.fromkeys(id_ for results in found for id_ in results)
    rows = [Row([results.get(id_) for results in found]) for id_ in _in_order(ids, found)]
    return Comparison(_names(paths, outcomes), outcomes, rows)


def _in_order(ids: Mapping[str, None], found: Sequence[Mapping[str, Result]]) -> list[str]:
    """Clauses by vendor and heading as they first come, so that what only a later run has stands under its heading."""
    groups: dict[tuple[str, str], list[str]] = {}
    for id_ in ids:
        clause = next(results[id_] for results in found if id_ in results)
        groups.setdefault((clause.vendor, clause.heading), []).append(id_)
    vendors = list(dict.fromkeys(vendor for vendor, _ in groups))
    ordered = sorted(groups.items(), key=lambda item: vendors.index(item[0][0]))
    return [id_ for _, members in ordered for id_ in members]


def _names(paths: Sequence[Path], outcomes: Sequence[Outcome]) -> list[str]:
    """The targets' names, with the file where two are alike."""
    targets = [outcome.target for outcome in outcomes]
    return [
        target if targets.count(target) == 1 else f"{target} ({path})"
        for target, path in zip(targets, paths, strict=True)
    ]


def lines(comparison: Comparison) -> Iterator[str]:
    """The clauses in which the targets differ, as a table, and how many there are."""
    yield from (f"{letter}  {name}" for letter, name in zip(_letters(), comparison.names, strict=False))
    differences = comparison.differences
    if differences:
        yield ""
        yield from _table(differences, len(comparison.names))
    yield ""
    shared = sum(len(row.judged) > 1 for row in comparison.rows)
    if not shared:
        yield "no clause was judged of two of them"
    else:
        yield f"they differ in {len(differences)} of the {shared} clauses that were judged of two at least"


def _letters() -> Iterator[str]:
    """A, B, … Z, A1, B1, …"""
    for number in range(1000):
        yield chr(ord("A") + number % 26) + (str(number // 26) if number >= 26 else "")


def _table(rows: Sequence[Row], columns: int) -> Iterator[str]:
    heads = [letter for letter, _ in zip(_letters(), range(columns), strict=False)]
    widest = max(len(row.clause.id) for row in rows)
    yield "  ".join([" " * widest, *(f"{head:13}" for head in heads)]).rstrip()
    for row in rows:
        cells = [_cell(result) for result in row.results]
        yield "  ".join([f"{row.clause.id:{widest}}", *cells]).rstrip()


def _cell(result: Result | None) -> str:
    if result is None:
        return f"{'-':13}"
    holds = _HOLDS.get(result.verdict)
    colour = None if holds is None else "green" if holds else "red"
    word = WORDS[result.verdict][1]
    return click.style(word, fg=colour) + " " * (13 - len(word))
