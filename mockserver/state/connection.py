"""How the state talks to Redis: short timeouts, one kind of error, and a line for what needs no reply.

A server that is gone must not hold up a request, and one that is back must be found without a restart: nothing is tried
again within a request, each command takes at most `TIMEOUT_SECONDS`, and a connection that was closed meanwhile is
noticed before it is used.
"""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, cast
from urllib.parse import SplitResult, urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import (
    BusyLoadingError,
    ConnectionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TimeoutError,
)
from redis.retry import Retry

from mockserver.state.protocol import StateUnavailable

TIMEOUT_SECONDS = 0.5
#: Replies that may be outstanding on the line before the next command waits for them.
_OUTSTANDING = 500
#: What says that Redis is not there, or cannot take anything in; every other error is a mistake of ours.
_AWAY = (BusyLoadingError, ConnectionError, OutOfMemoryError, ReadOnlyError, TimeoutError)

log = logging.getLogger("idmock")


def connect(url: str) -> Redis:
    """A client of the Redis at ``url``, without having reached it yet.

    Raises ValueError for a URL that is none, and for a database that is no number, which the client would take for 0.
    """
    parts = urlsplit(url)
    if not parts.hostname or not re.fullmatch(r"/?|/\d+", parts.path) or not _has_port(parts):
        raise ValueError(f"state {shown(url)!r} is not of the form redis://host:port/db")
    client: Redis = Redis.from_url(
        url,
        protocol=2,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    return client


def _has_port(parts: SplitResult) -> bool:
    """Whether the port is a number that can be one, or left out."""
    try:
        return parts.port != 0
    except ValueError:
        return False


def shown(url: str) -> str:
    """A URL as it may be printed: without user and password.

    >>> shown("redis://:secret@cache:6379/1")
    'redis://cache:6379/1'
    """
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()


@contextmanager
def availability(name: str) -> Iterator[None]:
    """Raise StateUnavailable for a Redis that is away."""
    try:
        yield
    except _AWAY as error:
        raise StateUnavailable(f"the state at {name} is not available: {error}") from error


class Wire(Protocol):
    """What is used here of a connection of the client, whose own types do not say it."""

    def pack_commands(self, commands: Sequence[tuple[Any, ...]]) -> list[bytes]: ...
    def send_packed_command(self, command: list[bytes]) -> None: ...
    def can_read(self, timeout: float) -> bool: ...
    def read_response(self) -> object: ...
    def disconnect(self) -> None: ...


class OneWay:
    """A connection for commands whose reply nobody waits for; it is looked at before the next command.

    What was sent has left this process when ``send`` returns, which is before its client has the answer: it is on its
    way before anything that the client can send next, if on another connection.
    """

    def __init__(self, client: Redis, name: str) -> None:
        self._client = client
        self._name = name
        self._lock = threading.Lock()
        self._connection: Wire | None = None
        self._process = os.getpid()
        self._outstanding = 0

    def send(self, *commands: tuple[Any, ...]) -> None:
        """Send commands in one go. Raises StateUnavailable when no connection can be made."""
        with self._lock, availability(self._name):
            connection = self._usable()
            try:
                connection.send_packed_command(connection.pack_commands(commands))
            except (RedisError, OSError):
                self._drop()
                raise
            self._outstanding += len(commands)

    def flush(self) -> None:
        """Wait until Redis has done everything that was sent from here."""
        with self._lock, availability(self._name):
            if self._connection is not None and self._process == os.getpid():
                self._collect(self._connection, lambda: True)

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _usable(self) -> Wire:
        """The connection, or a new one after a fork or when Redis has closed it."""
        if self._process != os.getpid():
            self._connection, self._outstanding, self._process = None, 0, os.getpid()
        if self._connection is not None:
            try:
                waiting = self._connection
                self._collect(waiting, lambda: self._outstanding > _OUTSTANDING or waiting.can_read(0))
                closed = not self._outstanding and waiting.can_read(0)
            except (RedisError, OSError) as error:
                log.warning("the line to %s broke, what it carried last may be lost: %s", self._name, error)
                closed = True
            if not closed:
                return self._connection
            self._drop()
        self._connection = cast("Wire", self._client.connection_pool.get_connection())
        return self._connection

    def _collect(self, connection: Wire, more: Callable[[], bool]) -> None:
        """Read the replies that are there, or all of them; a command that Redis refused is told in the log."""
        while self._outstanding and more():
            try:
                connection.read_response()
            except ResponseError as error:
                log.error("%s did not take an entry in: %s", self._name, error)  # noqa: TRY400  the sentence is Redis's
            self._outstanding -= 1

    def _drop(self) -> None:
        if self._connection is not None and self._process == os.getpid():
            self._connection.disconnect()
            self._client.connection_pool.release(cast("Any", self._connection))
        self._connection, self._outstanding = None, 0
