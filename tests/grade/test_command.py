"""`idmock grade`: what it prints and writes, its exit codes, and what it says when it cannot judge."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import click.testing
import pytest
import requests

from loadtests.grade.fetch import CannotJudge
from mockserver.cli import cli
from mockserver.settings import Settings
from mockserver.testing import MockServer
from tests.grade.clients import Client, Hands, sign
from tests.grade.conftest import MakeClient
from tests.picture_server import picture_server

Run = Callable[..., click.testing.Result]


@pytest.fixture
def run(mock: MockServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command against the mock, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def grade(*arguments: str, url: str | None = None, **environ: str) -> click.testing.Result:
        runner = click.testing.CliRunner(env=environ)
        return runner.invoke(cli, ["grade", url or mock.url, *arguments])

    return grade


def refusal(result: click.testing.Result) -> str:
    """The sentence of a run that could not be judged; the program's entry point turns it into exit code 2."""
    assert isinstance(result.exception, CannotJudge)
    return str(result.exception)


class TestVerdict:
    def test_a_good_client(self, client: MakeClient, run: Run) -> None:
        """Exit code 0, a line for each rule, and a letter with its derivation."""
        good = client(name="mine")
        good.call_each(good.picture(number) for number in range(3))
        result = run("--account", "tencent/mine")
        assert result.exit_code == 0
        lines = result.output.splitlines()
        assert lines[0] == "tencent/mine: 3 requests in 1.0 s, 1 at a time (seen)"
        assert len([line for line in lines if line.startswith(("good", "not seen"))]) == 15
        assert "grade A" in lines
        assert "a rule of level must weighs 3" in result.output

    def test_a_bad_client(self, mock: MockServer, client: MakeClient, hands: Hands, run: Run) -> None:
        """Exit code 1; for the bad rule why it matters, what to do and the entries that show it."""
        bad = client(name="mine")
        call = sign(mock, bad.account, bad.picture(), hands.now)
        for _ in range(3):
            call.send()
            hands.sleep(60)
        result = run("--account", "tencent/mine")
        assert result.exit_code == 1
        assert (
            "bad       must    signing/fresh         2 of 3 signed requests replay a signature"
            in result.output
        )
        assert "-> Sign inside the retry loop" in result.output
        assert mock.journal(account=bad.account)[0]["id"] in result.output
        assert "grade D" in result.output

    def test_json(self, client: MakeClient, run: Run) -> None:
        """One document that a program can read."""
        good = client(name="mine")
        good.call()
        document = json.loads(run("--account", "mine", "--json").output)
        assert (document["vendor"], document["account"], document["requests"]) == ("tencent", "mine", 1)
        assert document["grade"]["letter"] == "A"
        assert document["from"] == document["until"] == "2027-01-15T08:00:00.000+00:00"
        urls = next(row for row in document["verdicts"] if row["rule"] == "secrets/url")
        assert (urls["verdict"], urls["level"], urls["numbers"]["requests"]) == ("good", "must", 1)

    def test_the_reports(self, client: MakeClient, run: Run, tmp_path: Path) -> None:
        """A failing case in JUnit for what is bad and none for what is merely expensive; the same in Markdown."""
        bad = client("alimarket", name="mine")
        query = {"AppCode": bad.account.credentials["app_code"]}
        for image in ("x", "y"):
            requests.post(f"{bad.mock.url}/idcard/ocr", json={"image": image}, params=query, timeout=10)
            bad.hands.sleep(1)
        assert run("--account", "mine", "--report", str(tmp_path / "out")).exit_code == 1
        suite = ET.parse(tmp_path / "out" / "grade.xml").getroot()[0]
        failed = {
            f"{case.get('classname')}.{case.get('name')}"
            for case in suite
            if case.find("failure") is not None
        }
        assert failed == {"grade.secrets.url"}
        counts = tuple(int(suite.get(name, "")) for name in ("tests", "failures", "skipped"))
        assert counts == (len(suite), 1, len(suite.findall("testcase/skipped")))
        text = (tmp_path / "out" / "grade.md").read_text("utf-8")
        assert text.startswith("# Grade D: alimarket/mine\n")
        assert "| bad | must | secrets/url | 2 of 2 URLs hold what is nobody's to see: AppCode |" in text
        assert "Put the AppCode into the Authorization header" in text

    def test_what_a_client_sent_does_not_break_the_reports(self, client: MakeClient, run: Run) -> None:
        """Neither control characters nor marks of Markdown and XML, in the name of a parameter."""
        bad = client("alimarket", name="mine")
        code = bad.account.credentials["app_code"]
        query, headers = {"a|b<c>\x1b[31m\x00": code}, {"Authorization": f"APPCODE {code}"}
        address = f"{bad.mock.url}/idcard/ocr"
        requests.post(address, json={"image": "x"}, params=query, headers=headers, timeout=10)
        output = run("--account", "mine", "--report", "out").output
        assert "\x1b" not in output
        ET.parse("out/grade.xml")
        assert r"a\|b\<c\>" in Path("out/grade.md").read_text("utf-8")


class TestSelection:
    def test_since_a_request(self, mock: MockServer, client: MakeClient, run: Run) -> None:
        """That request is the first one that counts."""
        one = client(name="mine")
        one.call_each(one.picture(number) for number in range(5))
        since = mock.journal(account=one.account)[1]["id"]
        assert run("--account", "mine", "--since", since).output.startswith("tencent/mine: 2 requests")

    @pytest.mark.parametrize(
        "since", ["1800000000.9", "2027-01-15T08:00:00.9+00:00", "2027-01-15T16:00:00.9+08:00"]
    )
    def test_since_a_time(self, client: MakeClient, run: Run, since: str) -> None:
        """Unix seconds or ISO 8601."""
        one = client(name="mine")
        one.call_each(one.picture(number) for number in range(5))
        assert run("--account", "mine", "--since", since).output.startswith("tencent/mine: 3 requests")

    def test_another_accounts_requests_do_not_count(self, client: MakeClient, run: Run) -> None:
        """Nor do those of the same name at another vendor, once the vendor is said."""
        for vendor, count in (("tencent", 2), ("huawei", 3)):
            one = client(vendor, name="mine")
            one.call_each(one.picture(number) for number in range(count))
        client(name="other").call()
        assert run("--account", "mine", "--vendor", "huawei").output.startswith("huawei/mine: 3 requests")
        assert run("--account", "mine", IDMOCK_VENDOR="tencent").output.startswith("tencent/mine: 2 requests")
        assert "name one: huawei/mine, tencent/mine" in refusal(run("--account", "mine"))

    def test_requests_that_nobody_was_recognised_by(
        self, mock: MockServer, client: MakeClient, hands: Hands, run: Run
    ) -> None:
        """They are the account's when no other account has called, and otherwise left out and counted."""
        one = client(name="mine")
        one.call()
        assert sign(mock, one.account, one.picture(), hands.now - 400).send() == "AuthFailure.SignatureExpire"
        assert run("--account", "mine").output.startswith("tencent/mine: 2 requests")
        client(name="other").call()
        told = run("--account", "mine").output.splitlines()[0]
        assert told.startswith("tencent/mine: 1 requests")
        assert told.endswith("1 more, by which no account was recognised, are left out")
        assert run("--account", "tencent/-").output.startswith("tencent/-: 1 requests")


class TestCannotJudge:
    def test_nothing_was_sent(self, client: MakeClient, run: Run) -> None:
        """It says what to do."""
        client(name="mine")
        assert "the journal has no entry of tencent/mine; send some" in refusal(
            run("--account", "tencent/mine")
        )
        assert "no entry of an account 'mine'" in refusal(run("--account", "mine"))

    def test_every_request_was_refused_before_its_account_was_found(
        self, mock: MockServer, client: MakeClient, hands: Hands, run: Run
    ) -> None:
        """The codes are told, and how to grade those requests all the same."""
        one = client(name="mine")
        sign(mock, one.account, one.picture(), hands.now - 400).send()
        told = refusal(run("--account", "tencent/mine"))
        assert "1 requests that no account was recognised by (AuthFailure.SignatureExpire)" in told
        assert "--account tencent/-" in told

    def test_the_journal_has_let_go_of_some(self, hands: Hands, run: Run) -> None:
        """The figures to start the mock with are told; a part of the run that is held whole can be graded."""
        with hands.mock(Settings(vendors=("tencent",), journal_entries=5)) as mock:
            one = Client(mock, hands, mock.mint("tencent", name="mine"))
            one.call_each(one.picture(number) for number in range(8))
            told = refusal(run("--account", "mine", url=mock.url))
            assert "the newest 5 of 8 requests of tencent/mine" in told
            assert "--journal-entries 16 --journal-bytes 66000" in told
            since = mock.journal()[2]["id"]
            result = run("--account", "mine", "--since", since, url=mock.url)
            assert result.output.startswith("tencent/mine: 3 requests")
            oldest = mock.journal()[4]["id"]
            assert "the newest 5 of 8" in refusal(run("--account", "mine", "--since", oldest, url=mock.url))

    def test_no_mock_is_there(self, run: Run) -> None:
        """Nobody listens on port 1."""
        assert "no mock answers at http://127.0.0.1:1" in refusal(
            run("--account", "x", url="http://127.0.0.1:1")
        )

    @pytest.mark.parametrize("health", [{"status": "ok"}, [], 7])
    def test_something_else_is_there(self, run: Run, health: Any) -> None:
        """A gateway has a health of its own, below any path."""
        with picture_server(json.dumps(health).encode()) as server:
            assert "is no idcard-mock" in refusal(run("--account", "x", url=server.url()))

    def test_the_address_is_no_mock(self, mock: MockServer, run: Run) -> None:
        """A path that the mock does not have below its admin API."""
        told = refusal(run("--account", "x", url=f"{mock.url}/nothing"))
        assert "is it the address of a mock?" in told

    def test_the_mock_asks_for_a_token(self, hands: Hands, run: Run) -> None:
        """It is told which option takes it."""
        with hands.mock(Settings(host="0.0.0.0", admin_token="let-me-in")) as mock:
            one = Client(mock, hands, mock.mint("tencent", name="mine"))
            one.call()
            assert "--admin-token" in refusal(run("--account", "mine", url=mock.url))
            result = run("--account", "mine", "--admin-token", "let-me-in", url=mock.url)
            assert result.exit_code == 0, result.output

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("--account", "nobody/mine"), "vendor 'nobody' is not served there"),
            (("--account", "tencent/mine", "--vendor", "huawei"), "of none of --vendor huawei"),
            (("--account", "tencent/mine", "--since", "yesterday"), "neither the id of a request"),
        ],
    )
    def test_a_question_that_cannot_be_meant(
        self, client: MakeClient, run: Run, arguments: tuple[str, ...], message: str
    ) -> None:
        """One sentence each."""
        client(name="mine").call()
        assert message in refusal(run(*arguments))


class TestProgram:
    """The program as it is installed: what a shell sees of it."""

    @staticmethod
    def grade(mock: MockServer, account: str, *more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "mockserver", "grade", mock.url, "--account", account, *more]
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)

    def test_it_ends_with_0_for_a_good_client(self, mock: MockServer, client: MakeClient) -> None:
        """And prints its report."""
        client(name="mine").call()
        done = self.grade(mock, "mine")
        assert (done.returncode, done.stderr) == (0, "")
        assert "grade A" in done.stdout

    @pytest.mark.parametrize("more", [(), ("--json",)])
    def test_it_ends_with_1_for_a_bad_client(
        self, mock: MockServer, client: MakeClient, hands: Hands, more: tuple[str, ...]
    ) -> None:
        """Whichever way it prints what it found."""
        bad = client(name="mine")
        call = sign(mock, bad.account, bad.picture(), hands.now)
        call.send()
        hands.sleep(60)
        call.send()
        done = self.grade(mock, "mine", *more)
        assert (done.returncode, done.stderr) == (1, "")
        assert "signing/fresh" in done.stdout

    def test_it_ends_with_2_when_it_cannot_judge(self, mock: MockServer) -> None:
        """The sentence goes to standard error."""
        done = self.grade(mock, "tencent/mine")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("idmock: the journal has no entry of tencent/mine")
