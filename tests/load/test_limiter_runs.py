"""`idmock load --scenario limit` itself, against the mock behind limiters that are right and wrong.

The middleware below takes the mock's own limits away, decides by a model which calls pass, and lets the mock refuse the
others in the vendor's way. Each run has a process and accounts of its own; some go on side by side.
"""

from __future__ import annotations

import io
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
import requests

from mockserver.serving.threaded import ThreadedServer
from mockserver.testing import MockServer
from tests.load.limiters import Limiter, locked, never_again, shared, windows

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BIN = Path(sys.executable).parent
#: The vendor of the runs on calls per second: its documented limit is low, which makes them cheap.
RATE_VENDOR, RATE_LIMIT = "aliyun", 10
PLACES_VENDOR, PLACES_LIMIT = "megvii", 10
THROTTLED = "Throttling.User"
#: Runs side by side: with more of them, two processors are busy with nothing but making and answering their calls.
_AT_A_TIME = 4
#: How often a run that the machine was too busy for is repeated.
_TRIES_ALONE = 3


@dataclass(frozen=True)
class Behind:
    """The mock behind a limiter of one's own, and the row with which it refuses."""

    application: WSGIApplication
    limiter: Limiter
    refusal: str = THROTTLED

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/_idmock/accounts" and environ["REQUEST_METHOD"] == "POST":
            with_limits(environ, {"requests_per_second": 1_000_000})
        key = re.search(r"Credential=([^,/]+)", environ.get("HTTP_AUTHORIZATION", ""))
        if key is not None and not self.limiter(key[1], time.time()):
            environ["HTTP_X_IDMOCK_FAULT"] = self.refusal
        return self.application(environ, start_response)


def with_limits(environ: WSGIEnvironment, limits: dict[str, int]) -> None:
    """Mint the account with other limits."""
    wanted = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    body = json.dumps(wanted | {"limits": limits}).encode()
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))


def minting(application: WSGIApplication, limits: dict[str, int]) -> WSGIApplication:
    """The mock, whose accounts have other limits than was asked for."""

    def changed(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/_idmock/accounts" and environ["REQUEST_METHOD"] == "POST":
            with_limits(environ, limits)
        return application(environ, start_response)

    return changed


#: By name: the vendor, the implementation, the exit code, and the clauses that have to fail.
CASES: dict[str, tuple[str, Callable[[WSGIApplication], WSGIApplication], int, set[str]]] = {
    "right": (RATE_VENDOR, lambda app: app, 0, set()),
    "right, in windows of its own": (
        RATE_VENDOR,
        lambda app: Behind(app, locked(windows(RATE_LIMIT, phase=0.43))),
        0,
        set(),
    ),
    "one too many": (
        RATE_VENDOR,
        lambda app: minting(app, {"requests_per_second": RATE_LIMIT + 1}),
        1,
        {"rate/at-most"},
    ),
    "one too few": (
        RATE_VENDOR,
        lambda app: minting(app, {"requests_per_second": RATE_LIMIT - 1}),
        1,
        {"rate/at-least"},
    ),
    "shared": (
        RATE_VENDOR,
        lambda app: Behind(app, locked(shared(windows(RATE_LIMIT)))),
        1,
        {"rate/not-shared"},
    ),
    "windows of half a second": (
        RATE_VENDOR,
        lambda app: Behind(app, locked(windows(RATE_LIMIT // 2, 0.5))),
        1,
        {"rate/burst"},
    ),
    "never again": (
        RATE_VENDOR,
        lambda app: Behind(app, locked(never_again(windows(RATE_LIMIT)))),
        1,
        {"rate/at-least", "rate/full-again"},
    ),
    "another code": (
        RATE_VENDOR,
        lambda app: Behind(app, locked(windows(RATE_LIMIT)), "Throttling.Api"),
        1,
        {"rate/own-error"},
    ),
    "right in flight": (PLACES_VENDOR, lambda app: app, 0, set()),
    "one too many in flight": (
        PLACES_VENDOR,
        lambda app: minting(app, {"concurrency": PLACES_LIMIT + 1}),
        1,
        {"concurrency/at-most"},
    ),
    "one too few in flight": (
        PLACES_VENDOR,
        lambda app: minting(app, {"concurrency": PLACES_LIMIT - 1}),
        1,
        {"concurrency/at-least"},
    ),
}


@dataclass(frozen=True)
class Run:
    """A run that has ended."""

    code: int
    stdout: str
    stderr: str
    report: Path

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((self.report / "report.json").read_text("utf-8"))
        return document

    def clauses(self, verdict: str) -> set[str]:
        return {f["clause"] for f in self.document["findings"] if f["verdict"] == verdict}


def command(url: str, *words: str) -> list[str]:
    return [str(BIN / "idmock"), "load", url, "--scenario", "limit", *words]


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer() as running:
        yield running


@pytest.fixture(scope="module")
def runs(server: MockServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Every case, some at a time; one in which a busy machine hid what is wrong is repeated on its own."""
    folder = tmp_path_factory.mktemp("limits")
    found: dict[str, Run] = {}
    numbers = count()
    with ExitStack() as stack:

        def begin(name: str) -> Callable[[], Run]:
            vendor, make, _, _ = CASES[name]
            front = stack.enter_context(closing(ThreadedServer(make(server.app), "127.0.0.1")))
            report = folder / str(next(numbers))
            url = f"http://127.0.0.1:{front.port}"
            process = start(*command(url, "--vendor", vendor, "--report", str(report)))
            stack.callback(process.kill)

            def end() -> Run:
                out, err = process.communicate(timeout=120)
                return Run(process.returncode, out, err, report)

            return end

        names = list(CASES)
        for wave in (names[n : n + _AT_A_TIME] for n in range(0, len(names), _AT_A_TIME)):
            ends = {name: begin(name) for name in wave}
            found |= {name: end() for name, end in ends.items()}
        for name in names:
            for _ in range(_TRIES_ALONE):
                if not is_spoiled(name, found[name]):
                    break
                found[name] = begin(name)()
        return found


def is_spoiled(name: str, run: Run) -> bool:
    """Whether a run did not show what its case is about. A right limiter that fails is no such run: it never may."""
    _, _, code, clauses = CASES[name]
    return run.code not in (1, code) or (code == 1 and not clauses <= run.clauses("fail"))


@pytest.mark.parametrize("name", CASES)
def test_the_verdict_is_the_limiters(name: str, runs: dict[str, Run]) -> None:
    """Exit code and the clauses that say what is wrong; right limiters pass every clause."""
    _, _, code, expected = CASES[name]
    run = runs[name]
    assert run.code == code, run.stdout + run.stderr
    assert expected <= run.clauses("fail"), run.stdout
    assert run.document["verdict"] == {0: "pass", 1: "fail"}[code]
    assert "Traceback" not in run.stderr


def test_a_failing_clause_is_named_on_the_terminal(runs: dict[str, Run]) -> None:
    """With what was found, and what would explain it."""
    out = runs["one too many"].stdout
    assert re.search(r"FAIL  aliyun rate/at-most: .*it behaves like 11 in 1 s", out), out
    assert "status 400" in runs["another code"].stdout or "Throttling.Api" in runs["another code"].stdout


def test_reports_have_the_windows(runs: dict[str, Run]) -> None:
    """In each full second above the limit as many pass as may, give or take one at its edges; the plot is there."""
    run = runs["right"]
    shown = [w for w in run.document["windows"] if w["clause"] == "rate/at-most"]
    assert len(shown) >= 4
    # Calls beside an edge of a window may count to either side.
    assert all(abs(w["passed"] - RATE_LIMIT) <= 1 for w in shown[1:-1])
    assert all(w["refused"] > 0 for w in shown[1:-1])
    assert "rate/at-most" in (run.report / "report.html").read_text("utf-8")
    suite = ElementTree.parse(run.report / "junit.xml").getroot()
    assert suite.attrib["failures"] == suite.attrib["errors"] == "0"
    failed = ElementTree.parse(runs["shared"].report / "junit.xml").getroot()
    assert int(failed.attrib["failures"]) >= 1


def test_nothing_is_left_behind(server: MockServer, runs: dict[str, Run]) -> None:
    """Accounts and delays are taken back."""
    accounts = requests.get(f"{server.url}/_idmock/accounts", timeout=10).json()["accounts"]
    assert not [account["name"] for account in accounts if account["name"].startswith("minted")]
    assert requests.get(f"{server.url}/_idmock/faults", timeout=10).json() == {"faults": []}


def start(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        list(words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
    )


def test_too_high_for_a_target_without_accounts(server: MockServer, tmp_path: Path) -> None:
    """500 and 200 calls a second cannot be sent at exact times: nothing is shown, and the reason is given."""
    target = tmp_path / "target.toml"
    target.write_text('capabilities = ["specimens", "accounts"]\n', "utf-8")
    done = subprocess.run(
        command(server.url, "--vendor", "alimarket", "--vendor", "huawei", "--target", str(target)),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    for line in ("alimarket rate: 500 calls/s", "huawei rate: 200 calls/s", "huawei concurrency: 200"):
        assert f"?     {line}" in done.stdout, done.stdout
    assert "cannot be sent at exact times" in done.stdout


def test_a_wrong_key_ends_it(server: MockServer) -> None:
    """After three calls, with the vendor's own code."""
    flags = ("--credential", "aliyun.access_key_id=LTAInobody", "--credential", "aliyun.access_key_secret=x")
    done = subprocess.run(
        command(server.url, "--vendor", "aliyun", *flags), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert done.stderr.startswith("idmock: aliyun RecognizeIdcard: 0 of 3 accepted: "), done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "flag", ["--processes", "--connections", "--requests-per-second", "--duration-seconds"]
)
def test_its_traffic_is_its_own(server: MockServer, flag: str) -> None:
    """Options that would change what is sent do not fit."""
    done = subprocess.run(command(server.url, flag, "2"), capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "chooses its traffic itself" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_ctrl_c_reports_what_ran(server: MockServer, tmp_path: Path) -> None:
    """And passes nothing that it did not see."""

    def refused() -> int:
        return server.world.state.count(vendor="megvii", code="CONCURRENCY_LIMIT_EXCEEDED")

    for _ in range(_TRIES_ALONE):
        before = refused()
        process = start(*command(server.url, "--vendor", "megvii", "--report", str(tmp_path)))
        deadline = time.monotonic() + 30
        while refused() == before:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        if process.returncode != 0:  # else a busy machine let the run end before the signal
            break
    assert process.returncode == 2, out + err
    document = json.loads((tmp_path / "report.json").read_text("utf-8"))
    verdicts = {f["clause"]: f["verdict"] for f in document["findings"]}
    assert verdicts["whole run"] == verdicts["concurrency/not-shared"] == "inconclusive"
    assert verdicts["concurrency/below"] == "pass"
    accounts = requests.get(f"{server.url}/_idmock/accounts?vendor=megvii", timeout=10).json()["accounts"]
    assert not [account["name"] for account in accounts if account["name"].startswith("minted")]
    assert "Traceback" not in err


def test_given_credentials_are_verified(server: MockServer, tmp_path: Path) -> None:
    """Two credentials of a target file, as for a service that mints none; its answers are delayed by nobody."""
    a, b = server.mint("megvii"), server.mint("megvii")
    lines = ['capabilities = ["specimens"]']
    for state, account in (("active", a), ("second", b)):
        lines.append(f"[vendors.megvii.accounts.{state}]")
        lines += [f'{name} = "{value}"' for name, value in account.credentials.items()]
    target = tmp_path / "target.toml"
    target.write_text("\n".join(lines), "utf-8")
    with (
        server.fault(account=a, latency_ms=300),
        server.fault(account=b, latency_ms=300),
    ):
        done = subprocess.run(
            command(server.url, "--vendor", "megvii", "--target", str(target), "--report", str(tmp_path)),
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    text = (tmp_path / "report.json").read_text("utf-8")
    assert not any(value in text for value in (*a.credentials.values(), *b.credentials.values()))
