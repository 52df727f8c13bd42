"""What shields.io makes a badge of (https://shields.io/badges/endpoint-badge)."""

from __future__ import annotations

from typing import Any

from conformance.model import Verdict
from conformance.outcome import NOT_CONFORMANT, Outcome


def badge(outcome: Outcome) -> dict[str, Any]:
    """``schemaVersion`` 1: how many of the clauses that were judged hold, at which level."""
    counts = outcome.counts
    if outcome.error or outcome.exit_code == 2:
        return _badge("not judged", "lightgrey", isError=True)
    failed = sum(counts[verdict] for verdict in NOT_CONFORMANT)
    known = counts[Verdict.EXPECTED_FAIL]
    judged = counts[Verdict.PASS] + failed + known
    words = f"{counts[Verdict.PASS]} of {judged} clauses up to {outcome.level}"
    return _badge(words, "red" if failed else "yellow" if known else "brightgreen")


def _badge(message: str, color: str, **more: Any) -> dict[str, Any]:
    return {"schemaVersion": 1, "label": "ID-card OCR", "message": message, "color": color, **more}
