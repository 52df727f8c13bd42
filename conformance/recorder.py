"""What a run has found: results as pytest's reports bring them, and at the end the outcome and the reports."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property

import pytest

from conformance.errors import SuiteError
from conformance.model import Case, Result, Verdict
from conformance.outcome import Outcome
from conformance.report import write_reports
from conformance.settings import RunSettings
from conformance.target import Target

#: Members of a pytest report: a result as JSON, and why the run cannot go on.
RESULT = "conformance_result"
BROKEN_OFF = "conformance_broken_off"


class Recorder:
    """A pytest plugin of one run. ``writes``: this process puts the results together, and writes the reports."""

    def __init__(self, settings: RunSettings, target: Target, *, writes: bool) -> None:
        self.settings = settings
        self.target = target
        self._writes = writes
        self._began = datetime.now(UTC)
        self._started = time.monotonic()
        self._error = ""
        #: Ids of the cases that were to be judged, once they are collected.
        self._planned: frozenset[str] | None = None
        self._results: dict[str, Result] = {}

    def broke_off(self, why: str) -> None:
        """The run cannot go on; the first reason stays."""
        self._error = self._error or self.target.masks().text(why)

    def outcome(self) -> Outcome:
        """Everything that is known now; cases that were to come are not run."""
        cases = self._cases
        planned = cases.keys() if self._planned is None else self._planned
        results = [
            self._results.get(case.id) or Result.of(case, Verdict.NOT_RUN)
            for case in cases.values()
            if case.id in self._results or case.id in planned
        ]
        return Outcome(
            target=self.target.name,
            base_url=self.settings.description.base_url,
            began=self._began.isoformat(timespec="seconds"),
            seconds=time.monotonic() - self._started,
            level=self.settings.level,
            vendors=tuple(dict.fromkeys(case.vendor for case in cases.values())),
            results=results,
            error=self._error,
        )

    def write(self) -> None:
        """The reports, where the run was asked for some."""
        if self._writes and self.settings.report is not None:
            write_reports(self.outcome(), self.settings.report)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._plan([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """The process that xdist started collects nothing itself; its workers all collect the same."""
        self._plan(ids)

    def _plan(self, nodes: Sequence[str]) -> None:
        self._planned = frozenset(case.id for node in nodes if (case := self._case(node)) is not None)

    @cached_property
    def _cases(self) -> dict[str, Case]:
        return {case.id: case for case in self.settings.cases()}

    def _case(self, node: str) -> Case | None:
        """The case of a test by its node id, ``…::test_clause[tencent/auth/wrong-key]``."""
        return self._cases.get(node.partition("[")[2].removesuffix("]"))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Results of this process, and under xdist of those that work for it."""
        if why := getattr(report, BROKEN_OFF, ""):
            self.broke_off(why)
        elif document := getattr(report, RESULT, None):
            result = Result.from_json(json.loads(document))
            self._results[result.id] = result
        elif report.failed and (case := self._case(report.nodeid)) is not None:
            # Nothing was judged: the suite itself failed, or the process that ran the case is gone.
            reason = f"the suite itself failed: {_last_line(report.longreprtext)}"
            self._results[case.id] = Result.of(case, Verdict.ERROR, reason=reason)

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        self.broke_off("interrupted" if excinfo.errisinstance(KeyboardInterrupt) else str(excinfo.value))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """The reports, and the exit code of the outcome in place of pytest's."""
        if not self._writes:
            return
        try:
            self.write()
        except SuiteError as error:
            self.broke_off(str(error))
            raise pytest.UsageError(str(error)) from None
        judged = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED)
        if self._planned and session.exitstatus in judged:
            session.exitstatus = self.outcome().exit_code


def _last_line(text: str) -> str:
    """The exception under a traceback, or all there is."""
    raised = [line[1:].strip() for line in text.splitlines() if line.startswith("E ")]
    lines = raised or text.strip().splitlines() or ["no reason was given"]
    return lines[-1]
