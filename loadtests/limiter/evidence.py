"""What findings say beside their verdict: figures of the calls, in words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from loadtests.findings import Finding, Verdict
from loadtests.limiter.seen import Fate, Observation, Readings
from loadtests.outcome import Kind


def noise(observations: Sequence[Observation]) -> str:
    """Why calls may show nothing: how long they were under way and how late they went out."""
    if not observations:
        return "no call was made"
    longest = max(o.answered - o.sent for o in observations)
    late = max(o.sent - o.intended for o in observations)
    lost = sum(o.outcome.kind is Kind.NO_ANSWER for o in observations)
    text = f"answers took up to {longest * 1000:.0f} ms, calls went out up to {late * 1000:.0f} ms late"
    return text + (f", {lost} got no answer" if lost else "")


def counts(observations: Iterable[Observation], readings: Readings) -> str:
    """How many calls passed, were refused, and ended otherwise."""
    fates = Counter(readings.fate(o.outcome) for o in observations)
    other = f", {fates[Fate.UNKNOWN]} ended otherwise" if fates[Fate.UNKNOWN] else ""
    return f"{fates[Fate.PASSED]} passed, {fates[Fate.REFUSED]} were refused{other}"


def labels(observations: Iterable[Observation], readings: Readings, *fates: Fate) -> str:
    """The outcomes of these fates, the most frequent first."""
    found = Counter(o.outcome.label for o in observations if readings.fate(o.outcome) in fates)
    return ", ".join(f"{label} × {n}" for label, n in found.most_common())


def conclude(
    vendor: str, clause: str, demanded: str, found: str, *, fails: str = "", unclear: str = ""
) -> Finding:
    """A finding that fails for a reason, else is inconclusive for one, else passes."""
    verdict = Verdict.FAIL if fails else Verdict.INCONCLUSIVE if unclear else Verdict.PASS
    return Finding(vendor, clause, verdict, demanded, found, fails or unclear)


def rate_sent(observations: Sequence[Observation]) -> float:
    """Calls per second that really went out, 0 for fewer than two."""
    sent = sorted(o.sent for o in observations)
    return (len(sent) - 1) / max(sent[-1] - sent[0], 1e-9) if len(sent) > 1 else 0.0


def just_below(ratio: float, limit: int) -> int:
    """The whole number of calls that a share of a limit is."""
    return max(1, math.floor(ratio * limit))
