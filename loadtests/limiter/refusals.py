"""Whether refusals are the vendor's own: its code, its status, its form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from conformance.checks.shapes import check_shape
from conformance.dialect import Dialect, load_dialect
from conformance.model import Answer
from loadtests.findings import Finding
from loadtests.limiter.evidence import conclude
from loadtests.limiter.rules import Promise
from loadtests.limiter.seen import Fate, Observation, Readings


def judge_refusals(
    promise: Promise, clause: str, observations: Sequence[Observation], readings: Readings
) -> Finding:
    """Every refusal against the codes and statuses that the limit may have, and against the vendor's schema."""
    refused = [o for o in observations if readings.fate(o.outcome) is Fate.REFUSED]
    dialect = load_dialect(promise.vendor)
    wrong = Counter(
        problem
        for o in refused
        if o.answer is not None and (problem := _problem(promise, dialect, o.answer)) is not None
    )
    codes = Counter(o.outcome.label for o in refused)
    demanded = "refusals are " + " or ".join(
        f"{code} with {'/'.join(map(str, sorted(statuses)))}" for code, statuses in promise.refusals.items()
    )
    found = ", ".join(f"{label} × {n}" for label, n in codes.most_common()) or "none"
    fails = "; ".join(f"{problem} × {n}" for problem, n in wrong.most_common(3))
    unclear = "" if refused else "nothing was refused"
    return conclude(promise.vendor, clause, demanded, found, fails=fails, unclear=unclear)


def _problem(promise: Promise, dialect: Dialect, answer: Answer) -> str | None:
    """What is wrong with a refusal, None when nothing is."""
    try:
        reading = dialect.read(answer)
    except ValueError:
        return f"not in the vendor's form, with status {answer.status}"
    statuses = promise.refusals.get(reading.code or "")
    if statuses is None:
        return f"code {reading.code or '(none)'} with status {answer.status}"
    if answer.status not in statuses:
        return f"status {answer.status} with {reading.code}"
    if reading.shape is not None:
        instance = reading.document if reading.instance is None else reading.instance
        for failure in check_shape(dialect.vendor, reading.shape, instance):
            return f"{failure.at} of {reading.code}: expected {failure.expected}, not {failure.actual}"
    return None
