"""`idmock conform`: exit codes, what it prints and writes, what it leaves alone, what it never shows."""

from __future__ import annotations

import base64
import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.cases import load_cases, select
from conformance.data import data_root
from conformance.dialect import vendors
from conformance.selftest.wrappers import Reply, Sent, changing_answers
from mockserver.accounts import Account
from mockserver.testing import MockServer
from tests.conformance.conftest import BIN, Shell, Spoil, verdicts
from tests.conformance.services import Asked, serving, tencent_error
from tests.pytest_runs import environment

FEW = ("--vendor", "megvii", "--only", "megvii/auth/*")
AUTH = [case.id for case in select(["megvii"], "should", ["megvii/auth/*"])]
KEYS = ("--credential", "tencent.secret_id=AKIDnobody", "--credential", "tencent.secret_key=keyofnobody")


class TestVerdict:
    """What came of it, by exit code and last line."""

    def test_conformant(self, shell: Shell, idmock: MockServer) -> None:
        """0: headings with counts, the calls that were made, the verdict; nothing on stderr without a terminal."""
        done = shell("idmock", "conform", idmock.url, *FEW)
        assert (done.returncode, done.stderr) == (0, "")
        assert f"  2 Authentication  {len(AUTH)} passed" in done.stdout
        assert re.search(
            rf"^{len(AUTH)} passed; \d+ calls in [\d.]+ s\nconformant at level should$", done.stdout, re.M
        )

    def test_not_conformant(self, shell: Shell, spoil: Spoil) -> None:
        """1: what is wrong stands below its heading, with the line that asks again."""
        url = spoil(changing_answers(lambda sent, reply: reply.with_body(b"{}")))
        done = shell("idmock", "conform", url, *FEW)
        assert done.returncode == 1
        assert "FAIL megvii/auth/wrong-secret" in done.stdout
        assert "actual" in done.stdout
        assert "curl -sS -X POST" in done.stdout
        assert done.stdout.endswith("not conformant at level should\n")

    @pytest.mark.parametrize(
        ("words", "says"),
        [
            (("http://127.0.0.1:1",), "http://127.0.0.1:1 takes no connection"),
            ((), "the address of the implementation is missing"),
            (("127.0.0.1",), "has to be like"),
            (("http://a", "http://b"), "one address is checked at a time"),
            (("http://127.0.0.1:1", "--vendor", "acme"), "no vendor 'acme'; there are: alimarket"),
            (("http://127.0.0.1:1", "--level", "maybe"), "maybe"),
            (("http://127.0.0.1:1", "--only", "acme/*"), "no case fits 'acme/*'"),
            (("http://127.0.0.1:1", "--expect", "nowhere.toml"), "nowhere.toml cannot be read"),
            (("http://127.0.0.1:1", "--target", "nowhere.toml"), "nowhere.toml cannot be read"),
            (("http://127.0.0.1:1", "--capability", "fast"), "no capability 'fast'"),
            (("http://127.0.0.1:1", "--credential", "secret"), "vendor.name=value"),
            (("http://127.0.0.1:1", "--max-calls", "0"), "nothing could be asked"),
            (("http://127.0.0.1:1", "-n", "many"), "a number of processes or auto"),
            (("http://127.0.0.1:1", "--report", "/dev/null/x"), "no reports can be written to"),
            (("--compare", "a.json"), "two runs at least"),
            (("--compare", "a.json", "b.json"), "a.json is no results.json"),
            (("--list", "--only", "acme/*"), "no case fits 'acme/*'"),
        ],
    )
    def test_what_cannot_be_done(self, shell: Shell, words: tuple[str, ...], says: str) -> None:
        """2, nothing on stdout, and one sentence."""
        done = shell("idmock", "conform", *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert says in done.stderr
        assert len([line for line in done.stderr.splitlines() if line.startswith(("idmock:", "Error:"))]) == 1
        assert "Traceback" not in done.stderr

    def test_a_bad_album_is_told_before_anything_is_sent(
        self, shell: Shell, idmock: MockServer, tmp_path: Path
    ) -> None:
        """Unknown members of images.toml are named."""
        (tmp_path / "images.toml").write_text('[front]\nfile = "x.jpg"\nside = "front"')
        done = shell("idmock", "conform", idmock.url, *FEW, "--images", tmp_path / "images.toml")
        assert done.returncode == 2
        assert "'side' was unexpected" in done.stderr

    @pytest.mark.parametrize("module", ["pytest", "xdist"])
    def test_what_is_not_installed(self, shell: Shell, tmp_path: Path, module: str) -> None:
        """One sentence that says what to install."""
        program = (
            f"import sys; sys.modules[{module!r}] = None\n"
            "import importlib.util as util; find = util.find_spec\n"
            f"util.find_spec = lambda name, *rest: None if name == {module!r} else find(name, *rest)\n"
            "from mockserver.cli import main; sys.argv[0] = 'idmock'; main()"
        )
        done = shell("python", "-c", program, "conform", "http://127.0.0.1:1", "-n", "2")
        assert done.returncode == 2
        assert "pip install 'idcard-mock[conform]'" in done.stderr
        assert len(done.stderr.splitlines()) == 1


class TestBrokenOff:
    """A run that does not come to its end."""

    @pytest.mark.parametrize("processes", [(), ("-n", "2")])
    def test_a_server_that_goes_away(self, shell: Shell, tmp_path: Path, processes: tuple[str, ...]) -> None:
        """One error in the end, the remaining cases not run, no traceback, and not a long wait."""
        lock, seen = threading.Lock(), iter(range(10_000))
        out = tmp_path / "out"
        gone = threading.Event()

        def behave(asked: Asked) -> tuple[int, dict[str, str], bytes]:
            with lock:
                if next(seen) == 30:
                    gone.set()
            return tencent_error("AuthFailure.SignatureFailure")

        with serving(behave) as service:
            words = (BIN / "idmock", "conform", service.url, "--vendor", "tencent", *KEYS, "--rate", "1000")
            with subprocess.Popen(
                [*words, "--capability", "specimens", "--report", out, *processes],
                env=environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            ) as process:
                assert gone.wait(60)
                service.stop()
                stdout, stderr = process.communicate(timeout=60)
        assert process.returncode == 2, stdout
        assert stderr == ""
        assert "broken off: " in stdout.splitlines()[-2]
        assert "Traceback" not in stdout
        found = list(verdicts(out).values())
        assert found.count("not-run") > 10
        assert len(found) - found.count("not-run") >= 25
        assert found.count("error") <= 4

    def test_a_server_that_stays_silent(self, shell: Shell, tmp_path: Path) -> None:
        """Is given up after three calls, not after each of hundreds has waited."""
        (tmp_path / "target.toml").write_text("timeout_seconds = 0.3")
        with serving(lambda asked: time.sleep(1)) as service:
            target = ("--target", tmp_path / "target.toml", "--rate", "1000")
            started = time.monotonic()
            done = shell("idmock", "conform", service.url, "--vendor", "tencent", *KEYS, *target)
        assert done.returncode == 2
        assert "gave no answer 3 times in a row" in done.stdout
        assert time.monotonic() - started < 20
        assert len(service.asked) == 3

    @pytest.mark.parametrize("processes", [(), ("-n", "2")])
    def test_interrupted(self, tmp_path: Path, processes: tuple[str, ...]) -> None:
        """Ctrl-C writes the reports of what was judged."""
        out = tmp_path / "out"
        reached = threading.Event()

        def behave(asked: Asked) -> tuple[int, dict[str, str], bytes]:
            if len(service.asked) > 10:
                reached.set()
                time.sleep(0.05)
            return tencent_error("AuthFailure.SignatureFailure")

        with serving(behave) as service:
            words = (BIN / "idmock", "conform", service.url, "--vendor", "tencent", *KEYS, "--rate", "1000")
            with subprocess.Popen(
                [*words, "--capability", "specimens", "--report", out, *processes],
                env=environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            ) as process:
                assert reached.wait(60)
                process.send_signal(signal.SIGINT)
                stdout, stderr = process.communicate(timeout=60)
        assert process.returncode == 2, stderr
        assert "broken off: interrupted" in stdout
        assert "Traceback" not in stdout + stderr
        document = json.loads((out / "results.json").read_text("utf-8"))
        assert document["error"] == "interrupted"
        assert 0 < sum(row["verdict"] != "not-run" for row in document["results"]) < len(document["results"])
        assert {path.name for path in out.iterdir()} == {
            "results.json",
            "junit.xml",
            "report.html",
            "badge.json",
        }


class TestCost:
    """Calls are counted and can be capped, whoever makes them."""

    @pytest.mark.parametrize("processes", [(), ("-n", "2")])
    def test_no_more_calls_than_permitted(
        self, shell: Shell, tmp_path: Path, processes: tuple[str, ...]
    ) -> None:
        """All processes together keep to the cap; what there was no room for does not apply; every report counts."""
        with serving(lambda asked: tencent_error("AuthFailure.SignatureFailure")) as service:
            words = ("--vendor", "tencent", *KEYS, "--rate", "1000", "--capability", "specimens")
            done = shell(
                "idmock",
                "conform",
                service.url,
                *words,
                "--max-calls",
                "17",
                "--report",
                tmp_path,
                *processes,
            )
        assert len(service.asked) <= 17
        assert len(service.asked) >= 14
        document = json.loads((tmp_path / "results.json").read_text("utf-8"))
        assert document["calls"] == len(service.asked)
        assert f"; {len(service.asked)} calls in " in done.stdout
        assert "--max-calls leaves no room for it" in done.stdout
        junit = (tmp_path / "junit.xml").read_text("utf-8")
        assert f'name="calls" value="{len(service.asked)}"' in junit
        assert f"<dd>{len(service.asked)}</dd>" in (tmp_path / "report.html").read_text("utf-8")

    @pytest.mark.parametrize("processes", [(), ("-n", "2")])
    def test_no_faster_than_permitted(self, shell: Shell, tmp_path: Path, processes: tuple[str, ...]) -> None:
        """Processes share the rate."""
        times: list[float] = []

        def behave(asked: Asked) -> tuple[int, dict[str, str], bytes]:
            times.append(time.monotonic())
            return tencent_error("AuthFailure.SignatureFailure")

        with serving(behave) as service:
            only = ("--capability", "specimens", "--max-calls", "20", "--rate", "10")
            shell("idmock", "conform", service.url, "--vendor", "tencent", *KEYS, *only, *processes)
        assert len(times) > 10
        # Each process may have its first call at once.
        assert (len(times) - 1 - len(processes)) / (times[-1] - times[0]) <= 10.5


class TestSecrets:
    """What is written after a run with failures."""

    @pytest.fixture
    def leaky(self, spoil: Spoil) -> str:
        """A service that answers with everything it was sent."""

        def echoing(sent: Sent, reply: Reply) -> Reply | None:
            document = reply.json
            if not isinstance(document, dict):
                return None
            echo = {
                "headers": sent.headers,
                "target": sent.target,
                "body": sent.body.decode("utf-8", "replace"),
            }
            inner = document.get("Response", document)
            inner["Echo"] = echo if sent.method == "POST" else str(echo)
            return reply.with_json(document).with_header("X-Echo", sent.headers.get("authorization", "none"))

        return spoil(changing_answers(echoing))

    @pytest.fixture
    def accounts(self, idmock: MockServer) -> Iterator[dict[str, Account]]:
        minted = {vendor: idmock.mint(vendor) for vendor in vendors()}
        yield minted
        for account in minted.values():
            idmock.remove(account)

    def secrets(self, accounts: dict[str, Account]) -> list[str]:
        """Everything that must not be seen: keys, whole ID numbers, pieces of every picture that is sent."""
        shown = {
            "domain",
            "username",
        }  # names of a person and a tenant, too short to be looked for as they are
        keys = [v for a in accounts.values() for k, v in a.credentials.items() if k not in shown]
        specimens = json.loads((data_root() / "fixtures" / "specimens.json").read_text("utf-8"))["specimens"]
        numbers = [
            card["fields"]["id_number"]
            for row in specimens
            for card in row["truth"]["cards"]
            if "id_number" in card["fields"]
        ]
        text = base64.b64encode((data_root() / "fixtures" / "images" / "front.jpg").read_bytes()).decode()
        pieces = [text[place : place + 100] for place in range(0, len(text) - 100, 1000)]
        return [*keys, *numbers, *pieces]

    @pytest.mark.parametrize("runner", ["conform", "conform in processes", "pytest"])
    def test_nothing_is_seen(
        self, shell: Shell, leaky: str, accounts: dict[str, Account], tmp_path: Path, runner: str
    ) -> None:
        """Neither on the terminal nor in any file, of any vendor, though the service says it all again."""
        out = tmp_path / "out"
        given = [
            f"{vendor}.{name}={value}"
            for vendor, account in accounts.items()
            for name, value in account.credentials.items()
        ]
        words: list[Any] = [word for pair in given for word in ("--credential", pair)]
        words += ["--capability", "specimens", "--rate", "500", "--report", out]
        for vendor in vendors():
            chosen = [
                c.id
                for c in load_cases(vendor)
                if c.state == "active" and c.level == "must" and not c.is_load
            ]
            words += [word for id_ in chosen[:: len(chosen) // 8] for word in ("--only", id_)]
        if runner == "pytest":
            junit = ("--junitxml", out / "pytest.xml", "--showlocals", "-rA")
            done = shell(
                "pytest",
                "-p",
                "no:cacheprovider",
                "--pyargs",
                "conformance",
                "--base-url",
                leaky,
                *words,
                *junit,
            )
        else:
            done = shell("idmock", "conform", leaky, *words, *(("-n", "2") if "processes" in runner else ()))
        assert done.returncode == 1, done.stderr
        failed = [id_ for id_, verdict in verdicts(out).items() if verdict == "fail"]
        assert {id_.partition("/")[0] for id_ in failed} == set(vendors())
        texts = [done.stdout, done.stderr, *(path.read_text("utf-8") for path in out.iterdir())]
        assert len(texts) >= 6
        assert any("Echo" in text for text in texts)
        for secret in self.secrets(accounts):
            assert not [text for text in texts if secret in text], secret


class TestReports:
    """What is written, and what is made of it."""

    def test_files_and_comparison(
        self, shell: Shell, idmock: MockServer, spoil: Spoil, tmp_path: Path
    ) -> None:
        """Two runs, then their matrix: exit code 1 where they differ, 0 where they do not."""
        one, two = tmp_path / "one", tmp_path / "two"
        assert shell("idmock", "conform", idmock.url, *FEW, "--report", one).stdout.endswith(
            f"reports: {one}\n"
        )
        url = spoil(
            changing_answers(lambda sent, reply: reply.with_body(b"{}") if reply.status >= 400 else None)
        )
        assert shell("idmock", "conform", url, *FEW, "--report", two).returncode == 1
        compared = ("idmock", "conform", "--compare", one / "results.json")
        done = shell(*compared, two / "results.json", "--report", tmp_path / "both")
        assert done.returncode == 1, done.stderr
        assert re.search(r"^megvii/auth/wrong-secret +pass +FAIL$", done.stdout, re.MULTILINE)
        assert "compare.html" in done.stdout
        assert (tmp_path / "both" / "compare.html").read_text("utf-8").startswith("<!doctype html>")
        assert shell(*compared, one / "results.json").returncode == 0

    def test_a_listing(self, shell: Shell) -> None:
        """Without any address: level, calls, needs, source."""
        done = shell("idmock", "conform", "--list", "--vendor", "megvii", "--level", "may")
        assert done.returncode == 0
        for case in load_cases("megvii"):
            assert f" {case.id} " in done.stdout


class TestSettings:
    """Flags, environment, idmock.toml; and nothing else."""

    def test_flags_win_over_the_environment_over_the_file(
        self, shell: Shell, idmock: MockServer, tmp_path: Path
    ) -> None:
        """Of each option the first source that has it."""
        (tmp_path / "folder" / "idmock.toml").write_text(
            '[conform]\nvendor = ["megvii"]\nonly = ["megvii/auth/*"]\nlevel = "must"\n'
        )
        must = len(select(["megvii"], "must", ["megvii/auth/*"]))
        assert f"{must} passed;" in shell("idmock", "conform", idmock.url).stdout
        environ = {"IDMOCK_LEVEL": "may", "IDMOCK_BASE_URL": idmock.url}
        every = len(select(["megvii"], "may", ["megvii/auth/*"]))
        assert f"{every} passed;" in shell("idmock", "conform", **environ).stdout
        only = ("--only", "megvii/auth/wrong-secret")
        assert "1 passed;" in shell("idmock", "conform", *only, **environ).stdout

    def test_nothing_of_the_users_pytest_takes_part(
        self, shell: Shell, idmock: MockServer, tmp_path: Path
    ) -> None:
        """Settings, conftest, variables and plugins of the folder that it is called in are somebody else's."""
        folder = tmp_path / "folder"
        (folder / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\nfilterwarnings = error\n")
        (folder / "conftest.py").write_text("raise SystemExit('the conftest ran')\n")
        (folder / "test_clauses.py").write_text("raise SystemExit('another test ran')\n")
        environ = {"PYTEST_ADDOPTS": "--no-such-option", "PYTEST_PLUGINS": "no_such_plugin"}
        for processes in ((), ("-n", "2")):
            done = shell("idmock", "conform", idmock.url, *FEW, *processes, **environ)
            assert (done.returncode, done.stderr) == (0, ""), done.stderr
        assert sorted(path.name for path in folder.iterdir()) == [
            "conftest.py",
            "pytest.ini",
            "test_clauses.py",
        ]

    def test_a_target_of_ones_own(self, shell: Shell, idmock: MockServer, tmp_path: Path) -> None:
        """One's own key and picture: the clauses about them are judged, the others do not apply."""
        account = idmock.mint("megvii")
        (tmp_path / "mine.jpg").write_bytes(idmock.specimen("front-minority"))
        specimens = json.loads((data_root() / "fixtures" / "specimens.json").read_text("utf-8"))["specimens"]
        card = next(row for row in specimens if row["name"] == "front-minority")["truth"]["cards"][0]
        fields = ", ".join(f'{name} = "{value}"' for name, value in card["fields"].items())
        (tmp_path / "images.toml").write_text(
            f'[front]\nfile = "mine.jpg"\n[[front.cards]]\nside = "front"\nfields = {{ {fields} }}', "utf-8"
        )
        (tmp_path / "target.toml").write_text(
            f'name = "ours"\nurl = "{idmock.url}"\ncapabilities = []\nimages = "images.toml"\n'
            "[vendors.megvii.accounts.active]\n"
            + "".join(f'{name} = "{value}"\n' for name, value in account.credentials.items())
        )
        done = shell(
            "idmock", "conform", "--target", tmp_path / "target.toml", "--vendor", "megvii", "--rate", "500"
        )
        assert done.returncode == 0, done.stdout
        assert done.stdout.startswith("ours at ")
        assert "no picture 'back'; images.toml can give one" in done.stdout
        passed = re.search(r"^(\d+) passed, (\d+) not applicable;", done.stdout, re.MULTILINE)
        assert passed
        assert int(passed[1]) > 60


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal is opened as POSIX has them")
def test_progress_on_a_terminal(idmock: MockServer) -> None:
    """Somebody who watches stderr sees how far it is; stdout has the report only."""
    import os
    import pty

    ours, theirs = pty.openpty()
    done = subprocess.run(
        [BIN / "idmock", "conform", idmock.url, *FEW],
        env={**environment(), "TERM": "xterm", "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=theirs,
        timeout=60,
        check=False,
    )
    os.close(theirs)
    seen = os.read(ours, 100_000).decode()
    os.close(ours)
    assert done.returncode == 0
    assert "clauses" in seen
    assert "100%" in seen
    assert b"100%" not in done.stdout
