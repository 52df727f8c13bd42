"""Findings, verdicts and the grade."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from loadtests.grade.rules import Rule
    from loadtests.grade.run import Sent

#: not seen: the run had no occasion for the rule.
Word = Literal["good", "poor", "bad", "not seen"]

#: What a verdict is worth, of the weight of its rule.
_WORTH: Mapping[Word, float] = {"good": 1.0, "poor": 0.5, "bad": 0.0}
_WEIGHTS = {"must": 3, "should": 2, "may": 1}
#: Letters and the share of all points from which they are given.
LETTERS = (("A", 0.9), ("B", 0.75), ("C", 0.6), ("D", 0.4), ("E", 0.0))
#: The best letter with such a verdict on a rule of a level: a run that fails has no A, nor has one that keeps to what
#: it must only in part.
_CAPS: Mapping[tuple[Word, str], str] = {("bad", "must"): "D", ("bad", "should"): "B", ("poor", "must"): "B"}
#: Entries that a finding names.
_ENTRIES = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """What one judge found: the verdict, and the evidence for it."""

    word: Word
    #: One sentence.
    text: str
    #: Ids of journal entries that show it; the first few.
    entries: tuple[str, ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A finding on a rule."""

    rule: Rule
    finding: Finding

    @property
    def fails(self) -> bool:
        """Whether a run with this verdict ends with exit code 1."""
        return self.finding.word == "bad" and self.rule.level != "may"


@dataclass(frozen=True, slots=True)
class Grade:
    """One letter, and how it came about."""

    letter: str
    points: float
    of: float
    derivation: str


def not_seen(text: str) -> Finding:
    """The finding of a judge that had nothing to judge."""
    return Finding("not seen", text)


def finding(
    word: Word, text: str, entries: Iterable[Sent] = (), numbers: Mapping[str, float] | None = None
) -> Finding:
    """A finding with the first few of the requests that show it."""
    ids = tuple(one.id for _, one in zip(range(_ENTRIES), entries, strict=False))
    return Finding(word, text, ids, numbers or {})


def by_share(count: float, of: float, *, poor: float, bad: float) -> Word:
    """Good when nothing is wrong or no more than the share ``poor`` of it, bad from the share ``bad`` on.

    >>> [by_share(count, 10, poor=0.1, bad=0.5) for count in (0, 1, 2, 5)]
    ['good', 'good', 'poor', 'bad']
    """
    share = count / of if of else 0.0
    if count and share >= bad:
        return "bad"
    return "poor" if share > poor else "good"


def fails(verdicts: Iterable[Verdict]) -> bool:
    """Whether any verdict makes the run fail."""
    return any(verdict.fails for verdict in verdicts)


def grade(verdicts: Sequence[Verdict]) -> Grade | None:
    """The letter for these verdicts, None when the run gave no occasion for any."""
    judged = [v for v in verdicts if v.finding.word != "not seen"]
    if not judged:
        return None
    of = float(sum(_WEIGHTS[v.rule.level] for v in judged))
    points = sum(_WEIGHTS[v.rule.level] * _WORTH[v.finding.word] for v in judged)
    letter = next(letter for letter, share in LETTERS if points / of >= share)
    steps = ", ".join(f"{name} from {share:.0%}" for name, share in LETTERS[:-1])
    derivation = (
        f"{points:g} of {of:g} points: a rule of level must weighs 3, should 2, may 1; good counts whole, poor half, "
        f"bad nothing, not seen is left out; {steps}, else {LETTERS[-1][0]}"
    )
    for (word, level), cap in _CAPS.items():
        if letter < cap and (such := _named(judged, word, level)):
            derivation += f"; {letter} became {cap}, for {word} on a rule of level {level}: {', '.join(such)}"
            letter = cap
    if unseen := _named(verdicts, "not seen", "must"):
        derivation += f"; it says nothing of these rules of level must: {', '.join(unseen)}"
    return Grade(letter, points, of, derivation)


def _named(verdicts: Iterable[Verdict], word: Word, level: str) -> list[str]:
    return [v.rule.id for v in verdicts if v.finding.word == word and v.rule.level == level]
