"""Runs the code that `idmock env` prints, as it is printed."""

from __future__ import annotations

import subprocess
import sys

from mockserver.clients.environment import environment
from mockserver.data import data_path
from mockserver.testing import MockServer


def run_snippet(
    mock: MockServer, vendor: str, state: str = "active", **variables: str
) -> subprocess.CompletedProcess[str]:
    """The vendor's snippet in the project's folder, with the printed variables and nothing else that could stand in
    for one of them; ``variables`` are added."""
    printed = environment(vendor, state, mock.url)
    return subprocess.run(
        [sys.executable, "-c", printed.snippet],
        cwd=data_path("fixtures").parent,
        env={"PYTHONIOENCODING": "utf-8", **printed.variables, **variables},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
