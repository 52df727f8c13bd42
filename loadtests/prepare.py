"""Before a run: what answers there, who may call it, and whether anything is accepted at all."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.data import limit
from conformance.dialect import Call, Dialect, load_dialect
from conformance.errors import NotApplicable, SuiteError, TargetError
from conformance.masking import Masks
from conformance.model import Account, Answer, Request
from conformance.target import ADMIN, Target
from loadtests.errors import LoadError
from loadtests.outcome import Kind, Outcome, judge
from loadtests.plan import Plan, VendorPlan, operation_name, planned_calls
from loadtests.settings import LoadSettings

#: Calls that are made before a run, one after the other, to see whether there is any point in it.
FIRST_CALLS = 3
#: More than any run reaches; the mock's largest.
_ROOMY = 1_000_000_000
#: Limits that an account can have, by the names that contract and admin API share.
_LIMITS = ("requests_per_second", "concurrency")


@dataclass
class Preparation:
    """A target that is ready for a run, and what has to be put back after it. Use as a context, or call ``close``."""

    settings: LoadSettings
    target: Target
    accounts: dict[str, Account] = field(default_factory=dict)
    _faults: list[str] = field(default_factory=list)

    @property
    def plan(self) -> Plan:
        vendors = tuple(self._vendor_plan(load_dialect(name)) for name in self.settings.vendors)
        return Plan(self.settings.scenario, vendors, self.settings.description.ca_file)

    def _vendor_plan(self, dialect: Dialect) -> VendorPlan:
        vendor = dialect.vendor
        return VendorPlan(
            vendor,
            operation_name(vendor),
            {service: self.target.url(vendor, service) for service in dialect.hosts},
            dict(self.target.hosts(dialect)),
            dict(self.accounts[vendor].credentials),
            planned_calls(dialect, self.target.album, self.settings.scenario),
        )

    def set_fault(self, document: Mapping[str, object]) -> str:
        """Set a fault through the admin API; its id. Raises TargetError."""
        answer = self._admin("POST", "/faults", json.dumps(document).encode())
        if answer.status != 201:
            raise TargetError(f"the target sets no fault: {answer.status} {answer.text.strip()[:200]}")
        self._faults.append(answer.json["id"])
        return self._faults[-1]

    def account_name(self, vendor: str) -> str:
        """The name by which the target knows the vendor's account. Raises TargetError when it knows none of that key.

        A minted account has told it; credentials that the user gave are looked for.
        """
        account = self.accounts[vendor]
        if account.name is not None:
            return account.name
        answer = self._admin("GET", f"/accounts?vendor={vendor}")
        for row in answer.json["accounts"] if answer.status == 200 else ():
            if account.credentials.items() <= row["credentials"].items():
                return str(row["name"])
        raise TargetError(f"the target has no account of {vendor} with these credentials to set faults for")

    def remove_fault(self, fault_id: str) -> None:
        """End a fault. Raises TargetError when the target does not confirm it."""
        answer = self._admin("DELETE", f"/faults/{fault_id}")
        # One that has acted as often as it may is gone already.
        if answer.status not in (204, 404):
            raise TargetError(f"the target keeps fault {fault_id}: {answer.status}")
        self._faults.remove(fault_id)

    def _admin(self, method: str, path: str, body: bytes = b"") -> Answer:
        request = Request(
            method, f"{ADMIN}{path}", {"Content-Type": "application/json"} if body else {}, body
        )
        return self.target.wire.exchange(self.settings.description.base_url, request)

    def close(self) -> None:
        """Take back every fault and every minted account. Raises TargetError after trying all of them."""
        failures: list[SuiteError] = []
        for fault_id in list(self._faults):
            try:
                self.remove_fault(fault_id)
            except SuiteError as error:
                failures.append(error)
        for vendor in list(self.accounts):
            try:
                self.target.close_account(self.accounts.pop(vendor))
            except SuiteError as error:
                failures.append(error)
        if failures:
            raise TargetError(f"the target could not be left as it was: {failures[0]}")


def prepare(settings: LoadSettings) -> Preparation:
    """Probe the target, open accounts, make the first calls.

    Raises SuiteError in one sentence when the run would be in vain; whatever was opened is taken back.
    """
    # The calls of the run go straight to the target, and so does what is asked beforehand: no proxy of the environment.
    os.environ["NO_PROXY"] = "*"
    target = Target(settings.description)
    target.probe()
    check_faults(settings, target)
    ready = Preparation(settings, target)
    try:
        for vendor in settings.vendors:
            ready.accounts[vendor] = open_account(target, vendor, settings.scenario.account)
        for vendor_plan in ready.plan.vendors:
            first_calls(target, vendor_plan)
    except BaseException:
        ready.close()
        raise
    return ready


def check_faults(settings: LoadSettings, target: Target) -> None:
    """Raises LoadError for a scenario that sets faults against a target that takes none."""
    if any(stage.fault for stage in settings.scenario.stages) and "admin" not in target.capabilities:
        raise LoadError(
            f"scenario {settings.scenario.name!r} sets faults, which needs the admin API of idcard-mock at "
            f"{settings.description.base_url}"
        )


def open_account(target: Target, vendor: str, kind: str) -> Account:
    """The user's credentials; else a minted account, its limits roomy or the documented ones; else a ready-made one.

    Raises LoadError when there is none.
    """
    given = "active" in target.description.accounts.get(vendor, {})
    roomy = not given and kind == "roomy" and "admin" in target.capabilities
    limits = {name: _ROOMY for name in _LIMITS if roomy and limit(vendor, name) is not None}
    try:
        return target.open_account(vendor, "active", limits)
    except NotApplicable as error:
        raise LoadError(f"{error}; --credential {vendor}.NAME=VALUE gives them") from None


def first_calls(target: Target, plan: VendorPlan) -> None:
    """A few calls of different kinds. Raises LoadError when none of them is accepted, with the vendor's answer."""
    outcomes = [_call(target, plan, number) for number in range(FIRST_CALLS)]
    check_accepted(plan, Counter(outcome.label for outcome in outcomes), outcomes[-1])


def check_accepted(plan: VendorPlan, labels: Mapping[str, int], last: Outcome) -> None:
    """Raises LoadError when no answer was accepted or throttled: what follows would only be more of the same."""
    outcomes = {Outcome.of_label(label): n for label, n in labels.items()}
    if any(outcome.kind in (Kind.ACCEPTED, Kind.THROTTLED) for outcome in outcomes):
        return
    most = max(outcomes, key=lambda outcome: outcomes[outcome])
    masks = Masks.of(plan.credentials.values(), load_dialect(plan.vendor).secret_names)
    reason = masks.text(most.code if most.kind is Kind.REFUSED else most.label)
    text = f" ({masks.text(last.message)[:200]})" if last.message else ""
    raise LoadError(f"{plan.name}: 0 of {sum(labels.values())} accepted: {reason}{text}")


def _call(target: Target, plan: VendorPlan, number: int) -> Outcome:
    dialect = load_dialect(plan.vendor)
    account = plan.account

    call = plan.calls[number % len(plan.calls)]
    request = dialect.compose(
        Call(account, call.parameters, hosts=plan.hosts, exchange=lambda r: target.send(account, r))
    )
    return judge(dialect, target.send(account, request), call.printed)
