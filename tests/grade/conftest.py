"""A mock and a client in a time of their own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from mockserver.testing import MockServer
from tests.grade.clients import Client, Hands

MakeClient = Callable[..., Client]


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    """The time of the test, by which the vendors' own clients sign too."""
    hands = Hands()
    told = SimpleNamespace(
        time=hands.time,
        gmtime=lambda at=None: time.gmtime(hands.now if at is None else at),
        strftime=time.strftime,
    )
    for vendor in ("aliyun", "huawei", "tencent"):
        monkeypatch.setattr(f"mockserver.vendors._{vendor}.client.time", told)
    return hands


@pytest.fixture
def mock(hands: Hands) -> Iterator[MockServer]:
    """A server that no other test sees."""
    with hands.mock() as server:
        yield server
        assert server.world.own_faults.value == 0, "a request failed in the mock itself: see the log"


@pytest.fixture
def client(mock: MockServer, hands: Hands) -> MakeClient:
    """Makes clients: of a vendor (tencent unless it is said), with limits of their own."""

    def make(vendor: str = "tencent", **minted: Any) -> Client:
        return Client(mock, hands, mock.mint(vendor, **minted))

    return make
