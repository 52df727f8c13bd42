"""The page on adding a vendor is true: its files, put into a copy of the project, make a vendor that works."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from mockserver.cards.named import load_specimens

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "adding-a-vendor.md").read_text("utf-8")
FRONT = load_specimens()["front"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the page's files in it, and nothing else changed."""
    root = tmp_path_factory.mktemp("project")
    for folder in ("mockserver", "schemas", "fixtures"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    files = re.findall(r"^`([\w/.]+)`\n```\w+\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert len(files) == 8
    for name, text in files:
        path = root / name
        assert not path.exists(), f"{name} is there already: a vendor edits no shared file"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    return root


def run(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`python -m` in the copy, which then is the package that is imported."""
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=project, capture_output=True, text=True, timeout=60, env=environ()
    )


def environ() -> dict[str, str]:
    return {**os.environ, "PYTHONSAFEPATH": "", "PYTHONPATH": "."}


@pytest.fixture(scope="module")
def url(project: Path) -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, "-m", "mockserver", "serve", "--port", "0"],
        cwd=project,
        env=environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            assert line.startswith("idmock ready "), line
            yield line.split()[-1]
        finally:
            process.terminate()
            process.wait(timeout=10)


def call(url: str, key: str, image: bytes) -> requests.Response:
    body = {"image": base64.b64encode(image).decode()}
    return requests.post(f"{url}/acme/ocr", json=body, headers={"X-Acme-Key": key}, timeout=10)


def test_its_data_pass_the_check(project: Path) -> None:
    """The check of all data files counts the new vendor among the others."""
    done = run(project, "mockserver.contract")
    assert done.returncode == 0, done.stderr
    assert "acme: 4 error rows" in done.stdout


def test_it_reads_the_specimen(url: str) -> None:
    """On the shared port, beside all other vendors, it answers with the name on the picture."""
    answer = call(url, "MOCK-acme-1", FRONT.image_path.read_bytes())
    assert answer.status_code == 200
    assert answer.json()["name"] == FRONT.cards[0].card.fields["name"]


@pytest.mark.parametrize(
    ("key", "specimen", "status", "code"),
    [
        ("unknown", "front", 401, "NO_SUCH_KEY"),
        ("MOCK-acme-2", "front", 401, "NO_SUCH_KEY"),
        ("MOCK-acme-1", "no-card", 400, "NO_CARD"),
        ("MOCK-acme-3", "front", 500, "INTERNAL"),
    ],
)
def test_its_errors(url: str, key: str, specimen: str, status: int, code: str) -> None:
    """Its rows go out with their status, and the header names them."""
    answer = call(url, key, load_specimens()[specimen].image_path.read_bytes())
    assert answer.status_code == status
    assert answer.json()["error"].startswith(f"{code}: ")
    assert answer.headers["X-IDMock-Rule"] == code


def test_the_admin_api_knows_it(url: str) -> None:
    """An account is minted, met by a fault, and found in the journal."""
    account = requests.post(f"{url}/_idmock/accounts", json={"vendor": "acme"}, timeout=10).json()
    fault = {"vendor": "acme", "account": account["name"], "code": "NO_CARD", "count": 1}
    assert requests.post(f"{url}/_idmock/faults", json=fault, timeout=10).status_code == 201
    codes = [
        call(url, account["credentials"]["key"], FRONT.image_path.read_bytes()).status_code for _ in range(2)
    ]
    assert codes == [400, 200]
    shown = requests.get(f"{url}/_idmock/journal?vendor=acme&account={account['name']}", timeout=10)
    assert [entry["code"] for entry in shown.json()["entries"]] == ["ok", "NO_CARD"]
    assert account["credentials"]["key"] not in shown.text


def test_the_console_knows_it(url: str) -> None:
    """Its account and its rules are shown; there is no offer to send it a picture, as it does not say how."""
    pages = {
        path: requests.get(f"{url}/_idmock/{path}", headers={"Accept": "text/html"}, timeout=10)
        for path in ("", "console/try", "console/accounts?vendor=acme", "console/coverage?vendor=acme")
    }
    assert {page.status_code for page in pages.values()} == {200}
    assert "MOCK-acme-1" in pages[""].text and "vendor=acme" in pages[""].text
    assert "acme" not in pages["console/try"].text
    assert "acme/error/NO_CARD" in pages["console/coverage?vendor=acme"].text


def test_the_commands_know_it(project: Path) -> None:
    """`idmock demo` compares it with the others, `idmock env` prints its key."""
    demo = run(project, "mockserver", "demo")
    assert demo.returncode == 0, demo.stderr
    assert re.search(r"^acme +\S+ ", demo.stdout, re.MULTILINE)
    env = run(project, "mockserver", "env", "acme", "--json")
    assert json.loads(env.stdout)["account"]["credentials"] == {"key": "MOCK-acme-1"}
