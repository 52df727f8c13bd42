"""A proxy as a process of its own, with an authority that nobody else has."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from mockserver.clients.environment import proxied_environment
from mockserver.tls import open_authority


@dataclass(frozen=True)
class Running:
    """A running proxy and the folder of its authority."""

    url: str
    folder: Path

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def environment(self, vendor: str) -> Mapping[str, str]:
        """What `idmock env` prints for a client behind the proxy."""
        found = proxied_environment(vendor, "active", self.url, open_authority(self.folder), {})
        return found.variables


@contextmanager
def running_proxy(folder: Path, *options: str) -> Iterator[Running]:
    """`idmock proxy` on a free port."""
    command = [
        sys.executable,
        "-m",
        "mockserver",
        "proxy",
        "--proxy-port",
        "0",
        "--tls-dir",
        str(folder),
        *options,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            line = process.stdout.readline()
            assert line.startswith("idmock proxy ready "), process.stderr.read()
            yield Running(line.split()[-1], folder)
        finally:
            process.terminate()
            process.wait(timeout=10)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_proxy(tmp_path_factory.mktemp("authority")) as running:
        yield running


def bare_environment() -> dict[str, str]:
    """This process's environment without anything that the tests of a client are about."""
    about = ("PROXY", "CERT", "BUNDLE", "PYTHONPATH", "IDMOCK_")
    return {
        name: value for name, value in os.environ.items() if not any(word in name.upper() for word in about)
    }
