"""One limit of one vendor: what is verified, with which accounts, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.dialect import load_dialect
from conformance.model import Account
from conformance.target import Target
from loadtests.findings import Finding, Verdict, Window
from loadtests.limiter.beats import Phase, concurrency_phases, rate_phases
from loadtests.limiter.concurrency import PlacesSeen, judge_places
from loadtests.limiter.rate import judge_rate
from loadtests.limiter.refusals import judge_refusals
from loadtests.limiter.rules import CONCURRENCY, RATE, Promise, Rules
from loadtests.limiter.seen import Fate, Observation, Readings, Seen

#: Of limits that are not verified, so that they do not get in the way: the mock's largest.
_ROOMY = 1_000_000_000
#: How clauses begin, by limit, and in what it is measured.
PREFIXES = {RATE: "rate", CONCURRENCY: "concurrency"}
_UNITS = {RATE: "calls/s", CONCURRENCY: "calls in flight"}
#: A picture without a card, which every service refuses after it has taken the call.
_NO_CARD = {"blank_px": [800, 600], "format": "JPEG"}
#: State under which a target file gives the other credentials.
_SECOND = "second"


@dataclass
class Check:
    """A limit under verification."""

    promise: Promise
    rules: Rules
    #: What is verified: the promised limit, or the own lower one of an account.
    limit: int
    #: "a", and "b" where there is a second one.
    accounts: Mapping[str, Account]
    #: By how much the target delays its answers to these accounts, None where it cannot be told to.
    held_seconds: float | None = None
    seen: dict[str, list[Observation]] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        return PREFIXES[self.promise.name]

    @property
    def note(self) -> str:
        """What differs from the promise, "" for nothing."""
        if self.limit == self.promise.limit:
            return ""
        unit = _UNITS[self.promise.name]
        return (
            f"{self.promise.vendor}: checked at {self.limit} {unit}, the account's own; the contract has "
            f"{self.promise.limit}"
        )

    @property
    def phases(self) -> list[Phase]:
        make = {RATE: rate_phases, CONCURRENCY: concurrency_phases}[self.promise.name]
        return list(make(self.limit, self.rules, sharing="b" in self.accounts))

    @property
    def users(self) -> int:
        """Calls that can be under way at a time."""
        return max(phase.most_at_once for phase in self.phases)

    def judge(self) -> tuple[list[Finding], list[Window]]:
        """Findings clause by clause, and what passed in which window."""
        phases = {phase.name: self.seen.get(phase.name, []) for phase in self.phases}
        readings = self._readings(phases["below"])
        if self.promise.name == RATE:
            findings, windows = judge_rate(Seen(self.promise, self.limit, self.rules, phases, readings))
        else:
            findings, windows = judge_places(
                PlacesSeen(self.promise, self.limit, self.rules, phases, readings, self.held_seconds)
            )
        if "b" not in self.accounts:
            findings.append(self._not_shared_unknown())
        # Errors that were asked for are none of the limiter's.
        limited = [o for name, calls in phases.items() if name != "errors" for o in calls]
        findings.append(judge_refusals(self.promise, f"{self.prefix}/own-error", limited, readings))
        return findings, windows

    def _readings(self, below: Sequence[Observation]) -> Readings:
        """Errors that come below the limit too are not the limiter's."""
        codes = Readings(frozenset(self.promise.refusals))
        errors = (
            o.outcome.label
            for o in below
            if codes.fate(o.outcome) is Fate.REFUSED and not codes.is_throttle(o.outcome)
        )
        return replace(codes, noise=frozenset(errors))

    def _not_shared_unknown(self) -> Finding:
        return Finding(
            self.promise.vendor,
            f"{self.prefix}/not-shared",
            Verdict.INCONCLUSIVE,
            f"{self.limit} {_UNITS[self.promise.name]} with each of two credentials",
            "one credential",
            f"there is no second one; accounts.{_SECOND} of the target file gives it",
        )


def limit_to_check(target: Target, promise: Promise, rules: Rules) -> int | Finding:
    """What can be verified of a promise; a finding when nothing can."""
    most = rules.most(promise.name)
    if promise.limit <= most:
        return promise.limit
    if _mints(target, promise.vendor):
        return rules.own(promise.name)
    unit = _UNITS[promise.name]
    return Finding(
        promise.vendor,
        PREFIXES[promise.name],
        Verdict.INCONCLUSIVE,
        f"{promise.limit} {unit}",
        f"up to {most:g} {unit} can be verified",
        "more cannot be sent at exact times, and the target mints no account with a lower limit of its own",
    )


def open_accounts(target: Target, promise: Promise, limit: int, others: Sequence[str]) -> dict[str, Account]:
    """The accounts of a check; those that are minted get no other limit in their way. Raises LoadError for none."""
    vendor = promise.vendor
    if not _mints(target, vendor):
        given = target.description.accounts.get(vendor, {})
        found = {"a": target.open_account(vendor, "active", {})}
        return found | ({"b": Account(vendor, _SECOND, given[_SECOND])} if _SECOND in given else {})
    own = {} if limit == promise.limit else {promise.name: limit}
    limits = own | dict.fromkeys(others, _ROOMY)
    return {name: target.open_account(vendor, "active", limits) for name in ("a", "b")}


def failing_parameters(target: Target, vendor: str) -> Mapping[str, Any]:
    """Parameters of a call that the service takes and then refuses."""
    return load_dialect(vendor).usual(target.album.make(_NO_CARD).data)


def softened(finding: Finding, promise: Promise) -> Finding:
    """Of a target other than the mock: a number that no document of the vendor's has cannot be broken."""
    is_of_number = not finding.clause.endswith(("/own-error", "/not-shared"))
    if finding.verdict is not Verdict.FAIL or promise.documented or not is_of_number:
        return finding
    because = f"{finding.because}; but the vendor publishes no number, {promise.limit} is inferred"
    return replace(finding, verdict=Verdict.INCONCLUSIVE, because=because)


def _mints(target: Target, vendor: str) -> bool:
    """Whether accounts are the target's own to make: not when the user says whose limits are meant."""
    return "admin" in target.capabilities and "active" not in target.description.accounts.get(vendor, {})
