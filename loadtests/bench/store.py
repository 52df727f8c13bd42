"""A Redis of the benchmark's own: on a free port of loopback, with nothing on disk."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_connection

from loadtests.bench.servers import DidNotStart, free_port

BINARY = "redis-server"
ABSENT = f"{BINARY} is not installed (Debian: apt-get install {BINARY})"
_START_SECONDS = 5.0


def redis_is_there() -> bool:
    """Whether there is a Redis to start."""
    return shutil.which(BINARY) is not None


@contextmanager
def redis_running(folder: Path) -> Iterator[str]:
    """Its address, as ``redis://HOST:PORT``, to which a database's number is added. Raises DidNotStart."""
    port = free_port()
    command = [BINARY, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        _await_connection(port)
        yield f"redis://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _await_connection(port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        try:
            create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.01)
        else:
            return
    raise DidNotStart(f"{BINARY} does not take connections on port {port}")
