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
from conformance.dialect import vendors
from conformance.model import LEVELS, Verdict
from conformance.report.words import WORDS
from conformance.selftest.runner import mutants
from tests.conformance.conftest import BIN
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


def test_the_commands_run_one_after_the_other(server: str, tmp_path: Path) -> None:
    """As they stand, in one folder with the files that the README shows, each ends with status 0."""
    for block in blocks("toml"):
        name = block.splitlines()[0].removeprefix("# ")
        (tmp_path / name).write_text(block.replace(URL, server), "utf-8")
    for side in ("front", "back"):
        picture = (data_root() / "fixtures" / "images" / f"{side}.jpg").read_bytes()
        (tmp_path / f"my-{side}.jpg").write_bytes(picture)
    assert {path.name for path in tmp_path.glob("*.toml")} == {"expect.toml", "target.toml", "images.toml"}
    assert len(commands()) >= 10
    assert any(REAL in words for words in commands())
    key = {f"IDMOCK_TENCENT_{name}".upper(): value for name, value in active_account("tencent").items()}
    for words in commands():
        program, *rest = (word.replace(URL, server).replace(REAL, server) for word in words)
        done = subprocess.run(
            [BIN / program, *rest],
            cwd=tmp_path,
            env=environment() | key,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        assert done.stdout
    assert (tmp_path / "both" / "compare.html").is_file()


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
