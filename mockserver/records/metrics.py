"""What a Prometheus server can ask for. Its client library is imported with the first ``GET /_idmock/metrics``."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockserver.world import World


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
