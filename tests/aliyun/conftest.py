"""Fixtures of the Aliyun tests: a test gets an account of its own, so that no test sees another's limits."""

from __future__ import annotations

import uuid

import pytest

from mockserver.accounts import Account
from mockserver.testing import MockServer
from tests.aliyun.sdk import Sdk
from tests.customers import add_account


def mint(mock: MockServer, *, state: str = "active", token: str | None = None, **limits: int) -> Account:
    """A new account of a server, without a limit on its calls per second unless one is given."""
    name = uuid.uuid4().hex
    credentials = {"access_key_id": f"LTAI5tMOCK{name[:14]}", "access_key_secret": f"MOCK{name[4:]}"}
    if token is not None:
        credentials["security_token"] = token
    return add_account(mock, "aliyun", name, state, credentials, limits)


@pytest.fixture
def account(idmock: MockServer) -> Account:
    """An account of the session's server that only this test knows."""
    return mint(idmock)


@pytest.fixture
def sdk(idmock: MockServer, account: Account) -> Sdk:
    """The current SDK with its own defaults, for the test's own account."""
    return Sdk(idmock, account)
