"""The side of a run that makes calls: a Locust worker, or the only process."""

from __future__ import annotations

from typing import Any

import gevent
from locust.env import Environment

from loadtests.messages import GO, HALT, PLAN, RECORD, runner_of
from loadtests.plan import Plan
from loadtests.record import seconds_until_next
from loadtests.shift import Shift
from loadtests.users import Crew

#: Seconds in which the last record has to be on its way.
_REPORT_WITHIN = 5.0


class Worker:
    """Carries out what the director says, with the users of this process."""

    def __init__(self, environment: Environment, crew: Crew) -> None:
        self._runner = runner_of(environment)
        self._crew = crew
        self._reporting: gevent.Greenlet[..., None] | None = None
        for message, listener in ((PLAN, self._on_plan), (GO, self._on_go), (HALT, self._on_halt)):
            self._runner.register_message(message, listener)

    def _on_plan(self, msg: Any, **_: Any) -> None:
        self._crew.end()
        self._crew.plan = Plan.from_message(msg.data)

    def _on_go(self, msg: Any, **_: Any) -> None:
        plan = self._crew.plan
        if plan is None:
            raise RuntimeError("the word to go came before the plan")
        node: str = msg.data["node"]
        run: int = msg.data["run"]
        shares = {vendor: (index, of) for vendor, (index, of) in msg.data["shares"].items()}
        shift = Shift(plan, shares, node)
        self._crew.begin(shift)
        self._reporting = gevent.spawn(self._report, shift, run, node)

    def _report(self, shift: Shift, run: int, node: str) -> None:
        """Send the record now and then, and a last time when the shift is over."""
        over = False
        while not over:
            over = shift.over.wait(seconds_until_next(shift.now()))
            record = shift.record.as_message()
            message = {"run": run, "node": node, "record": record, "hopeless": shift.hopeless}
            self._runner.send_message(RECORD, message)

    def _on_halt(self, **_: Any) -> None:
        self.halt()

    def halt(self) -> None:
        """End the shift and send what there is. Doing so twice is no mistake."""
        if self._crew.shift is not None:
            self._crew.shift.halt()
        if self._reporting is not None:
            self._reporting.join(_REPORT_WITHIN)
