"""What every process of a run is told: whom to call, as whom, with what. Plain values, since it travels to workers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from itertools import product
from random import Random
from typing import Any, Self

from jsonschema import Draft202012Validator

from conformance.data import data_root, load_json
from conformance.dialect import Dialect
from conformance.errors import NotApplicable
from conformance.model import Account
from conformance.pictures import Album
from loadtests.errors import LoadError
from loadtests.scenarios import HERE, Scenario, Stage, Thresholds

#: What tells one card from others, by side.
_TELLING = {"front": "id_number", "back": "authority"}
#: Draws among a vendor's calls that are made beforehand; arrivals take them in turn.
_DRAWS = 4096


@dataclass(frozen=True)
class PlannedCall:
    """One kind of call: its weight among the others, and its parameters in the vendor's spelling."""

    weight: int
    parameters: Mapping[str, Any] = field(repr=False)
    #: What stands on the card and has to come back; empty when nobody knows.
    printed: str = field(default="", repr=False)


@dataclass(frozen=True)
class VendorPlan:
    """One vendor's part of a run."""

    vendor: str
    #: How the calls are named in statistics, such as "tencent IDCardOCR".
    name: str
    #: Base URL and Host header of each service.
    urls: Mapping[str, str]
    hosts: Mapping[str, str]
    credentials: Mapping[str, str] = field(repr=False)
    calls: tuple[PlannedCall, ...]

    @property
    def account(self) -> Account:
        return Account(self.vendor, "active", self.credentials)

    def draws(self, seed: int) -> list[PlannedCall]:
        """Calls in the proportions of their weights, in an order that the seed fixes for every process alike."""
        generator = Random(f"{seed} {self.vendor}")
        return generator.choices(self.calls, [call.weight for call in self.calls], k=_DRAWS)


@dataclass(frozen=True)
class Plan:
    """A run."""

    scenario: Scenario
    vendors: tuple[VendorPlan, ...]
    #: Trusted certificates, as in the target's description.
    ca_file: str | None = None

    def as_message(self) -> dict[str, Any]:
        scenario = asdict(self.scenario)
        for row in (scenario, *scenario["stages"]):
            row["expected"] = sorted(row["expected"])
        return {
            "scenario": scenario,
            "vendors": [asdict(vendor) for vendor in self.vendors],
            "ca_file": self.ca_file,
        }

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> Self:
        scenario = dict(message["scenario"])
        scenario["stages"] = tuple(
            Stage(**{**stage, "expected": frozenset(stage["expected"])}) for stage in scenario["stages"]
        )
        scenario["thresholds"] = Thresholds(**scenario["thresholds"])
        scenario["expected"] = frozenset(scenario["expected"])
        vendors = tuple(
            VendorPlan(**{**row, "calls": tuple(PlannedCall(**call) for call in row["calls"])})
            for row in message["vendors"]
        )
        return cls(Scenario(**scenario), vendors, message["ca_file"])


def operation_name(vendor: str) -> str:
    """The vendor and its operation, as the contract calls it."""
    operation = load_json(data_root() / "schemas" / vendor / "operation.json")
    return f"{vendor} {operation['action']}"


def planned_calls(dialect: Dialect, album: Album, scenario: Scenario) -> tuple[PlannedCall, ...]:
    """Every specimen with every set of switches that the vendor has, by the product of their weights.

    Raises LoadError when the target has no such picture, or the vendor none of the switches.
    """
    switches = list(_switches(dialect.vendor, scenario.switches))
    calls = []
    for (role, weight), (changes, times) in product(scenario.specimens.items(), switches):
        try:
            picture = album.find(role)
        except NotApplicable as error:
            raise LoadError(str(error)) from None
        side = picture.cards[0].side if picture.cards else "front"
        printed = picture.cards[0].fields.get(_TELLING[side], "") if picture.cards else ""
        spelled = spelling(dialect.vendor).get("sides", {}).get(side, {})
        parameters = {**dialect.usual(picture.data), **spelled, **changes}
        calls.append(PlannedCall(weight * times, parameters, printed))
    return tuple(calls)


def _switches(vendor: str, weights: Mapping[str, int]) -> Iterator[tuple[Mapping[str, Any], int]]:
    """Parameters and weights; a vendor without one of the switches shares that weight among the others."""
    known: Mapping[str, Any] = {"none": {}} | spelling(vendor).get("switches", {})
    found = [(known[name], weight) for name, weight in weights.items() if name in known]
    yield from found or [({}, 1)]


@cache
def spelling(vendor: str) -> dict[str, Any]:
    """What ``calls/<vendor>.json`` says, empty without such a file. Raises LoadError for one that is malformed."""
    path = HERE / "calls" / f"{vendor}.json"
    if not path.exists():
        return {}
    document: dict[str, Any] = load_json(path)
    wrong = next(Draft202012Validator(load_json(HERE / "calls" / "schema.json")).iter_errors(document), None)
    if wrong is not None:
        raise LoadError(f"{path}, {'/'.join(map(str, wrong.path)) or 'top level'}: {wrong.message}")
    return document
