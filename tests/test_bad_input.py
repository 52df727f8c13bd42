"""What cannot work is refused in one sentence with exit code 2, never with a traceback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_cli import assert_one_sentence, idmock


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which somebody else listens, behind one that is free."""
    for _ in range(100):
        with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as before:
            port = server.getsockname()[1]
            try:
                before.bind(("127.0.0.1", port - 1))
            except OSError:
                continue
            before.close()
            yield port
            return
    pytest.fail("every port has a neighbour that is taken")


class TestWords:
    """A mistyped word gets the one that was meant."""

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("srve",), ("No such command 'srve' (did you mean 'serve'?)", "conform, load, grade")),
            (("frobnicate",), ("No such command 'frobnicate'; there are: serve",)),
            (("serve", "--prot", "1"), ("No such option", "--port")),
            (("serve", "--vendor", "tencet"), ("unknown vendor 'tencet' (did you mean 'tencent'?)",)),
            (("env", "huwei"), ("unknown vendor 'huwei' (did you mean 'huawei'?)", "alimarket, aliyun")),
            (("openapi", "megvi"), ("unknown vendor 'megvi' (did you mean 'megvii'?)",)),
            (("conform", "http://127.0.0.1:1", "--vendor", "aliyum"), ("'aliyum' (did you mean 'aliyun'?)",)),
            (("conform", "http://127.0.0.1:1", "--level", "most"), ("'must'", "'should'", "'may'")),
            (("load", "http://127.0.0.1:1", "--vendor", "alimarke"), ("(did you mean 'alimarket'?)",)),
            (
                ("load", "http://127.0.0.1:1", "--scenario", "none"),
                ("no scenario 'none'; there are", "smoke"),
            ),
            (("cards", "mak"), ("No such command 'mak'",)),
        ],
    )
    def test_meant(self, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
        assert_one_sentence(idmock(*arguments), *words)

    def test_in_a_variable(self) -> None:
        """Whoever set it weeks ago learns its name."""
        assert_one_sentence(idmock("serve", IDMOCK_PORT="http"), "IDMOCK_PORT", "'http'")


class TestPorts:
    """A port that somebody has."""

    def test_serve(self, taken_port: int) -> None:
        """Says which, why, and the way out."""
        result = idmock("serve", "--port", str(taken_port))
        assert_one_sentence(result, f"port {taken_port} on 127.0.0.1", "in use", "--port 0")

    def test_ports(self, taken_port: int) -> None:
        """One of the vendors' own, which follow the shared one."""
        result = idmock("serve", "--ports", "--port", str(taken_port - 1))
        assert_one_sentence(result, f"port {taken_port} on 127.0.0.1", "in use")

    def test_proxy(self, taken_port: int, tmp_path: Path) -> None:
        """The proxy's."""
        result = idmock("proxy", "--proxy-port", str(taken_port), "--tls-dir", str(tmp_path / "tls"))
        assert result.returncode == 2
        assert result.stderr.splitlines()[-1].startswith(
            f"idmock: port {taken_port} on 127.0.0.1 cannot be used"
        )
        assert "Traceback" not in result.stderr


class TestWriting:
    """A place that cannot be written to. A file stands where a folder has to be: that stops root too."""

    @pytest.fixture
    def blocked(self, tmp_path: Path) -> str:
        """A folder that cannot be made."""
        (tmp_path / "file").write_text("")
        return str(tmp_path / "file" / "folder")

    @pytest.mark.parametrize(
        "arguments",
        [
            ("cards", "make", "--out"),
            ("serve", "--port", "0", "--tls", "--tls-dir"),
            ("proxy", "--proxy-port", "0", "--tls-dir"),
            ("env", "tencent", "--proxy", "--tls-dir"),
            ("load", "http://127.0.0.1:1", "--report"),
        ],
        ids=" ".join,
    )
    def test_named(self, blocked: str, arguments: tuple[str, ...]) -> None:
        """The place and the reason."""
        assert_one_sentence(idmock(*arguments, blocked), str(Path(blocked).parent), "Not a directory")


class TestExtras:
    """A package of an extra that is not there."""

    @pytest.mark.parametrize(
        ("module", "arguments", "extra"),
        [
            ("pytest", ("conform", "http://127.0.0.1:1"), "conform"),
            ("xdist", ("conform", "http://127.0.0.1:1", "--processes", "2"), "conform"),
            ("locust", ("load", "http://127.0.0.1:1"), "load"),
            ("hdrh", ("load", "http://127.0.0.1:1"), "load"),
            ("redis", ("serve", "--port", "0", "--state", "redis://127.0.0.1:1/0"), "redis"),
            ("cryptography", ("serve", "--port", "0", "--tls"), "tls"),
            ("platformdirs", ("proxy", "--proxy-port", "0"), "tls"),
        ],
    )
    def test_is_named(self, module: str, arguments: tuple[str, ...], extra: str) -> None:
        """With the command that installs it."""
        program = (
            "import sys\n"
            "class Absent:\n"
            "    def find_spec(self, name, path=None, target=None):\n"
            f"        if name == {module!r}:\n"
            "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
            "sys.meta_path.insert(0, Absent())\n"
            f"import importlib.util as util\n"
            f"found = util.find_spec\n"
            f"util.find_spec = lambda name, *more: None if name == {module!r} else found(name, *more)\n"
            f"sys.argv = ['idmock', *{arguments!r}]\n"
            "from mockserver.cli import main\nmain()\n"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
        assert_one_sentence(done, f"pip install 'idcard-mock[{extra}]'")


def test_data_that_is_missing(tmp_path: Path) -> None:
    """An installation without its data says so."""
    shutil.copytree(
        Path(__file__).parent.parent / "mockserver",
        tmp_path / "mockserver",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    environ = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "mockserver", "openapi", "tencent"],
        cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert_one_sentence(done, "reinstall idcard-mock")
