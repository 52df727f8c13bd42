"""A run's report: on the terminal, as JSON, as JUnit, and as one HTML page that needs nothing else."""

from __future__ import annotations

import json
from pathlib import Path

from loadtests.report.html import as_html
from loadtests.report.junit import as_junit
from loadtests.report.measured import make_report
from loadtests.report.model import LoadReport
from loadtests.report.terminal import as_text

__all__ = ["LoadReport", "make_report", "publish", "write"]


def publish(report: LoadReport, folder: Path | None) -> None:
    """Print the summary on stdout and, with a folder, write the files there. Raises OSError when they cannot be."""
    print(as_text(report), flush=True)
    if folder is not None:
        write(report, folder)
        print(f"report: {folder / 'report.html'}", flush=True)


def write(report: LoadReport, folder: Path) -> None:
    """``report.json``, ``junit.xml`` and ``report.html`` in a folder, which is made. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    document = json.dumps(report.as_json(), ensure_ascii=False, indent=1)
    (folder / "report.json").write_text(document + "\n", "utf-8")
    (folder / "junit.xml").write_text(as_junit(report), "utf-8")
    (folder / "report.html").write_text(as_html(report), "utf-8")
