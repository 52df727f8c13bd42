"""The faults of a recovery scenario, set and ended at their time through the target's admin API."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import gevent
from gevent.event import Event

from conformance.data import data_root, load_json
from conformance.dialect import load_dialect
from conformance.errors import SuiteError
from loadtests.prepare import Preparation


def fault_document(fault: str, vendor: str, account_name: str) -> dict[str, Any]:
    """A fault by its name in scenarios, in the form of ``schemas/fault.schema.json``; only the account's calls meet it.

    ``throttle`` answers as the vendor's documented limit does. ``server-error`` is a load balancer's page with 503,
    ``connection-reset`` is no answer at all.
    """
    actions: dict[str, Mapping[str, Any]] = {
        "throttle": {"code": throttle_code(vendor)},
        "server-error": {"fault": "html-error", "status": 503},
        "connection-reset": {"fault": "connection-reset"},
    }
    return {"vendor": vendor, "account": account_name, **actions[fault]}


def throttle_code(vendor: str) -> str:
    """The code of the vendor's limit on calls per second, else of that on calls at a time, else any that throttles."""
    limits = load_json(data_root() / "schemas" / vendor / "limits.json")["limits"]
    for name in ("requests_per_second", "concurrency"):
        if name in limits and "error" in limits[name]:
            return str(limits[name]["error"]["code"])
    return min(load_dialect(vendor).throttle_codes)


#: Part of a fault's stage that goes by before the fault is set: calls of the stage before are answered by then.
_SETTLING = 0.25


class FaultTimer:
    """Sets each stage's fault soon after the stage begins and ends it when the stage does."""

    def __init__(self, preparation: Preparation) -> None:
        self._preparation = preparation
        self._stopping = Event()
        #: Why a fault could not be set or ended, if so.
        self.failure: str | None = None
        self._greenlet: gevent.Greenlet[..., None] = gevent.spawn(self._run, time.perf_counter())

    def stop(self) -> None:
        """Set no more, and end those that are set."""
        self._stopping.set()
        # Not killed: a fault that is being set would stay, since nobody would know its id.
        self._greenlet.join()

    def _run(self, began: float) -> None:
        scenario = self._preparation.settings.scenario
        try:
            for start, stage in zip(scenario.starts(), scenario.stages, strict=True):
                if stage.fault is None:
                    continue
                if self._wait_until(began + start + _SETTLING * stage.duration_seconds):
                    return
                ids = [
                    self._preparation.set_fault(
                        fault_document(stage.fault, vendor, self._preparation.account_name(vendor))
                    )
                    for vendor in self._preparation.accounts
                ]
                self._wait_until(began + start + stage.duration_seconds)
                for fault_id in ids:
                    self._preparation.remove_fault(fault_id)
        except SuiteError as error:
            self.failure = str(error)

    def _wait_until(self, moment: float) -> bool:
        """Wait; whether it was for the end of the run instead."""
        return self._stopping.wait(max(0.0, moment - time.perf_counter()))
