"""The suite as pytest runs it: options, a test per case, the outcome at the end.

Works alone and under xdist: each process has its own connections and its share of the permitted rate, results travel
with pytest's reports, and the process that was started puts them together (`conformance.recorder`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path

import pytest

from conformance import engine
from conformance.dialect import vendors
from conformance.errors import SuiteError, Unreachable
from conformance.model import LEVELS, Case, Result, Verdict
from conformance.recorder import BROKEN_OFF, RESULT, Recorder
from conformance.report import make_directory
from conformance.report.words import explained
from conformance.settings import RunSettings, read_settings
from conformance.target import CAPABILITIES, Target

Judge = Callable[[Case], None]

_TARGET = pytest.StashKey[Target]()
_RECORDER = pytest.StashKey[Recorder]()
_BEYOND_BUDGET = pytest.StashKey[frozenset[str]]()
#: At an item: what came of it, or why the run cannot go on.
_RESULT = pytest.StashKey[Result]()
_BROKEN_OFF = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance", "conformance of ID-card OCR services")
    if not hasattr(parser.parse_known_args([]), "base_url"):
        # pytest-base-url has the same option with the same meaning.
        group.addoption("--base-url", metavar="URL", help="the implementation that is checked")
    group.addoption("--target", type=Path, metavar="FILE", help="description of the implementation, TOML")
    group.addoption("--vendor", action="append", default=[], metavar="V", help="only this vendor; repeatable")
    group.addoption("--level", choices=LEVELS, default="should", help="up to which level (default: should)")
    group.addoption("--only", action="append", default=[], metavar="GLOB", help="only cases with such an id")
    group.addoption(
        "--credential", action="append", default=[], metavar="V.NAME=VALUE", help="of the account that calls"
    )
    group.addoption(
        "--images", type=Path, metavar="FILE", help="images.toml: your own pictures and their truth"
    )
    group.addoption(
        "--capability", action="append", default=[], choices=CAPABILITIES, help="what the target offers"
    )
    group.addoption("--rate", type=float, metavar="N", help="calls per second and vendor")
    group.addoption("--max-calls", type=int, metavar="N", help="make no more calls than this")
    group.addoption("--expect", type=Path, metavar="FILE", help="known deviations, TOML")
    group.addoption("--allow-load", action="store_true", help="also cases that send many calls")
    group.addoption("--report", type=Path, metavar="DIR", help="write the reports there")


def pytest_configure(config: pytest.Config) -> None:
    for name in (*LEVELS, *vendors(), "load"):
        config.addinivalue_line("markers", f"{name}: cases of the conformance suite")
    try:
        settings = _settings(config)
        settings.cases()
        if settings.report is not None:
            make_directory(settings.report)
    except SuiteError as error:
        raise pytest.UsageError(str(error)) from None
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    target = Target(settings.description, share=1 / processes)
    recorder = Recorder(settings, target, writes=not hasattr(config, "workerinput"))
    config.stash[_TARGET], config.stash[_RECORDER] = target, recorder
    config.pluginmanager.register(recorder, "idmock-conformance-recorder")


def _settings(config: pytest.Config) -> RunSettings:
    option = config.option
    return read_settings(
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


def recorder_of(config: pytest.Config) -> Recorder:
    """What has been found so far in a run."""
    return config.stash[_RECORDER]


def pytest_sessionstart(session: pytest.Session) -> None:
    """Look who answers, before anything is sent: nothing there is one error, not one for each case."""
    try:
        session.config.stash[_TARGET].probe()
    except SuiteError as error:
        recorder = recorder_of(session.config)
        recorder.broke_off(str(error))
        recorder.write()
        pytest.exit(str(error), returncode=2)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "clause" in metafunc.fixturenames:
        cases = recorder_of(metafunc.config).settings.cases()
        metafunc.parametrize("clause", [pytest.param(case, id=case.id, marks=_marks(case)) for case in cases])


def _marks(case: Case) -> list[pytest.MarkDecorator]:
    """``-m "must and tencent"`` and ``-m "not load"`` choose by them."""
    names = [case.level, case.vendor, *(["load"] if case.is_load else [])]
    return [getattr(pytest.mark, name) for name in names]


def pytest_collection_finish(session: pytest.Session) -> None:
    cases = [case for item in session.items if (case := case_of(item)) is not None]
    beyond = recorder_of(session.config).settings.beyond_budget(cases)
    session.config.stash[_BEYOND_BUDGET] = beyond


def case_of(item: pytest.Item) -> Case | None:
    """The case that a test is about, None for any other test."""
    call = getattr(item, "callspec", None)
    case = None if call is None else call.params.get("clause")
    return case if isinstance(case, Case) else None


@pytest.fixture
def judged(request: pytest.FixtureRequest) -> Judge:
    """Runs a case and ends the test as its verdict says."""
    stash, config = request.node.stash, request.config

    def judge(case: Case) -> None:
        if case.id in config.stash[_BEYOND_BUDGET]:
            result = Result.of(case, Verdict.NOT_APPLICABLE, reason="--max-calls leaves no room for it")
        else:
            try:
                result = _result(case, config)
            except Unreachable as error:
                stash[_BROKEN_OFF] = request.session.shouldstop = str(error)
                pytest.fail(str(error), pytrace=False)
        stash[_RESULT] = result
        _end_test(result)

    return judge


def _result(case: Case, config: pytest.Config) -> Result:
    """What came of a case, fit to be shown. Raises Unreachable."""
    target = config.stash[_TARGET]
    try:
        result = engine.run(case, target)
    except Unreachable:
        raise
    except SuiteError as error:
        result = Result.of(case, Verdict.ERROR, reason=str(error))
    result = recorder_of(config).settings.with_expectation(result)
    return result if result.verdict is Verdict.PASS else target.masks().result(result)


def _end_test(result: Result) -> None:
    if result.verdict is Verdict.NOT_APPLICABLE:
        pytest.skip(f"not applicable: {result.reason}")
    if result.verdict is Verdict.EXPECTED_FAIL:
        pytest.xfail(result.reason)
    if result.verdict is not Verdict.PASS:
        pytest.fail(explained(result), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """The report takes the result with it, and shows nothing of what was raised that nobody should see."""
    report = yield
    if case_of(item) is None:
        return report
    if report.when == "call":
        # Other members of a report travel between processes as they are, when they are plain.
        with suppress(KeyError):
            vars(report)[RESULT] = json.dumps(item.stash[_RESULT].as_json())
        with suppress(KeyError):
            vars(report)[BROKEN_OFF] = item.stash[_BROKEN_OFF]
    if report.failed or report.sections:
        masks = item.config.stash[_TARGET].masks()
        report.longrepr = masks.text(report.longreprtext) if report.failed else report.longrepr
        report.sections = [(name, masks.text(text)) for name, text in report.sections]
    return report
