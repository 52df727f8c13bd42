"""The figures of ``clauses.json``, and what ``vendors/<vendor>.json`` permits a limiter to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from conformance.data import data_root, load_json
from loadtests.errors import LoadError

FOLDER = Path(__file__).resolve().parent
#: The limits that can be verified, by the names that the contracts have for them.
RATE, CONCURRENCY = "requests_per_second", "concurrency"
#: What a vendor without a file may be: anything but a bucket, which lets twice the limit pass in its first second.
_KINDS = ("fixed-window", "first-call-window", "sliding-window")


@dataclass(frozen=True, slots=True)
class Rules:
    """As ``clauses.schema.json`` explains them."""

    below_ratio: float
    above_ratio: float
    below_seconds: float
    hold_seconds: float
    pause_seconds: float
    bursts: int
    burst_pause_seconds: float
    sharing_volleys: int
    rounds: int
    error_rounds: int
    round_pause_seconds: float
    held_ms: float
    most_requests_per_second: float
    own_requests_per_second: int
    most_in_flight: int
    own_concurrency: int
    checks_at_a_time: int

    def most(self, name: str) -> float:
        """The highest limit of that name that can be verified as it is."""
        return {RATE: self.most_requests_per_second, CONCURRENCY: self.most_in_flight}[
            name
        ] / self.above_ratio

    def own(self, name: str) -> int:
        """The limit that an account is minted with otherwise."""
        return {RATE: self.own_requests_per_second, CONCURRENCY: self.own_concurrency}[name]


@dataclass(frozen=True)
class Promise:
    """What a vendor promises of one limit."""

    vendor: str
    name: str
    #: Calls in a second, or in flight.
    limit: int
    #: Whether a document of the vendor's has the number.
    documented: bool
    #: Kinds of limiters that may count calls in a second, the likeliest first.
    kinds: tuple[str, ...]
    #: By code, the statuses with which it refuses.
    refusals: Mapping[str, frozenset[int]]


@cache
def load_rules(path: Path = FOLDER / "clauses.json") -> Rules:
    """Raises LoadError with the file, the place in it and what is wrong."""
    return Rules(**_checked(path, FOLDER / "clauses.schema.json"))


def promises(vendor: str) -> list[Promise]:
    """The limits on calls that a vendor's contract names. Raises LoadError for a malformed file."""
    limits = load_json(data_root() / "schemas" / vendor / "limits.json")["limits"]
    path = FOLDER / "vendors" / f"{vendor}.json"
    own = _checked(path, FOLDER / "vendors" / "schema.json") if path.exists() else {}
    return [
        Promise(
            vendor,
            name,
            int(limits[name]["value"]),
            limits[name]["confidence"] == "documented",
            tuple(own.get(name, {}).get("kinds", _KINDS)),
            _refusals(vendor, limits[name], own.get(name, {})),
        )
        for name in (RATE, CONCURRENCY)
        if name in limits
    ]


def _refusals(vendor: str, limit: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, frozenset[int]]:
    """As the vendor's file spells them; without one, the contract's row for the limit."""
    if "refusals" in own:
        return {row["code"]: frozenset(row["statuses"]) for row in own["refusals"]}
    code = limit.get("error", {}).get("code")
    rows = load_json(data_root() / "schemas" / vendor / "errors.json")["errors"]
    return {row["code"]: frozenset({row["http_status"]}) for row in rows if row["code"] == code}


def _checked(path: Path, schema: Path) -> dict[str, Any]:
    document: dict[str, Any] = load_json(path)
    wrong = next(Draft202012Validator(load_json(schema)).iter_errors(document), None)
    if wrong is not None:
        raise LoadError(f"{path}, {'/'.join(map(str, wrong.path)) or 'top level'}: {wrong.message}")
    return document
