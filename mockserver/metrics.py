"""What a Prometheus server can ask for. Its client library is imported with the first ``GET /_idmock/metrics``."""

from __future__ import annotations

import os
import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockserver.world import World

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


def exposition(world: World) -> tuple[bytes, str]:
    """The metrics in Prometheus' text format, and its content type. Raises StateUnavailable.

    Requests are counted in the state, so all workers give the same numbers, and ``DELETE journal`` begins them anew as
    a restart would. Durations and failures of the mock itself are those of the process that answers, which its label
    names.
    """
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(list(_families(world))))
    return generate_latest(registry), CONTENT_TYPE_LATEST


class _Collector:
    """Families that are ready."""

    def __init__(self, families: list[Any]) -> None:
        self._families = families

    def collect(self) -> list[Any]:
        return self._families


def _families(world: World) -> Iterator[Any]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

    requests = CounterMetricFamily(
        "idmock_requests", "Requests answered, by the vendor's code.", labels=("vendor", "code")
    )
    counts: Counter[tuple[str, str]] = Counter()
    for (vendor, _, code), count in world.state.counts().items():
        counts[vendor, code] += count
    for labels, count in sorted(counts.items()):
        requests.add_metric(labels, count)
    yield requests
    process = str(os.getpid())
    seconds = HistogramMetricFamily(
        "idmock_request_seconds", "From the first step to the answer.", labels=("vendor", "process")
    )
    for vendor, (buckets, total) in world.timings.histograms().items():
        seconds.add_metric((vendor, process), buckets, total)
    yield seconds
    failed = CounterMetricFamily(
        "idmock_own_faults", "Requests that failed in the mock itself.", labels=("process",)
    )
    failed.add_metric((process,), world.own_faults.value)
    yield failed
    yield GaugeMetricFamily("idmock_faults_set", "Faults that are set.", value=len(world.faults.list()))
    yield GaugeMetricFamily(
        "idmock_accounts_set", "Accounts minted or changed since the start.", value=world.accounts.set_count()
    )
