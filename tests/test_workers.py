"""`idmock serve` with several workers: real processes, one Redis, one limit between them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from mockserver import vendors
from mockserver.accounts import Account
from mockserver.cards.named import load_specimens
from tests.redis_server import RedisServer

WORKERS = 2


@dataclass
class Served:
    """A running `idmock serve`."""

    url: str
    ready_lines: list[str]
    log: Path
    process: subprocess.Popen[str]

    def account(self, vendor: str, **limits: int) -> Account:
        """A new account over the admin API."""
        sent = {"vendor": vendor, "state": "active", "limits": limits}
        reply = requests.post(f"{self.url}/_idmock/accounts", json=sent, timeout=10)
        assert reply.status_code == 201, reply.text
        return Account(**reply.json())

    def call(self, account: Account) -> str:
        """One call of the vendor's client: ``ok`` or what it made of the refusal."""
        picture = load_specimens()["front"].image_path.read_bytes()
        try:
            vendors.load(account.vendor).client.call(self.url, account, picture)
        except RuntimeError as error:
            return str(error)
        return "ok"

    def call_often(self, accounts: list[Account]) -> Counter[tuple[str, bool]]:
        """Each call once, many at a time: how many of each account passed and how many did not."""
        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(self.call, accounts))
        return Counter((one.name, outcome == "ok") for one, outcome in zip(accounts, outcomes, strict=True))

    def workers_that_answered(self) -> set[int]:
        """Process ids at the beginning of the lines that tell of a call."""
        return {
            int(pid) for pid in re.findall(r"^(\d+) \w+ \w+ account=", self.log.read_text(), re.MULTILINE)
        }


StartServer = Callable[..., Served]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[StartServer]:
    """Starts servers; they are interrupted at the end of the test."""
    running: list[subprocess.Popen[str]] = []

    def start(*options: str) -> Served:
        log = tmp_path / f"server-{len(running)}.log"
        with log.open("w") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", "mockserver", "serve", "--port", "0", *options],
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        running.append(process)
        assert process.stdout is not None
        lines = []
        while not lines or not lines[-1].startswith("idmock ready "):
            line = process.stdout.readline()
            assert line, log.read_text()
            lines.append(line.strip())
        return Served(lines[-1].rpartition(" ")[2], lines, log, process)

    yield start
    for process in running:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise


@pytest.fixture
def two_workers(serve: StartServer, redis_server: RedisServer) -> Served:
    """Two workers on an empty Redis, whose clock stands."""
    redis_server.clear()
    served = serve("--workers", str(WORKERS), "--state", redis_server.url)
    reply = requests.put(f"{served.url}/_idmock/clock", json={"frozen": True}, timeout=10)
    assert reply.status_code == 200, reply.text
    return served


def test_one_limit_between_two_workers(two_workers: Served) -> None:
    """Of fifty calls in one frozen second exactly twenty pass, in the next one too, and both workers answered."""
    account = two_workers.account("tencent")
    for _ in range(2):
        assert two_workers.call_often([account] * 50) == {(account.name, True): 20, (account.name, False): 30}
        requests.put(f"{two_workers.url}/_idmock/clock", json={"shift_seconds": 1}, timeout=10)
    assert len(two_workers.workers_that_answered()) == WORKERS


def test_accounts_do_not_share(two_workers: Served) -> None:
    """Ten clients at once, each with an account of its own and a limit of its own, get what is theirs."""
    accounts = [two_workers.account("tencent", requests_per_second=number) for number in range(1, 11)]
    outcomes = two_workers.call_often(accounts * 12)
    assert [outcomes[account.name, True] for account in accounts] == list(range(1, 11))


def test_quota_and_journal_of_both(two_workers: Served) -> None:
    """A package is counted down once, and whoever is asked knows of every call."""
    account = two_workers.account("tencent", calls_left=7)
    assert two_workers.call_often([account] * 15)[account.name, True] == 7
    for code, expected in (("ok", 7), ("ResourceUnavailable.ResourcePackageRunOut", 8)):
        query = {"vendor": "tencent", "account": account.name, "code": code}
        counts = [
            requests.get(f"{two_workers.url}/_idmock/journal/count", query, timeout=10).json()["count"]
            for _ in range(8)
        ]
        assert counts == [expected] * 8


def test_two_servers_on_one_redis(serve: StartServer, redis_server: RedisServer) -> None:
    """As two hosts would be: an account minted here is known there, and has one limit."""
    redis_server.clear()
    here, there = (serve("--state", redis_server.url) for _ in range(2))
    requests.put(f"{here.url}/_idmock/clock", json={"frozen": True}, timeout=10)
    account = here.account("tencent", requests_per_second=5)
    outcomes = [(here, there)[number % 2].call(account) for number in range(12)]
    assert outcomes == ["ok"] * 5 + ["RequestLimitExceeded"] * 7


def test_state_of_an_earlier_server_is_told(serve: StartServer, redis_server: RedisServer) -> None:
    """A clock that was left standing is still standing, and the log says so."""
    redis_server.clear()
    earlier = serve("--state", redis_server.url)
    requests.put(f"{earlier.url}/_idmock/clock", json={"frozen": True}, timeout=10)
    earlier.account("tencent")
    later = serve("--state", redis_server.url)
    assert (
        "the state holds from before: 1 account, 1 clock; POST /_idmock/reset forgets it"
        in later.log.read_text()
    )
    assert requests.get(f"{later.url}/_idmock/clock", timeout=10).json()["frozen"]
    assert "holds from before" not in earlier.log.read_text()


def test_ready_line_comes_once(serve: StartServer, redis_server: RedisServer) -> None:
    """However many workers there are, and the vendors' own ports before it."""
    served = serve("--workers", str(WORKERS), "--state", redis_server.url, "--ports")
    assert [line.split()[1] for line in served.ready_lines] == [*vendors.names(), "ready"]
    served.process.send_signal(signal.SIGINT)
    rest, _ = served.process.communicate(timeout=20)
    assert rest == ""


def test_dead_worker_is_replaced(two_workers: Served) -> None:
    """The others go on, and soon there are as many as before."""
    account = two_workers.account("tencent", requests_per_second=1_000_000)
    deadline = time.monotonic() + 30
    while len(two_workers.workers_that_answered()) < WORKERS:
        assert two_workers.call(account) == "ok"
        assert time.monotonic() < deadline
    before = two_workers.workers_that_answered()
    os.kill(min(before), signal.SIGKILL)
    while not two_workers.workers_that_answered() - before:
        try:
            assert two_workers.call(account) == "ok"
        except (OSError, requests.RequestException):
            time.sleep(0.01)  # the connection was given to the worker that is no more
        assert time.monotonic() < deadline


def test_token_is_told_where_others_can_reach_the_port(serve: StartServer) -> None:
    """On any address but loopback; it opens the mock's own surface, whose health is open anyway."""
    served = serve("--host", "0.0.0.0")
    pattern = r"^idmock: /_idmock/\* needs the header  (Authorization): (Bearer \S{20,})$"
    found = re.search(pattern, served.log.read_text(), re.MULTILINE)
    assert found is not None
    url = f"{served.url}/_idmock/accounts"
    assert requests.get(url, timeout=10).status_code == 401
    assert requests.get(url, headers={found[1]: found[2]}, timeout=10).status_code == 200
    assert requests.get(f"{served.url}/_idmock/health", timeout=10).status_code == 200


def test_token_that_was_given_is_not_told(serve: StartServer) -> None:
    """Nor one on loopback, where none is needed."""
    given = serve("--host", "0.0.0.0", "--admin-token", "a-token-of-mine")
    assert "token" not in given.log.read_text()
    assert "Bearer" not in given.log.read_text() + serve().log.read_text()
