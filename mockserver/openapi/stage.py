"""Calls that are made for their answers alone: a vendor's own steps, with a world of their own behind them.

Nothing leaves the process, no state of a server is touched, and the clock stands, so that the same contract always
gets the same answers.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from mockserver import vendors
from mockserver.accounts import Account, Accounts
from mockserver.cards.named import convert_specimen
from mockserver.cards.read import CardReader
from mockserver.clock import Clock
from mockserver.contract import Contract, ErrorRow, load_accounts
from mockserver.errors import Refusal
from mockserver.faults import Faults
from mockserver.fetch import Fetcher
from mockserver.recognition import Recogniser
from mockserver.request import Answer, Request
from mockserver.settings import Settings
from mockserver.state import MemoryState
from mockserver.vendor import Call, Sending
from mockserver.world import World

#: Of every call.
_REQUEST_ID = "4f6d1c52-8a0e-4b7b-9d35-2f1e60a7c894"


class Stage:
    """One vendor and its ready-made accounts."""

    #: Unix seconds, for ever: noon in China of the day on which the specimens were made, 1 January 2026.
    now = 1767240000.0

    def __init__(self, contract: Contract) -> None:
        accounts = [Account(**row) for row in load_accounts() if row["vendor"] == contract.vendor]
        state = MemoryState()
        self.vendor = vendors.load(contract.vendor)
        self._contract = contract
        self._world = World(
            settings=Settings(),
            accounts=Accounts(accounts, state),
            recogniser=_recogniser(),
            fetcher=Fetcher((), _specimen_file),
            faults=Faults(state),
            contracts={contract.vendor: contract},
            clock=Clock(lambda: self.now),
            state=state,
            sleep=_at_once,
            write_line=_to_nobody,
        )

    @property
    def account(self) -> Account:
        """The account of which everything works. Raises LookupError for a vendor that has none."""
        return self._world.accounts.of_state(self._contract.vendor, "active")

    def walk(self, sent: Sending) -> tuple[Call, Answer | None]:
        """The call as its steps have left it, and its answer; None when one of them refuses it."""
        call = self.vendor.open(_request(sent, self._contract.operation["host"]), self._world, self._contract)
        try:
            for step in self.vendor.steps:
                answer = step(call)
                if answer is not None:
                    return call, answer
        except Refusal:
            return call, None
        finally:
            if call.held is not None:
                self._world.state.leave(call.held)
        raise RuntimeError(f"{self._contract.vendor}: the last step returned no answer")

    def refusal(self, call: Call, row: ErrorRow) -> Answer:
        """What the call would get if it were refused with this row, with the catalogue's details in the message."""
        return self.vendor.refuse(call, row, row.text(call.language, None, **call.message_details()))


@cache
def _recogniser() -> Recogniser:
    """One for all stages: what it remembers are the specimens."""
    return Recogniser(CardReader())


def _request(sent: Sending, host: str) -> Request:
    """As it would come in over the network."""
    headers = {"host": host, "content-length": str(len(sent.body))}
    headers |= {name.lower(): value for name, value in sent.headers.items()}
    path, _, query = sent.target.partition("?")
    return Request(sent.method, path, query, headers, sent.body, len(sent.body), Stage.now, _REQUEST_ID)


def _specimen_file(file: str) -> bytes | None:
    name, _, extension = file.rpartition(".")
    return convert_specimen(name, extension)


def _at_once(seconds: float) -> None:
    """Nobody is there to wait for a slow recognition."""


def _to_nobody(*line: Any) -> None:
    """These calls are in no log."""
