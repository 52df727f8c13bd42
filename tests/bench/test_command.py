"""`make bench`, run for real and very shortly."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from loadtests.bench import __main__ as bench
from loadtests.bench import command
from loadtests.bench.servers import DidNotStart
from loadtests.bench.store import ABSENT
from tests.redis_server import need_redis


def run(*arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    """The command as a process, with another PATH if that is wanted."""
    environment = os.environ | ({} if path is None else {"PATH": path})
    line = [sys.executable, "-m", "loadtests.bench", *arguments]
    return subprocess.run(line, env=environment, capture_output=True, text=True, timeout=120, check=False)


def rows_of(output: str) -> dict[str, list[str]]:
    """The cells of the table by the name of the server."""
    lines = [line.strip("| ").split("|") for line in output.splitlines() if line.startswith("| megvii")]
    return {cells[1].strip(): [cell.strip() for cell in cells[2:]] for cells in lines}


def test_quick_run() -> None:
    """Every row has its figures, the bare handler's ratio is one, and a floor that nobody reaches makes it exit 1."""
    need_redis()
    done = run("--quick", "--requests", "40", "--vendor", "megvii", "--at-least", "1000")
    assert done.returncode == 1, done.stderr
    assert "below 1000.00 of the bare handler: megvii " in done.stderr
    rows = rows_of(done.stdout)
    assert list(rows) == [
        "bare Flask",
        "mock",
        "mock, new picture",
        "mock, no journal",
        "mock, Redis",
        "mock, Redis, 2 workers",
        "bare Flask, 2 workers",
        "fixed answer",
    ]
    assert rows["bare Flask"][1:3] == ["1.00", "1.00 - 1.00"]
    assert float(rows["mock, new picture"][0]) < float(rows["mock"][0])
    assert all(float(cells[0]) > 0 and float(cells[6]) > 5 for cells in rows.values())
    assert "megvii: limits, journal and log line " in done.stdout
    assert "first answer of idmock serve, from the command: " in done.stdout
    assert "3 rounds of 40 requests (5 with new pictures)" in done.stdout


def test_without_redis() -> None:
    """Its rows say what is missing, the others are measured, and that is a success."""
    done = run("--rounds", "1", "--requests", "8", "--vendor", "megvii", path="/nonexistent")
    assert done.returncode == 0, done.stderr
    rows = rows_of(done.stdout)
    assert rows["mock, Redis"][0] == rows["mock, Redis, 2 workers"][0] == f"not measured: {ABSENT}"
    assert float(rows["mock"][0]) > 0
    assert f"no rows with Redis: {ABSENT}" in done.stderr


def test_server_that_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence and exit code 2: nothing was measured."""

    def fail(*arguments: object) -> None:
        raise DidNotStart("no good answer to the first request: nothing; the log ends: 'full'")

    monkeypatch.setattr(command, "started", fail)
    result = CliRunner().invoke(bench.main, ["--vendor", "megvii", "--rounds", "1", "--requests", "4"])
    assert result.exit_code == 2
    assert "Error: no good answer to the first request: nothing; the log ends: 'full'" in result.stderr
    assert result.stdout == ""


def test_unknown_vendor() -> None:
    """Click names those there are."""
    result = CliRunner().invoke(bench.main, ["--vendor", "baidu"])
    assert result.exit_code == 2
    assert "'megvii'" in result.stderr
