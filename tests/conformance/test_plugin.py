"""The suite as pytest's user runs it: from any folder, with pytest's own options, beside other plugins."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from conformance.cases import load_cases, select
from conformance.selftest.wrappers import changing_answers
from mockserver.testing import MockServer
from tests.conformance.conftest import Shell, Spoil, verdicts

FEW = ("--vendor", "megvii", "--only", "megvii/auth/*")
AUTH = [case.id for case in select(["megvii"], "should", ["megvii/auth/*"])]
PYTEST = ("pytest", "-p", "no:cacheprovider", "--pyargs", "conformance")

#: An option of the same name and meaning as pytest-base-url has, which is loaded by an entry point too.
BASE_URL_PLUGIN = """
import pytest

def pytest_addoption(parser):
    parser.addini("base_url", help="base url for the application under test")
    parser.addoption("--base-url", metavar="url", default=None, help="base url for the application under test")

@pytest.fixture(scope="session")
def base_url(request):
    return request.config.getoption("base_url")
"""


class TestRunning:
    """pytest --pyargs conformance."""

    def test_every_case_is_a_test(self, shell: Shell, idmock: MockServer, tmp_path: Path) -> None:
        """From any folder, one test for each, named by its id, with the reports if they are asked for."""
        done = shell(*PYTEST, "--base-url", idmock.url, *FEW, "-v", "--report", tmp_path / "out")
        assert done.returncode == 0, done.stdout
        for name in AUTH:
            assert f"test_clause[{name}] PASSED" in done.stdout
        assert verdicts(tmp_path / "out") == dict.fromkeys(AUTH, "pass")
        names = {path.name for path in (tmp_path / "out").iterdir()}
        assert names == {"results.json", "junit.xml", "report.html", "badge.json"}

    def test_in_processes(self, shell: Shell, idmock: MockServer, tmp_path: Path) -> None:
        """Under xdist the results of all processes come together, in the order of the contract."""
        done = shell(*PYTEST, "--base-url", idmock.url, *FEW, "-n", "2", "-q", "--report", tmp_path / "out")
        assert done.returncode == 0, done.stdout + done.stderr
        assert list(verdicts(tmp_path / "out")) == AUTH
        assert f"{len(AUTH)} passed" in done.stdout

    def test_pytests_own_choices(self, shell: Shell, idmock: MockServer, tmp_path: Path) -> None:
        """-k and -m choose; what they leave out is not reported as not run."""
        words = (*PYTEST, "--base-url", idmock.url, "--level", "may", "--report", tmp_path / "out")
        done = shell(*words, "-m", "megvii and must and not load", "-k", "auth", "-q")
        assert done.returncode == 0, done.stdout
        chosen = [row.id for row in select(["megvii"], "must", ["megvii/auth/*"])]
        assert verdicts(tmp_path / "out") == dict.fromkeys(chosen, "pass")

    def test_pytests_own_junit(self, shell: Shell, idmock: MockServer, tmp_path: Path) -> None:
        """--junitxml works, and is not filled with our documents."""
        done = shell(*PYTEST, "--base-url", idmock.url, *FEW, "-q", "--junitxml", tmp_path / "j.xml")
        assert done.returncode == 0
        root = ET.fromstring((tmp_path / "j.xml").read_text("utf-8"))
        assert len(list(root.iter("testcase"))) == len(AUTH)
        assert not list(root.iter("property"))

    @pytest.mark.parametrize("processes", [(), ("-n", "2")])
    def test_nobody_there(self, shell: Shell, tmp_path: Path, processes: tuple[str, ...]) -> None:
        """Exit code 2, one sentence, and a report that says why."""
        done = shell(*PYTEST, "--base-url", "http://127.0.0.1:1", *processes, "--report", tmp_path / "out")
        assert done.returncode == 2
        assert done.stderr.count("takes no connection") == 1
        assert "Traceback" not in done.stdout + done.stderr
        document = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))
        assert "takes no connection" in document["error"]
        assert set(verdicts(tmp_path / "out").values()) == {"not-run"}

    @pytest.mark.parametrize(
        ("words", "says"),
        [
            ((), "the address of the implementation is missing"),
            (("--base-url", "http://x", "--vendor", "acme"), "no vendor 'acme'"),
            (("--base-url", "http://x", "--only", "acme/*"), "no case fits 'acme/*'"),
            (("--base-url", "http://x", "--expect", "nowhere.toml"), "nowhere.toml cannot be read"),
        ],
    )
    def test_what_cannot_be_meant(self, shell: Shell, words: tuple[str, ...], says: str) -> None:
        """pytest's exit code for a wrong command line, and one sentence."""
        done = shell(*PYTEST, *words)
        assert done.returncode == 4
        assert says in done.stderr
        assert "Traceback" not in done.stderr

    def test_settings_from_the_environment(self, shell: Shell, idmock: MockServer) -> None:
        """The address too."""
        done = shell(*PYTEST, *FEW, "-q", IDMOCK_BASE_URL=idmock.url)
        assert done.returncode == 0, done.stderr


class TestVerdicts:
    """How verdicts show in pytest."""

    @pytest.fixture
    def expect(self, tmp_path: Path) -> Path:
        """Two known deviations: one that there is, one that is mended."""
        path = tmp_path / "expect.toml"
        path.write_text(
            '[[expected]]\nid = "megvii/auth/*"\nbecause = "our gateway has its own texts"\n'
            '[[expected]]\nid = "megvii/parameters/*"\nbecause = "long mended"',
            "utf-8",
        )
        return path

    @pytest.mark.parametrize("processes", [(), ("-n", "2")])
    def test_failures_expected_failures_and_unexpected_passes(
        self, shell: Shell, spoil: Spoil, expect: Path, tmp_path: Path, processes: tuple[str, ...]
    ) -> None:
        """A failure says expected and actual; a known one is an xfail; a known one that passes fails the run."""
        url = spoil(
            changing_answers(lambda sent, reply: reply.with_body(b"{}") if reply.status >= 400 else None)
        )
        out = tmp_path / "out"
        words = (*PYTEST, "--base-url", url, "--vendor", "megvii", "--report", out, "-rA", *processes)
        only = ("--only", "megvii/auth/*", "--only", "megvii/parameters/*", "--only", "megvii/errors/*")
        done = shell(*words, *only, "--expect", expect)
        assert done.returncode == 1, done.stdout + done.stderr
        found = verdicts(out)
        assert set(found.values()) >= {"expected-fail", "unexpected-pass", "fail"}
        assert "our gateway has its own texts" in done.stdout
        assert "take it from the list" in done.stdout
        assert "    expected  " in done.stdout
        assert "    actual    " in done.stdout

    def test_a_mistake_of_the_suite_is_an_error(
        self, shell: Shell, idmock: MockServer, tmp_path: Path
    ) -> None:
        """An exception of ours is no failure of theirs: the case is an error with its reason, the exit code 2."""
        (tmp_path / "breaks.py").write_text(
            "import pytest\nfrom conformance import engine\n"
            "def pytest_configure(config):\n"
            "    run = engine.run\n"
            "    def broken(case, target):\n"
            "        if case.id.endswith('wrong-secret'):\n"
            "            raise KeyError('MII' + 'x' * 200)\n"
            "        return run(case, target)\n"
            "    engine.run = broken\n",
            "utf-8",
        )
        assert any(name.endswith("wrong-secret") for name in AUTH)
        out = tmp_path / "out"
        done = shell(
            *PYTEST, "-p", "breaks", "--base-url", idmock.url, *FEW, "--report", out, PYTHONPATH=str(tmp_path)
        )
        assert done.returncode == 2, done.stdout
        rows = json.loads((out / "results.json").read_text("utf-8"))["results"]
        (broken,) = [row for row in rows if row["verdict"] == "error"]
        assert broken["reason"].startswith("the suite itself failed: KeyError")
        assert "xxxxxxxx" not in done.stdout + done.stderr + json.dumps(rows)
        assert sum(row["verdict"] == "pass" for row in rows) == len(AUTH) - 1

    def test_a_worker_that_dies(self, shell: Shell, idmock: MockServer, tmp_path: Path) -> None:
        """Its case is an error, the others are judged all the same."""
        (tmp_path / "dies.py").write_text(
            "import os\nfrom conformance import engine\n"
            "def pytest_configure(config):\n"
            "    run = engine.run\n"
            "    def dying(case, target):\n"
            "        return os._exit(1) if case.id.endswith('wrong-secret') else run(case, target)\n"
            "    engine.run = dying\n",
            "utf-8",
        )
        out = tmp_path / "out"
        words = (*PYTEST, "-p", "dies", "-n", "2", "--base-url", idmock.url, *FEW, "--report", out)
        done = shell(*words, PYTHONPATH=str(tmp_path))
        assert done.returncode == 2, done.stdout
        found = verdicts(out)
        assert [name for name, verdict in found.items() if verdict == "error"] == [
            name for name in AUTH if name.endswith("wrong-secret")
        ]
        assert list(found.values()).count("pass") == len(AUTH) - 1

    def test_nothing_that_applies_is_not_conformant(self, shell: Shell, idmock: MockServer) -> None:
        """A run without keys judges nothing and does not end well."""
        done = shell(*PYTEST, "--base-url", idmock.url, *FEW, "--capability", "specimens", "-rs")
        assert done.returncode == 2
        assert "no credentials of megvii for an account that is active" in done.stdout


class TestOthers:
    """Beside other plugins, and out of the way of other tests."""

    def test_other_runs_do_not_notice_it(self, shell: Shell, tmp_path: Path) -> None:
        """The suite is installed and adds neither options nor markers nor a line to anybody else's tests."""
        (tmp_path / "folder" / "test_theirs.py").write_text(
            "def test_options(request):\n"
            "    assert not hasattr(request.config.option, 'base_url')\n"
            "    assert not request.config.pluginmanager.hasplugin('conformance.plugin')\n"
        )
        done = shell("pytest", "-q", "--strict-markers", "-W", "error")
        assert done.returncode == 0, done.stdout
        assert "1 passed" in done.stdout
        assert "--allow-load" not in shell("pytest", "--help").stdout
        assert (
            "--allow-load"
            in shell("pytest", "--pyargs", "conformance", "--base-url", "http://x", "--help").stdout
        )

    @pytest.mark.parametrize("processes", [(), ("-n", "2")])
    def test_beside_pytest_base_url(
        self, shell: Shell, idmock: MockServer, tmp_path: Path, processes: tuple[str, ...]
    ) -> None:
        """Its option has the same name and meaning; both may be there."""
        site = tmp_path / "site"
        (site / "other-1.0.dist-info").mkdir(parents=True)
        (site / "other-1.0.dist-info" / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: other\nVersion: 1.0\n"
        )
        (site / "other-1.0.dist-info" / "entry_points.txt").write_text(
            "[pytest11]\nbase_url = other_base_url\n"
        )
        (site / "other_base_url.py").write_text(BASE_URL_PLUGIN)
        done = shell(*PYTEST, "--base-url", idmock.url, *FEW, "-q", *processes, PYTHONPATH=str(site))
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"{len(AUTH)} passed" in done.stdout

    def test_there_are_enough_cases_for_these_tests(self) -> None:
        """The few cases that are used here are real ones, of two levels."""
        assert len(AUTH) >= 4
        assert len({row.level for row in load_cases("megvii") if row.id.startswith("megvii/auth/")}) > 1
