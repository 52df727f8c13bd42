"""The reports that are made of a run, and the comparison of runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, ClassVar
from xml.etree import ElementTree as ET

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.cases import load_cases
from conformance.dialect import about
from conformance.errors import SuiteError
from conformance.model import Failure, Result, Verdict
from conformance.outcome import Outcome, load_outcome
from conformance.report import make_directory, terminal, write_reports
from conformance.report.badge import badge
from conformance.report.compare import compare
from conformance.report.compare import lines as compared
from conformance.report.junit import junit
from conformance.report.page import comparison_page, page
from tests.conformance.rows import case, outcome, result

PASSED = result(Verdict.PASS, "good", calls=1)
FAILED = result(Verdict.FAIL, "bad", calls=2, request="curl http://x", answer="HTTP 500")
ONE_OF_EACH = [result(verdict, f"n{number}", reason="because") for number, verdict in enumerate(Verdict)]
HOSTILE = """<script>alert("x")</script>'"&amp;{{ 7*7 }}]]>\x00\x1b\ud800"""


def whole(count: int = 3) -> Outcome:
    """A run in which real cases passed."""
    results = [Result.of(row, Verdict.PASS, calls=1) for row in load_cases("tencent")[:count]]
    return outcome(*results)


class TestExitCode:
    """What a run means."""

    @pytest.mark.parametrize(
        ("verdicts", "error", "code"),
        [
            ([Verdict.PASS], "", 0),
            ([Verdict.PASS, Verdict.EXPECTED_FAIL, Verdict.NOT_APPLICABLE], "", 0),
            ([Verdict.EXPECTED_FAIL], "", 0),
            ([Verdict.PASS, Verdict.FAIL], "", 1),
            ([Verdict.PASS, Verdict.UNEXPECTED_PASS], "", 1),
            ([Verdict.FAIL, Verdict.ERROR], "", 1),
            ([Verdict.PASS, Verdict.ERROR], "", 2),
            ([Verdict.PASS, Verdict.NOT_RUN], "", 2),
            ([Verdict.NOT_APPLICABLE], "", 2),
            ([], "", 2),
            ([Verdict.PASS], "interrupted", 2),
            ([Verdict.FAIL], "no connection", 2),
        ],
    )
    def test_of_verdicts(self, verdicts: list[Verdict], error: str, code: int) -> None:
        """0 conformant, 1 not, 2 when that is not known."""
        assert outcome(*(result(verdict) for verdict in verdicts), error=error).exit_code == code


class TestResults:
    """results.json."""

    def test_it_is_read_back_whole(self, tmp_path: Path) -> None:
        """Written and read, a run is the same run."""
        before = outcome(*ONE_OF_EACH, FAILED, error="interrupted")
        write_reports(before, tmp_path)
        after = load_outcome(tmp_path / "results.json")
        assert after.as_json() == before.as_json()
        assert after.results == list(before.results)
        assert (after.calls, after.counts[Verdict.FAIL]) == (2, 2)

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 99}', '{"format": 1, "target": "x"}'])
    def test_another_file_is_refused(self, tmp_path: Path, text: str) -> None:
        """By its name."""
        path = tmp_path / "other.json"
        path.write_text(text)
        with pytest.raises(SuiteError, match=r"other\.json"):
            load_outcome(path)

    def test_where_nothing_can_be_written(self, tmp_path: Path) -> None:
        """Is told before a call is made."""
        (tmp_path / "file").write_text("")
        with pytest.raises(SuiteError, match="no reports can be written to"):
            make_directory(tmp_path / "file" / "below")


class TestJunit:
    """junit.xml."""

    CHILDREN: ClassVar[dict[str, set[str]]] = {
        "testsuites": {"testsuite"},
        "testcase": {"skipped", "error", "failure"},
        "properties": {"property"},
    }
    ATTRIBUTES: ClassVar[dict[str, set[str]]] = {
        "testsuites": set(),
        "testsuite": {
            "id", "package", "name", "timestamp", "hostname", "tests", "failures", "errors", "skipped", "time",
        },
        "properties": set(),
        "property": {"name", "value"},
        "testcase": {"name", "classname", "time"},
        "failure": {"message", "type"},
        "error": {"message", "type"},
        "skipped": set(),
        "system-out": set(),
        "system-err": set(),
    }  # fmt: skip

    def check(self, text: str) -> ET.Element:
        """The document, held against what Ant's and Jenkins's schemas have in common."""
        root = ET.fromstring(text)
        assert root.tag == "testsuites"
        for element in root.iter():
            assert set(element.attrib) == self.ATTRIBUTES[element.tag], element.tag
            allowed = self.CHILDREN.get(element.tag)
            assert allowed is None or {child.tag for child in element} <= allowed
        for number, suite in enumerate(root):
            tags = [child.tag for child in suite]
            cases = [child for child in suite if child.tag == "testcase"]
            assert tags == ["properties", *["testcase"] * len(cases), "system-out", "system-err"]
            assert suite.get("id") == str(number)
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp", ""))
            assert not re.search(r"\s", suite.get("hostname", ""))
            assert int(suite.get("tests", "")) == len(cases)
            for tag, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
                assert int(suite.get(attribute, "")) == len(suite.findall(f"testcase/{tag}"))
            assert all(len(row) <= 1 for row in cases)
        return root

    def test_every_verdict_has_its_element(self) -> None:
        """Failures, errors and what is skipped, with ids that stay the same."""
        root = self.check(junit(outcome(*ONE_OF_EACH)))
        found = {row.get("name"): [child.tag for child in row] for row in root.iter("testcase")}
        assert found == {
            "n0": [], "n1": ["failure"], "n2": ["skipped"], "n3": ["failure"], "n4": ["skipped"], "n5": ["error"],
            "n6": ["skipped"],
        }  # fmt: skip
        assert {row.get("classname") for row in root.iter("testcase")} == {"conformance.tencent.made-up"}

    def test_headings_are_suites(self) -> None:
        """One each, named by vendor and heading."""
        results = [Result.of(row, Verdict.PASS) for row in load_cases("tencent")]
        root = self.check(junit(outcome(*results)))
        assert len(root) == len({row.heading for row in load_cases("tencent")})
        assert (root[0].get("name") or "").startswith("Tencent Cloud OCR")

    def test_a_run_that_broke_off(self) -> None:
        """Is an error of its own, since a reader of JUnit sees nothing else."""
        root = self.check(junit(outcome(error="nobody there")))
        (error,) = root.iter("error")
        assert error.get("message") == "nobody there"

    @given(st.text())
    def test_whatever_an_answer_has_in_it(self, text: str) -> None:
        """Signs that XML cannot hold are replaced."""
        bad = result(
            Verdict.FAIL,
            failures=(Failure("equals", text, text, text),),
            reason=text,
            request=text,
            answer=text,
        )
        self.check(junit(outcome(bad, target=text or "x")).encode("utf-8", "strict").decode())


class _Page(HTMLParser):
    """What a page has in it."""

    VOID = frozenset({"meta", "input", "br", "link", "img"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.tags if name == tag)


class TestPage:
    """report.html and compare.html."""

    def test_clauses_stand_under_their_headings_with_their_source(self) -> None:
        """Each links to the document that it comes from."""
        found = _Page(page(whole()))
        rows = load_cases("tencent")[:3]
        assert [row["id"] for row in found.all("article")] == [row.id for row in rows]
        text = "".join(found.words)
        assert rows[0].heading in text
        assert all(row.says in text for row in rows)
        links = {link["href"] for link in found.all("a")}
        assert any((link or "").startswith("https://cloud.tencent.com/") for link in links)

    def test_it_fetches_nothing(self) -> None:
        """No picture, no style, no script from anywhere, and the browser is told to refuse any."""
        text = page(outcome(*ONE_OF_EACH))
        found = _Page(text)
        names = {tag for tag, _ in found.tags}
        assert not names & {"link", "img", "iframe", "object", "embed", "source", "base"}
        assert all("src" not in attributes for _, attributes in found.tags)
        assert "@import" not in text
        assert "url(" not in text
        (policy,) = [tag["content"] or "" for tag in found.all("meta") if tag.get("http-equiv")]
        assert policy.startswith("default-src 'none'")

    @pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.ERROR])
    def test_everything_is_escaped(self, verdict: Verdict) -> None:
        """What came back is text, wherever it stands."""
        hostile = HOSTILE.replace("\ud800", "")
        failure = Failure(hostile, hostile, hostile, hostile)
        bad = result(verdict, failures=(failure,), reason=hostile, request=hostile, answer=hostile)
        found = _Page(page(outcome(bad, target=hostile, base_url=hostile, error=hostile)))
        assert len(list(found.all("script"))) == 1
        assert "{{ 7*7 }}" in "".join(found.words)

    def test_expected_and_actual_stand_beside_each_other(self) -> None:
        """In one row of a table; request and answer are behind a summary."""
        text = page(outcome(FAILED))
        assert re.search(r"<td><code>200</code></td><td><code>500</code></td>", text)
        assert "<summary>request and answer</summary>" in text
        assert "HTTP 500" in text

    def test_it_can_be_filtered_without_a_mouse(self) -> None:
        """By boxes and a field that have labels, all of them of the browser."""
        found = _Page(page(outcome(*ONE_OF_EACH)))
        boxes = [box for box in found.all("input") if box.get("type") == "checkbox"]
        assert {box["value"] for box in boxes if box["data-key"] == "verdict"} == set(map(str, Verdict))
        assert {box["value"] for box in boxes if box["data-key"] == "level"} == {"must", "should", "may"}
        assert [field["aria-label"] for field in found.all("input") if field.get("type") == "search"]
        for article in found.all("article"):
            assert article["data-verdict"] in set(map(str, Verdict))
        assert "prefers-color-scheme: dark" in page(whole())

    def test_a_run_that_broke_off_says_so(self) -> None:
        """Even when nothing was judged."""
        assert "nobody there" in "".join(_Page(page(outcome(error="nobody there"))).words)


class TestBadge:
    """badge.json."""

    @pytest.mark.parametrize(
        ("verdicts", "error", "message", "color"),
        [
            ([Verdict.PASS, Verdict.NOT_APPLICABLE], "", "1 of 1 clauses up to should", "brightgreen"),
            ([Verdict.PASS, Verdict.EXPECTED_FAIL], "", "1 of 2 clauses up to should", "yellow"),
            ([Verdict.PASS, Verdict.FAIL, Verdict.FAIL], "", "1 of 3 clauses up to should", "red"),
            ([Verdict.PASS], "interrupted", "not judged", "lightgrey"),
            ([], "", "not judged", "lightgrey"),
        ],
    )
    def test_what_it_says(self, verdicts: list[Verdict], error: str, message: str, color: str) -> None:
        """Clauses that hold of those that were judged."""
        found = badge(outcome(*(result(verdict) for verdict in verdicts), error=error))
        assert (found["message"], found["color"], found["schemaVersion"]) == (message, color, 1)
        assert found.get("isError", False) == (color == "lightgrey")
        assert set(found) <= {"schemaVersion", "label", "message", "color", "isError"}


def plain(lines: Iterator[str]) -> str:
    return click.unstyle("\n".join(lines))


class TestTerminal:
    """What a person reads."""

    def test_headings_with_counts_and_what_is_wrong_below(self) -> None:
        """Expected and actual beside each other, the curl line, the verdict last."""
        text = plain(terminal.lines(outcome(PASSED, FAILED)))
        assert "tencent  Tencent Cloud OCR: IDCardOCR 2018-11-19" in text
        assert "  0 Made up  1 passed, 1 failed" in text
        title = about("tencent")["documents"]["page"]["title"]
        assert f"    FAIL tencent/made-up/bad [must; {title}, 输入参数]" in text
        assert "        expected  200    actual  500\n" in text
        assert "      curl http://x\n" in text
        assert text.endswith("1 passed, 1 failed; 3 calls in 1.5 s\nnot conformant at level should")
        assert "tencent/made-up/good" not in text

    def test_below_each_other_where_there_is_no_room(self) -> None:
        """A narrow terminal has them in two lines."""
        text = plain(terminal.lines(outcome(FAILED), width=30))
        assert "        expected  200\n        actual    500\n" in text

    def test_reasons_are_summed_up(self) -> None:
        """What does not apply is told by its reason, not case by case."""
        rows = [
            result(Verdict.NOT_APPLICABLE, f"c{n}", reason="the target does not offer 'admin'")
            for n in range(7)
        ]
        known = result(Verdict.EXPECTED_FAIL, "known", reason="bug 7")
        text = plain(terminal.lines(outcome(PASSED, known, *rows)))
        assert "Not applicable\n     7  the target does not offer 'admin'" in text
        assert "Failed as expected\n     1  bug 7" in text
        assert text.endswith("\nconformant at level should")

    def test_a_run_that_broke_off(self) -> None:
        """Headings that were not reached are not listed; why is in the last line."""
        rows = [PASSED, Result.of(case(id="tencent/other/x", heading="1 Other"), Verdict.NOT_RUN)]
        text = plain(terminal.lines(outcome(*rows, error="nobody there")))
        assert "1 Other" not in text
        assert text.endswith("1 passed, 1 not run; 1 calls in 1.5 s\nbroken off: nobody there")

    def test_errors_and_unexpected_passes_are_shown(self) -> None:
        """One by one, with why."""
        text = plain(terminal.lines(outcome(*ONE_OF_EACH)))
        assert "UNEXPECTED PASS tencent/made-up/n3" in text
        assert "ERROR tencent/made-up/n5" in text

    def test_nothing_steers_the_terminal(self) -> None:
        """Control characters of an answer are shown, not sent; lines of a body stay lines."""
        hostile = "\x1b]0;owned\x07\x00\ud800 a\nb"
        failure = Failure(hostile, hostile, hostile, hostile)
        bad = result(Verdict.FAIL, failures=(failure,), reason=hostile, request=hostile)
        text = plain(terminal.lines(outcome(PASSED, bad)))
        assert "\x1b" not in text
        assert "\x00" not in text
        assert r"\x1b]0;owned\x07\x00\ud800 a" in text
        text.encode()

    def test_a_listing(self) -> None:
        """Level, calls, what is needed, source."""
        rows = list(load_cases("tencent"))
        text = plain(terminal.listing(rows))
        assert len(text.splitlines()) == len(rows) + len({row.heading for row in rows})
        load = next(row for row in rows if row.is_load)
        (line,) = [line for line in text.splitlines() if f" {load.id} " in line]
        assert "--allow-load" in line
        assert f"{load.calls} calls" in line
        assert load.level in line


class TestComparison:
    """Several runs."""

    def write(self, folder: Path, **runs: Outcome) -> list[Path]:
        paths = []
        for name, run in runs.items():
            write_reports(run, folder / name)
            paths.append(folder / name / "results.json")
        return paths

    def test_where_targets_differ(self, tmp_path: Path) -> None:
        """A clause that holds of one and not of the other; what was not judged of one is no difference."""
        one = outcome(
            result(Verdict.PASS, "a"), result(Verdict.PASS, "b"), result(Verdict.PASS, "c"), target="mock"
        )
        two = outcome(
            result(Verdict.EXPECTED_FAIL, "a"), result(Verdict.PASS, "b"), result(Verdict.NOT_APPLICABLE, "c"),
            result(Verdict.PASS, "d"), target="real",
        )  # fmt: skip
        found = compare(self.write(tmp_path, one=one, two=two))
        assert [row.clause.id for row in found.differences] == ["tencent/made-up/a"]
        assert [row.clause.id[-1] for row in found.rows] == ["a", "b", "c", "d"]
        text = plain(compared(found))
        assert text.startswith("A  mock\nB  real\n")
        assert re.search(r"^tencent/made-up/a +pass +expected fail$", text, re.MULTILINE)
        assert "tencent/made-up/b" not in text
        assert text.endswith("they differ in 1 of the 2 clauses that were judged of two at least")
        assert found.exit_code == 1

    @pytest.mark.parametrize(("other", "code"), [(Verdict.PASS, 0), (Verdict.FAIL, 1), (Verdict.ERROR, 2)])
    def test_exit_code(self, tmp_path: Path, other: Verdict, code: int) -> None:
        """As diff has it."""
        found = compare(self.write(tmp_path, one=outcome(PASSED), two=outcome(result(other, "good"))))
        assert found.exit_code == code

    def test_targets_of_one_name_are_told_apart(self, tmp_path: Path) -> None:
        """By their files."""
        paths = self.write(
            tmp_path, one=outcome(PASSED), two=outcome(PASSED), three=outcome(PASSED, target="x")
        )
        names = compare(paths).names
        assert len(set(names)) == 3
        assert names[2] == "x"

    def test_the_page_has_a_column_for_each(self, tmp_path: Path) -> None:
        """And the differences can be seen alone."""
        three = outcome(result(Verdict.PASS, "bad"), target="<three>")
        found = compare(self.write(tmp_path, one=outcome(PASSED, FAILED), two=whole(), three=three))
        document = _Page(comparison_page(found))
        rows = [row for row in document.all("tr") if "data-clause" in row]
        assert {row["data-differs"] for row in rows} == {"yes", "no"}
        assert len(rows) == 5
        assert sum(word == "<three>" for word in document.words) >= 2

    @pytest.mark.parametrize("count", [0, 1])
    def test_one_run_is_no_comparison(self, tmp_path: Path, count: int) -> None:
        """It takes two."""
        paths: list[Any] = self.write(tmp_path, one=outcome(PASSED))[:count]
        with pytest.raises(SuiteError, match="two runs at least"):
            compare(paths)


def test_results_are_plain_json(tmp_path: Path) -> None:
    """Other programs read them without knowing the suite: ids, verdicts, counts, calls."""
    write_reports(outcome(PASSED, FAILED), tmp_path)
    document = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert document["counts"]["pass"] == document["counts"]["fail"] == 1
    assert document["calls"] == 3
    assert [row["verdict"] for row in document["results"]] == ["pass", "fail"]
