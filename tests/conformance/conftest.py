"""What tests of whole runs share: commands in folders of their own, and an implementation that is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from conformance.selftest.__main__ import serving
from conformance.selftest.wrappers import Behaviour, Mutant
from mockserver.testing import MockServer
from tests.pytest_runs import environment

#: Runs a command in an empty folder to its end.
Shell = Callable[..., subprocess.CompletedProcess[str]]
#: Serves the mock with a mistake, and gives its address.
Spoil = Callable[[Behaviour], str]

BIN = Path(sys.executable).parent


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    folder = tmp_path / "folder"
    folder.mkdir()

    def run(*words: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [BIN / words[0], *words[1:]],
            cwd=folder,
            env={**environment(), **environ},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def spoil(idmock: MockServer) -> Iterator[Spoil]:
    with ExitStack() as running:

        def start(behave: Behaviour) -> str:
            mutant = Mutant("any/spoiled", "is spoiled for a test", behave, ())
            return running.enter_context(serving(mutant.around(idmock.app)))

        yield start


def verdicts(report: Path) -> dict[str, str]:
    """Verdict by id, from a folder of reports."""
    rows = json.loads((report / "results.json").read_text("utf-8"))["results"]
    return {row["id"]: row["verdict"] for row in rows}
