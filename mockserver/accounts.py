"""Accounts: credentials whose state selects an outcome through an unmodified client.

Ready-made ones stand in ``fixtures/accounts.json``. A client is recognised by one credential (a key id); what the
state of its account leads to is said by the vendor's ``operation.json``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: A state of this form makes every authenticated call of the account end in the code that it names.
ANSWERS = "answers-"


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
    """All accounts of a server, found by vendor and any one credential."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._all: list[Account] = []
        self._by_credential: dict[tuple[str, str, str], Account] = {}
        for account in accounts:
            self.add(account)

    def add(self, account: Account) -> None:
        """Register an account, or a changed one under the same credentials."""
        self._all.append(account)
        for key, value in account.credentials.items():
            self._by_credential[(account.vendor, key, value)] = account

    def find(self, vendor: str, credential: str, value: str) -> Account | None:
        """The account whose ``credential`` (say ``secret_id``) has this value."""
        return self._by_credential.get((vendor, credential, value))

    def select(self, vendor: str | None = None, state: str | None = None) -> list[Account]:
        """Accounts in the order of their registration, narrowed by vendor and state."""
        return [a for a in self._all if vendor in (None, a.vendor) and state in (None, a.state)]

    def of_state(self, vendor: str, state: str) -> Account:
        """The first account of a vendor in a state.

        Raises LookupError naming the states there are.
        """
        for account in self._all:
            if account.vendor == vendor and account.state == state:
                return account
        known = ", ".join(sorted({a.state for a in self._all if a.vendor == vendor}))
        raise LookupError(f"{vendor} has no account in state {state!r}; there are: {known}")
