"""What a run says in the end: findings, each with a verdict, and the verdict and exit code over all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    #: Nothing was shown either way: the generator was the bottleneck, there was too little to judge, it was cut short.
    INCONCLUSIVE = "inconclusive"

    @property
    def exit_code(self) -> int:
        return {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.INCONCLUSIVE: 2}[self]


@dataclass(frozen=True)
class Finding:
    """One thing that was asked of a target, and what was seen.

    ``clause`` is its stable name ("p95", "two credentials do not share"). ``demanded`` and ``found`` are short texts
    with units that can be read side by side; ``because`` is the sentence that a verdict other than pass needs.
    """

    vendor: str
    clause: str
    verdict: Verdict
    demanded: str
    found: str
    because: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Window:
    """What passed and what was refused in one window of a limiter; ``allowed`` is None where no number is promised."""

    vendor: str
    clause: str
    #: Seconds since the run began.
    at_seconds: float
    passed: int
    refused: int
    allowed: int | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def overall(findings: Iterable[Finding]) -> Verdict:
    """Fail if one fails, else inconclusive if one is or if there are none, else pass."""
    verdicts = {finding.verdict for finding in findings}
    if Verdict.FAIL in verdicts:
        return Verdict.FAIL
    return Verdict.PASS if verdicts == {Verdict.PASS} else Verdict.INCONCLUSIVE
