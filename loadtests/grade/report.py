"""A graded run as text for a terminal, as Markdown, as JUnit's XML and as JSON."""

from __future__ import annotations

import datetime
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from conformance.texts import xml_text
from loadtests.grade.fetch import Fetched
from loadtests.grade.verdict import Grade, Verdict

_WIDTH = 110
_INDENT = " " * 4
_MARKDOWN = re.compile(r"([\\`*_|<>\[\]])")


@dataclass(frozen=True, slots=True)
class Graded:
    """A run, what was found in it, and the letter."""

    fetched: Fetched
    verdicts: Sequence[Verdict]
    grade: Grade

    @property
    def title(self) -> str:
        """Whose run it was."""
        return f"{self.fetched.vendor}/{self.fetched.account}"

    @property
    def summary(self) -> str:
        """How much there was to judge, in one line."""
        run = self.fetched.run
        seconds = run.sent[-1].received - run.sent[0].received
        seen = "told" if run.told_parallel else "seen"
        text = f"{len(run.sent)} requests in {seconds:.1f} s, {run.parallel} at a time ({seen})"
        if self.fetched.left_out:
            text += f"; {self.fetched.left_out} more, by which no account was recognised, are left out"
        return text


def as_text(graded: Graded) -> str:
    """For a terminal: one line a rule, and for what is not good why it matters and what to do."""
    lines = [f"{graded.title}: {graded.summary}", ""]
    for verdict in graded.verdicts:
        rule, found = verdict.rule, verdict.finding
        lines.append(f"{found.word:<8}  {rule.level:<6}  {rule.id:<20}  {found.text}")
        if found.word in ("poor", "bad"):
            lines += _wrapped(rule.why) + _wrapped(f"-> {rule.advice}")
            lines += [f"{_INDENT}entries: {' '.join(found.entries)}"] if found.entries else []
    return "\n".join([*lines, "", f"grade {graded.grade.letter}", *_wrapped(graded.grade.derivation), ""])


def as_markdown(graded: Graded) -> str:
    """For people who read it later: a table, then every rule that is not good."""
    lines = [
        f"# Grade {graded.grade.letter}: {_escaped(graded.title)}",
        "",
        _escaped(graded.summary) + ".",
        "",
    ]
    lines += ["| verdict | level | rule | evidence |", "| --- | --- | --- | --- |"]
    for verdict in graded.verdicts:
        rule, found = verdict.rule, verdict.finding
        lines.append(f"| {found.word} | {rule.level} | {rule.id} | {_escaped(found.text)} |")
    for verdict in graded.verdicts:
        rule, found = verdict.rule, verdict.finding
        if found.word in ("poor", "bad"):
            lines += ["", f"## {rule.id}: {found.word}", "", _escaped(f"{rule.says} {rule.why}"), ""]
            lines += [_escaped(rule.advice), ""]
            lines += [f"* {name}: {number:g}" for name, number in found.numbers.items()]
            lines += [f"* entry `{entry}`" for entry in found.entries]
    return "\n".join(
        [*lines, "", "## How the grade came about", "", _escaped(graded.grade.derivation) + ".", ""]
    )


def as_junit(graded: Graded) -> str:
    """For CI: a test case for each rule. Bad fails it, unless its level is may; not seen skips it."""
    verdicts = graded.verdicts
    suite = ET.Element(
        "testsuite",
        name=xml_text(f"idmock grade {graded.title}"),
        tests=str(len(verdicts)),
        failures=str(sum(verdict.fails for verdict in verdicts)),
        errors="0",
        skipped=str(sum(verdict.finding.word == "not seen" for verdict in verdicts)),
    )
    for verdict in verdicts:
        rule, found = verdict.rule, verdict.finding
        group, _, name = rule.id.partition("/")
        case = ET.SubElement(suite, "testcase", classname=f"grade.{group}", name=name)
        text = xml_text(f"{found.word}: {found.text}")
        if verdict.fails:
            entries = f"\nentries: {' '.join(found.entries)}" if found.entries else ""
            failure = ET.SubElement(case, "failure", message=text, type=rule.level)
            failure.text = xml_text(f"{rule.says}\n{rule.why}\n{rule.advice}{entries}")
        elif found.word == "not seen":
            ET.SubElement(case, "skipped", message=text)
        else:
            ET.SubElement(case, "system-out").text = text
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document.decode() + "\n"


def as_document(graded: Graded) -> dict[str, Any]:
    """Everything, as JSON values; moments are ISO 8601 in UTC."""
    run, grade = graded.fetched.run, graded.grade
    return {
        "vendor": graded.fetched.vendor,
        "account": graded.fetched.account,
        "requests": len(run.sent),
        "left_out": graded.fetched.left_out,
        "from": _moment(run.sent[0].received),
        "until": _moment(run.sent[-1].received),
        "parallel": run.parallel,
        "grade": {
            "letter": grade.letter,
            "points": grade.points,
            "of": grade.of,
            "derivation": grade.derivation,
        },
        "verdicts": [
            {
                "rule": verdict.rule.id,
                "level": verdict.rule.level,
                "verdict": verdict.finding.word,
                "evidence": verdict.finding.text,
                "entries": list(verdict.finding.entries),
                "numbers": dict(verdict.finding.numbers),
                "says": verdict.rule.says,
                "why": verdict.rule.why,
                "advice": verdict.rule.advice,
            }
            for verdict in graded.verdicts
        ],
    }


def write_reports(graded: Graded, folder: Path) -> None:
    """``grade.md`` and ``grade.xml``. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "grade.md").write_text(as_markdown(graded), "utf-8")
    (folder / "grade.xml").write_text(as_junit(graded), "utf-8")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _MARKDOWN.sub(r"\\\1", text)


def _moment(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="milliseconds")
