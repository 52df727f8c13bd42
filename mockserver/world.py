"""Everything a step may touch beside its own request: passed in, so that a test can put each part in its place."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mockserver import access_log
from mockserver.clock import Clock
from mockserver.faults.model import Fault, FaultError
from mockserver.state import MemoryState, State, StateUnavailable
from mockserver.timings import Timings

if TYPE_CHECKING:
    from mockserver.accounts import Accounts
    from mockserver.contract import Contract
    from mockserver.faults import Faults
    from mockserver.fetch import Fetcher
    from mockserver.recognition import Recogniser
    from mockserver.settings import Settings


class Counter:
    """A number that threads may add to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.value = 0

    def add(self) -> None:
        with self._lock:
            self.value += 1


@dataclass(frozen=True, slots=True)
class World:
    """The server's own parts, shared by all vendors."""

    settings: Settings
    accounts: Accounts
    recogniser: Recogniser
    fetcher: Fetcher
    faults: Faults
    #: What the vendors that are served promise, by vendor.
    contracts: Mapping[str, Contract]
    clock: Clock = field(default_factory=Clock)
    state: State = field(default_factory=MemoryState)
    #: Waits that a client can see (a slow recognition); seconds.
    sleep: Callable[[float], None] = time.sleep
    #: Takes the log's line of a call.
    write_line: access_log.WriteLine = access_log.log.info
    #: Requests that failed in the mock itself.
    own_faults: Counter = field(default_factory=Counter)
    #: How long requests took in this process.
    timings: Timings = field(default_factory=Timings)
    #: Set when the server is told to end: whoever answers for longer than a moment stops then.
    ending: threading.Event = field(default_factory=threading.Event)

    def set_fault(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Set a fault and return its JSON form with ``id`` and ``seed``.

        Raises FaultError for one that is none, or that concerns a vendor, an account or a code that does not exist:
        it would never act, and nobody would notice.
        """
        return self.faults.add(document, self._check_fault)

    def _check_fault(self, fault: Fault) -> None:
        if fault.vendor is not None and fault.vendor not in self.contracts:
            raise FaultError(f"fault at #/vendor: one of {', '.join(self.contracts)}")
        if fault.account is not None and self.accounts.named(fault.vendor or "", fault.account) is None:
            raise FaultError(f"fault at #/account: {fault.vendor} has no account {fault.account!r}")
        rules = sorted({action.rule for action in fault.actions if action.rule is not None})
        for vendor, contract in self.contracts.items():
            for rule in rules if fault.vendor in (None, vendor) else ():
                if rule not in contract.errors:
                    raise FaultError(f"fault: errors.json of {vendor} has no row {rule}")

    def refresh(self) -> StateUnavailable | None:
        """Take over what was set since the last request, by whichever process: clock, accounts, faults.

        Returns why that could not be had, if it could not; all then stands as it was.
        """
        try:
            self.clock.refresh()
            self.accounts.refresh()
            self.faults.refresh()
        except StateUnavailable as error:
            return error
        return None

    def reset(self) -> None:
        """Put everything back as it was at the start; requests that failed in the mock itself stay counted.

        Raises StateUnavailable.
        """
        self.state.reset()
        self.clock.refresh()
        self.accounts.refresh()
        self.faults.refresh()
