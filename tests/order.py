"""Which tests run where and when in several processes (`pytest -n auto`).

A file stays in one process, so that what its tests share is made once. The files that take longest come first, so that
no process has one of them left when the others have ended. Those that measure time follow each other in one process:
beside each other they would have the machine's processors full and measure that.
"""

from __future__ import annotations

import os

import pytest
from xdist.scheduler import LoadScopeScheduling

#: Start runs of several processes each, and judge by when answers came.
MEASURE_TIME = (
    "tests/load/test_limiter_runs.py",
    "tests/load/test_runs.py",
    "tests/console/test_browser.py",
    "tests/bench/test_command.py",
)
#: Fifteen seconds and more, the longest first.
LONG = (
    "tests/conformance/test_command.py",
    "tests/conformance/test_mutants.py",
    "tests/test_wheel.py",
    "tests/test_docs.py",
    "tests/test_cards_read.py",
    "tests/conformance/test_readme.py",
    "tests/conformance/test_plugin.py",
    "tests/test_cards_measure.py",
    "tests/load/test_limiter_rate.py",
    "tests/test_serving.py",
    "tests/test_readme.py",
    "tests/test_workers.py",
    "tests/tencent/test_generated.py",
    "tests/alimarket/test_generated.py",
)
_RANK = {file: number for number, file in enumerate((*MEASURE_TIME, *LONG))}


def file_of(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def by_length(items: list[pytest.Item]) -> None:
    """Long files first; all else stays in its order."""
    items.sort(key=lambda item: _RANK.get(file_of(item.nodeid), len(_RANK)))


class Scheduling(LoadScopeScheduling):
    """Gives files to processes, in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        file = file_of(nodeid)
        return "what measures time" if file in MEASURE_TIME else file


def processes() -> int | None:
    """One more than there are processors: some tests wait for something else most of their time.

    None where the variable of pytest-xdist says how many.
    """
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return usable + 1
