"""The report's four forms say the same, need nothing from anywhere, and survive whatever an answer contained."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from conformance.data import load_json
from conformance.masking import Masks
from loadtests.findings import Finding, Verdict, Window
from loadtests.outcome import Kind, Outcome
from loadtests.record import Record
from loadtests.report import LoadReport, make_report, write
from loadtests.report.html import as_html
from loadtests.report.junit import as_junit
from loadtests.report.svg import percentile_lines, stacked_bars
from loadtests.report.terminal import as_text
from loadtests.scenarios import HERE
from tests.load.runs import ERROR, THROTTLED, TIMEOUT, VENDOR, busy, fill, run_of

#: Elements without an end.
VOID = {"meta", "br"}


class Page(HTMLParser):
    """Raises for tags that do not match, and collects what could reach the network."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.references: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in {"script", "link", "iframe", "img", "object"}
        self.references += [
            v or "" for k, v in attrs if k in {"href", "src", "action"} or "url(" in (v or "")
        ]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def report_of() -> LoadReport:
    """A failed run with answers of every class."""
    record = Record()
    fill(record, count=84)
    for outcome in (
        ERROR,
        THROTTLED,
        TIMEOUT,
        Outcome(Kind.UNREADABLE, "HTTP 502: no JSON"),
    ):
        fill(record, outcome, count=4)
    busy(record, 0.3)
    report = make_report(run_of(record), {VENDOR: "tencent IDCardOCR"}, "a mock", 2)
    windows = tuple(Window(VENDOR, "at 2 N", float(i), 20, 20, 20) for i in range(3))
    return replace(report, windows=windows)


def test_the_page_is_whole_and_needs_nothing() -> None:
    """Every tag is closed, nothing refers to the network, three plots are there."""
    text = as_html(report_of())
    assert Page(text).references == []
    assert not re.search(r"https?://|@import|url\(", text)
    assert text.count("<svg") == text.count("</svg>") == 3


def test_the_document_fits_its_schema() -> None:
    """As the schema beside it says, and the schema is one."""
    schema = load_json(HERE / "report" / "report.schema.json")
    Draft202012Validator.check_schema(schema)
    document = json.loads(json.dumps(report_of().as_json()))
    Draft202012Validator(schema).validate(document)
    assert document["verdict"] == "fail"
    (part,) = document["parts"]
    assert part["outcomes"]["accepted"] == 84
    assert sum(sum(second.values()) for second in part["per_second"]) == 100


def test_junit_counts_failures_and_errors() -> None:
    """Inconclusive is an error; failures name what was found."""
    report = report_of()
    root = ElementTree.fromstring(as_junit(report))
    verdicts = [finding.verdict for finding in report.findings]
    assert int(root.attrib["tests"]) == len(verdicts) == len(root.findall(".//testcase"))
    assert int(root.attrib["failures"]) == verdicts.count(Verdict.FAIL) == len(root.findall(".//failure"))
    assert int(root.attrib["errors"]) == verdicts.count(Verdict.INCONCLUSIVE) == len(root.findall(".//error"))
    messages = [element.attrib["message"] for element in root.findall(".//failure")]
    assert any("refused InternalError" in message for message in messages)


def test_the_terminal_ends_with_the_verdict() -> None:
    """And shows raw and corrected latency side by side, and the generator's own numbers."""
    text = as_text(report_of())
    assert text.endswith("made-up: fail")
    assert "latency raw / from the intended time" in text
    assert "2 processes" in text
    assert "composing" in text


WHOLE = report_of()


@settings(deadline=None)
@given(st.text(max_size=30))
def test_no_code_breaks_a_form(code: str) -> None:
    """Whatever a server calls its error."""
    finding = Finding(VENDOR, "errors", Verdict.FAIL, "none", f"refused {code}", code)
    part = replace(WHOLE.parts[0], outcomes={f"refused {code}": 1})
    report = replace(WHOLE, findings=(finding,), parts=(part,))
    Page(as_html(report))
    ElementTree.fromstring(as_junit(report))
    json.dumps(report.as_json())
    assert as_text(report)


def test_odd_characters_stay_out() -> None:
    """What XML does not have breaks no parser, what steers a terminal does not steer it."""
    code = "\ufffe\x1b[2J\x9b\ud800"
    finding = Finding(VENDOR, "errors", Verdict.FAIL, "none", code, code)
    part = replace(WHOLE.parts[0], outcomes={f"refused {code}": 1})
    report = replace(WHOLE, findings=(finding,), parts=(part,))
    failure = ElementTree.fromstring(as_junit(report)).find(".//failure")
    assert failure is not None
    assert failure.attrib["message"] == "\ufffd\ufffd[2J\x9b\ufffd"
    assert r"\x1b[2J\x9b\ud800" in as_text(report)


def test_nothing_of_a_secret_is_reported() -> None:
    """A target that quotes a key, or a whole number, in its code: neither is in any form of the report."""
    secret, number = "keyofnobody0000000000000000000000", "11010519491231002X"
    record = Record()
    for code in (f"Unknown.{secret}", f"NoSuchCard.{number}", f"Unknown.{secret[:-1]}"):
        fill(record, Outcome(Kind.REFUSED, code, 200), count=2)
    whole = make_report(run_of(record), {VENDOR: "x"}, "a mock", 1)
    report = whole.masked(Masks.of([secret, secret[:-1]]))
    for text in (as_text(report), as_junit(report), as_html(report), json.dumps(report.as_json())):
        assert secret[:-1] not in text
        assert number not in text
    assert report.parts[0].outcomes["refused Unknown.***"] == 4
    assert report.verdict is whole.verdict


def test_a_report_of_nothing_is_written(tmp_path: Path) -> None:
    """No answers, no stages that ran: still three files that parse."""
    report = make_report(run_of(Record(), cut_short="it was stopped"), {VENDOR: "x"}, "a mock", 1)
    write(report, tmp_path / "deep" / "er")
    assert {path.name for path in (tmp_path / "deep" / "er").iterdir()} == {
        "report.html",
        "report.json",
        "junit.xml",
    }
    Page((tmp_path / "deep" / "er" / "report.html").read_text("utf-8"))


def test_findings_alone_make_a_report() -> None:
    """The limiter's verification makes its own traffic and has no numbers of calls."""
    finding = Finding(VENDOR, "at 2 N", Verdict.PASS, "at most 20", "20")
    report = LoadReport("limit", "x", "a mock", "2030-01-01T00:00:00+00:00", (finding,), windows=())
    assert report.verdict is Verdict.PASS
    Page(as_html(report))
    assert as_text(report).endswith("limit: pass")


@pytest.mark.parametrize(
    "columns", [[], [{}], [{"accepted": 1}], [{"accepted": 10_000, "refused": 3}] * 4000]
)
def test_bars_stay_inside(columns: list[dict[str, float]]) -> None:
    """Any number of columns of any height."""
    root = ElementTree.fromstring(
        stacked_bars(columns, ["accepted", "refused"], title="t & t", unit="u", marks=[(0, "a<b")], level=5)
    )
    for rect in root.iter("rect"):
        assert 0 <= float(rect.attrib["y"]) <= 220
        assert float(rect.attrib["height"]) >= 0
        assert float(rect.attrib["x"]) + float(rect.attrib["width"]) <= 721


@pytest.mark.parametrize("points", [[], [(50.0, 0.0)], [(50.0, 1e-3), (99.0, 5.0), (100.0, 3e5)]])
def test_lines_stay_inside(points: list[tuple[float, float]]) -> None:
    """Any latencies."""
    root = ElementTree.fromstring(percentile_lines({"raw": points}, title="t", unit="ms", bound=10))
    for pair in root.find("polyline").attrib["points"].split():  # type: ignore[union-attr]
        x, y = map(float, pair.split(","))
        assert 0 <= x <= 720
        assert 0 <= y <= 220
