"""The faults of a server, kept in its state, and which of them a request may meet."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mockserver.faults.intervention import Intervention
from mockserver.faults.model import HEADER, Action, Fault, FaultError, check_fault, from_header, from_json
from mockserver.state.follower import Documents, Follower

if TYPE_CHECKING:
    from mockserver.contract import Contract
    from mockserver.request import Request
    from mockserver.state import State

_KIND = "fault"
#: Faults that may be set at a time: each costs every request a look.
_AT_MOST = 1000


class Faults:
    """What is set, kept in the state."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._follower = Follower(state, _KIND, self._take_over)
        self._active: tuple[Fault, ...] = ()
        self._spent: set[str] = set()

    def refresh(self) -> None:
        """Take over what another process, or a reset of the state, has set. Raises StateUnavailable."""
        self._follower.refresh()

    def _take_over(self, documents: Documents) -> None:
        self._active = tuple(from_json(id, document) for id, document in documents.items())
        self._spent = set()

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
        intervention = Intervention(contract.vendor, waiting, self.draw)
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
