"""The faults of a server, and what they do to one request.

A fault that depends on nothing meets a request before anything else does; one for an account or an operation as soon as
the vendor's steps have found out which it is. Each request counts once for each fault that it meets.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mockserver.errors import Refusal
from mockserver.faults.model import HEADER, Action, Fault, FaultError, check_fault, from_header, from_json
from mockserver.faults.wire import Wire
from mockserver.request import Answer

if TYPE_CHECKING:
    from mockserver.contract import Contract
    from mockserver.request import Request
    from mockserver.state import State
    from mockserver.vendor import Call

_KIND = "fault"
#: Faults that may be set at a time: each costs every request a look.
_AT_MOST = 1000


class Faults:
    """What is set, kept in the state."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._version: int | None = None
        self._active: tuple[Fault, ...] = ()
        self._spent: set[str] = set()

    def refresh(self) -> None:
        """Take over what another process, or a reset of the state, has set. Raises StateUnavailable."""
        version = self._state.version(_KIND)
        if version != self._version:
            documents = self._state.all(_KIND)
            self._active = tuple(from_json(id, document) for id, document in documents.items())
            self._spent = set()
            self._version = version

    def add(self, document: Any, check: Callable[[Fault], None] = lambda fault: None) -> dict[str, Any]:
        """Set a fault and return its JSON form, with ``id`` and ``seed``.

        ``check`` is given the fault before it is set and raises FaultError if there is no such vendor, account, code or
        operation. Raises FaultError for a document that does not have the form.
        """
        checked = check_fault(document)
        checked.setdefault("seed", secrets.randbelow(1_000_000))
        if len(self._state.all(_KIND)) >= _AT_MOST:
            raise FaultError(f"{_AT_MOST} faults are set; remove some first")
        id = f"fault-{self._state.number('faults')}"
        check(from_json(id, checked))
        self._state.put(_KIND, id, checked)
        self.refresh()
        return {"id": id, **checked}

    def list(self) -> list[dict[str, Any]]:
        """All faults in the order in which they were set."""
        return [{"id": id, **document} for id, document in self._state.all(_KIND).items()]

    def remove(self, id: str) -> bool:
        """Remove one fault; False when there is none of this id."""
        found = self._state.delete(_KIND, id)
        self._state.forget(f"{id}/")
        self.refresh()
        return found

    def clear(self) -> None:
        """Remove all faults."""
        for id in self._state.all(_KIND):
            self.remove(id)

    def meeting(self, contract: Contract, request: Request) -> Intervention | None:
        """What may happen to a request of a vendor, None when nothing is set that could.

        Raises FaultError when the request names a fault that cannot be.
        """
        named = request.headers.get(HEADER)
        if not self._active and named is None:
            return None
        waiting = [f for f in self._active if f.vendor in (None, contract.vendor) and f.id not in self._spent]
        if not waiting and named is None:
            return None
        intervention = Intervention(self, waiting)
        if named is not None:
            action = from_header(named)
            if action.rule is not None and action.rule not in contract.errors:
                raise FaultError(f"{action.rule!r} is no fault and no row of {contract.vendor}'s errors")
            intervention.take("header", action, action.latency.low if action.latency else 0.0)
        return intervention

    def draw(self, fault: Fault) -> tuple[Action, float] | None:
        """The action of a fault on a request that it meets, and the delay in ms; None when it leaves it alone."""
        number = self._state.number(f"{fault.id}/met")
        source = fault.source(number)
        if fault.probability < 1.0:
            if source.random() >= fault.probability:
                return None
            number = self._state.number(f"{fault.id}/acted")
        if fault.count is not None and number > fault.count:
            self._spent.add(fault.id)
            return None
        action = fault.actions[(number - 1) % len(fault.actions)]
        return action, action.latency.draw(source) if action.latency else 0.0


class Intervention:
    """What the faults do to one request, as it becomes known. The first fault that answers, and the first that spoils
    the answer's way, have their way; delays add up."""

    def __init__(self, book: Faults, waiting: list[Fault]) -> None:
        self._book = book
        self._waiting = waiting
        self.ids: list[str] = []
        self.latency_ms = 0.0
        self.wire: Wire | None = None
        self._answering: Action | None = None

    def take(self, id: str, action: Action, latency_ms: float) -> None:
        """Let an action happen to the request."""
        self.ids.append(id)
        self.latency_ms += latency_ms
        if self.wire is None:
            self.wire = action.wire
        if self._answering is None and action.answers:
            self._answering = action

    def before(self) -> Answer | None:
        """Meet the faults that depend on nothing. A page in HTML answers right away."""
        for fault in self._met(lambda f: f.unconditional):
            self._draw(fault)
        return self._page()

    def meet(self, call: Call) -> Answer | None:
        """Meet the faults for an account or an operation, after any step of the vendor.

        Returns the page in HTML that answers; raises the refusal that does, once the first step has read what the
        vendor's errors are rendered with.
        """
        account = call.account.name if call.account is not None else None
        vendor = call.contract.vendor
        for fault in self._met(
            lambda f: (
                (f.account is None or (f.vendor == vendor and f.account == account))
                and f.operation in (None, call.operation)
            )
        ):
            self._draw(fault)
        refusal = self.refusal()
        if refusal is not None:
            raise refusal
        return self._page()

    def refusal(self) -> Refusal | None:
        """The refusal that a fault answers with: it wins over what is wrong with the request itself."""
        if self._answering is None or self._answering.rule is None:
            return None
        return Refusal(self._answering.rule, hint=f"fault {', '.join(self.ids)}")

    def _met(self, meets: Callable[[Fault], bool]) -> Iterator[Fault]:
        met = [fault for fault in self._waiting if meets(fault)]
        self._waiting = [fault for fault in self._waiting if fault not in met]
        return iter(met)

    def _draw(self, fault: Fault) -> None:
        drawn = self._book.draw(fault)
        if drawn is not None and drawn[0] != Action():
            self.take(fault.id, *drawn)

    def _page(self) -> Answer | None:
        status = self._answering.html_status if self._answering else None
        return None if status is None else _html_page(status)


_REASONS: Mapping[int, str] = {
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}


def _html_page(status: int) -> Answer:
    """What a load balancer sends in the place of a service that does not answer."""
    line = f"{status} {_REASONS.get(status, 'Error')}"
    page = (
        f"<html>\r\n<head><title>{line}</title></head>\r\n<body>\r\n<center><h1>{line}</h1></center>\r\n"
        "</body>\r\n</html>\r\n"
    )
    return Answer(status, (("Content-Type", "text/html"),), page.encode(), f"html-{status}")
