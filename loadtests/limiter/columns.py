"""The calls above the limit second by second, for plots and for what findings quote."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from loadtests.findings import Window
from loadtests.limiter.seen import Fate, Observation, Readings


def columns(
    calls: Sequence[Observation],
    readings: Readings,
    *,
    vendor: str,
    clause: str,
    limit: int,
    phase: float | None,
) -> list[Window]:
    """Seconds that begin at ``phase`` of each whole one, or with the first call where a limiter has no windows.

    A call that may have been met on either side of an edge counts where there is room for it.
    """
    if not calls:
        return []
    origin = calls[0].sent if phase is None else phase
    passed: Counter[int] = Counter()
    other: Counter[int] = Counter()
    for call in sorted(calls, key=lambda call: call.answered):
        first, last = (math.floor(moment - origin) for moment in (call.sent, call.answered))
        if readings.fate(call.outcome) is not Fate.PASSED:
            other[first] += 1
        elif phase is None:
            passed[first] += 1
        else:
            passed[_roomy(range(first, last + 1), passed, limit)] += 1
    return [
        Window(vendor, clause, round(origin + number, 3), passed[number], other[number], limit)
        for number in range(min(passed | other), max(passed | other) + 1)
    ]


def _roomy(windows: range, passed: Counter[int], limit: int) -> int:
    return next((window for window in windows if passed[window] < limit), windows[-1])
