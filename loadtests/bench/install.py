"""Getting the peers: from npm and pip into ``build/peers``, once, and anew when what is wanted has changed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

SETTINGS = Path(__file__).parents[1] / "peers"
CACHE = Path(__file__).parents[2] / "build" / "peers"
NODE_MODULES = CACHE / "node_modules"
MOTO = CACHE / "moto"
TOOLS = ("node", "npm", "java")
_PACKAGES = "Debian: apt-get install nodejs npm default-jre-headless"


def missing_tools() -> str | None:
    """One sentence about what is not there; None when everything is."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if not missing:
        return None
    return f"the peers need {', '.join(TOOLS)}; not found: {', '.join(missing)} ({_PACKAGES})"


def install_node_peers() -> str | None:
    """Install what ``peers/package.json`` names; why that failed, or None."""
    CACHE.mkdir(parents=True, exist_ok=True)
    wanted = SETTINGS / "package.json"
    # The packages run without their installation scripts, so nothing of them runs before it is measured.
    command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
    return _install(wanted, CACHE / "package.json", NODE_MODULES, [command])


def install_moto() -> str | None:
    """Install what ``peers/requirements.txt`` names, in a virtual environment; why that failed, or None."""
    CACHE.mkdir(parents=True, exist_ok=True)
    wanted = SETTINGS / "requirements.txt"
    create = [sys.executable, "-m", "venv", str(MOTO)]
    fill = [str(MOTO / "bin" / "python"), "-m", "pip", "install", "--quiet", "--requirement", str(wanted)]
    return _install(wanted, MOTO / "installed.txt", MOTO, [create, fill])


def _install(wanted: Path, done: Path, folder: Path, commands: Sequence[Sequence[str]]) -> str | None:
    """Run the commands, unless ``done`` is a copy of ``wanted`` already; it is one as soon as they have worked."""
    text = wanted.read_bytes()
    if folder.is_dir() and done.is_file() and done.read_bytes() == text:
        return None
    done.unlink(missing_ok=True)
    if done.name == wanted.name:  # the commands read it
        done.write_bytes(text)
    for command in commands:
        ran = subprocess.run(command, cwd=CACHE, capture_output=True, text=True, check=False)  # noqa: S603
        if ran.returncode != 0:
            done.unlink(missing_ok=True)
            said = (ran.stderr or ran.stdout).strip().splitlines() or ["nothing was said"]
            return f"{' '.join(command[:3])} failed: {said[-1]}"
    done.write_bytes(text)
    return None
