"""A whole run: what was asked, of what, and what came of it. The one document that all reports are made from."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.errors import SuiteError
from conformance.model import Result, Verdict

FORMAT = 1

#: Verdicts that make a run end with exit code 1.
NOT_CONFORMANT = frozenset({Verdict.FAIL, Verdict.UNEXPECTED_PASS})


@dataclass(frozen=True)
class Outcome:
    """What came of a run."""

    target: str
    base_url: str
    #: When it began, ISO 8601 in UTC.
    began: str
    seconds: float
    level: str
    vendors: tuple[str, ...]
    results: Sequence[Result] = field(default=())
    #: Why nothing, or nothing more, was judged: one sentence, "" for a whole run.
    error: str = ""

    @property
    def counts(self) -> Mapping[Verdict, int]:
        counted = Counter(result.verdict for result in self.results)
        return {verdict: counted[verdict] for verdict in Verdict}

    @property
    def judged(self) -> bool:
        """Whether the run got as far as looking at a clause."""
        return any(result.verdict is not Verdict.NOT_RUN for result in self.results)

    @property
    def calls(self) -> int:
        return sum(result.calls for result in self.results)

    @property
    def exit_code(self) -> int:
        """0 conformant, 1 not, 2 when the run broke off, something could not be judged, or nothing was."""
        if self.error:
            return 2
        if any(self.counts[verdict] for verdict in NOT_CONFORMANT):
            return 1
        answered = any(self.counts[v] for v in (Verdict.PASS, Verdict.EXPECTED_FAIL))
        unclear = any(self.counts[v] for v in (Verdict.ERROR, Verdict.NOT_RUN))
        return 0 if answered and not unclear else 2

    def as_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "tool": "idcard-mock conformance",
            "target": self.target,
            "base_url": self.base_url,
            "began": self.began,
            "seconds": round(self.seconds, 3),
            "level": self.level,
            "vendors": list(self.vendors),
            "calls": self.calls,
            "counts": {str(verdict): count for verdict, count in self.counts.items()},
            "error": self.error,
            "results": [result.as_json() for result in self.results],
        }


def load_outcome(path: Path) -> Outcome:
    """An outcome from ``results.json``. Raises SuiteError for a file that is none."""
    try:
        document = json.loads(path.read_text("utf-8"))
        if document["format"] != FORMAT:
            raise SuiteError(f"{path} has format {document['format']}, this suite reads {FORMAT}")
        return Outcome(
            target=document["target"],
            base_url=document["base_url"],
            began=document["began"],
            seconds=document["seconds"],
            level=document["level"],
            vendors=tuple(document["vendors"]),
            results=[Result.from_json(row) for row in document["results"]],
            error=document["error"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SuiteError(f"{path} is no results.json of a run: {type(error).__name__}: {error}") from None
