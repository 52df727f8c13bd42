"""The programs on the first page run as they are shown, next to the picture that it offers."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from mockserver.cards.named import load_specimens
from mockserver.environment import environment_of
from mockserver.snippets import snippets_of
from mockserver.testing import MockServer
from mockserver.vendors import names

#: Language -> file and command. Programs of other vendors and languages need packages of their vendors.
RUNS = {"curl": ("run.sh", ["bash", "run.sh"]), "Node": ("run.mjs", ["node", "run.mjs"])}
JAVA = ("Client.java", ["java", "Client.java"])
NAME = load_specimens()["front"].cards[0].card.fields["name"]


def run(mock: MockServer, folder: Path, vendor: str, language: str, state: str = "active") -> str:
    """What a program prints; it has the printed variables, and nothing else of the vendor's."""
    file, command = JAVA if language == "Java" else RUNS[language]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    account = mock.account(vendor, state)
    text = next(one.text for one in snippets_of(account, mock.url) if one.language == language)
    (folder / file).write_text(text, "utf-8")
    (folder / "front.jpg").write_bytes(mock.specimen("front"))
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **environment_of(account, mock.url).variables},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("vendor", names())
def test_curl(idmock: MockServer, tmp_path: Path, vendor: str) -> None:
    """Signed in the shell."""
    assert NAME in run(idmock, tmp_path, vendor, "curl")


@pytest.mark.parametrize("vendor", ["tencent", "aliyun", "huawei"])
def test_curl_with_a_temporary_key(idmock: MockServer, tmp_path: Path, vendor: str) -> None:
    """Its token is sent, and signed where the vendor wants it signed."""
    assert NAME in run(idmock, tmp_path, vendor, "curl", "temporary")


@pytest.mark.parametrize("vendor", ["huawei", "megvii", "alimarket"])
def test_node(idmock: MockServer, tmp_path: Path, vendor: str) -> None:
    """Where no package is needed."""
    assert run(idmock, tmp_path, vendor, "Node").strip() == NAME


@pytest.mark.parametrize("vendor", ["megvii", "alimarket"])
def test_java(idmock: MockServer, tmp_path: Path, vendor: str) -> None:
    """Where no package is needed."""
    assert NAME in run(idmock, tmp_path, vendor, "Java")


@pytest.mark.parametrize("vendor", names())
def test_every_program_names_this_server_and_no_secret(idmock: MockServer, vendor: str) -> None:
    """The address is filled in, as production has none; credentials come from the variables."""
    account = idmock.account(vendor)
    for snippet in snippets_of(account, "http://127.0.0.1:12345"):
        assert "{{" not in snippet.text.replace("MultiCardDetect", "") and "$url" not in snippet.text
        assert not any(value in snippet.text for value in account.credentials.values())
        assert "127.0.0.1:12345" in snippet.text or snippet.language == "Python"
