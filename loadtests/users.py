"""Locust's users: one class for each vendor, all of them the same but for the vendor."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any, ClassVar

from gevent import Timeout
from gevent.event import Event
from locust import FastHttpUser, constant, task
from locust.contrib.fasthttp import FastResponse, LocustBadStatusCode
from locust.env import Environment

from conformance.model import Answer, Request
from loadtests.arrivals import Arrival
from loadtests.outcome import Outcome, judge, unanswered
from loadtests.plan import Plan
from loadtests.shift import Shift


class Crew:
    """What the users of this process share: the run they are in, once there is one."""

    def __init__(self) -> None:
        self.plan: Plan | None = None
        #: The run they are in, None before it begins.
        self.shift: Shift | None = None
        self._begun = Event()

    def begin(self, shift: Shift) -> None:
        self.shift = shift
        shift.start()
        self._begun.set()

    def end(self) -> None:
        """Users wait for another run from now on."""
        self._begun.clear()
        self.shift = None

    def wait(self) -> Shift:
        """The run, as soon as it begins."""
        while self.shift is None:
            self._begun.wait()
        return self.shift


class VendorUser(FastHttpUser):
    """A connection over which one call after the other goes out, each when it is due."""

    abstract = True
    vendor: ClassVar[str]
    crew: ClassVar[Crew]

    wait_time = constant(0)
    #: One connection; besides, the client below repeats a GET that failed as often as it has connections.
    concurrency = 1

    def __init__(self, environment: Environment) -> None:
        self.default_headers = {"User-Agent": "idmock-load", "Accept-Encoding": "identity"}
        plan = self.crew.plan
        if plan is not None:
            self.network_timeout = self.connection_timeout = plan.scenario.answer_within_seconds
            self.insecure = plan.ca_file == "no"
            if plan.ca_file not in (None, "no"):
                self.ssl_context_factory = lambda: ssl.create_default_context(cafile=plan.ca_file)
        super().__init__(environment)

    @task
    def call(self) -> None:
        """Wait for an arrival, then sign and send its call, and judge the answer."""
        shift = self.crew.wait()
        arrival = shift.take(self.vendor)
        try:
            request = shift.compose(self.vendor, arrival, self._exchange)
            sent_at = shift.now()
            with self._send(request) as response:
                answered_at = shift.now()
                outcome = self._judge(shift, arrival, response)
                shift.count(self.vendor, arrival, outcome, sent_at, answered_at)
                if outcome.kind in shift.scenario.expected_in(arrival.stage):
                    response.success()
                else:
                    response.failure(outcome.label)
        finally:
            shift.settle()

    def _send(self, request: Request, suffix: str = "") -> Any:
        shift = self.crew.wait()
        plan = shift.parts[self.vendor].plan
        # The client's own timeouts begin anew with every byte that arrives.
        with Timeout(shift.scenario.answer_within_seconds, TimeoutError):
            return self.client.request(
                request.method,
                plan.urls[request.service].rstrip("/") + request.target,
                name=plan.name + suffix,
                data=request.body,  # type: ignore[arg-type]  # bytes go out as they are
                headers=dict(request.headers),
                catch_response=True,
                allow_redirects=False,
            )

    def _judge(self, shift: Shift, arrival: Arrival, response: Any) -> Outcome:
        error = response.request_meta["exception"]
        if error is not None and not isinstance(error, LocustBadStatusCode):
            return unanswered(error)
        part = shift.parts[self.vendor]
        return judge(part.dialect, _answer(response), part.draw(arrival).printed)

    def _exchange(self, request: Request) -> Answer:
        """A call that comes before the vendor's own, such as one for a token; a row of its own in the statistics."""
        with self._send(request, f" ({request.service})") as response:
            return _answer(response)


def _answer(response: FastResponse) -> Answer:
    headers = list(response.headers.items()) if response.headers is not None else []
    return Answer(response.status_code, headers, response.content or b"")


def user_classes(crew: Crew, vendors: Iterable[str]) -> dict[str, type[VendorUser]]:
    """A class for each vendor, by the name under which Locust knows it: ``TencentUser``."""
    return {
        class_name(vendor): type(class_name(vendor), (VendorUser,), {"vendor": vendor, "crew": crew})
        for vendor in vendors
    }


def class_name(vendor: str) -> str:
    return f"{vendor.capitalize()}User"
