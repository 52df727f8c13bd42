"""Fixtures of the marketplace tests.

A test gets an app of its own, so that no test sees another's limits; the ready-made ones are shared, so their counts
are forgotten before each test.
"""

from __future__ import annotations

import itertools

import pytest

from mockserver.accounts import Account
from mockserver.testing import MockServer
from tests.customers import add_account

_numbers = itertools.count(700000001)


def mint(mock: MockServer, state: str = "active", **limits: int) -> Account:
    """A new app of a server, without a limit on its calls per second unless one is given."""
    number = next(_numbers)
    credentials = {
        "app_code": f"MOCK{number:028x}",
        "app_key": str(number),
        "app_secret": f"MOCK-secret-{number}",
    }
    return add_account(mock, "alimarket", f"test-{number}", state, credentials, limits)


@pytest.fixture(autouse=True)
def _fresh_counts(idmock: MockServer) -> None:
    idmock.world.state.reset()


@pytest.fixture
def account(idmock: MockServer) -> Account:
    """An app of the session's server that only this test knows."""
    return mint(idmock)
