"""The peers: what they are told, how they are installed, and what is said when that cannot be done."""

from __future__ import annotations

import sys
from pathlib import Path
from socket import create_connection
from urllib.parse import urlsplit

import orjson
import pytest
from click.testing import CliRunner

from loadtests.bench import install
from loadtests.bench.calls import name_on_card, requests_of, specimen_of_size
from loadtests.bench.install import SETTINGS, _install, missing_tools
from loadtests.bench.peers import as_rekognition, peer_entries
from loadtests.bench.with_peers import main
from loadtests.wire import exchange
from mockserver.testing import MockServer


@pytest.fixture
def path_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


class TestWithoutTools:
    def test_nothing_is_there(self, path_with: Path) -> None:
        """One sentence, exit code 2, and nothing is installed or started."""
        result = CliRunner().invoke(main, ["--quick"])
        assert result.exit_code == 2
        assert result.stderr == (
            "Error: the peers need node, npm, java; not found: node, npm, java "
            "(Debian: apt-get install nodejs npm default-jre-headless)\n"
        )
        assert result.stdout == ""

    def test_only_java_is_missing(self, path_with: Path) -> None:
        """What is there is not named."""
        for name in ("node", "npm"):
            (path_with / name).touch(0o755)
        assert "not found: java (" in (missing_tools() or "")
        (path_with / "java").touch(0o755)
        assert missing_tools() is None


class TestInstall:
    @pytest.fixture(autouse=True)
    def _cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(install, "CACHE", tmp_path)

    def test_once(self, tmp_path: Path) -> None:
        """What was installed is not installed again, until something else is wanted."""
        wanted, done, folder = tmp_path / "wanted", tmp_path / "done", tmp_path / "folder"
        count = "import pathlib; f = pathlib.Path('folder'); f.mkdir(exist_ok=True); (f / 'n').open('a').write('x')"
        for text in ("one", "one", "two"):
            wanted.write_text(text)
            assert _install(wanted, done, folder, [[sys.executable, "-c", count]]) is None
        assert (folder / "n").read_text() == "xx"

    def test_failure(self, tmp_path: Path) -> None:
        """The last line that the command said is the reason, and the next run tries again."""
        wanted, done, folder = tmp_path / "wanted", tmp_path / "done", tmp_path / "folder"
        wanted.write_text("one")
        fails = [sys.executable, "-c", "import sys; sys.exit('a warning\\nno such package')"]
        for _ in range(2):
            assert (_install(wanted, done, folder, [fails]) or "").endswith("failed: no such package")
            assert not done.exists()


class TestSettings:
    def test_answer_is_the_mocks_own(self, idmock: MockServer) -> None:
        """What the peers answer is what the mock answers to the same request, but for its id."""
        (request,) = requests_of("tencent", [specimen_of_size()])
        address = urlsplit(idmock.url)
        with create_connection((address.hostname, address.port)) as connection:
            answer = exchange(connection, request)
        ours, theirs = orjson.loads(answer.body), orjson.loads((SETTINGS / "answer.json").read_bytes())
        del ours["Response"]["RequestId"], theirs["Response"]["RequestId"]
        assert ours == theirs

    def test_files_are_filled_in(self, tmp_path: Path) -> None:
        """Every place for the answer and the port is filled, and numbers are numbers."""
        entries = {e.name: e for e in peer_entries(tmp_path, name_on_card(), no_node=None, no_moto=None)}
        entries["mountebank"].recipe.command(4711)
        assert "4711" in entries["Mockoon"].recipe.command(4711)
        for name in ("mountebank", "Mockoon"):
            text = (tmp_path / f"{name.lower()}.json").read_text("utf-8")
            assert name_on_card().decode() in text
            assert "$" not in text
        (imposter,) = orjson.loads((tmp_path / "mountebank.json").read_bytes())["imposters"]
        assert imposter["port"] == 4711

    def test_contract_of_prism_has_the_answer(self, tmp_path: Path) -> None:
        """It is the mock's own OpenAPI document with an example."""
        entries = {e.name: e for e in peer_entries(tmp_path, name_on_card(), no_node=None, no_moto=None)}
        entries["Prism, validating"].recipe.command(4711)
        document = orjson.loads((tmp_path / "openapi.json").read_bytes())
        content = document["paths"]["/"]["post"]["responses"]["200"]["content"]["application/json"]
        (example,) = content["examples"].values()
        assert example["value"]["Response"]["Name"].encode() == name_on_card()

    def test_moto_gets_the_same_body(self) -> None:
        """Under a head that it takes for a call of its own."""
        (request,) = requests_of("tencent", [specimen_of_size()])
        adapted = as_rekognition(request)
        assert adapted.body is request.body
        assert b"RekognitionService.DetectText" in adapted.head
        assert b"IDCardOCR" not in adapted.head
        assert b"/us-east-1/rekognition/aws4_request" in adapted.head

    def test_reasons_reach_the_rows(self, tmp_path: Path) -> None:
        """Why npm or pip failed stands in the rows of their peers, and only there."""
        entries = peer_entries(tmp_path, b"", no_node="npm failed", no_moto=None)
        assert {entry.absent for entry in entries[:-1]} == {"npm failed"}
        assert entries[-1].absent is None
