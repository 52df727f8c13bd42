"""Accounts that only one test knows, so that no test sees another's limits."""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.accounts import Account
from mockserver.testing import MockServer

#: More than any test calls in a second, or at a time.
UNLIMITED = 1_000_000


def add_account(
    mock: MockServer,
    vendor: str,
    name: str,
    state: str,
    credentials: Mapping[str, str],
    limits: Mapping[str, int],
) -> Account:
    """A new account of a server, without a limit on its calls per second unless ``limits`` has one."""
    account = Account(vendor, name, state, dict(credentials), {"requests_per_second": UNLIMITED, **limits})
    mock.world.accounts.add(account)
    return account
