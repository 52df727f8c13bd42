"""Fixtures of Megvii's tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mockserver.accounts import Account
from mockserver.testing import MockServer
from tests.megvii.upload import mint, read

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def account(idmock: MockServer) -> Account:
    """An account of the session's server that only this test knows."""
    return mint(idmock)


@pytest.fixture
def ask(idmock: MockServer, account: Account) -> Ask:
    """The answer for a specimen: ``ask("front", return_portrait="1")``."""
    return lambda specimen, **parameters: read(idmock, account, idmock.specimen(specimen), **parameters)
