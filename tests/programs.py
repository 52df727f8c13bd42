"""The clients that the console shows, as files beside a picture, compiled and run as their reader would."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from mockserver.accounts import Account
from mockserver.clients.environment import environment_of
from mockserver.clients.snippets import snippets_of
from mockserver.testing import MockServer

#: What the SDKs of Go and Java are compiled against: see the README there.
SIGNATURES = Path(__file__).parent / "sdk_signatures"


class Program(NamedTuple):
    """A client in a folder of its own."""

    folder: Path
    file: str
    account: Account
    url: str


#: Language -> its file, and the command that runs it.
COMMANDS = {
    "curl": ("run.sh", ["bash", "run.sh"]),
    "Node": ("run.mjs", ["node", "run.mjs"]),
    "Java": ("Client.java", ["java", "-cp", "classes", "Client"]),
    "Go": ("client.go", ["./client"]),
}


def saved(mock: MockServer, folder: Path, vendor: str, language: str, state: str = "active") -> Program:
    """The vendor's client in a language, with the picture that it reads, for an account in this state."""
    account = mock.account(vendor, state)
    file, _ = COMMANDS[language]
    text = next(one.text for one in snippets_of(account, mock.url) if one.language == language)
    (folder / file).write_text(text, "utf-8")
    (folder / "front.jpg").write_bytes(mock.specimen("front"))
    return Program(folder, file, account, mock.url)


def run(program: Program) -> subprocess.CompletedProcess[str]:
    """What it prints; it has the variables that are printed for the account, and nothing else of the vendor's."""
    command = next(words for file, words in COMMANDS.values() if file == program.file)
    if not command[0].startswith("./"):
        needed(command[0])
    return _done(command, program.folder, environment_of(program.account, program.url).variables)


def compile_java(folder: Path) -> subprocess.CompletedProcess[str]:
    """``javac`` with all warnings as errors."""
    words = ["-Xlint:all", "-Werror", "-d", "classes", "-sourcepath", str(SIGNATURES / "java"), "Client.java"]
    return _done([needed("javac"), *words], folder)


def vet_go(folder: Path) -> subprocess.CompletedProcess[str]:
    """``go vet``, which compiles the program and all that it imports."""
    return _done([needed("go"), "vet", "client.go"], folder, _go(folder))


def build_go(folder: Path) -> subprocess.CompletedProcess[str]:
    """``go build`` to a file beside the program."""
    return _done([needed("go"), "build", "-o", "client", "client.go"], folder, _go(folder))


def needed(command: str) -> str:
    """The path of a command; without it the test fails in CI, which installs it, and is skipped elsewhere."""
    path = shutil.which(command)
    if path is None:
        text = f"{command} is not installed"
        if os.environ.get("CI"):
            pytest.fail(text)
        pytest.skip(text)
    return path


def _go(folder: Path) -> dict[str, str]:
    """Packages are looked for among the signatures and nowhere else."""
    cache = folder.parent / "go-build"  # one for the tests of a run
    return {"GO111MODULE": "off", "GOPATH": str(SIGNATURES / "go"), "GOCACHE": str(cache), "GOFLAGS": ""}


def _done(
    command: list[str], folder: Path, variables: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            **(variables or {}),
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
