"""Fixtures of the Huawei tests: a test gets an account of its own, so that no test sees another's limits."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from mockserver.accounts import Account
from mockserver.testing import MockServer
from tests.customers import add_account
from tests.huawei.sdk import Sdk
from tests.triggers import encoded

Client = Callable[..., Sdk]


def mint(mock: MockServer, *, state: str = "active", token: str | None = None, **limits: int) -> Account:
    """A new account of a server, without a limit on its calls per second unless one is given."""
    name = uuid.uuid4().hex
    credentials = {
        "ak": f"HPUAMOCK{name[:12].upper()}",
        "sk": f"MOCK{name}",
        "project_id": uuid.uuid4().hex,
        "domain": f"hwMOCK_{name[:8]}",
        "username": f"user-{name}",
        "password": f"Mock!{name}",
    }
    if token is not None:
        credentials["security_token"] = token
    return add_account(mock, "huawei", name, state, credentials, limits)


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
def sdk(idmock: MockServer, account: Account, client: Client) -> Sdk:
    """The SDK with its own defaults, for the test's own account."""
    return client(idmock, account)


@pytest.fixture
def front(idmock: MockServer) -> str:
    """The specimen ``front`` as Base64."""
    return encoded(idmock.specimen("front"))
