"""What a run is asked to do: where it is said, what it costs, what it may expect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.cases import load_cases
from conformance.description import Description
from conformance.errors import SuiteError
from conformance.model import LOAD_TRIES, Verdict
from conformance.settings import Expected, RunSettings, read_expected, read_settings
from tests.conformance.rows import case, result

URL = "http://127.0.0.1:4590"


class TestReading:
    """Settings from flags and the environment."""

    def test_the_environment_stands_in_for_flags(self, tmp_path: Path) -> None:
        """Each variable, and a flag over it."""
        environ = {
            "IDMOCK_BASE_URL": URL,
            "IDMOCK_IMAGES": str(tmp_path / "images.toml"),
            "IDMOCK_CAPABILITY": "specimens accounts",
            "IDMOCK_RATE": "2.5",
            "IDMOCK_TENCENT_SECRET_ID": "AKIDenv",
        }
        found = read_settings(base_url=None, environ=environ).description
        assert found.base_url == URL
        assert found.images == tmp_path / "images.toml"
        assert found.capabilities == ("specimens", "accounts")
        assert found.requests_per_second == 2.5
        assert found.accounts["tencent"]["active"] == {"secret_id": "AKIDenv"}
        flags: dict[str, Any] = {"rate": 7.0, "capabilities": ["admin"], "images": tmp_path / "other.toml"}
        over = read_settings(base_url="http://other", environ=environ, **flags).description
        assert (over.base_url, over.requests_per_second, over.capabilities) == (
            "http://other",
            7.0,
            ("admin",),
        )
        assert over.images == tmp_path / "other.toml"

    def test_a_target_file_by_variable(self, tmp_path: Path) -> None:
        """IDMOCK_TARGET names it; what it says of rate and capabilities holds when nothing else does."""
        path = tmp_path / "target.toml"
        path.write_text(f'url = "{URL}"\nrequests_per_second = 4\ncapabilities = []', "utf-8")
        found = read_settings(base_url=None, environ={"IDMOCK_TARGET": str(path)}).description
        assert (found.base_url, found.requests_per_second, found.capabilities) == (URL, 4, ())

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"credentials": ["bhMOCKsecret"]}, "a credential is given as vendor.name=value$"),
            ({"capabilities": ["fast"]}, "no capability 'fast'; there are: specimens, accounts, admin"),
            ({"level": "maybe"}, "no level 'maybe'; there are: must, should, may"),
            ({"rate": 0.0}, "calls per second, not 0.0"),
            ({"rate": float("nan")}, "calls per second, not nan"),
            ({"environ": {"IDMOCK_RATE": "fast"}}, "calls per second, not 'fast'"),
            ({"max_calls": 0}, "with max-calls 0 nothing could be asked"),
        ],
    )
    def test_what_cannot_be_meant(self, changes: dict[str, Any], says: str) -> None:
        """One sentence, without a credential."""
        with pytest.raises(SuiteError, match=says):
            read_settings(**{"base_url": URL, "environ": {}, **changes})

    def test_nothing_left_to_ask(self) -> None:
        """A choice without a case is a mistake, not a success."""
        load = next(row for row in load_cases("tencent") if row.is_load)
        assert RunSettings(Description(URL), level="may", only=(load.id,), allow_load=True).cases() == [load]
        with pytest.raises(SuiteError, match="none of the chosen cases is of this level, or they are load"):
            RunSettings(Description(URL), level="may", only=(load.id,)).cases()


class TestBudget:
    """--max-calls."""

    def settings(self, most: int | None) -> RunSettings:
        return RunSettings(Description(URL), max_calls=most)

    def test_cases_run_while_there_is_room(self) -> None:
        """In order; a dear one that does not fit leaves room for cheap ones behind it."""
        cases = [
            case(id="tencent/a/one"),
            case(id="tencent/a/three", send={"repeat": 3}),
            case(id="tencent/a/two", first=({"send": {}, "expect": {}},)),
        ]
        assert self.settings(None).beyond_budget(cases) == frozenset()
        assert self.settings(6).beyond_budget(cases) == frozenset()
        assert self.settings(5).beyond_budget(cases) == {"tencent/a/two"}
        assert self.settings(3).beyond_budget(cases) == {"tencent/a/three"}
        assert self.settings(1).beyond_budget(cases) == {"tencent/a/three", "tencent/a/two"}

    def test_what_may_be_tried_again_costs_the_most(self) -> None:
        """Calls within one second are made again when they were not; the cap holds all the same."""
        load = case(send={"load": {"requests": 4, "within": "second"}}, expect={"tally": {"success": 4}})
        assert load.calls_at_most == 4 * LOAD_TRIES
        assert self.settings(4 * LOAD_TRIES - 1).beyond_budget([load]) == {load.id}


class TestExpected:
    """Known deviations."""

    SETTINGS = RunSettings(Description(URL), expected=(Expected("tencent/made-up/k*", "bug 7"),))

    @pytest.mark.parametrize(
        ("verdict", "becomes"),
        [
            (Verdict.FAIL, Verdict.EXPECTED_FAIL),
            (Verdict.PASS, Verdict.UNEXPECTED_PASS),
            (Verdict.ERROR, Verdict.ERROR),
            (Verdict.NOT_APPLICABLE, Verdict.NOT_APPLICABLE),
        ],
    )
    def test_in_their_light(self, verdict: Verdict, becomes: Verdict) -> None:
        """A failure is expected, a success is news; what could not be judged stays so. Other cases are untouched."""
        assert self.SETTINGS.with_expectation(result(verdict, "known")).verdict is becomes
        assert self.SETTINGS.with_expectation(result(verdict, "other")).verdict is verdict

    def test_the_reason_is_kept(self) -> None:
        """Why it fails, and what to do when it does not any more."""
        assert self.SETTINGS.with_expectation(result(Verdict.FAIL, "known")).reason == "bug 7"
        assert "take it from the list" in self.SETTINGS.with_expectation(result(Verdict.PASS, "known")).reason

    def test_a_file(self, tmp_path: Path) -> None:
        """Tables with a pattern and a reason."""
        path = tmp_path / "expect.toml"
        path.write_text(
            '[[expected]]\nid = "tencent/auth/*"\nbecause = "our gateway signs for its clients"', "utf-8"
        )
        assert read_expected(path) == (Expected("tencent/auth/*", "our gateway signs for its clients"),)

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("x", "cannot be read"),
            ("", "it holds"),
            ("expected = 3", "it holds"),
            ('expected = ["a"]', "it holds"),
            ('[[expected]]\nid = "tencent/*"', "it holds"),
            ('[[expected]]\nid = "tencent/*"\nbecause = 3', "it holds"),
            ('[[expected]]\nid = "tencent/*"\nbecause = ""', "it holds"),
            ('[[expected]]\nid = "tencent/*"\nbecause = "x"\nuntil = "y"', "it holds"),
            ('[[expect]]\nid = "tencent/*"\nbecause = "x"', "it holds"),
            ('[[expected]]\nid = "tencent/nothing/*"\nbecause = "x"', "no case fits 'tencent/nothing/\\*'"),
        ],
    )
    def test_a_file_that_cannot_be_meant(self, tmp_path: Path, text: str, says: str) -> None:
        """Its name and what it should hold."""
        path = tmp_path / "expect.toml"
        path.write_text(text, "utf-8")
        with pytest.raises(SuiteError, match=says) as caught:
            read_expected(path)
        assert str(path) in str(caught.value)
