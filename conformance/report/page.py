"""The pages for a browser: a run, and a comparison of runs. Each is one file that fetches nothing."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from conformance.model import LEVELS, Verdict
from conformance.outcome import Outcome
from conformance.report.compare import Comparison
from conformance.report.words import WORDS, counted, groups, source_of, title_of, verdict_of


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("conformance.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        Verdict=Verdict,
        levels=LEVELS,
        word=lambda verdict: WORDS[verdict][1],
        counted=counted,
        groups=groups,
        source_of=source_of,
        title_of=title_of,
    )
    return environment


def page(outcome: Outcome) -> str:
    """``report.html``."""
    template = _environment().get_template("run.html")
    return template.render(outcome=outcome, words=WORDS, verdict=verdict_of(outcome)) + "\n"


def comparison_page(comparison: Comparison) -> str:
    """``compare.html``."""
    template = _environment().get_template("compare.html")
    rows = {id(row.clause): row for row in comparison.rows}
    clauses = [row.clause for row in comparison.rows]
    return (
        template.render(comparison=comparison, clauses=clauses, row_of=lambda clause: rows[id(clause)]) + "\n"
    )
