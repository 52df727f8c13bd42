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

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

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
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


def send_all(
    address: tuple[str, int], requests: Sequence[RawRequest], *, connections: int, expect: bytes
) -> Measured:
    """Send every request once over ``connections`` kept connections, each waiting for its answer (a closed loop).

    ``expect`` is text that a good answer's body holds.
    """
    measured, lock = Measured(), threading.Lock()

    def work(share: Sequence[RawRequest]) -> None:
        latencies, outcomes = [], Counter[str]()
        with socket.create_connection(address) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for request in share:
                started = time.perf_counter()
                connection.sendall(request.head + request.body)
                status, body = _read_answer(connection)
                latencies.append(time.perf_counter() - started)
                outcomes[f"{status} {'ok' if expect in body else 'wrong'}"] += 1
        with lock:
            measured.latencies += latencies
            measured.outcomes += outcomes

    threads = [threading.Thread(target=work, args=(requests[i::connections],)) for i in range(connections)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    measured.seconds = time.perf_counter() - started
    return measured


def _read_answer(connection: socket.socket) -> tuple[str, bytes]:
    data = connection.recv(1 << 16)
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    length = content_length(head)
    while len(body) < length:
        body += _more(connection)
    return head.split(b" ", 2)[1].decode(), body


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(1 << 16)
    if not data:
        raise ConnectionError("the server closed the connection in the middle of an answer")
    return data
