"""`idmock serve` as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Served:
    """A running server, where its process writes what it says, and the process."""

    url: str
    stdout: Path
    stderr: Path
    process: subprocess.Popen[str]


@contextmanager
def served(folder: Path, *options: str) -> Iterator[Served]:
    """A server on a free port with these options; ``folder`` takes what it writes."""
    stdout, stderr = folder / "stdout", folder / "stderr"
    command = [sys.executable, "-m", "mockserver", "serve", "--port", "0", *options]
    with (
        stderr.open("wb") as errors,
        stdout.open("w", encoding="utf-8") as copy,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        assert process.stdout is not None
        line = ""
        for line in process.stdout:
            copy.write(line)
            copy.flush()
            if line.startswith("idmock ready "):
                break
        try:
            assert line.startswith("idmock ready "), stderr.read_text("utf-8")
            yield Served(line.split()[-1], stdout, stderr, process)
        finally:
            process.terminate()
            copy.write(process.stdout.read())
            process.wait(timeout=10)
