"""How long requests took in this process, as a histogram that costs a request next to nothing."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Mapping

#: Upper bounds in seconds; what is slower is in the last bucket.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Timings:
    """How long requests of each vendor took, as the counts of a histogram. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, list[int]] = {}
        self._sums: dict[str, float] = {}

    def add(self, vendor: str, seconds: float) -> None:
        """Count one request."""
        place = bisect_left(BUCKETS, seconds)
        with self._lock:
            if vendor not in self._counts:
                self._counts[vendor] = [0] * (len(BUCKETS) + 1)
                self._sums[vendor] = 0.0
            self._counts[vendor][place] += 1
            self._sums[vendor] += seconds

    def histograms(self) -> Mapping[str, tuple[list[tuple[str, float]], float]]:
        """Per vendor: how many took at most so long, by the bound as text, and the sum in seconds."""
        with self._lock:
            counts = {vendor: list(found) for vendor, found in self._counts.items()}
            sums = dict(self._sums)
        out = {}
        for vendor, found in counts.items():
            total, buckets = 0, []
            for bound, count in zip((*map(str, BUCKETS), "+Inf"), found, strict=True):
                total += count
                buckets.append((bound, float(total)))
            out[vendor] = (buckets, round(sums[vendor], 6))
        return out
