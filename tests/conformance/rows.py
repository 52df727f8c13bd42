"""Cases and results that tests make up."""

from __future__ import annotations

from typing import Any

from conformance.model import Case, Failure, Result, Verdict
from conformance.outcome import Outcome

SOURCE = {"document": "page", "section": "输入参数"}


def case(**changes: Any) -> Case:
    """A case of Tencent's that sends an empty call and expects a success."""
    row: dict[str, Any] = {
        "id": "tencent/made-up/case",
        "level": "must",
        "source": SOURCE,
        "says": "something made up for a test holds",
        "send": {},
        "expect": {"success": True},
        "heading": "0 Made up",
    }
    return Case(**{**row, **changes})


def result(verdict: Verdict, name: str = "case", **changes: Any) -> Result:
    """A result of a case of that name."""
    if verdict is Verdict.FAIL and "failures" not in changes:
        changes["failures"] = (Failure("equals", "status", "200", "500"),)
    return Result.of(case(id=f"tencent/made-up/{name}"), verdict, **changes)


def outcome(*results: Result, **changes: Any) -> Outcome:
    """A run of Tencent's cases with these results."""
    row: dict[str, Any] = {
        "target": "a gateway",
        "base_url": "http://gateway.test",
        "began": "2026-01-31T12:00:00+00:00",
        "seconds": 1.5,
        "level": "should",
        "vendors": ("tencent",),
        "results": results,
    }
    return Outcome(**{**row, **changes})
