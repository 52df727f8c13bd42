"""The suite as pytest runs it: options, a test per case, the outcome at the end.

Works alone and under xdist: each process has its own connections and its share of the permitted rate, results travel
with pytest's reports, and the process that was started puts them together.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from conformance import engine
from conformance.errors import SuiteError, Unreachable
from conformance.model import LEVELS, Case, Result, Verdict
from conformance.outcome import Outcome
from conformance.settings import RunSettings, read_settings
from conformance.target import CAPABILITIES, Target

Judge = Callable[[Case], None]

_PROPERTY = "idmock-conformance"


@dataclass
class Suite:
    """The run under way in this process."""

    settings: RunSettings
    target: Target
    began: float = field(default_factory=time.time)
    results: list[Result] = field(default_factory=list)
    error: str = ""

    def outcome(self) -> Outcome:
        given = self.settings
        return Outcome(
            self.target.name,
            given.description.base_url,
            datetime.fromtimestamp(self.began, UTC).isoformat(timespec="seconds"),
            time.time() - self.began,
            given.level,
            tuple(dict.fromkeys(case.vendor for case in given.cases())),
            sorted(self.results, key=_in_order(given.cases())),
            self.error,
        )


_SUITE = pytest.StashKey[Suite]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance", "conformance of ID-card OCR services")
    with suppress(ValueError):  # pytest-base-url has the same option with the same meaning
        group.addoption("--base-url", metavar="URL", help="the implementation that is checked")
    group.addoption("--target", type=Path, metavar="FILE", help="description of the implementation, TOML")
    group.addoption("--vendor", action="append", default=[], help="only this vendor; may be repeated")
    group.addoption("--level", choices=LEVELS, default="should", help="up to which level (default: should)")
    group.addoption("--only", action="append", default=[], metavar="GLOB", help="only cases with such an id")
    group.addoption("--credential", action="append", default=[], metavar="VENDOR.NAME=VALUE")
    group.addoption(
        "--images", type=Path, metavar="FILE", help="images.toml: your own pictures and their truth"
    )
    group.addoption("--capability", action="append", default=[], choices=CAPABILITIES)
    group.addoption("--rate", type=float, metavar="N", help="calls per second and vendor")
    group.addoption("--max-calls", type=int, metavar="N", help="make no more calls than this")
    group.addoption("--expect", type=Path, metavar="FILE", help="known deviations, TOML")
    group.addoption("--allow-load", action="store_true", help="also cases that send many calls")
    group.addoption(
        "--report", type=Path, metavar="DIR", help="write results.json and the other reports there"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "level(name): how binding the clause is")
    option = config.option
    try:
        settings = read_settings(
            base_url=config.getoption("base_url"),
            target=option.target,
            environ=os.environ,
            credentials=option.credential,
            images=option.images,
            capabilities=option.capability,
            rate=option.rate,
            expect=option.expect,
            vendors=tuple(option.vendor),
            level=option.level,
            only=tuple(option.only),
            allow_load=option.allow_load,
            max_calls=option.max_calls,
            report=option.report,
        )
        settings.cases()
    except SuiteError as error:
        raise pytest.UsageError(str(error)) from None
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    config.stash[_SUITE] = Suite(settings, Target(settings.description, share=1 / processes))


def suite_of(config: pytest.Config) -> Suite:
    """The run that a configuration stands for."""
    return config.stash[_SUITE]


def pytest_sessionstart(session: pytest.Session) -> None:
    """Look who answers, before anything is sent: nothing there is one error, not one for each case."""
    suite = suite_of(session.config)
    try:
        suite.target.probe()
    except SuiteError as error:
        suite.error = str(error)
        pytest.exit(str(error), returncode=2)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "clause" in metafunc.fixturenames:
        cases = suite_of(metafunc.config).settings.cases()
        marked = [pytest.param(case, id=case.id, marks=pytest.mark.level(case.level)) for case in cases]
        metafunc.parametrize("clause", marked)


@pytest.fixture(scope="session")
def conformance_beyond_budget(request: pytest.FixtureRequest) -> frozenset[str]:
    settings = suite_of(request.config).settings
    return settings.beyond_budget(settings.cases())


@pytest.fixture
def judged(request: pytest.FixtureRequest, conformance_beyond_budget: frozenset[str]) -> Judge:
    """Runs a case and ends the test as its verdict says."""
    suite = suite_of(request.config)

    def judge(case: Case) -> None:
        if case.id in conformance_beyond_budget:
            result = Result.of(case, Verdict.NOT_APPLICABLE, reason="--max-calls leaves no room for it")
        else:
            try:
                result = suite.settings.with_expectation(engine.run(case, suite.target))
            except Unreachable as error:
                result = Result.of(case, Verdict.ERROR, reason=str(error))
                request.session.shouldstop = str(error)
        request.node.user_properties.append((_PROPERTY, json.dumps(result.as_json(), ensure_ascii=False)))
        _end_test(result)

    return judge


def _end_test(result: Result) -> None:
    if result.verdict is Verdict.NOT_APPLICABLE:
        pytest.skip(f"not applicable: {result.reason}")
    if result.verdict is Verdict.EXPECTED_FAIL:
        pytest.xfail(result.reason)
    if result.verdict is not Verdict.PASS:
        pytest.fail(explained(result), pytrace=False)


def explained(result: Result) -> str:
    """A result that is no pass, for a person: the clause, expected and actual, what was sent and what came back."""
    lines = [f"{result.says} [{result.level}; {result.source['document']}, {result.source['section']}]"]
    lines += [f"{result.verdict}: {result.reason}"] if result.reason else []
    for failure in result.failures:
        lines += [
            f"  {failure.question} at {failure.at}",
            f"    expected  {failure.expected}",
            f"    actual    {failure.actual}",
        ]
    lines += [f"  {result.request}"] if result.request else []
    return "\n".join(lines)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Results of this process and of those that work for it."""
    for name, value in report.user_properties if report.when == "call" else ():
        if name == _PROPERTY:
            _collected.append(Result.from_json(json.loads(str(value))))


#: Results that reports brought; a report knows no configuration to keep them at.
_collected: list[Result] = []


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workerinput"):
        return
    suite = suite_of(session.config)
    suite.results += _collected
    _collected.clear()
    if suite.settings.report is not None:
        suite.settings.report.mkdir(parents=True, exist_ok=True)
        text = json.dumps(suite.outcome().as_json(), ensure_ascii=False, indent=1)
        (suite.settings.report / "results.json").write_text(text + "\n", "utf-8")


def _in_order(cases: list[Case]) -> Callable[[Result], Any]:
    places = {case.id: place for place, case in enumerate(cases)}
    return lambda result: places.get(result.id, len(places))
