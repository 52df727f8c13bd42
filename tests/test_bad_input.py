"""What cannot work is refused in one sentence with exit code 2, never with a traceback."""

from __future__ import annotations

import errno
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from mockserver.errors import ConfigError
from mockserver.serving.addresses import checked
from tests.serving import served
from tests.test_cli import IDMOCK, assert_one_sentence, idmock


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


@pytest.fixture
def free_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


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

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("serve", "--unknown-image", "smaple"), ("--unknown-image", "(did you mean 'sample'?)")),
            (
                ("serve", "--edition", "tencnt=current"),
                ("unknown vendor 'tencnt' (did you mean 'tencent'?)",),
            ),
            (("serve", "--edition", "tencent=curent"), ("no edition 'curent' (did you mean 'current'?)",)),
            (("env", "tencent", "--state", "disbled"), ("'disbled' (did you mean 'disabled'?)",)),
            (("load", "http://127.0.0.1:1", "--scenario", "smke"), ("(did you mean 'smoke'?)",)),
            (("conform", "http://127.0.0.1:1", "--level", "shuld"), ("(did you mean 'should'?)",)),
            (("cards", "make", "--out", "x", "--side", "frnt"), ("--side", "(did you mean 'front'?)")),
            (("serve", "--fetch-allow", "http://cdn/"), ("neither a host nor host:port",)),
            (("serve", "--fetch-allow", ""), ("neither a host nor host:port",)),
            (("serve", "--admin-token", ""), ("--admin-token", "printable ASCII")),
            (("serve", "--admin-token", "令牌"), ("--admin-token", "printable ASCII")),
            (("serve", "--workers", "x"), ("--workers: 'x' is not a valid integer",)),
            (("serve", "--state", "redis://127.0.0.1:x/0"), ("not of the form redis://host:port/db",)),
            (("serve", "--state", "redis://127.0.0.1:1/first"), ("not of the form redis://host:port/db",)),
            (("serve", "more"), ("(more)", "`idmock serve --help`")),
            (("cards", "make"), ("Missing option '--out'", "`idmock cards make --help`")),
            (("env", "tencent", "--proxy", "--proxy-url", "4591"), ("http://host:port",)),
        ],
    )
    def test_value(self, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
        """A value that an option cannot have."""
        assert_one_sentence(idmock(*arguments), *words)

    @pytest.mark.parametrize(
        ("arguments", "variable", "value", "words"),
        [
            (("serve",), "IDMOCK_PORT", "http", "'http' is not a valid integer"),
            (("serve",), "IDMOCK_PORTS", "maybe", "'maybe' is not a valid boolean"),
            (("serve",), "IDMOCK_VENDOR", "tencent tencnt", "unknown vendor 'tencnt'"),
            (("serve",), "IDMOCK_EDITION", "tencent=curent", "no edition 'curent'"),
            (("serve",), "IDMOCK_EDITION", "tencent", "not of the form VENDOR=NAME"),
            (("serve",), "IDMOCK_STATE", "redi://x", "neither memory nor of the form"),
            (("serve",), "IDMOCK_STATE", "redis://127.0.0.1:1/0", "is not available"),
            (("serve",), "IDMOCK_HOST", "no.such.host.invalid", "cannot be resolved"),
            (("serve",), "IDMOCK_CARDS", "/no/such/folder", "does not exist"),
            (("proxy",), "IDMOCK_HOST", "no.such.host.invalid", "cannot be resolved"),
            (("proxy",), "IDMOCK_MOCK", "4590", "not of the form http://host:port"),
            (("env", "tencent"), "IDMOCK_STATE", "disbled", "(did you mean 'disabled'?)"),
            (("env", "tencent"), "IDMOCK_URL", "4590", "not of the form http://host:port"),
        ],
    )
    def test_in_a_variable(
        self, tmp_path: Path, arguments: tuple[str, ...], variable: str, value: str, words: str
    ) -> None:
        """Whoever set it weeks ago learns its name."""
        environ = {"XDG_DATA_HOME": str(tmp_path), variable: value}
        assert_one_sentence(idmock(*arguments, **environ), f"idmock: {variable}: ", words)

    def test_in_the_file_and_found_out_late(self, tmp_path: Path) -> None:
        """What only the server can tell is blamed on the line as well."""
        (tmp_path / "idmock.toml").write_text("[serve]\nhost = 'no.such.host.invalid'\n")
        assert_one_sentence(idmock("serve", cwd=tmp_path), "line 2, [serve]: host: ", "cannot be resolved")


class TestAddresses:
    """A place to listen that there is not."""

    @pytest.mark.parametrize("command", ["serve", "proxy"])
    @pytest.mark.parametrize(
        ("host", "words"),
        [
            ("192.0.2.1", "this machine has no such address"),
            ("a" * 70 + ".test", "cannot be resolved: no name of a host"),
            ("two words", "cannot be resolved"),
        ],
    )
    def test_host(self, tmp_path: Path, command: str, host: str, words: str) -> None:
        """Said before anything else is."""
        assert_one_sentence(idmock(command, "--host", host, XDG_DATA_HOME=str(tmp_path)), words)

    def test_port_that_needs_rights(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whoever runs the tests may be root, so the system's refusal is a stand-in."""

        def refuse(self: socket.socket, address: object) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(socket.socket, "bind", refuse)
        with pytest.raises(ConfigError, match=r"port 443 .*Permission denied; above 1023") as refused:
            checked("127.0.0.1", 443)
        assert refused.value.option == "port"

    @pytest.mark.parametrize("host", ["localhost", "::1", "::", "0.0.0.0"])
    def test_others_are_served(self, tmp_path: Path, host: str) -> None:
        """A name as well as an address of either family, on the shared port and on the vendors' own."""
        with served(tmp_path, "--host", host, "--ports") as server:
            urls = [line.split()[-1] for line in server.stdout.read_text("utf-8").splitlines()]
            for url in urls:
                assert requests.get(f"{url}/_idmock/health", timeout=10).ok


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
        assert_one_sentence(result, f"port {taken_port} on 127.0.0.1", "in use", "--proxy-port 0")
        assert not (tmp_path / "tls").exists()


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


def test_reports_that_cannot_be_written(tmp_path: Path) -> None:
    """A run whose reports are not there has shown nothing, whatever came of it."""
    (tmp_path / "out" / "results.json").mkdir(parents=True)
    with served(tmp_path, "--vendor", "megvii") as server:
        words = ["conform", server.url, "--vendor", "megvii", "--only", "megvii/auth/*"]
        assert idmock(*words, cwd=tmp_path).returncode == 0
        done = idmock(*words, "--report", "out", cwd=tmp_path)
    assert done.returncode == 2
    assert "broken off: out/results.json cannot be written: Is a directory" in done.stdout


class TestOutput:
    """Nowhere to write what the command prints."""

    @pytest.mark.parametrize(
        "arguments",
        [("--help",), ("env", "tencent"), ("openapi", "megvii"), ("conform", "--list"), ("demo",)],
    )
    def test_full_disk(self, arguments: tuple[str, ...]) -> None:
        """The reason in one sentence."""
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [IDMOCK, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, timeout=30
            )
        assert done.returncode == 2
        assert done.stderr == "idmock: the output cannot be written: No space left on device\n"

    @pytest.mark.parametrize("arguments", [("openapi", "megvii"), ("conform", "--list")])
    def test_reader_that_goes_away(self, arguments: tuple[str, ...]) -> None:
        """The exit code is that of a broken pipe: 1 would be a verdict."""
        words = shlex.join([str(IDMOCK), *arguments])
        script = f"({words}; echo $? >&2) | true"
        shell = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=30)
        assert shell.stderr == "141\n"

    @pytest.mark.parametrize("stdout", ["> /dev/full", "| true"])
    def test_server_that_cannot_say_that_it_is_ready(
        self, tmp_path: Path, free_port: int, stdout: str
    ) -> None:
        """It serves all the same, and the log says so."""
        log = tmp_path / "log"
        script = f"{IDMOCK} serve --port {free_port} 2> {log} {stdout}"
        with subprocess.Popen(["bash", "-c", script], start_new_session=True) as shell:
            try:
                deadline = time.monotonic() + 20
                while "ready, but standard output takes nothing" not in (
                    log.read_text() if log.exists() else ""
                ):
                    assert time.monotonic() < deadline
                    time.sleep(0.05)
                assert requests.get(f"http://127.0.0.1:{free_port}/_idmock/health", timeout=10).ok
            finally:
                os.killpg(shell.pid, signal.SIGTERM)


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
