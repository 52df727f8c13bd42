"""Reports of a run, all made from its `Outcome`: for machines, for a browser, for a terminal.

============== ==========================================================================
results.json   everything, to be compared or read again (`conformance.outcome`)
junit.xml      for continuous integration
report.html    one page that needs nothing else, not even a server
badge.json     what shields.io turns into a badge
compare.html   clauses × targets, when several results are compared
============== ==========================================================================
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from conformance.errors import SuiteError
from conformance.outcome import Outcome
from conformance.report.badge import badge
from conformance.report.junit import junit
from conformance.report.page import page


def _results(outcome: Outcome) -> str:
    return json.dumps(outcome.as_json(), ensure_ascii=False, indent=1) + "\n"


_WRITERS: Mapping[str, Callable[[Outcome], str]] = {
    "results.json": _results,
    "junit.xml": junit,
    "report.html": page,
    "badge.json": lambda outcome: json.dumps(badge(outcome)) + "\n",
}


def make_directory(directory: Path) -> None:
    """The folder for reports, there before the first call is made. Raises SuiteError."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SuiteError(f"no reports can be written to {directory}: {error.strerror}") from None


def write_reports(outcome: Outcome, directory: Path) -> None:
    """Every report of one run. Raises SuiteError."""
    make_directory(directory)
    for name, write in _WRITERS.items():
        write_text(directory / name, write(outcome))


def write_text(path: Path, text: str) -> None:
    """One file of a report. Raises SuiteError."""
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise SuiteError(f"{path} cannot be written: {error.strerror}") from None
