"""README and docs/reference.md are true: their commands run, their code works, what they list is there."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from mockserver import vendors
from mockserver.accounts import Account
from mockserver.cards.named import load_specimens
from mockserver.cards.numbers import is_valid_number
from mockserver.cards.own import load_own_cards
from mockserver.testing import MockServer
from mockserver.vendors import names

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
#: With the pages of options, routes and pytest, whose shell blocks tests/test_docs.py runs.
PAGES = README + "".join((ROOT / "docs" / name).read_text("utf-8") for name in ("reference.md", "ci.md"))
ENVIRON = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def blocks(language: str) -> list[str]:
    """The fenced code blocks of a language, in order; shell commands are the README's own."""
    text = README if language == "sh" else PAGES
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """Every command of every shell block, without its comment."""
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    return [shlex.join(shlex.split(line, comments=True)) for line in lines if line.strip()]


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """`make serve` as the README says, on a free port; its authority."""
    with subprocess.Popen(
        ["make", "--silent", "serve", "ARGS=--port 0"],
        cwd=ROOT,
        env=ENVIRON,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            assert re.fullmatch(r"idmock ready http://127\.0\.0\.1:\d+\n", line), line
            yield line.strip().removeprefix("idmock ready http://")
        finally:
            os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C in a terminal does
            assert process.wait(timeout=10) in (0, 2, 130, -signal.SIGINT)


def test_the_set_up_commands_stand_first() -> None:
    """`make serve` and `make test` are the first commands, and CI runs the tests by the same words."""
    assert commands()[:2] == ["make serve", "make test"]
    assert "make test" in (ROOT / ".ci" / "run").read_text()


def test_the_sdk_snippet_prints_the_name(served: str) -> None:
    """The first Python block, run as it stands against `make serve`, prints the name on the specimen."""
    snippet = blocks("python")[0].replace("127.0.0.1:4590", served)
    done = subprocess.run(
        [sys.executable, "-c", snippet], cwd=ROOT, env=ENVIRON, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    name = load_specimens()["front"].cards[0].card.fields["name"]
    assert done.stdout == f"{name}\n"
    assert f"It prints `{name}`" in README


@pytest.mark.parametrize(
    "command",
    [
        c
        for c in commands()
        if not c.startswith(("make ", "idmock conform ", "idmock grade ", "idmock load "))
    ],
)
def test_command_runs(command: str, tmp_path: Path) -> None:
    """A command of the README ends with status 0 and says something."""
    words = [str(ROOT / word) if word.startswith("fixtures/") else word for word in shlex.split(command)]
    # A certificate authority that a command makes is not to stay in the data folder of whoever runs the tests.
    environ = ENVIRON | {"XDG_DATA_HOME": str(tmp_path)}
    done = subprocess.run(words, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout or done.stderr


def test_the_conformance_command_conforms(served: str, tmp_path: Path) -> None:
    """As it stands, against `make serve`, it ends with status 0 and leaves its reports."""
    (command,) = [c for c in commands() if c.startswith("idmock conform ")]
    words = [word.replace("127.0.0.1:4590", served) for word in shlex.split(command)]
    done = subprocess.run(words, cwd=tmp_path, env=ENVIRON, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    suffixes = {path.suffix for path in (tmp_path / "conform-report").iterdir()}
    assert suffixes == {".json", ".xml", ".html"}


def test_the_load_command_passes(served: str, tmp_path: Path) -> None:
    """As it stands, against `make serve`, it ends with a verdict, status 0 and its reports."""
    (command,) = [c for c in commands() if c.startswith("idmock load ")]
    words = [word.replace("127.0.0.1:4590", served) for word in shlex.split(command)]
    done = subprocess.run(words, cwd=tmp_path, env=ENVIRON, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "smoke: pass" in done.stdout
    reports = {path.name for path in (tmp_path / "load-report").iterdir()}
    assert reports == {"report.html", "report.json", "junit.xml"}


def test_the_grading_command_grades(served: str, tmp_path: Path) -> None:
    """As it stands, once a client has called `make serve`, it ends with status 0 and leaves its reports."""
    requests.post(f"http://{served}/_idmock/reset", timeout=10)  # others have called with this account
    account = requests.get(f"http://{served}/_idmock/accounts/tencent/active", timeout=10).json()
    picture = (ROOT / "fixtures" / "images" / "front.jpg").read_bytes()
    vendors.load("tencent").client.call(f"http://{served}", Account(**account), picture)
    (command,) = [c for c in commands() if c.startswith("idmock grade ")]
    words = [word.replace("127.0.0.1:4590", served) for word in shlex.split(command)]
    done = subprocess.run(words, cwd=tmp_path, env=ENVIRON, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "secrets/url" in done.stdout
    assert {path.name for path in (tmp_path / "grades").iterdir()} == {"grade.md", "grade.xml"}


@pytest.mark.parametrize(
    "target", [c.split()[1] for c in commands() if c.startswith("make ")] + ["check", "bench"]
)
def test_make_target_exists(target: str) -> None:
    """A make target that the README names is one."""
    done = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_specimen_is_listed() -> None:
    """The table of specimens names each one, the rotated ones by their endings."""
    for name in load_specimens():
        short = name.removeprefix("front-rotated")
        assert f"`{name}`" in README or f"`{short}`" in README, name


def test_every_vendor_is_listed() -> None:
    """The table of vendors has a row for each."""
    for name in names():
        assert f"| `{name}` |" in README


def test_every_option_of_serve_is_listed() -> None:
    """The table of options has every option that `idmock serve` has, but the two that have one value yet."""
    done = subprocess.run(
        ["idmock", "serve", "--help"], env=ENVIRON, capture_output=True, text=True, check=True
    )
    options = set(re.findall(r"^  (--[a-z-]+)", done.stdout, re.MULTILINE)) - {
        "--help",
        "--workers",
        "--state",
    }
    assert options
    for option in options:
        assert f"`{option}" in PAGES, option


def test_routes_answer(served: str) -> None:
    """Every route that the README says can be read under /_idmock/ answers 200."""
    rows = re.findall(r"^\| `(?:GET|POST)`? .*$", PAGES, re.MULTILINE)
    found = {
        path
        for row in rows
        for path in re.findall(r"GET`? (?:`PUT`? |`POST`? |`DELETE`? |PUT |POST |DELETE )*([a-z/<>.]+)", row)
    }
    assert {"health", "specimens", "coverage", "accounts", "faults", "clock", "journal", "metrics"} <= found
    for path in found - {"journal/<id>"}:
        filled = (
            path.replace("<vendor>", "tencent").replace("/<name>.", "/front.").replace("<name>", "active")
        )
        answer = requests.get(f"http://{served}/_idmock/{filled}", timeout=10)
        assert answer.status_code == 200, path


def test_admin_commands_are_understood(served: str) -> None:
    """Each `curl` line, sent as it stands, is answered with a success."""
    lines = [line for block in blocks("bash") for line in block.splitlines() if line.startswith("curl")]
    assert len(lines) > 4
    for line in lines:
        words = shlex.split(line)
        assert words[:2] == ["curl", "-X"]
        url = words[3].replace("127.0.0.1:4590", served)
        answer = requests.request(words[2], url, data=words[5] if len(words) > 5 else None, timeout=10)
        assert answer.ok, answer.text


def test_example_of_a_retry_holds(idmock: MockServer, idmock_account: Any) -> None:
    """The example of docs/ci.md, with a client that tries again whatever happens."""

    def read_with_retries(url: str, account: Account, image: bytes) -> str:
        for _ in range(3):
            try:
                return vendors.load("tencent").client.call(url, account, image)["name"]
            except (RuntimeError, requests.ConnectionError):
                continue
        raise AssertionError("three times in vain")

    example = next(block for block in blocks("python") if "test_retries" in block)
    names: dict[str, Any] = {"read_with_retries": read_with_retries}
    exec(example, names)
    names["test_retries_until_it_works"](idmock, idmock_account)


def test_example_of_an_own_picture_is_accepted(tmp_path: Path) -> None:
    """The JSON beside an own picture is what `--cards` takes."""
    (tmp_path / "x.jpg").write_bytes(b"any bytes")
    (tmp_path / "x.json").write_text(blocks("json")[0], "utf-8")
    (cards,) = load_own_cards(tmp_path).values()
    assert cards[0].fields["name"] == json.loads(blocks("json")[0])["fields"]["name"]
    assert is_valid_number(cards[0].fields["id_number"])
