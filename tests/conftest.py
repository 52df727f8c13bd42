"""Fixtures that all tests share.

Every server that a test starts is asked at its end whether a request failed in the mock itself: whatever a test is
about, such a request makes the run fail.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.clock import Clock
from mockserver.settings import Settings
from mockserver.testing import MockServer
from tests.redis_server import RedisServer, need_redis

if TYPE_CHECKING:
    from xdist.remote import Producer

    from tests.order import Scheduling

#: A Tuesday in November 2023: the moment at which the signature vectors of the contract were captured.
VECTOR_TIME = 1_700_000_000.0

StartMock = Callable[..., MockServer]


def pytest_configure(config: pytest.Config) -> None:
    # Tencent's SDK asks for the UTC date in a way that Python 3.12 began to warn about; warnings are errors here.
    config.addinivalue_line("filterwarnings", "ignore:.*utcfromtimestamp:DeprecationWarning")


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Without looking for garbage: millions of objects are made, and all of them stay to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_sessionfinish(session: pytest.Session) -> None:
    gc.unfreeze()  # what is left over in the end is found


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    from tests.order import processes

    return processes()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    from tests.order import Scheduling

    config.option.loadscopereorder = False  # the order is that of the next function
    return Scheduling(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        from tests.order import by_length

        by_length(items)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clients under test read these by themselves and would leave loopback."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="session")
def idmock(idmock: MockServer) -> Iterator[MockServer]:
    """The plugin's server, which must not have failed by itself when the session ends."""
    yield idmock
    idmock.world.state.entries(100_000)  # whatever was written down can be read
    assert idmock.world.own_faults.value == 0, "a request failed in the mock itself: see the log"


@pytest.fixture
def start_mock() -> Iterator[StartMock]:
    """Starts servers of the test's own, with settings or a clock that others must not see."""
    with ExitStack() as running:

        def start(settings: Settings | None = None, **time: Any) -> MockServer:
            server = running.enter_context(MockServer(settings, **time))
            running.callback(_assert_healthy, server)
            return server

        yield start


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis for the tests of this process; what one of them leaves there, the next one clears."""
    need_redis()
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis for one test, which may stop it."""
    need_redis()
    with RedisServer(tmp_path) as server:
        yield server


@pytest.fixture
def frozen_mock(start_mock: StartMock) -> MockServer:
    """A server whose clock stands at VECTOR_TIME."""
    clock = Clock()
    clock.freeze(VECTOR_TIME)
    return start_mock(clock=clock)


def _assert_healthy(server: MockServer) -> None:
    assert server.world.own_faults.value == 0, "a request failed in the mock itself: see the log"
