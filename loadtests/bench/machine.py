"""What a figure belongs to: the machine, and the versions that matter."""

from __future__ import annotations

import datetime
import os
import platform
import re
import subprocess
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

_LIBRARIES = ("flask", "granian", "orjson", "jsonschema", "pillow")


def describe_machine() -> str:
    """One line: date, processor and cores, system, Python and the libraries a request goes through."""
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return (
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}; {os.cpu_count()} × {processor()}; "
        f"{platform.system()} {platform.release()}; Python {platform.python_version()}; {libraries}"
    )


def load_now() -> str:
    """How busy the machine is with everything that runs on it, the benchmark included."""
    if not hasattr(os, "getloadavg"):
        return "unknown"
    return f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} processors, this run included"


def processor() -> str:
    """The processor's name, as far as the system tells it."""
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or platform.machine()


def version_line(command: Sequence[str]) -> str:
    """The first line that a tool prints about its version.

    Raises OSError when the tool is not there, CalledProcessError when it fails.
    """
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    return (done.stdout or done.stderr).strip().splitlines()[0]
