"""Fixtures of the Tencent tests.

A test gets an account of its own, so that no test sees another's limits; the ready-made accounts are shared, so
their counts are forgotten before each test.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from mockserver.accounts import Account
from mockserver.settings import Settings
from mockserver.testing import MockServer
from tests.conftest import StartMock
from tests.customers import add_account
from tests.tencent.sdk import Sdk

Mint = Callable[..., Account]
Client = Callable[..., Sdk]


def mint(mock: MockServer, *, state: str = "active", token: str | None = None, **limits: int) -> Account:
    """A new account of a server, without a limit on its calls per second unless one is given."""
    name = uuid.uuid4().hex
    credentials = {"secret_id": f"AKIDMOCK{name[:28]}", "secret_key": f"MOCK{name[4:]}"}
    if token is not None:
        credentials["token"] = token
    return add_account(mock, "tencent", name, state, credentials, limits)


@pytest.fixture(autouse=True)
def _fresh_counts(idmock: MockServer) -> None:
    idmock.world.state.reset()


@pytest.fixture
def start_mock(start_mock: StartMock) -> StartMock:
    """Servers of this vendor alone: they start in a fraction of the time that all vendors take."""

    def start(settings: Settings | None = None, **time: Any) -> MockServer:
        return start_mock(replace(settings or Settings(), vendors=("tencent",)), **time)

    return start


@pytest.fixture
def account(idmock: MockServer) -> Account:
    """An account of the session's server that only this test knows."""
    return mint(idmock)


@pytest.fixture
def client() -> Iterator[Client]:
    """Makes SDK clients and closes them: ``client(mock, account, **settings)``."""
    with ExitStack() as opened:
        yield lambda mock, account, **more: opened.enter_context(Sdk(mock, account, **more))


@pytest.fixture
def sdk(idmock: MockServer, account: Account, client: Client) -> Any:
    """The SDK with its own defaults, for the test's own account."""
    return client(idmock, account)
