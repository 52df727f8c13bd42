"""Real runs: `idmock load` and Locust itself against `idmock serve`, everything in processes of its own.

The runs that need nothing but time go on side by side, at rates that leave two processors idle.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import requests

from loadtests.scenarios import HERE
from mockserver.contract import load_accounts
from tests.serving import served

BIN = Path(sys.executable).parent
ROOT = HERE.parent
LOCUSTFILE = str(HERE / "locustfile.py")
ACCOUNTS = {(row["vendor"], row["name"]): row["credentials"] for row in load_accounts()}
Start = Callable[..., "Running"]


class Running:
    """A command under way, in a process group of its own."""

    def __init__(self, command: list[str], **environ: str) -> None:
        own = {
            name: value for name, value in os.environ.items() if not name.startswith(("IDMOCK_", "LOCUST_"))
        }
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            env={**own, **environ},
            start_new_session=True,
        )

    def end(self, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Its output and exit code, when it has ended."""
        out, err = self.process.communicate(timeout=seconds)
        return subprocess.CompletedProcess(self.process.args, self.process.returncode, out, err)

    def interrupt(self, how: signal.Signals) -> None:
        """What Ctrl-C in a terminal does, or a runner that cancels its job."""
        os.killpg(self.process.pid, how)

    def close(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A mock for this module, which must be as it was when the module ends."""
    with served(tmp_path_factory.mktemp("served")) as server:
        yield server.url
        assert requests.get(f"{server.url}/_idmock/faults", timeout=10).json() == {"faults": []}
        accounts = requests.get(f"{server.url}/_idmock/accounts", timeout=10).json()["accounts"]
        assert [account["name"] for account in accounts if account["name"].startswith("minted")] == []
        assert requests.get(f"{server.url}/_idmock/health", timeout=10).json()["own_faults"] == 0


@pytest.fixture(scope="module")
def start() -> Iterator[Start]:
    """Starts commands; whatever still runs in the end is ended."""
    with ExitStack() as running:

        def begin(command: str, *arguments: str, **environ: str) -> Running:
            found = Running([str(BIN / command), *arguments], **environ)
            running.callback(found.close)
            return found

        yield begin


def free_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


@pytest.fixture(scope="module")
def together(url: str, start: Start, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Several runs at a time; by name, each with the folder of its report."""
    folder = tmp_path_factory.mktemp("reports")
    slow_lane, temporary = (
        {f"IDMOCK_TENCENT_{key}".upper(): value for key, value in ACCOUNTS["tencent", name].items()}
        for name in ("slow-lane", "temporary")
    )

    def load(name: str, *options: str, **environ: str) -> tuple[Running, Path]:
        report = folder / name
        return start("idmock", "load", url, "--report", str(report), *options, **environ), report

    def distributed(name: str, *options: str) -> dict[str, Any]:
        port = free_port()
        master = ("--master", "--headless", "--expect-workers", "2", "--master-bind-host", "127.0.0.1")
        report = ("--master-bind-port", port, "--report", str(folder / name))
        worker = ("-f", LOCUSTFILE, "--worker", "--master-host", "127.0.0.1", "--master-port", port)
        first = start("locust", "-f", LOCUSTFILE, *master, *report, "--host", url, *options)
        workers = [start("locust", *worker) for _ in range(2)]
        return {name: (first, folder / name), f"{name} workers": workers}

    runs: dict[str, Any] = {
        "smoke": load("smoke", "--duration-seconds", "1.5"),
        "throttled": load("throttled", "--vendor", "tencent", "--requests-per-second", "8", **slow_lane),
        "ramp": load(
            "ramp",
            "--vendor",
            "aliyun",
            "--scenario",
            "ramp",
            "--duration-seconds",
            "4",
            "--requests-per-second",
            "96",
        ),
        "burst": load(
            "burst",
            "--vendor",
            "tencent",
            "--scenario",
            "burst",
            "--duration-seconds",
            "3",
            "--requests-per-second",
            "150",
        ),
        "recovery": load(
            "recovery", "--vendor", "huawei", "--scenario", "recovery", "--duration-seconds", "5"
        ),
        "given": load(
            "given", "--vendor", "tencent", "--scenario", "recovery", "--duration-seconds", "6", **temporary
        ),
        "processes": load(
            "processes", "--vendor", "alimarket", "--processes", "2", "--duration-seconds", "1.5"
        ),
    }
    runs |= distributed("master", "--vendor", "tencent", "--vendor", "megvii", "--scenario", "smoke")
    runs |= distributed("lost", "--vendor", "huawei", "--scenario", "soak", "--requests-per-second", "5")
    return runs


def ended(together: dict[str, Any], name: str, code: int) -> tuple[str, dict[str, Any]]:
    """Standard output and the report of a run that ended with this code."""
    running, folder = together[name]
    done = running.end()
    assert done.returncode == code, done.stdout + done.stderr
    document: dict[str, Any] = json.loads((folder / "report.json").read_text("utf-8"))
    assert document["verdict"] == {0: "pass", 1: "fail", 2: "inconclusive"}[code]
    assert done.stdout.splitlines()[-2].endswith(document["verdict"])
    return done.stdout, document


def clauses(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {f"{f['vendor']} {f['clause']}".strip(): f for f in document["findings"]}


def counts(document: dict[str, Any]) -> dict[str, int]:
    total: dict[str, int] = {}
    for part in document["parts"]:
        for label, n in part["outcomes"].items():
            total[label] = total.get(label, 0) + n
    return total


def test_smoke_of_every_vendor(together: dict[str, Any]) -> None:
    """All five in one run; every call accepted; named by vendor and operation, never by address."""
    _, document = ended(together, "smoke", 0)
    assert {part["vendor"] for part in document["parts"]} == {
        "tencent",
        "aliyun",
        "huawei",
        "megvii",
        "alimarket",
    }
    assert "tencent IDCardOCR" in {part["name"] for part in document["parts"]}
    assert set(counts(document)) == {"accepted"}
    assert document["generator"]["composing_ms"] > 0


def test_no_secret_and_no_address_of_others_in_the_report(together: dict[str, Any]) -> None:
    """Whatever the account was; the credentials of the slow lane are known, so their report is searched."""
    ended(together, "throttled", 1)
    folder = together["throttled"][1]
    for file in folder.iterdir():
        text = file.read_text("utf-8")
        assert not any(secret in text for secret in ACCOUNTS["tencent", "slow-lane"].values())
        assert "http://" not in text.replace("http://127.0.0.1", "")


def test_unexpected_throttling_fails(together: dict[str, Any]) -> None:
    """An account with two calls a second, called eight times: a class of its own, and the vendor's code."""
    _, document = ended(together, "throttled", 1)
    found = clauses(document)["tencent errors"]
    assert found["verdict"] == "fail"
    assert "throttled RequestLimitExceeded" in found["because"]
    assert counts(document)["accepted"] >= 2


def test_expected_throttling_passes(together: dict[str, Any]) -> None:
    """The documented twenty a second, called sixty times in a second: throttled, as the scenario expects."""
    _, document = ended(together, "burst", 0)
    assert counts(document)["throttled RequestLimitExceeded"] > 0
    assert counts(document)["accepted"] > 0


def test_ramp_finds_what_is_carried(together: dict[str, Any]) -> None:
    """The knee is at least the demanded rate."""
    _, document = ended(together, "ramp", 0)
    assert clauses(document)["aliyun knee"]["verdict"] == "pass"
    assert [stage["intended_rate"] for stage in document["parts"][0]["stages"]][-1] == pytest.approx(
        80, rel=0.2
    )


def test_recovery_measures_the_way_back(together: dict[str, Any]) -> None:
    """Three faults, each felt and each over, by the vendor's own code or by a broken connection."""
    _, document = ended(together, "recovery", 0)
    found = clauses(document)
    for fault in ("throttle", "server-error", "connection-reset"):
        assert found[f"huawei {fault} felt"]["verdict"] == "pass"
        assert found[f"huawei {fault} over"]["found"].startswith("after 0.")
    assert {label.split()[0] for label in counts(document)} == {
        "accepted",
        "throttled",
        "unreadable",
        "no-answer",
    }


def test_faults_meet_the_account_that_was_given(together: dict[str, Any]) -> None:
    """Credentials of the environment, a temporary key with its token: the mock knows whose they are."""
    running, folder = together["given"]
    running.end()
    found = clauses(json.loads((folder / "report.json").read_text("utf-8")))
    for fault in ("throttle", "server-error", "connection-reset"):
        assert found[f"tencent {fault} felt"]["verdict"] == "pass"
        assert found[f"tencent {fault} over"]["verdict"] == "pass"


def test_several_processes_make_one_report(together: dict[str, Any]) -> None:
    """As many calls as one process would have made."""
    _, document = ended(together, "processes", 0)
    assert document["generator"]["processes"] == 2
    assert counts(document)["accepted"] == pytest.approx(7, abs=1)


def test_workers_get_their_time_to_report() -> None:
    """Locust knows by our word how long it waits for them; a second, as it would, is too short on a busy machine."""
    program = (
        "import locust, loadtests.locustfile; from locust.runners import MasterRunner; "
        "print(MasterRunner._wait_for_workers_report_after_ramp_up(None))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout == "15.0\n", done.stderr


def test_master_and_two_workers_make_one_report(together: dict[str, Any]) -> None:
    """Locust's own command line, as its documentation has it; one report and one verdict at the master."""
    running, folder = together["master"]
    done = running.end()
    assert done.returncode == 0, done.stdout + done.stderr
    assert [worker.end().returncode for worker in together["master workers"]] == [0, 0]
    document = json.loads((folder / "report.json").read_text("utf-8"))
    assert (document["verdict"], document["generator"]["processes"]) == ("pass", 2)
    assert counts(document)["accepted"] == document["generator"]["intended"] == pytest.approx(20, abs=2)
    suites = ElementTree.parse(folder / "junit.xml").getroot()
    assert suites.attrib["failures"] == suites.attrib["errors"] == "0"
    assert "POST     tencent IDCardOCR" in done.stderr + done.stdout


def test_workers_that_are_lost_end_the_run(url: str, together: dict[str, Any]) -> None:
    """Nothing was shown by the part that is missing; what had been reported is in the report."""
    running, folder = together["lost"]
    _wait_until(lambda: _answered(url, "huawei") > 20)
    for worker in together["lost workers"]:
        worker.process.kill()
    done = running.end(30)
    assert done.returncode == 2, done.stdout + done.stderr
    document = json.loads((folder / "report.json").read_text("utf-8"))
    assert clauses(document)["whole run"]["because"] == "2 of 2 processes were lost"
    assert counts(document)["accepted"] > 0


@pytest.mark.parametrize(
    ("processes", "how"), [("1", signal.SIGINT), ("2", signal.SIGINT), ("1", signal.SIGTERM)]
)
def test_a_signal_writes_what_ran(
    url: str, start: Start, tmp_path: Path, processes: str, how: signal.Signals
) -> None:
    """The report of the calls until then, and no pass; nothing stays in the target."""
    running = start(
        "idmock", "load", url, "--vendor", "tencent", "--scenario", "recovery", "--report", str(tmp_path),
        "--processes", processes, "--duration-seconds", "6",
    )  # fmt: skip
    journal = f"{url}/_idmock/faults"
    _wait_until(lambda: requests.get(journal, timeout=10).json()["faults"] != [])
    running.interrupt(how)
    done = running.end(20)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    document = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert clauses(document)["whole run"]["because"] == "it was stopped before its end"
    assert counts(document)["accepted"] > 0
    assert requests.get(journal, timeout=10).json() == {"faults": []}


def test_the_web_interface_runs_scenarios(url: str, start: Start) -> None:
    """Chosen in its form; the report is beside it."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    start("locust", "-f", LOCUSTFILE, "--web-host", "127.0.0.1", "--web-port", port, "--host", url)
    _wait_until(lambda: _status(f"{base}/idmock-report") == 404)
    form = {"host": url, "vendor": "megvii", "scenario": "smoke", "duration_seconds": "1", "connections": ""}
    assert requests.post(f"{base}/swarm", data=form, timeout=10).json()["success"]
    _wait_until(lambda: _status(f"{base}/idmock-report") == 200)
    assert "megvii ocridcard" in requests.get(f"{base}/idmock-report", timeout=10).text


def test_a_generator_at_its_limit_is_inconclusive(url: str, start: Start, together: dict[str, Any]) -> None:
    """Two thousand calls a second over one connection: never a pass, and the sentence says why."""
    for name in ("smoke", "throttled", "ramp", "burst", "recovery", "processes"):
        together[name][0].process.wait(60)
    options = ("--requests-per-second", "2000", "--duration-seconds", "1.5", "--connections", "1")
    done = start("idmock", "load", url, "--vendor", "tencent", "--scenario", "steady", *options).end()
    assert done.returncode == 2, done.stdout + done.stderr
    assert "steady: inconclusive" in done.stdout
    assert "not started" in done.stdout


def _answered(url: str, vendor: str) -> int:
    count: int = requests.get(f"{url}/_idmock/journal/count?vendor={vendor}", timeout=10).json()["count"]
    return count


def _status(address: str) -> int:
    try:
        return requests.get(address, timeout=2).status_code
    except requests.ConnectionError:
        return 0


def _wait_until(happens: Callable[[], bool], seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < ends
        time.sleep(0.05)
