"""What is known of a vendor: what an answer asks of a client, and the limits of the account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal, cast

from loadtests.grade.rules import FOLDER
from mockserver.contract import load_contract
from mockserver.contract.files import broken, check_format, read_json

if TYPE_CHECKING:
    from mockserver.contract import Contract, ErrorRow

#: ok: a success. throttled: the same request succeeds later. transient: the vendor was at fault. mendable: worth
#: another try when something beside the request has changed. final: the same request never succeeds.
Outcome = Literal["ok", "throttled", "transient", "mendable", "final"]

#: Limits of an account that throttle; the third, its calls left, does not pass by waiting.
_THROTTLING = ("requests_per_second", "concurrency")
#: The code by which the mock answers a fault that cannot be set, which is the tester's mistake.
_BAD_FAULT = "bad-fault"
_Outcomes = Mapping[str, Outcome]


@dataclass(frozen=True)
class Facts:
    """One vendor's contract as the mock serves it, and the account's own limits in it."""

    contract: Contract
    #: Row of errors.json to outcome.
    outcomes: _Outcomes
    outdated_schemes: Mapping[str, str]
    outdated_parameters: Mapping[str, str]
    #: The account's own, such as ``requests_per_second``; each overrides the vendor's.
    own_limits: Mapping[str, float]

    def outcome(self, rule: str | None, code: str, status: int) -> Outcome:
        """What an answer asks of the client; by the HTTP status when the contract has no such row."""
        if code == "ok":
            return "ok"
        found = self.outcomes.get(rule or code)
        if found is not None:
            return found
        if code == _BAD_FAULT:
            return "mendable"
        return _by_status(status)

    def limit(self, name: str) -> float | None:
        """The account's own limit, else the vendor's, None when there is neither."""
        if name in self.own_limits:
            return self.own_limits[name]
        found = self.contract.limits.get(name)
        return None if found is None else found.value

    def row_of_limit(self, name: str) -> str | None:
        """The row that answers a request past a limit."""
        own = self.contract.operation["account_limits"].get(name)
        found = self.contract.limits.get(name)
        if own is not None:
            return _rule(own["code"], own.get("variant"))
        return None if found is None or found.code is None else _rule(found.code, found.variant)

    @property
    def window_seconds(self) -> float:
        """Length of the period in which the vendor counts calls."""
        return float(self.limit("throttle_window_seconds") or 1)

    def is_billed(self, rule: str | None, code: str) -> bool:
        """Whether the vendor charges for an answer."""
        if code == "ok":
            return True
        row = self.contract.errors.get(rule or code)
        return row is not None and row.billed


def load_facts(
    vendor: str, editions: Sequence[str] = (), own_limits: Mapping[str, float] | None = None
) -> Facts:
    """The facts of a vendor as served in these editions. Raises ContractError for a mistake in a file."""
    contract = load_contract(vendor, editions)
    path = FOLDER / "vendors" / f"{vendor}.json"
    told: dict[str, Any] = {"vendor": vendor, "retry": {}, "outdated": {}}
    if path.is_file():
        told = read_json(path)
        check_format(told, path.name, FOLDER / "vendor.schema.json")
        if told["vendor"] != vendor:
            raise broken(path.name, ("vendor",), f"the file is {vendor}'s")
    return Facts(
        contract=contract,
        outcomes=_outcomes(contract, told["retry"], path.name),
        outdated_schemes=told["outdated"].get("schemes", {}),
        outdated_parameters=told["outdated"].get("parameters", {}),
        own_limits=own_limits or {},
    )


def _outcomes(contract: Contract, told: Mapping[str, Any], file: str) -> _Outcomes:
    """The general rule for every row, overridden by what the vendor's file says of rows and families."""
    account_limits = contract.operation["account_limits"]
    throttling = {account_limits[name]["code"] for name in _THROTTLING if name in account_limits}
    outcomes: dict[str, Outcome] = {
        rule: "throttled" if row.code in throttling else _by_status(row.http_status)
        for rule, row in contract.errors.items()
    }
    by_hand: dict[str, str] = {}
    for outcome, rows in told.items():
        for number, rule in enumerate(_selected(contract, rows, file, outcome)):
            if by_hand.setdefault(rule, outcome) != outcome:
                raise broken(file, ("retry", outcome, number), f"{rule} is {by_hand[rule]} already")
            outcomes[rule] = cast("Outcome", outcome)
    return outcomes


def _selected(contract: Contract, rows: Mapping[str, Sequence[str]], file: str, outcome: str) -> list[str]:
    """The rows that are meant; a name that selects none is a mistake."""
    found: list[str] = []
    for kind, names in rows.items():
        for number, name in enumerate(names):
            chosen = [rule for rule, row in contract.errors.items() if _is_meant(row, kind, name)]
            if not chosen:
                raise broken(file, ("retry", outcome, kind, number), f"errors.json has no such row: {name}")
            found += chosen
    return found


def _is_meant(row: ErrorRow, kind: str, name: str) -> bool:
    return row.family == name if kind == "families" else name in (row.rule, row.code)


def _by_status(status: int) -> Outcome:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "throttled"
    return "transient" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "final"


def _rule(code: str, variant: str | None) -> str:
    return code if variant is None else f"{code}#{variant}"
