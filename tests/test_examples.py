"""The example projects hold, alone and with their tests in parallel."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pytest_runs import environment

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.mark.parametrize("processes", [(), ("-n", "2")], ids=["one process", "two processes"])
@pytest.mark.parametrize("example", sorted(p.name for p in EXAMPLES.iterdir() if p.is_dir()))
def test_example(example: str, processes: tuple[str, ...]) -> None:
    """All its tests pass, none is skipped; pytest is started in its folder, as its user would."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *processes],
        cwd=EXAMPLES / example, env=environment(), capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (summary,) = re.findall(r"^(\d+) passed in .*$", done.stdout, re.MULTILINE)
    assert int(summary) > 5
