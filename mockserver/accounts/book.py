"""Accounts: credentials whose state selects an outcome through an unmodified client.

Ready-made ones stand in ``fixtures/accounts.json``; more are minted while the server runs, and those live in its state.
A client is recognised by one credential (a key id); what the state of its account leads to is said by the vendor's
``operation.json``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mockserver.closest import closest
from mockserver.state.follower import Follower

if TYPE_CHECKING:
    from mockserver.state import State

#: A state of this form makes every authenticated call of the account end in the code that it names.
ANSWERS = "answers-"

_KIND = "account"


@dataclass(frozen=True, slots=True)
class Account:
    """One customer of one vendor."""

    vendor: str
    name: str
    state: str
    credentials: Mapping[str, str]
    #: Own limits, each overriding the vendor's: ``requests_per_second``, ``concurrency``, ``calls_left``.
    limits: Mapping[str, int] = field(default_factory=dict)

    @property
    def answers(self) -> str | None:
        """The code that every authenticated call ends in, or None."""
        return self.state.removeprefix(ANSWERS) if self.state.startswith(ANSWERS) else None

    def as_json(self) -> dict[str, Any]:
        """The shape that the admin API, ``idmock env`` and ``accounts.json`` share."""
        return {
            "vendor": self.vendor,
            "name": self.name,
            "state": self.state,
            "credentials": dict(self.credentials),
            "limits": dict(self.limits),
        }


class Accounts:
    """All accounts of a server, found by vendor and any one credential.

    Those that are there from the start belong to this process. Those that are set while it runs are documents of the
    state, shared with whoever shares it, and go with a reset; one of the same vendor and name stands in front of a
    ready-made one.
    """

    def __init__(self, accounts: Iterable[Account] = (), state: State | None = None) -> None:
        self._own = {(a.vendor, a.name): a for a in accounts}
        self._state = state
        self._follower = None if state is None else Follower(state, _KIND, self._index)
        self._all: Mapping[tuple[str, str], Account] = {}
        self._by_credential: Mapping[tuple[str, str, str], Account] = {}
        self._index({})

    def add(self, account: Account) -> None:
        """Register an account of this process: one that is there after a reset too."""
        self._own[(account.vendor, account.name)] = account
        if self._follower is None:
            self._index({})
        else:
            self._follower.again()

    def set(self, account: Account) -> None:
        """Mint an account, or change one. Its counts begin anew. Raises StateUnavailable."""
        state = self._shared()
        state.put(_KIND, f"{account.vendor}/{account.name}", account.as_json())
        state.forget(f"{account.vendor}/{account.name}/")
        self.refresh()

    def remove(self, vendor: str, name: str) -> bool:
        """Take back what ``set`` has set; False when there is nothing. A ready-made account is as before then."""
        state = self._shared()
        found = state.delete(_KIND, f"{vendor}/{name}")
        state.forget(f"{vendor}/{name}/")
        self.refresh()
        return found

    def refresh(self) -> None:
        """Take over what another process, or a reset of the state, has set. Raises StateUnavailable."""
        if self._follower is not None:
            self._follower.refresh()

    def set_count(self) -> int:
        """How many accounts ``set`` has set."""
        return 0 if self._state is None else len(self._state.all(_KIND))

    def find(self, vendor: str, credential: str, value: str) -> Account | None:
        """The account whose ``credential`` (say ``secret_id``) has this value."""
        return self._by_credential.get((vendor, credential, value))

    def named(self, vendor: str, name: str) -> Account | None:
        """The account of a name."""
        return self._all.get((vendor, name))

    def select(self, vendor: str | None = None, state: str | None = None) -> list[Account]:
        """Accounts in the order of their registration, narrowed by vendor and state."""
        return [a for a in self._all.values() if vendor in (None, a.vendor) and state in (None, a.state)]

    def of_state(self, vendor: str, state: str) -> Account:
        """The first account of a vendor in a state.

        Raises LookupError naming the states there are.
        """
        for account in self._all.values():
            if account.vendor == vendor and account.state == state:
                return account
        known = sorted({a.state for a in self._all.values() if a.vendor == vendor})
        rather = closest(state, known) or f"; there are: {', '.join(known)}"
        raise LookupError(f"{vendor} has no account in state {state!r}{rather}")

    def ready_made(self, vendor: str, state: str) -> Account | None:
        """The first account in a state that was there from the start."""
        of_state = (a for a in self._own.values() if a.vendor == vendor and a.state == state)
        return next(of_state, None)

    def _index(self, documents: Mapping[str, Mapping[str, Any]]) -> None:
        """Build the two tables anew; readers keep the ones that they have, whole."""
        accounts = dict(self._own)
        for row in documents.values():
            account = Account(**row)
            accounts[(account.vendor, account.name)] = account
        self._all = accounts
        self._by_credential = {
            (account.vendor, key, value): account
            for account in accounts.values()
            for key, value in account.credentials.items()
        }

    def _shared(self) -> State:
        if self._state is None:
            raise LookupError("these accounts are not kept in a state")
        return self._state
