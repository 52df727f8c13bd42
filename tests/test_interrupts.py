"""Ctrl-C and SIGTERM, whenever they come: no traceback, nothing left running, a shell sees what happened."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.serving import served

#: Waits in the middle of an import, as a slow disk would; tells when it has got there.
_STUCK = """\
import pathlib, time
pathlib.Path("importing").touch()
time.sleep(30)
"""


def interrupted(command: list[str], number: int, after: Path, cwd: Path) -> tuple[int, str]:
    """Exit code and standard error of a command that is sent a signal as soon as there is a file."""
    with subprocess.Popen(command, cwd=cwd, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 20
        while not after.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
    return process.returncode, errors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_during_imports(tmp_path: Path, number: int) -> None:
    """The process ends by the signal itself."""
    (tmp_path / "click.py").write_text(_STUCK)
    command = [sys.executable, "-m", "mockserver", "serve"]
    code, errors = interrupted(command, number, tmp_path / "importing", tmp_path)
    assert (code, errors) == (-number, "")


def test_first_process_of_a_container() -> None:
    """It is spared by a signal's default, which must not keep it from ending."""
    program = (
        "import os, signal\n"
        "from mockserver.serving import interrupts\n"
        "interrupts.end_at_once()\n"
        "signal.signal = lambda *_: None  # whatever is set, the signal does nothing\n"
        "os.kill = lambda *_: None\n"
        "signal.raise_signal(signal.SIGTERM)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (128 + signal.SIGTERM, "")


def test_ignored_ones_stay_ignored(tmp_path: Path) -> None:
    """As under nohup and in a script's background: Ctrl-C is for what is in front."""
    program = (
        "import signal\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "from mockserver.serving import interrupts\n"
        "interrupts.end_at_once()\n"
        "interrupts.tidy_up_first()\n"
        "signal.raise_signal(signal.SIGINT)\n"
        "print('still here')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout, done.stderr) == (0, "still here\n", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_cards_stay_whole(tmp_path: Path, number: int) -> None:
    """What was written until then is JSON to its end."""
    command = [sys.executable, "-m", "mockserver", "cards", "make", "--out", "made", "--count", "5000"]
    code, errors = interrupted(command, number, tmp_path / "made" / "card-00003-front.jpg", tmp_path)
    assert (code, errors.strip()) == (128 + number, "")
    assert (tmp_path / "made" / "cards.json").read_text("utf-8").endswith("]}\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_server(tmp_path: Path, number: int) -> None:
    """It ends well before Docker would kill it, and nobody holds the port any longer."""
    with served(tmp_path) as server:
        server.process.send_signal(number)
        assert server.process.wait(timeout=8) == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=5)
    assert server.stderr.read_text("utf-8") == ""
