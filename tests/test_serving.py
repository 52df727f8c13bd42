"""`idmock serve` as users run it: a process, a ready line, real clients, and its end."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest
import requests

from mockserver.accounts import Account
from mockserver.cards.named import load_specimens
from mockserver.contract import load_accounts
from tests.tencent.raw import tc3
from tests.tencent.sdk import Sdk, advanced, config, picture
from tests.wire import connect

IDMOCK = Path(sys.executable).with_name("idmock")


@dataclass(frozen=True)
class Served:
    """A running `idmock serve`. It has what the tests' clients need of a MockServer."""

    process: subprocess.Popen[str]
    authority: str
    log: IO[str]

    @property
    def url(self) -> str:
        return f"http://{self.authority}"

    @property
    def clock(self) -> Served:
        return self

    def now(self) -> float:
        return time.time()

    def specimen(self, name: str) -> bytes:
        return load_specimens()[name].image_path.read_bytes()

    def account(self, state: str = "active") -> Account:
        return next(
            Account(**row) for row in load_accounts() if (row["vendor"], row["state"]) == ("tencent", state)
        )

    def logged(self) -> str:
        self.log.seek(0)
        return self.log.read()


@contextmanager
def serve(folder: Path, *arguments: str, **environ: str) -> Iterator[Served]:
    """Start the command in a folder and wait for its ready line; it is ended if the test has not ended it."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("IDMOCK_")}
    with (
        (folder / "stderr").open("w+") as log,
        subprocess.Popen(
            [IDMOCK, "serve", *arguments],
            cwd=folder,
            env={**inherited, **environ},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            ready = re.fullmatch(r"idmock ready http://(\S+:\d+)\n", line)
            assert ready, line + (folder / "stderr").read_text()
            yield Served(process, ready[1], log)
        finally:
            process.terminate()
            process.wait(timeout=15)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for the tests that only call it."""
    with serve(tmp_path_factory.mktemp("served"), "--port", "0") as running:
        yield running


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class TestCalls:
    """Over the server that users have, not the one in the tests' process."""

    def test_sdk(self, served: Served) -> None:
        """An answer with a crop in it, an error, and the exact Content-Type of both."""
        with Sdk(served, served.account()) as sdk:
            answer = sdk.call({**picture(served, "front"), **config("CropPortrait")})
            assert answer["Name"] == "饶光鸣"
            assert advanced(answer)["Portrait"].startswith("/9j/")
            assert sdk.reply.headers["Content-Type"] == "application/json"
            assert int(sdk.reply.headers["Content-Length"]) == len(sdk.reply.content)
            assert sdk.refusal(picture(served, "no-card")).get_code() == "FailedOperation.ImageNoIdCard"
            assert sdk.reply.headers["Content-Type"] == "application/json"

    @pytest.mark.parametrize("sign_method", ["TC3-HMAC-SHA256", "HmacSHA1"])
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_signatures(self, served: Served, method: str, sign_method: str) -> None:
        """Request line, query and body arrive as they were sent."""
        with Sdk(served, served.account(), reqMethod=method, sign_method=sign_method) as sdk:
            url = f"{served.url}/_idmock/specimens/front.jpg"
            assert sdk.call({"ImageUrl": url, "CardSide": "FRONT"})["Name"] == "饶光鸣"

    def test_proxied(self, served: Served) -> None:
        """A request line with an absolute URI."""
        host = "ocr.tencentcloudapi.com"
        with Sdk(served, served.account(), endpoint=host, proxy=served.url) as sdk:
            assert sdk.call(picture(served, "front"))["Name"] == "饶光鸣"

    def test_chunked(self, served: Served) -> None:
        """A body without a length."""
        request = tc3(served.account(), {"CardSide": "X", "ImageUrl": "x"})
        pieces = [request.body[:5], request.body[5:]]
        assert request.send(served, chunks=pieces).rule.endswith("#card-side")

    def test_awkward_query(self, served: Served) -> None:
        """Characters that some servers decode or encode anew."""
        query = "CardSide=%E6%AD%A3%20%E9%9D%A2%2F%2B~*!%27()&ImageUrl=%2f"
        assert tc3(served.account(), method="GET", query=query).send(served).rule.endswith("#card-side")

    def test_connection_is_kept(self, served: Served) -> None:
        """Several calls over one connection."""
        with requests.Session() as session:
            for _ in range(3):
                answer = session.get(f"{served.url}/_idmock/health", timeout=5)
                assert answer.json()["status"] == "ok"
                assert answer.headers.get("Connection", "keep-alive").lower() == "keep-alive"

    def test_large_body(self, served: Served) -> None:
        """Forty megabytes are answered, with a length and in chunks."""
        request = tc3(served.account(), {})
        block = b" " * 1024 * 1024
        reply = request.send(served, chunks=(block for _ in range(40)))
        assert reply.code == "RequestSizeLimitExceeded"
        answer = requests.post(served.url, block * 40, headers=dict(request.headers), timeout=20)
        assert answer.json()["Response"]["Error"]["Code"] == "RequestSizeLimitExceeded"

    def test_client_that_leaves_early(self, served: Served) -> None:
        """The server lives on."""
        for _ in range(3):
            with connect(served) as connection:
                connection.sendall(
                    b"POST / HTTP/1.1\r\nHost: x\r\nX-TC-Action: a\r\nContent-Length: 99\r\n\r\n{"
                )
        assert requests.get(f"{served.url}/_idmock/health", timeout=5).json()["own_faults"] == 0

    def test_slow_recognition_does_not_hold_up_others(self, served: Served) -> None:
        """While one call waits, another is answered."""
        with ThreadPoolExecutor(1) as pool, Sdk(served, served.account()) as slow:
            started = time.monotonic()
            waiting = pool.submit(slow.call, picture(served, "recognition-slow"))
            with Sdk(served, served.account()) as quick:
                quick.call(picture(served, "front"))
                assert not waiting.done()
            assert waiting.result()["Name"] == "饶光鸣"
            assert time.monotonic() - started >= 3

    def test_log_goes_to_stderr(self, served: Served) -> None:
        """One line a call; stdout has the ready line only."""
        with Sdk(served, served.account()) as sdk:
            request_id = sdk.call(picture(served, "back"))["RequestId"]
        (line,) = [line for line in served.logged().splitlines() if request_id in line]
        assert line.startswith("tencent IDCardOCR account=active code=ok status=200 ms=")

    def test_proxy_variable_is_no_header(self, tmp_path: Path) -> None:
        """A variable HTTP_… of the server's environment does not pose as a header of a request."""
        with serve(tmp_path, "--port", "0", HTTP_X_TC_ACTION="IDCardOCR") as running:
            assert requests.post(running.url, "{}", timeout=5).status_code == 404


class TestEnd:
    """Ctrl-C and a stop from outside."""

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_signal(self, tmp_path: Path, number: signal.Signals) -> None:
        """Ends soon, without a traceback, and the port is free again."""
        with serve(tmp_path, "--port", "0") as running:
            with Sdk(running, running.account()) as sdk:
                sdk.call(picture(running, "front"))
            running.process.send_signal(number)
            assert running.process.wait(timeout=10) in (0, 130)
            assert "Traceback" not in running.logged()
        with socket.socket() as again:
            again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            again.bind(("127.0.0.1", int(running.authority.rpartition(":")[2])))


class TestPort:
    """Where it listens."""

    def test_port_in_use(self, tmp_path: Path, served: Served) -> None:
        """Beside another server of ours: one sentence, exit code 2."""
        port = served.authority.rpartition(":")[2]
        result = subprocess.run(
            [IDMOCK, "serve", "--port", port],
            cwd=tmp_path, capture_output=True, text=True, timeout=20, check=False,
        )  # fmt: skip
        assert (result.returncode, result.stdout) == (2, "")
        assert result.stderr.strip() == (
            f"idmock: port {port} on 127.0.0.1 cannot be used: Address already in use; --port 0 picks a free one"
        )

    def test_port_by_variable_and_file(self, tmp_path: Path) -> None:
        """The variable wins over the file, and the ready line says which it is."""
        port = free_port()
        (tmp_path / "idmock.toml").write_text("port = 1\nvendor = ['tencent']\n")
        with serve(tmp_path, IDMOCK_PORT=str(port)) as running:
            assert running.authority == f"127.0.0.1:{port}"
            health = requests.get(f"{running.url}/_idmock/health", timeout=5).json()
            assert list(health["vendors"]) == ["tencent"]

    def test_all_addresses(self, tmp_path: Path) -> None:
        """The ready line names an address that works."""
        with serve(tmp_path, "--host", "0.0.0.0", "--port", "0") as running:
            assert running.authority.startswith("127.0.0.1:")
            assert requests.get(f"{running.url}/_idmock/health", timeout=5).ok

    def test_editions_and_hosts_reach_the_server(self, tmp_path: Path) -> None:
        """Options are more than parsed."""
        with serve(tmp_path, "--port", "0", "--edition", "tencent=current") as running:
            health = requests.get(f"{running.url}/_idmock/health", timeout=5).json()
            assert health["vendors"]["tencent"] == ["current"]
            with Sdk(running, running.account(), region=None) as sdk:
                assert sdk.call(picture(running, "front"))["AdvancedInfo"] == '{"WarnInfos":[]}'
