"""The side of a run that decides: Locust's master, or the only process.

    tick: prepare, send the plan -> users are there: send the word to go -> every record final -> stop: verdict, report

Locust asks the shape every second how many users there should be; the answer None ends the run.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import gevent
from locust.env import Environment
from locust.runners import STATE_MISSING, MasterRunner
from locust.user.users import User

from conformance.errors import SuiteError
from loadtests.errors import LoadError
from loadtests.locust_options import settings_of
from loadtests.messages import GO, HALT, PLAN, RECORD, runner_of
from loadtests.plan import Plan
from loadtests.prepare import Preparation, prepare
from loadtests.record import Record
from loadtests.recovery import FaultTimer
from loadtests.report import LoadReport, make_report, publish
from loadtests.scenarios import Scenario
from loadtests.settings import LoadSettings
from loadtests.stretch import Run
from loadtests.users import class_name

#: Connections for each vendor unless the user says otherwise: as many as are busy at a time, within these bounds.
_CONNECTIONS = (4, 200)
#: Users that Locust starts at once in each process.
_SPAWN_RATE = 100
#: Seconds beyond the longest that a call can take after which a process counts as lost.
_GRACE = 10.0
#: Seconds that workers get for their last record when a run is cut short.
_GATHER_WITHIN = 5.0

Tick = tuple[int, float, list[type[User]] | None]


@dataclass
class _Running:
    """A run from its preparation to its report."""

    number: int
    preparation: Preparation
    plan: Plan
    connections: int
    tick: Tick
    #: By process.
    records: dict[str, Record] = field(default_factory=dict)
    nodes: tuple[str, ...] = ()
    ends_before: float = math.inf
    faults: FaultTimer | None = None
    cut_short: str | None = None
    #: Why nothing more is sent: nothing was accepted.
    hopeless: str | None = None
    #: Said on stderr, with exit code 2 and no report: there was nothing to report on.
    in_vain: str | None = None

    @property
    def unfinished(self) -> list[str]:
        return [
            node
            for node in self.nodes
            if node not in self.records or not self.records[node].efforts[node].finished
        ]


class Director:
    """Leads one run after the other."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._runner = runner_of(environment)
        self._running: _Running | None = None
        self._runs = 0
        #: The last run's, for the web interface.
        self.report: LoadReport | None = None
        self._runner.register_message(RECORD, self._on_record)

    def tick(self) -> Tick | None:
        """What Locust's shape answers: how many users, started how quickly, of which classes; None to end the run."""
        if self._running is None:
            try:
                self._running = self._begin()
            except SuiteError as error:
                self._refuse(str(error))
                return None
        running = self._running
        if running.in_vain or running.hopeless or self._is_over(running):
            return None
        return running.tick

    def _begin(self) -> _Running:
        options = self._environment.parsed_options
        if options is None:
            raise LoadError("Locust was started without its command line")
        settings = self._settings(settings_of(options, self._environment.host))
        if not settings.scenario.stages:
            name = settings.scenario.name
            raise LoadError(
                f"scenario {name!r} chooses its traffic itself: idmock load --scenario {name} runs it"
            )
        self._environment.host = settings.description.base_url
        workers = self._workers()
        if not workers:
            raise LoadError("no worker has connected")
        connections = settings.connections or connections_for(settings.scenario)
        preparation = prepare(settings)
        plan = preparation.plan
        self._runner.send_message(PLAN, plan.as_message())
        users = connections * len(settings.vendors)
        classes = [self._runner.user_classes_by_name[class_name(name)] for name in settings.vendors]
        rate = float(min(users, _SPAWN_RATE * len(workers)))
        self._runs += 1
        return _Running(self._runs, preparation, plan, connections, (users, rate, classes))

    def _settings(self, settings: LoadSettings) -> LoadSettings:
        """The settings for the users that Locust was asked for by name, if it was."""
        there = self._runner.user_classes_by_name
        chosen = tuple(name for name in settings.vendors if class_name(name) in there)
        if not chosen:
            raise LoadError(f"of {', '.join(settings.vendors)} there is no user among {', '.join(there)}")
        return replace(settings, vendors=chosen)

    def _workers(self) -> Sequence[str]:
        """The processes that can make calls."""
        if isinstance(self._runner, MasterRunner):
            clients = self._runner.clients
            return [client.id for client in [*clients.ready, *clients.spawning, *clients.running]]
        return [_ALONE]

    def on_spawned(self) -> None:
        """Every user is there: divide the arrivals among the processes that have users for them."""
        running = self._running
        if running is None or running.nodes:
            return
        shares: dict[str, dict[str, tuple[int, int]]] = {}
        for vendor in running.preparation.settings.vendors:
            having = [node for node in self._workers() if self._has_users(node, vendor)]
            if not having:
                running.in_vain = f"Locust started no user for {vendor}; --connections has to be higher"
                return
            for index, node in enumerate(having):
                shares.setdefault(node, {})[vendor] = (index, len(having))
        scenario = running.plan.scenario
        longest = (
            scenario.duration_seconds + scenario.start_within_seconds + 2 * scenario.answer_within_seconds
        )
        running.nodes = tuple(shares)
        running.ends_before = time.monotonic() + longest + _GRACE
        for node, own in shares.items():
            self._send(GO, {"run": running.number, "node": node, "shares": own}, node)
        running.faults = FaultTimer(running.preparation)

    def _has_users(self, node: str, vendor: str) -> bool:
        if isinstance(self._runner, MasterRunner):
            return self._runner.clients[node].user_classes_count.get(class_name(vendor), 0) > 0
        return self._runner.user_classes_count[class_name(vendor)] > 0

    def _send(self, message: str, data: Any, node: str) -> None:
        if isinstance(self._runner, MasterRunner):
            self._runner.send_message(message, data, node)
        else:
            self._runner.send_message(message, data)

    def _on_record(self, msg: Any, **_: Any) -> None:
        running = self._running
        if running is None or msg.data["run"] != running.number:
            return  # of a run that was stopped before this one
        running.records[msg.data["node"]] = Record.from_message(msg.data["record"])
        running.hopeless = running.hopeless or msg.data["hopeless"]

    def _is_over(self, running: _Running) -> bool:
        """Whether every process is done, or those that are not never will be."""
        if not running.nodes:
            return False
        if running.unfinished and (not self._awaited(running) or time.monotonic() > running.ends_before):
            running.cut_short = _lost(running)
        return not running.unfinished or running.cut_short is not None

    def _awaited(self, running: _Running) -> list[str]:
        """Processes that are still at work."""
        return [node for node in running.unfinished if not self._is_lost(node)]

    def _is_lost(self, node: str) -> bool:
        if not isinstance(self._runner, MasterRunner):
            return False
        client = self._runner.clients.get(node)
        return client is None or client.state == STATE_MISSING

    def gather(self) -> None:
        """A run that is stopped before its end: let the processes send what they have."""
        running = self._running
        if running is None or running.cut_short or (running.nodes and not running.unfinished):
            return
        running.cut_short = "it was stopped before its end"
        if running.nodes and not self._awaited(running):
            running.cut_short = _lost(running)
        running.cut_short = running.hopeless or running.cut_short
        self._runner.send_message(HALT)
        until = time.monotonic() + _GATHER_WITHIN
        while self._awaited(running) and time.monotonic() < until:
            gevent.sleep(0.02)

    def conclude(self) -> None:
        """Leave the target as it was, then say what was found. Doing so twice is no mistake."""
        running, self._running = self._running, None
        if running is None:
            return
        running.cut_short = running.cut_short or running.hopeless
        if running.faults is not None:
            running.faults.stop()
            running.cut_short = running.cut_short or running.faults.failure
        try:
            running.preparation.close()
        except SuiteError as error:
            running.cut_short = running.cut_short or str(error)
        if not running.nodes and not running.in_vain:
            running.in_vain = "the run was stopped before its first call"
        if running.in_vain:
            self._refuse(running.in_vain)
            return
        self.report = self._report(running)
        self._environment.process_exit_code = self.report.verdict.exit_code
        try:
            publish(self.report, running.preparation.settings.report)
        except OSError as error:
            self._refuse(f"the report cannot be written: {error}")

    def _report(self, running: _Running) -> LoadReport:
        settings = running.preparation.settings
        run = Run(
            running.plan.scenario,
            settings.vendors,
            Record.of(running.records.values()),
            running.connections,
            running.cut_short,
        )
        names = {plan.vendor: plan.name for plan in running.plan.vendors}
        target = running.preparation.target
        return make_report(run, names, target.name, len(running.nodes)).masked(target.masks())

    def _refuse(self, sentence: str) -> None:
        print(f"idmock: {sentence}", file=sys.stderr, flush=True)
        self._environment.process_exit_code = 2


#: Name of the only process, when there is one.
_ALONE = "local"


def _lost(running: _Running) -> str:
    return f"{len(running.unfinished)} of {len(running.nodes)} processes were lost"


def connections_for(scenario: Scenario) -> int:
    """Connections that the scenario's highest rate needs when answers take as long as they may, or a second."""
    least, most = _CONNECTIONS
    return min(max(math.ceil(scenario.peak_rate * max(scenario.thresholds.latency_seconds, 1)), least), most)
