"""conformance/README.md is true: its commands run, its files are accepted, its tables are those of the suite."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.cases import load_cases
from conformance.data import HERE, data_root
from conformance.dialect import load_dialect, vendors
from conformance.model import LEVELS, Verdict
from conformance.report.words import WORDS
from conformance.selftest.runner import mutants
from tests.conformance.conftest import BIN, verdicts
from tests.pytest_runs import environment
from tests.serving import served

README = (HERE / "README.md").read_text("utf-8")
URL = "http://127.0.0.1:4590"
#: The mock stands in for it here, with the key of its own account in the environment.
REAL = "https://ocr.tencentcloudapi.com"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands() -> list[list[str]]:
    """Every command of every shell block as its words, without its comment."""
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    return [shlex.split(line, comments=True) for line in lines if line.strip()]


def between(name: str) -> str:
    """What stands between a pair of markers."""
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", README, re.DOTALL)
    assert found, name
    return found[1]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`idmock serve`, as the README has it in another terminal."""
    with served(tmp_path_factory.mktemp("served")) as running:
        yield running.url


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the README shows."""
    folder = tmp_path_factory.mktemp("folder")
    for side in ("front", "back"):
        picture = (data_root() / "fixtures" / "images" / f"{side}.jpg").read_bytes()
        (folder / f"my-{side}.jpg").write_bytes(picture)
    return folder


@pytest.fixture(scope="module")
def done(server: str, folder: Path) -> dict[str, subprocess.CompletedProcess[str]]:
    """Every command as it stands, by its line, run in that folder one after the other."""
    for block in blocks("toml"):
        name = block.splitlines()[0].removeprefix("# ")
        (folder / name).write_text(block.replace(URL, server), "utf-8")
    key = {f"IDMOCK_TENCENT_{name}".upper(): value for name, value in active_account("tencent").items()}
    return {
        shlex.join(words): subprocess.run(
            [BIN / words[0], *(word.replace(URL, server).replace(REAL, server) for word in words[1:])],
            cwd=folder,
            env=environment() | (key if REAL in words else {}),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        for words in commands()
    }


def test_there_are_commands_of_every_kind() -> None:
    """Else the next tests would show less."""
    assert len(commands()) >= 9
    assert any(REAL in words for words in commands())
    assert {words[0] for words in commands()} == {"idmock", "pytest"}
    names = {block.splitlines()[0].removeprefix("# ") for block in blocks("toml")}
    assert names == {"expect.toml", "target.toml", "images.toml"}


@pytest.mark.parametrize("command", [shlex.join(words) for words in commands()])
def test_a_command_does_what_it_says(command: str, done: dict[str, subprocess.CompletedProcess[str]]) -> None:
    """It ends with status 0 and has something to say."""
    found = done[command]
    assert found.returncode == 0, found.stdout + found.stderr
    assert found.stdout


@pytest.mark.usefixtures("done")
class TestWhole:
    """Every clause of every vendor, in two processes, load among them: one of the commands."""

    @pytest.fixture
    def report(self, folder: Path) -> Path:
        """The reports of that run."""
        (words,) = (words for words in commands() if "--allow-load" in words)
        assert {"--level", "may"} <= set(words)
        assert not {"--vendor", "--only", "--expect"} & set(words)
        return folder / words[words.index("--report") + 1]

    def test_all_of_it_holds(self, report: Path) -> None:
        """Nothing fails, nothing is left out."""
        wrong = {id_: verdict for id_, verdict in verdicts(report).items() if verdict != "pass"}
        assert wrong == {}
        assert len(verdicts(report)) == sum(len(load_cases(vendor)) for vendor in vendors())

    @pytest.mark.parametrize("vendor", vendors())
    def test_a_case_costs_what_it_says(self, report: Path, vendor: str) -> None:
        """What --list says and --max-calls counts on is what was sent, but for tokens, which cost nothing."""
        rows = {row["id"]: row for row in json.loads((report / "results.json").read_text("utf-8"))["results"]}
        tokens = "iam" in load_dialect(vendor).hosts
        for case in load_cases(vendor):
            most = case.calls_at_most * (2 if tokens else 1)
            assert 1 <= rows[case.id]["calls"] <= most, case.id

    def test_it_can_be_compared(self, folder: Path) -> None:
        """With an earlier run, in the terminal and on a page."""
        assert (folder / "both" / "compare.html").is_file()


def active_account(vendor: str) -> dict[str, str]:
    """The credentials of a vendor's ready-made account, by name."""
    rows = json.loads((data_root() / "fixtures" / "accounts.json").read_text("utf-8"))["accounts"]
    row = next(row for row in rows if (row["vendor"], row["name"]) == (vendor, "active"))
    credentials: dict[str, str] = row["credentials"]
    return credentials


def test_every_option_is_listed() -> None:
    """The table has every option that the command has."""
    help_text = subprocess.run(
        [sys.executable, "-m", "mockserver", "conform", "--help"],
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    options = set(re.findall(r"^  (?:-n, )?(--[a-z-]+)", help_text, re.MULTILINE)) - {
        "--help",
        "--list",
        "--compare",
    }
    assert len(options) == 13
    for option in options - {"--processes"}:
        assert f"| `{option}" in README, option
    assert "| `-n N`" in README


def test_levels_and_verdicts_are_listed() -> None:
    """Each with what it means."""
    for level in LEVELS:
        assert f"| `{level}` |" in README
    for verdict in Verdict:
        assert f"| {WORDS[verdict][1].lower()} |" in README, verdict


def test_the_counts_are_those_of_the_rows() -> None:
    """Clauses by vendor and level; tools/conformance_readme.py writes them."""
    rows = []
    for vendor in vendors():
        levels = [case.level for case in load_cases(vendor)]
        counts = " | ".join(str(levels.count(level)) for level in LEVELS)
        rows.append(f"| `{vendor}` | {len(levels)} | {counts} |\n")
    head = "| vendor | clauses | must | should | may |\n| --- | --- | --- | --- | --- |\n"
    assert between("counts") == head + "".join(rows)


def test_the_table_of_mutants_is_the_one_that_is_tested() -> None:
    """It names every mutant; tools/conformance_readme.py writes it."""
    assert re.findall(r"^\| `([^`]*)` \|", between("mutants"), re.MULTILINE) == [m.id for m in mutants()]


def test_the_example_of_a_row_is_one() -> None:
    """Word for word."""
    (row,) = (json.loads(block) for block in blocks("json"))
    (case,) = [case for case in load_cases("tencent") if case.id == row["id"]]
    assert (case.level, case.source, case.says) == (row["level"], row["source"], row["says"])


def test_links_lead_somewhere() -> None:
    """Files exist, anchors are headings."""
    anchors = {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", README, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", README):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        elif not target.startswith("https://"):
            assert (HERE / target.partition("#")[0]).exists(), target
