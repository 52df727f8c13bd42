"""Ties a run to Locust's events: which side this process is on, and what it does when."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from flask import Response
from locust import LoadTestShape
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.event import EventHook, Events
from locust.runners import MasterRunner, WorkerRunner
from locust.web import WebUI

from loadtests.director import Director, Tick
from loadtests.locust_options import add_options
from loadtests.report.html import as_html
from loadtests.users import Crew
from loadtests.worker import Worker

#: Locust's name for the seconds in which workers have to report their users; when they are over it goes on without.
_PATIENCE = "LOCUST_WAIT_FOR_WORKERS_REPORT_AFTER_RAMP_UP"
#: Longer than on its own, a second: on a busy machine users would be there and nobody would know of them.
_PATIENCE_SECONDS = 15

_DIRECTORS: WeakKeyDictionary[Environment, Director] = WeakKeyDictionary()


class ScenarioShape(LoadTestShape):
    """Asks the director how many users there should be; the arrivals make the load, not the users."""

    def tick(self) -> Tick | None:
        if self.runner is None:
            return None
        return _DIRECTORS[self.runner.environment].tick()


def install(events: Events, crew: Crew) -> None:
    """Let a Locust process take part in runs."""
    os.environ.setdefault(_PATIENCE, str(_PATIENCE_SECONDS))

    def options(parser: LocustArgumentParser, **_: Any) -> None:
        add_options(parser)

    def begin(environment: Environment, web_ui: WebUI | None = None, **_: Any) -> None:
        if not isinstance(environment.runner, MasterRunner):
            worker = Worker(environment, crew)
            if isinstance(environment.runner, WorkerRunner):
                _at_the_end(environment, worker.halt)
                return
        # During a headless run with a shape Locust leaves this signal to kill the process, and faults would stay.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        director = Director(environment)
        _DIRECTORS[environment] = director
        # Locust fires this one from the last listener to the first, and asks for the exit code right after it.
        _listen(environment.events.quitting, director.conclude)
        _at_the_end(environment, director.gather)
        _listen(environment.events.spawning_complete, director.on_spawned)
        _listen(environment.events.test_stop, director.conclude)
        if web_ui is not None:
            _serve_report(web_ui, director)

    _listen(events.init_command_line_parser, options, with_arguments=True)
    _listen(events.init, begin, with_arguments=True)


def _at_the_end(environment: Environment, action: Callable[[], None]) -> None:
    """When a run stops, and when Locust ends without having stopped it (a signal)."""
    _listen(environment.events.test_stopping, action)
    _listen(environment.events.quitting, action)


def _listen(event: EventHook, action: Callable[..., None], *, with_arguments: bool = False) -> None:
    listener = action if with_arguments else lambda **_: action()
    event.add_listener(listener)  # type: ignore[no-untyped-call]


def _serve_report(web_ui: WebUI, director: Director) -> None:
    """The last run's report, below the web interface's own address."""

    def report() -> Response:
        if director.report is None:
            return Response("no run has ended yet\n", 404, content_type="text/plain")
        return Response(as_html(director.report), content_type="text/html; charset=utf-8")

    if web_ui.app is not None:
        web_ui.app.add_url_rule("/idmock-report", "idmock_report", report)
