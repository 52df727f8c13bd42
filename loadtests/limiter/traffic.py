"""The calls themselves: Locust's users, each of which signs a call shortly before it is due and sends it in time.

Only in a process in which Locust was imported first: it puts its own sockets and threads in the place of others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

import gevent
from gevent.event import AsyncResult
from gevent.queue import Queue
from locust.contrib.fasthttp import LocustBadStatusCode
from locust.env import Environment
from locust.event import Events

from conformance.dialect import Call, load_dialect
from conformance.model import Account, Answer
from loadtests.limiter.beats import Beat, Phase, Volley
from loadtests.limiter.seen import Observation
from loadtests.outcome import Kind, judge, unanswered
from loadtests.plan import Plan, VendorPlan
from loadtests.shift import Shift
from loadtests.users import Crew, VendorUser

#: Seconds before its time at which a call is given to a user, who composes and signs it by then.
_LEAD = 0.25
#: Users that Locust starts in a second.
_SPAWN_RATE = 100
#: Seconds in which a call has come to an end, whatever becomes of it: far beyond what a user waits for an answer.
_HEARD_WITHIN = 60.0
#: Users beyond those that can be busy at a time.
_SPARE = 2


@dataclass(frozen=True)
class Due:
    """A call that a user is given."""

    beat: Beat
    volley: int
    #: Seconds since the run began.
    at: float
    done: AsyncResult[Observation] = field(default_factory=AsyncResult, repr=False)


class Desk:
    """Hands the calls of one check to users of its own, and collects what they saw."""

    def __init__(
        self, plan: VendorPlan, accounts: Mapping[str, Account], failing: Mapping[str, Any], users: int
    ) -> None:
        """``accounts`` are those of the beats; ``failing`` are the parameters of a call that ends in an error."""
        self.vendor = plan.vendor
        self.users = users + _SPARE
        self.due: Queue[Due] = Queue()
        self._plan = plan
        self._accounts = accounts
        self._failing = failing
        self._crew: Crew | None = None

    def open(self, crew: Crew) -> None:
        self._crew = crew

    def now(self) -> float:
        """Seconds since the run began."""
        if self._crew is None or self._crew.shift is None:
            raise RuntimeError("the users are not at work")
        return self._crew.shift.now()

    def call(self, due: Due) -> Call:
        """The call that a beat stands for, to be signed now."""
        usual = self._plan.calls[due.volley % len(self._plan.calls)].parameters
        parameters = self._failing if due.beat.failing else usual
        return Call(self._accounts[due.beat.account], parameters, hosts=self._plan.hosts)

    def play(self, phase: Phase, seen: list[Observation]) -> None:
        """Make the calls of a phase. Raises what a call raised that could not be made at all."""
        for number, volley in enumerate(phase.volleys):
            seen += self._volley(number, volley)

    def _volley(self, number: int, volley: Volley) -> list[Observation]:
        begin = self.now() + max(volley.pause_seconds, _LEAD)
        waiting = []
        for beat in volley.beats:
            due = Due(beat, number, begin + beat.after_seconds)
            gevent.sleep(max(0.0, due.at - _LEAD - self.now()))
            self.due.put(due)
            waiting.append(due)
        return [_observed(due) for due in waiting]


def _observed(due: Due) -> Observation:
    """What the user saw, as soon as it has. Raises RuntimeError when it could not, or is not heard of."""
    due.done.wait(_HEARD_WITHIN)
    observation = due.done.get(block=False) if due.done.ready() else None
    if observation is None:
        raise RuntimeError(f"a call was not made within {_HEARD_WITHIN:g} s of its time")
    return observation


class Prober(VendorUser):
    """A connection that sends what a desk gives it."""

    abstract = True
    desk: ClassVar[Desk]

    def probe(self) -> None:
        """Take a call, sign it, send it when it is due."""
        due = self.desk.due.get()
        try:
            due.done.set(self._observe(due))
        finally:
            if not due.done.ready():
                # Locust logs what went wrong; whoever waits for the call must not wait for ever.
                due.done.set_exception(RuntimeError(f"a call of {self.vendor} could not be made"))

    def _observe(self, due: Due) -> Observation:
        now = self.desk.now
        request = load_dialect(self.vendor).compose(self.desk.call(due))
        gevent.sleep(max(0.0, due.at - now()))
        sent = now()
        with self._send(request) as response:
            answered = now()
            error = response.request_meta["exception"]
            if error is not None and not isinstance(error, LocustBadStatusCode):
                answer, outcome = None, unanswered(error)
            else:
                answer = Answer(response.status_code, list(response.headers.items()), response.content or b"")
                outcome = judge(load_dialect(self.vendor), answer)
            if outcome.kind in (Kind.ACCEPTED, Kind.THROTTLED):
                response.success()
            else:
                response.failure(outcome.label)
        kept = None if outcome.kind is Kind.ACCEPTED else answer
        return Observation(due.beat.account, due.volley, due.at, sent, answered, outcome, kept)


# Locust would add the task of the class above, which waits for arrivals that never come here.
Prober.tasks = [Prober.probe]


@contextmanager
def at_work(plan: Plan, desks: Sequence[Desk]) -> Iterator[None]:
    """Users for every desk, for as long as the block lasts."""
    crew = Crew()
    crew.plan = plan
    # Of the shift only the clock and the vendors' addresses are used; the desks say what is sent when.
    crew.shift = Shift(plan, {vendor.vendor: (0, 1) for vendor in plan.vendors}, "limiter")
    for desk in desks:
        desk.open(crew)
    classes = [
        type(
            f"{desk.vendor.capitalize()}Prober{number}",
            (Prober,),
            {"vendor": desk.vendor, "crew": crew, "desk": desk, "fixed_count": desk.users},
        )
        for number, desk in enumerate(desks)
    ]
    environment = Environment(
        user_classes=classes,
        events=Events(),  # type: ignore[no-untyped-call]
        host=plan.vendors[0].urls["ocr"],
    )
    runner = environment.create_local_runner()
    try:
        runner.start(sum(desk.users for desk in desks), _SPAWN_RATE)
        if runner.spawning_greenlet is not None:
            runner.spawning_greenlet.get()
        yield
    finally:
        runner.quit()
