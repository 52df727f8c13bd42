"""Verdicts and counts in words, and the grouping that all reports share: by vendor, then by the contract's heading."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from conformance.dialect import about, vendors
from conformance.model import Result, Verdict
from conformance.outcome import Outcome
from conformance.texts import printable

#: Verdict -> (what a count of them is called, the word before a clause).
WORDS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.PASS: ("passed", "pass"),
    Verdict.FAIL: ("failed", "FAIL"),
    Verdict.UNEXPECTED_PASS: ("passed unexpectedly", "UNEXPECTED PASS"),
    Verdict.EXPECTED_FAIL: ("failed as expected", "expected fail"),
    Verdict.ERROR: ("not judged", "ERROR"),
    Verdict.NOT_APPLICABLE: ("not applicable", "not applicable"),
    Verdict.NOT_RUN: ("not run", "not run"),
}


@dataclass(frozen=True)
class Group:
    """The results under one heading of a vendor's contract."""

    vendor: str
    heading: str
    results: Sequence[Result]

    @property
    def counts(self) -> Counter[Verdict]:
        return Counter(result.verdict for result in self.results)


def groups(results: Iterable[Result]) -> Iterator[Group]:
    """Results by vendor and heading, in the order in which they come."""
    found: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        found.setdefault((result.vendor, result.heading), []).append(result)
    for (vendor, heading), members in found.items():
        yield Group(vendor, heading, members)


def counted(counts: Mapping[Verdict, int]) -> str:
    """``12 passed, 1 failed``."""
    return ", ".join(f"{counts[v]} {words}" for v, (words, _) in WORDS.items() if counts.get(v)) or "nothing"


def verdict_of(outcome: Outcome) -> str:
    """The run in a few words."""
    if outcome.error:
        return f"broken off: {outcome.error}" if outcome.judged else outcome.error
    level = f"at level {outcome.level}"
    return {
        0: f"conformant {level}",
        1: f"not conformant {level}",
        2: f"not all of it could be judged {level}" if outcome.calls else f"nothing could be judged {level}",
    }[outcome.exit_code]


def title_of(vendor: str) -> str:
    """What a vendor's service is called; results of another edition of the suite can have other vendors."""
    return str(about(vendor)["title"]) if vendor in vendors() else vendor


def source_of(result: Result) -> tuple[str, str | None]:
    """Where a clause comes from, and the address of the document where it has one."""
    name, section = result.source["document"], result.source["section"]
    documents = about(result.vendor)["documents"] if result.vendor in vendors() else {}
    document = documents.get(name, {})
    return f"{document.get('title', name)}, {section}", document.get("url")


def explained(result: Result) -> str:
    """A result that is no pass, for a person: the clause, expected and actual, what was sent and what came back."""
    lines = [f"{result.says} [{result.level}; {source_of(result)[0]}]"]
    lines += [f"{result.verdict}: {result.reason}"] if result.reason else []
    for failure in result.failures:
        lines += [
            f"  {failure.question} at {failure.at}",
            f"    expected  {failure.expected}",
            f"    actual    {failure.actual}",
        ]
    lines += [f"  {result.request}"] if result.request else []
    return printable("\n".join(lines))


def padded(text: str, width: int) -> str:
    """A text as wide as so many columns of a terminal, of which a Chinese character takes two."""
    return text + " " * (width - columns(text))


def columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
