"""pytest fixtures, found by pytest through the entry point ``idmock``.

``idmock`` is one server for the whole test session, in this process on a free port. ``idmock_account`` gives a test
accounts that nobody else has, which is what keeps tests apart that run at the same time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mockserver.accounts import Account
    from mockserver.testing import MockServer


@pytest.fixture(scope="session")
def idmock() -> Iterator[MockServer]:
    """A running mock: ``.url``, ``.endpoint(vendor)``, ``.account(vendor, state)``, ``.specimen(name)``,
    ``.journal(account=...)``, ``.fault(...)``, ``.clock``, ``.reset()``."""
    from mockserver.testing import MockServer

    with MockServer() as server:
        yield server


@pytest.fixture
def idmock_account(idmock: MockServer) -> Iterator[Callable[..., Account]]:
    """Mints accounts for one test: ``idmock_account(vendor, state="active", limits={...})``."""
    minted: list[Account] = []

    def mint(
        vendor: str, state: str = "active", limits: dict[str, int] | None = None, **more: Any
    ) -> Account:
        account = idmock.mint(vendor, state, limits, **more)
        minted.append(account)
        return account

    yield mint
    for account in minted:
        idmock.remove(account)
