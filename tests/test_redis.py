"""State in Redis: what it costs, that every worker sees it, and what happens when Redis is away."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from loadtests.wire import capture
from mockserver import vendors
from mockserver.accounts import Account
from mockserver.clock import Clock
from mockserver.errors import ConfigError
from mockserver.settings import Settings
from mockserver.state import State, StateUnavailable, open_state
from mockserver.state.redis import FRESH_SECONDS
from mockserver.testing import MockServer
from tests.conftest import StartMock
from tests.drafts import add
from tests.redis_server import RedisServer


@pytest.fixture
def pair(redis_server: RedisServer) -> Iterator[tuple[State, State]]:
    """The states of two workers."""
    redis_server.clear()
    both = open_state(Settings(state=redis_server.url)), open_state(Settings(state=redis_server.url))
    yield both
    for state in both:
        state.close()


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows by one for each command whose reply is waited for."""
    made: list[str] = []
    execute = Redis.execute_command

    def counted(self: Redis, *command: Any, **options: Any) -> Any:
        made.append(str(command[0]))
        return execute(self, *command, **options)

    monkeypatch.setattr(Redis, "execute_command", counted)
    return made


def call(mock: MockServer, vendor: str, account: Account | None = None) -> None:
    """One call of the vendor's client. Raises RuntimeError with the vendor's code."""
    client = vendors.load(vendor).client
    client.call(mock.url, account or mock.account(vendor), mock.specimen("front"))


class TestCost:
    """Round trips of a request."""

    @pytest.mark.parametrize("vendor", vendors.names())
    def test_fewer_than_three(
        self, redis_server: RedisServer, start_mock: StartMock, trips: list[str], vendor: str
    ) -> None:
        """On average over a few calls, journal included."""
        redis_server.clear()
        now = [time.time()]
        mock = start_mock(Settings(vendors=(vendor,), state=redis_server.url), clock=Clock(lambda: now[0]))
        call(mock, vendor)
        del trips[:]
        for _ in range(40):
            now[0] += 1.0
            call(mock, vendor)
        made = len(trips) / 40
        assert made < 3, f"{made:.2f} round trips a request: {trips[:12]}"
        assert mock.world.state.count(vendor=vendor, code="ok") == 41


class TestWhatIsForgotten:
    """Nothing that a client can make many of stays in Redis for good."""

    def test_windows_and_values_seen(self, redis_server: RedisServer, pair: tuple[State, State]) -> None:
        """Keys of a window go a day after it, a nonce's when it may be used again, a place's with its lease."""
        state, _ = pair
        state.count_in_window("tencent/active/IDCardOCR", 1_800_000_000.0)
        state.first_use("aliyun/active/nonce/x", 1_800_000_000.0, 900)
        assert state.enter("tencent/active/slots", 1) is not None
        with Redis.from_url(redis_server.url) as client:
            left = {key.decode().split(":")[1]: client.ttl(key) for key in client.scan_iter("idmock:*")}
        assert left == {"window": 86_400, "seen": 900, "lease": 120}


_FORKED = """
import os, sys
from mockserver.settings import Settings
from mockserver.state import open_state
from tests.drafts import add

state = open_state(Settings(state=sys.argv[1]))
# So long that none of them goes out in one piece.
entry = {"id": "before", "vendor": "v", "account": "a", "code": "ok", "text": "x" * 250_000}
add(state, entry)
child = os.fork()
for number in range(20):
    add(state, {**entry, "id": f"{child}-{number}"})
assert state.count() >= 21
if child:
    assert os.waitpid(child, 0)[1] == 0
    print(state.count(), len(state.entries(limit=200)), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="workers are forked elsewhere only")
def test_after_a_fork_each_has_a_line_of_its_own(redis_server: RedisServer) -> None:
    """A worker that was forked does not write into the middle of what another one says."""
    redis_server.clear()
    command = [sys.executable, "-c", _FORKED, redis_server.url]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=Path(__file__).parents[1])
    assert (run.stdout, run.returncode) == ("41 41\n", 0), run.stderr


class TestOneView:
    """Workers agree."""

    def test_change_is_seen_when_it_returns(self, pair: tuple[State, State]) -> None:
        """At once, by a worker that has just looked."""
        here, there = pair
        for number in range(50):
            there.all("faults")
            here.put("faults", "a", {"number": number})
            assert there.all("faults") == {"a": {"number": number}}

    def test_removal_and_reset_too(self, pair: tuple[State, State]) -> None:
        """A worker that cached by version reads anew."""
        here, there = pair
        here.put("faults", "a", {})
        here.put("faults", "b", {})
        seen = [there.version("faults")]
        here.delete("faults", "a")
        seen.append(there.version("faults"))
        assert list(there.all("faults")) == ["b"]
        here.reset()
        seen.append(there.version("faults"))
        assert list(there.all("faults")) == []
        assert len(set(seen)) == 3

    def test_a_version_does_not_come_back(self, redis_server: RedisServer, pair: tuple[State, State]) -> None:
        """Not even where the time of Redis was set back, by which versions go otherwise."""
        here, there = pair
        here.put("faults", "a", {})
        with Redis.from_url(redis_server.url) as client:
            client.hset("idmock:versions", "faults", 4_000_000_000_000_000)
        time.sleep(2 * FRESH_SECONDS)
        seen = [there.version("faults")]
        for number in range(3):
            here.put("faults", "a", {"number": number})
            seen.append(there.version("faults"))
        assert seen == [4_000_000_000_000_000 + step for step in range(4)]

    def test_journal_of_both(self, pair: tuple[State, State]) -> None:
        """Each sees what the other has written down before."""
        for number in range(100):
            one, other = pair[number % 2], pair[1 - number % 2]
            add(one, {"id": f"r{number}", "vendor": "v", "account": "a", "code": "ok"})
            assert other.count() == number + 1
            assert other.entries(limit=1)[0]["id"] == f"r{number}"

    def test_lock_of_both(self, pair: tuple[State, State]) -> None:
        """Failures in a row are one row, and end everywhere."""
        here, there = pair
        for number in range(4):
            assert pair[number % 2].add_failure("a", 10, 60) == number + 1
            assert [here.failures("a", 11), there.failures("a", 11)] == [number + 1] * 2
        here.end_failures("a")
        assert there.failures("a", 11) == 0


class TestAway:
    """A Redis that is gone, comes back, or hangs."""

    @pytest.mark.parametrize("vendor", vendors.names())
    def test_each_request_is_told_and_the_next_one_served(
        self, own_redis: RedisServer, start_mock: StartMock, vendor: str
    ) -> None:
        """The vendor's internal error while it is away, an answer as soon as it is back, and no fault of our own."""
        mock = start_mock(Settings(vendors=(vendor,), state=own_redis.url))
        call(mock, vendor)
        for _ in range(2):
            own_redis.stop()
            for _ in range(3):
                with pytest.raises(RuntimeError, match=vendors.load(vendor).internal_error):
                    call(mock, vendor)
            own_redis.start()
            call(mock, vendor)
        assert mock.world.own_faults.value == 0

    @pytest.mark.parametrize("vendor", vendors.names())
    def test_hint_says_why(self, own_redis: RedisServer, start_mock: StartMock, vendor: str) -> None:
        """In the header that the developer reads."""
        mock = start_mock(Settings(vendors=(vendor,), state=own_redis.url))
        own_redis.stop()
        (request,) = capture(lambda url: self.sent_to(url, mock, vendor), 1)
        host, _, port = mock.authority.partition(":")
        with socket.create_connection((host, int(port)), 5) as connection:
            connection.sendall(request.head + request.body)
            head = connection.recv(1 << 16).partition(b"\r\n\r\n")[0].decode()
        assert f"X-IDMock-Hint: the state at {own_redis.url} is not available" in head

    @staticmethod
    def sent_to(url: str, mock: MockServer, vendor: str) -> None:
        vendors.load(vendor).client.call(url, mock.account(vendor), mock.specimen("front"))

    def test_hangs(self, own_redis: RedisServer, start_mock: StartMock) -> None:
        """A client waits for some timeouts at most, and is served when it goes on."""
        mock = start_mock(Settings(state=own_redis.url))
        vendor = vendors.names()[0]
        call(mock, vendor)
        own_redis.hang()
        started = time.monotonic()
        with pytest.raises(RuntimeError, match=vendors.load(vendor).internal_error):
            call(mock, vendor)
        assert time.monotonic() - started < 2.5
        own_redis.go_on()
        call(mock, vendor)

    def test_sentence_of_the_state(self, own_redis: RedisServer) -> None:
        """Every method says which Redis it is, and recovers."""
        state = open_state(Settings(state=own_redis.url))
        lease = state.enter("a", 1)
        assert lease is not None
        own_redis.stop()
        entry = {"id": "r", "vendor": "v", "account": "a", "code": "ok"}
        calls: list[Callable[[], object]] = [
            lambda: state.count_in_window("a", 1),
            lambda: state.number("a"),
            lambda: state.put("faults", "a", {}),
            lambda: state.version("faults"),
            lambda: add(state, entry),
            lambda: state.leave(lease),
            state.entries,
            state.reset,
        ]
        for one in calls:
            with pytest.raises(StateUnavailable, match=f"{own_redis.url} is not available"):
                one()
        own_redis.start()
        for one in calls:
            one()
        state.close()


class TestOpening:
    """What a server says at its start."""

    def test_redis_that_is_not_there(self) -> None:
        """Where it looked, without the password."""
        with pytest.raises(ConfigError, match=r"redis://127\.0\.0\.1:1/0 is not available") as caught:
            open_state(Settings(state="redis://:secret@127.0.0.1:1/0"))
        assert "secret" not in str(caught.value)

    @pytest.mark.parametrize("text", ["sqlite", "http://127.0.0.1", "", "redis:/x"])
    def test_other_texts(self, text: str) -> None:
        """The two forms that there are."""
        with pytest.raises(ConfigError, match="neither memory nor of the form redis://host:port/db"):
            open_state(Settings(state=text))

    @pytest.mark.parametrize("url", ["redis://127.0.0.1:port/0", "redis://127.0.0.1:70000/0"])
    def test_bad_url(self, url: str) -> None:
        """A sentence instead of a traceback."""
        with pytest.raises(ConfigError):
            open_state(Settings(state=url))

    def test_without_the_client(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What to install."""
        for name in [name for name in sys.modules if name.startswith("mockserver.state.")]:
            if name.rpartition(".")[2] in ("redis", "connection"):
                monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, "redis", None)
        with pytest.raises(ConfigError, match=r"pip install 'idcard-mock\[redis\]'"):
            open_state(Settings(state="redis://127.0.0.1:1/0"))
