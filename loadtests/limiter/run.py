"""A run of the scenario `limit`: every limit of every vendor that was asked for, and one report."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from gevent.pool import Pool

from conformance.target import Target
from loadtests.findings import Finding, Verdict, Window
from loadtests.limiter.check import (
    Check,
    failing_parameters,
    limit_to_check,
    open_accounts,
    softened,
)
from loadtests.limiter.rules import CONCURRENCY, Rules, load_rules, promises
from loadtests.limiter.traffic import Desk, at_work
from loadtests.prepare import Preparation, first_calls
from loadtests.report import LoadReport
from loadtests.settings import LoadSettings


@dataclass
class Verification:
    """A run under way. Use ``close`` in the end, whatever came of it."""

    settings: LoadSettings
    target: Target
    rules: Rules = field(default_factory=load_rules)
    checks: list[Check] = field(default_factory=list)
    #: About limits that cannot be verified.
    findings: list[Finding] = field(default_factory=list)
    #: Why it ended early, if it did.
    cut_short: str = ""

    def __post_init__(self) -> None:
        self._ready = Preparation(self.settings, self.target)

    def prepare(self) -> None:
        """Open accounts and make the first calls. Raises SuiteError in one sentence when the run would be in vain."""
        for vendor in self.settings.vendors:
            found = promises(vendor)
            for promise in found:
                limit = limit_to_check(self.target, promise, self.rules)
                if isinstance(limit, Finding):
                    self.findings.append(limit)
                    continue
                others = [other.name for other in found if other is not promise]
                accounts = open_accounts(self.target, promise, limit, others)
                self._ready.accounts.setdefault(vendor, accounts["a"])
                self._ready.accounts |= {
                    f"{vendor} {promise.name} {name}": account for name, account in accounts.items()
                }
                self.checks.append(Check(promise, self.rules, limit, accounts))
        with_checks = {check.promise.vendor for check in self.checks}
        names = tuple(name for name in self.settings.vendors if name in with_checks)
        self._ready.settings = replace(self.settings, vendors=names)
        for plan in self._ready.plan.vendors:
            first_calls(self.target, plan)
        for check in self.checks:
            if check.promise.name == CONCURRENCY:
                self._delay_answers(check)

    def _delay_answers(self, check: Check) -> None:
        """Keep calls in flight for a known time, where the target can be told to."""
        if any(account.name is None for account in check.accounts.values()):
            return
        for account in check.accounts.values():
            delay = {"vendor": account.vendor, "account": account.name, "latency_ms": self.rules.held_ms}
            self._ready.set_fault(delay)
        check.held_seconds = self.rules.held_ms / 1000

    def run(self) -> None:
        """Make the calls of every check, some checks at a time. Ctrl-C ends it with what there is."""
        if not self.checks:
            return
        plan = self._ready.plan
        by_vendor = {vendor.vendor: vendor for vendor in plan.vendors}
        desks = [
            Desk(
                by_vendor[check.promise.vendor],
                check.accounts,
                failing_parameters(self.target, check.promise.vendor),
                check.users,
            )
            for check in self.checks
        ]
        pool = Pool(self.rules.checks_at_a_time)
        with at_work(plan, desks):
            try:
                # Those that take longest come first.
                order = sorted(zip(self.checks, desks, strict=True), key=lambda pair: -len(pair[0].phases))
                running = [pool.spawn(_play, check, desk) for check, desk in order]
                for greenlet in running:
                    greenlet.get()
            except KeyboardInterrupt:
                self.cut_short = "it was stopped before its end"
            finally:
                pool.kill()

    def report(self) -> LoadReport:
        """Findings of every check, ready to be published."""
        findings, windows = list(self.findings), list[Window]()
        for check in self.checks:
            own, seen = check.judge()
            findings += own if self.target.product else [softened(f, check.promise) for f in own]
            windows += seen
        if self.cut_short:
            demanded = "from the first call to the last"
            findings.append(Finding("", "whole run", Verdict.INCONCLUSIVE, demanded, "less", self.cut_short))
        notes = [check.note for check in self.checks if check.note]
        return LoadReport(
            self.settings.scenario.name,
            " ".join([self.settings.scenario.says, *(f"{note}." for note in notes)]),
            self.target.name,
            datetime.now(UTC).isoformat(timespec="seconds"),
            tuple(findings),
            windows=tuple(windows),
        ).masked(self.target.masks())

    def close(self) -> None:
        """Take back accounts and delays. Raises TargetError when the target does not confirm it."""
        self._ready.close()


def _play(check: Check, desk: Desk) -> None:
    for phase in check.phases:
        desk.play(phase, check.seen.setdefault(phase.name, []))


def verify(settings: LoadSettings) -> LoadReport:
    """The report of a run. Raises SuiteError in one sentence when there is nothing to report on."""
    # Calls go straight to the target, and so does what is asked beforehand: no proxy of the environment.
    os.environ["NO_PROXY"] = "*"
    target = Target(settings.description)
    target.probe()
    verification = Verification(settings, target)
    try:
        verification.prepare()
        verification.run()
    finally:
        verification.close()
    return verification.report()
