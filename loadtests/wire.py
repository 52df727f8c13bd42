"""Requests as bytes, and a client that sends them as fast as a socket takes them.

The generator must not be what a benchmark measures, so requests are signed and serialised beforehand: a vendor's own
client code makes its call against a socket that only listens, and what arrives is kept.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

#: How long an answer may take, in seconds.
_PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class RawRequest:
    """One HTTP/1.1 request; the body is shared between requests that differ in their headers only."""

    head: bytes
    body: bytes


@dataclass
class Measured:
    """What a run of requests took and got."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    #: Answers by the first line of the response and whether the body holds the expected text.
    outcomes: Counter[str] = field(default_factory=Counter)
    #: What the client itself computed, in seconds; it cannot compute more than about one second in one.
    client_seconds: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    @property
    def client_share(self) -> float:
        """How busy the client was, of one processor."""
        return self.client_seconds / self.seconds

    def percentile_ms(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


def capture(call: Callable[[str], object], count: int) -> list[RawRequest]:
    """The requests that ``call(url)`` sends when it is called ``count`` times.

    ``call`` gets an empty 200 answer and may fail over it.
    """
    found: list[RawRequest] = []
    bodies: dict[bytes, bytes] = {}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        for _ in range(count):
            thread = threading.Thread(target=_call_and_ignore, args=(call, url))
            thread.start()
            connection, _address = listener.accept()
            with connection:
                raw = _read_request(connection)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            thread.join()
            found.append(RawRequest(raw.head, bodies.setdefault(raw.body, raw.body)))
    return found


def _call_and_ignore(call: Callable[[str], object], url: str) -> None:
    with contextlib.suppress(Exception):  # the empty answer is no vendor's; only the request matters
        call(url)


def _read_request(connection: socket.socket) -> RawRequest:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(1 << 16)
    head, _, body = data.partition(b"\r\n\r\n")
    length = content_length(head)
    while len(body) < length:
        body += connection.recv(1 << 16)
    return RawRequest(head + b"\r\n\r\n", body)


def content_length(head: bytes) -> int:
    """The Content-Length in a block of headers; 0 when there is none."""
    return int(_header(head, b"content-length") or 0)


def _header(head: bytes, name: bytes) -> bytes | None:
    """The value of the header ``name``, which is in lower case, itself in lower case; None when it is not there."""
    lower = head.lower()
    at = lower.find(b"\r\n" + name + b":")
    if at < 0:
        return None
    begin = at + len(name) + 3
    end = lower.find(b"\r\n", begin)
    return lower[begin : end if end >= 0 else None].strip()


def send_all(
    address: tuple[str, int], requests: Sequence[RawRequest], *, connections: int, expect: bytes
) -> Measured:
    """Send every request once over ``connections`` kept connections, each waiting for its answer (a closed loop).

    ``expect`` is text that a good answer's body holds. Raises OSError when a connection fails.
    """
    measured, lock, failures = Measured(), threading.Lock(), list[OSError]()

    def work(share: Sequence[RawRequest]) -> None:
        try:
            latencies, outcomes = _send_share(address, share, expect)
        except OSError as error:
            failures.append(error)
            return
        with lock:
            measured.latencies += latencies
            measured.outcomes += outcomes

    threads = [threading.Thread(target=work, args=(requests[i::connections],)) for i in range(connections)]
    started, computed = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    measured.seconds = time.perf_counter() - started
    measured.client_seconds = time.process_time() - computed
    if failures:
        raise failures[0]
    return measured


def _send_share(
    address: tuple[str, int], requests: Sequence[RawRequest], expect: bytes
) -> tuple[list[float], Counter[str]]:
    """One connection's requests: how long each took, in seconds, and what came of it."""
    latencies, outcomes = [], Counter[str]()
    connection = _connect(address)
    try:
        for request in requests:
            started = time.perf_counter()
            answer = exchange(connection, request)
            if answer.closing:  # the next request of a client waits for its connection
                connection.close()
                connection = _connect(address)
            latencies.append(time.perf_counter() - started)
            outcomes[f"{answer.status} {'ok' if expect in answer.body else 'wrong'}"] += 1
    finally:
        connection.close()
    return latencies, outcomes


def _connect(address: tuple[str, int]) -> socket.socket:
    connection = socket.create_connection(address, timeout=_PATIENCE_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


class Answer(NamedTuple):
    """An HTTP/1.1 response, as far as a benchmark looks at it."""

    status: str
    body: bytes
    #: The server ends the connection behind it.
    closing: bool


def exchange(connection: socket.socket, request: RawRequest) -> Answer:
    """Send one request and read its answer, by length or in chunks. Raises OSError when the connection fails."""
    connection.sendall(request.head + request.body)
    data = _more(connection)
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    if _header(head, b"transfer-encoding") == b"chunked":
        body = _read_chunks(connection, body)
    else:
        length = content_length(head)
        while len(body) < length:
            body += _more(connection)
    return Answer(head.split(b" ", 2)[1].decode(), body, _header(head, b"connection") == b"close")


def _read_chunks(connection: socket.socket, data: bytes) -> bytes:
    """The body that arrives in chunks, of which ``data`` has been read already."""
    body = b""
    while True:
        while b"\r\n" not in data:
            data += _more(connection)
        line, _, data = data.partition(b"\r\n")
        size = int(line.split(b";")[0], 16)
        while len(data) < size + 2:
            data += _more(connection)
        body, data = body + data[:size], data[size + 2 :]
        if size == 0:
            return body


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(1 << 16)
    if not data:
        raise ConnectionError("the server closed the connection in the middle of an answer")
    return data
