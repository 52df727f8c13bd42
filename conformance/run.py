"""A run in this process: pytest judges, nothing of the user's own pytest takes part."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from conformance.data import HERE
from conformance.errors import SuiteError
from conformance.outcome import Outcome
from conformance.plugin import recorder_of
from conformance.recorder import Recorder
from conformance.report import make_directory
from conformance.settings import RunSettings
from conformance.target import Target

#: Variables with which a user steers pytest.
_OWN = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DEBUG", "PYTEST_THEME", "PYTEST_THEME_MODE")


def run(
    settings: RunSettings,
    options: Mapping[str, Any],
    processes: str | None = None,
    on_judged: Callable[[], None] = lambda: None,
) -> Outcome:
    """What comes of a run; its reports are written. ``on_judged`` is called after each case.

    ``options`` are those that ``settings`` were read from, by their names at pytest's command line; ``processes`` is a
    number or "auto". A target that does not answer is an outcome too. Raises SuiteError for what could not start.
    """
    if settings.report is not None:
        make_directory(settings.report)
    target = Target(settings.description)
    try:
        target.probe()
    except SuiteError as error:
        recorder = Recorder(settings, target, writes=True)
        recorder.broke_off(str(error))
        recorder.write()
        return recorder.outcome()
    watcher = _Watcher(on_judged)
    with _without_the_users_own():
        status = pytest.main([*_arguments(options), *_in_processes(processes)], plugins=[watcher])
    if watcher.config is None or status is pytest.ExitCode.INTERNAL_ERROR:
        raise SuiteError(f"pytest ended with {status} before anything was judged")
    return recorder_of(watcher.config).outcome()


def _arguments(options: Mapping[str, Any]) -> list[str]:
    """pytest's command line. A list is an option many times, True one without a value, None and False none."""
    words = ["-c", str(HERE / "run.ini"), "-p", "conformance.plugin", "--pyargs", "conformance.test_clauses"]
    for name, value in options.items():
        flag = f"--{name.replace('_', '-')}"
        if value is True:
            words.append(flag)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            words += [f"{flag}={one}" for one in value]
        elif value is not None and value is not False:
            words.append(f"{flag}={value}")
    return words


def _in_processes(processes: str | None) -> list[str]:
    return [] if processes is None else ["-p", "xdist.plugin", "-n", processes]


@contextmanager
def _without_the_users_own() -> Iterator[None]:
    """The environment as pytest, and the processes that it starts, are to see it."""
    before = dict(os.environ)
    for name in _OWN:
        os.environ.pop(name, None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class _Watcher:
    """Keeps the configuration, where the recorder is, and tells of progress."""

    def __init__(self, on_judged: Callable[[], None]) -> None:
        self.config: pytest.Config | None = None
        self._on_judged = on_judged

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        self.config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self._on_judged()
