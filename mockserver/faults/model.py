"""One fault as a value: whom it meets, how often, and what it does. The JSON form is ``schemas/fault.schema.json``."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.contract.files import check_format
from mockserver.data import data_path
from mockserver.errors import ContractError, MockError
from mockserver.wire import WIRE, Wire

#: A request may name one fault for itself in this header.
HEADER = "x-idmock-fault"
#: The page that a load balancer sends when nobody behind it answers.
HTML_ERROR = "html-error"
_LATENCY = "latency="
#: No delay is longer, whatever a distribution draws: a thread of the server waits for that long.
MAX_LATENCY_MS = 60_000.0


class FaultError(MockError):
    """A fault that cannot be set: one sentence that says what is wrong."""


@dataclass(frozen=True, slots=True)
class Latency:
    """A delay in milliseconds: fixed, uniform between two bounds, or log-normal around a median."""

    low: float = 0.0
    high: float = 0.0
    #: Of the logarithm; 0 for the other two.
    sigma: float = 0.0

    def draw(self, source: random.Random) -> float:
        """Milliseconds, at most MAX_LATENCY_MS."""
        if self.sigma:
            # Past this the exponential is past the ceiling by far, and would overflow later on.
            exponent = min(source.gauss(0.0, self.sigma), 50.0)
            drawn = self.low * math.exp(exponent)
        else:
            drawn = source.uniform(self.low, self.high)
        return min(drawn, MAX_LATENCY_MS)


@dataclass(frozen=True, slots=True)
class Action:
    """What happens to one request. Nothing at all is an action too: the place of a success in a sequence."""

    #: The row of the vendor's catalogue that answers.
    rule: str | None = None
    #: Status of a page in HTML that answers in the vendor's place.
    html_status: int | None = None
    #: What goes wrong with the vendor's answer on its way.
    wire: Wire | None = None
    latency: Latency | None = None

    @property
    def answers(self) -> bool:
        """Whether the request does not reach the rest of the vendor."""
        return self.rule is not None or self.html_status is not None


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault that was set."""

    id: str
    #: None is every vendor, every account, every operation.
    vendor: str | None
    account: str | None
    operation: str | None
    #: Requests that it acts on before it is spent; None for no end.
    count: int | None
    #: Share of the requests it meets that it acts on.
    probability: float
    seed: int
    #: One after the other, and again from the first.
    actions: tuple[Action, ...]

    @property
    def unconditional(self) -> bool:
        """Whether it meets every request of its vendor: nothing of the request needs to be known."""
        return self.account is None and self.operation is None

    def source(self, number: int) -> random.Random:
        """The randomness of the ``number``-th request that it meets: the same in every process and every run."""
        return random.Random(f"{self.seed}/{number}")


def check_fault(document: Any) -> dict[str, Any]:
    """The JSON form of a fault, checked against its format. Raises FaultError."""
    try:
        check_format(document, "fault", data_path("schemas", "fault.schema.json"))
    except ContractError as error:
        raise FaultError(str(error)) from None
    checked = dict(document)
    acts = any(name in checked for name in ("code", "fault", "latency_ms"))
    if acts == ("sequence" in checked):
        raise FaultError("a fault needs a code, a fault or a latency_ms, or else a sequence of them")
    return checked


def from_json(id: str, document: Mapping[str, Any]) -> Fault:
    """The fault of a document that `check_fault` has let through. Raises FaultError for bounds in the wrong order."""
    sequence = document.get("sequence")
    actions = (document,) if sequence is None else sequence
    return Fault(
        id=id,
        vendor=document.get("vendor"),
        account=document.get("account"),
        operation=document.get("operation"),
        count=document.get("count", None if sequence is None else len(sequence)),
        probability=document.get("probability", 1.0),
        seed=document.get("seed", 0),
        actions=tuple(_action(one) for one in actions),
    )


def from_header(value: str) -> Action:
    """The action that a request names for itself: a fault, ``latency=<ms>``, or else a row of the catalogue.

    Whether there is such a row is for the vendor to know. Raises FaultError.
    """
    value = value.strip()
    if value.startswith(_LATENCY):
        text = value.removeprefix(_LATENCY)
        if not re.fullmatch("[0-9]{1,9}", text) or int(text) > MAX_LATENCY_MS:
            raise FaultError(f"latency is a number of milliseconds up to {MAX_LATENCY_MS:.0f}")
        return Action(latency=Latency(float(text), float(text)))
    if value == HTML_ERROR or value in WIRE:
        return _action({"fault": value})
    return Action(rule=value)


def _action(members: Mapping[str, Any]) -> Action:
    kind = members.get("fault")
    html = members.get("status", 502) if kind == HTML_ERROR else None
    return Action(
        rule=members.get("code"),
        html_status=html,
        wire=None if kind is None or html is not None else Wire.of(kind, members),
        latency=_latency(members["latency_ms"]) if "latency_ms" in members else None,
    )


def _latency(value: Any) -> Latency:
    if isinstance(value, int | float):
        return Latency(float(value), float(value))
    if "uniform" in value:
        low, high = value["uniform"]
        if low > high:
            raise FaultError("uniform is the lower bound, then the upper one")
        return Latency(float(low), float(high))
    return Latency(float(value["log_normal"]["median"]), sigma=float(value["log_normal"]["sigma"]))
