"""One process's part of a run: it offers each arrival to the users when it is due, and counts what becomes of it.

A Locust user waits for an arrival, sends one call and waits again; an arrival does not wait for a user's answer. When
every user of a vendor is busy, arrivals queue up, and one that has waited for too long is counted as not started.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Mapping

import gevent
from gevent.event import Event
from gevent.queue import Queue

from conformance.dialect import Call, Dialect, load_dialect
from conformance.model import Answer, Request
from loadtests.arrivals import Arrival, arrivals, share
from loadtests.errors import LoadError
from loadtests.outcome import Outcome
from loadtests.plan import Plan, PlannedCall, VendorPlan
from loadtests.prepare import check_accepted
from loadtests.record import Effort, Record

#: Seconds from which on a share of a processor is no accident.
_MEASURABLE = 0.25
#: Answers after which a run in which none was accepted ends.
_HOPELESS_AFTER = 20

Exchange = Callable[[Request], Answer]


class Part:
    """One vendor in this process."""

    def __init__(self, plan: VendorPlan, seed: int) -> None:
        self.plan = plan
        self.dialect: Dialect = load_dialect(plan.vendor)
        self.draws = plan.draws(seed)
        self.due: Queue[Arrival] = Queue()
        #: Outcomes until one was accepted, None from then on.
        self.hopes: dict[str, int] | None = {}

    def draw(self, arrival: Arrival) -> PlannedCall:
        """What the arrival calls."""
        return self.draws[arrival.number % len(self.draws)]


class Shift:
    """This process's part of one run. ``start`` it, let users ``take`` and ``count``, and ``halt`` it."""

    def __init__(self, plan: Plan, shares: Mapping[str, tuple[int, int]], node: str) -> None:
        """``shares`` says by vendor which one of how many processes this is; ``node`` is its name in the record."""
        self.scenario = plan.scenario
        self.record = Record()
        self.parts = {v.vendor: Part(v, plan.scenario.seed) for v in plan.vendors if v.vendor in shares}
        #: Set when every arrival was answered or given up, or when ``halt`` was called.
        self.over = Event()
        #: Why the run should end at once, if it should.
        self.hopeless: str | None = None
        has_faults = any(stage.fault for stage in plan.scenario.stages)
        self._starts = plan.scenario.starts() if has_faults else None
        self._shares = shares
        self._effort = self.record.efforts.setdefault(node, Effort())
        self._greenlets: list[gevent.Greenlet[..., None]] = []
        self._offering = len(self.parts)
        self._pending = 0
        self._began = time.perf_counter()

    def start(self) -> None:
        self._began = time.perf_counter()
        self._greenlets = [gevent.spawn(self._offer, name) for name in self.parts]
        self._greenlets.append(gevent.spawn(self._measure))

    def now(self) -> float:
        """Seconds since the run began here."""
        return time.perf_counter() - self._began

    def halt(self) -> None:
        """Offer nothing more. What is under way is not counted."""
        gevent.killall(self._greenlets)
        self._effort.finished = True
        self.over.set()

    def _offer(self, vendor: str) -> None:
        part = self.parts[vendor]
        for arrival in share(arrivals(self.scenario, vendor), *self._shares[vendor]):
            # Also when it is late: the users have to get their turn.
            gevent.sleep(max(0.0, arrival.at_seconds - self.now()))
            tally = self.record.tally(vendor, arrival.stage)
            tally.intended += 1
            tally.last_due_seconds = arrival.at_seconds
            tally.late.add_seconds(self.now() - arrival.at_seconds)
            self._pending += 1
            part.due.put(arrival)
        self._offering -= 1
        self._settle(0)

    def _measure(self) -> None:
        """The share of a processor that this process takes, second by second."""
        while True:
            wall, processor = time.perf_counter(), time.process_time()
            try:
                gevent.sleep(1.0)
            finally:
                # Also of the part of a second in which the shift ends, unless that is too short to say anything.
                seconds = time.perf_counter() - wall
                if seconds >= _MEASURABLE or not self._effort.processor_share:
                    share_taken = (time.process_time() - processor) / seconds
                    self._effort.processor_share.append(round(share_taken, 3))

    def take(self, vendor: str) -> Arrival:
        """The next arrival that is due; waits for it. ``settle`` has to follow, whatever becomes of the call."""
        while True:
            arrival = self.parts[vendor].due.get()
            if self.now() - arrival.at_seconds <= self.scenario.start_within_seconds:
                return arrival
            self.record.tally(vendor, arrival.stage).not_started += 1
            self._settle(1)

    def settle(self) -> None:
        """An arrival that was taken is dealt with."""
        self._settle(1)

    def _settle(self, count: int) -> None:
        self._pending -= count
        if self._pending == 0 and self._offering == 0:
            self.halt_soon()

    def halt_soon(self) -> None:
        """Halt from a greenlet that halting would kill."""
        gevent.spawn(self.halt)

    def compose(self, vendor: str, arrival: Arrival, exchange: Exchange) -> Request:
        """The arrival's request, signed now. ``exchange`` is for vendors that get a token first."""
        part = self.parts[vendor]
        began = time.thread_time()
        call = Call(
            part.plan.account,
            part.draw(arrival).parameters,
            hosts=part.plan.hosts,
            exchange=exchange,
        )
        request = part.dialect.compose(call)
        self._effort.composing_seconds += time.thread_time() - began
        self._effort.composed += 1
        return request

    def count(
        self, vendor: str, arrival: Arrival, outcome: Outcome, sent_at: float, answered_at: float
    ) -> None:
        """Count an answer; times are those of ``now``."""
        self.record.add(
            vendor,
            self._stage(arrival, sent_at),
            outcome,
            intended_at=arrival.at_seconds,
            sent_at=sent_at,
            answered_at=answered_at,
        )
        self._keep_hoping(self.parts[vendor], outcome)

    def _stage(self, arrival: Arrival, sent_at: float) -> int:
        """The stage that a call counts to: where it was due, but with faults where it went out and could meet one."""
        if self._starts is None:
            return arrival.stage
        return max(arrival.stage, bisect_right(self._starts, sent_at) - 1)

    def _keep_hoping(self, part: Part, outcome: Outcome) -> None:
        """End the shift when the first answers, some twenty of them, leave no hope."""
        if part.hopes is None:
            return
        part.hopes[outcome.label] = part.hopes.get(outcome.label, 0) + 1
        if sum(part.hopes.values()) < _HOPELESS_AFTER:
            return
        try:
            check_accepted(part.plan, part.hopes, outcome)
        except LoadError as error:
            self.hopeless = str(error)
            self.halt_soon()
        part.hopes = None
