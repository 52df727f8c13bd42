"""Sends an answer over WSGI, spoiled on its way when a fault wants that.

A WSGI application is given no connection. The threaded server of this package hands over its socket, so a connection
is reset exactly. Granian does not say which of its connections a request came in on; what is done there instead stands
at `_linger_none`.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.http import HTTP_STATUS_CODES

from mockserver.wire import EMPTY, RESET, SLOW, WRONG_TYPE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from mockserver.request import Answer

#: A slow body arrives in so many pieces.
_PIECES = 10
#: What a server needs to have sent what it was given before the connection ends; real seconds, unlike a slow body's.
_FLUSH_SECONDS = 0.05
#: Where a process finds its own descriptors.
_OPEN_FILES = Path("/dev/fd")
#: struct linger: on, for no time. Closing such a socket resets the connection.
_ON_FOR_NO_TIME = struct.pack("ii", 1, 0)
_OFF = struct.pack("ii", 0, 0)


def send(
    answer: Answer, environ: WSGIEnvironment, start_response: StartResponse, sleep: Callable[[float], None]
) -> Iterable[bytes]:
    """Send an answer over WSGI the way it says; ``sleep`` waits for a number of seconds."""
    wire, body = answer.wire, answer.body
    headers = [*answer.headers]
    if wire is not None and wire.kind == WRONG_TYPE:
        headers = [(n, wire.content_type if n.lower() == "content-type" else v) for n, v in headers]
    if wire is not None and wire.kind == EMPTY:
        body = b""
    if wire is not None and wire.kind == RESET:
        _reset(environ)
        body = body or b"\0"
    reason = HTTP_STATUS_CODES.get(answer.status, "Unknown")
    start_response(f"{answer.status} {reason}", [*headers, ("Content-Length", str(len(body)))])
    if wire is None or wire.kind in (WRONG_TYPE, EMPTY):
        return [body]
    if wire.kind == RESET:
        return iter(())  # less than announced: the server has to close the connection, which resets it
    if wire.kind == SLOW:
        return _slowly(body, wire.duration_ms / 1000, sleep)
    return _cut(body, len(body) // 2 if wire.after_bytes is None else wire.after_bytes)


def _slowly(body: bytes, seconds: float, sleep: Callable[[float], None]) -> Iterator[bytes]:
    size = max(1, -(-len(body) // _PIECES))
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    for index, piece in enumerate(pieces):
        if index:
            sleep(seconds / max(1, len(pieces) - 1))
        yield piece


def _cut(body: bytes, sent: int) -> Iterator[bytes]:
    """Fewer bytes than announced: the server closes the connection behind them."""
    yield body[: min(sent, len(body) - 1)]
    time.sleep(_FLUSH_SECONDS)  # an asynchronous server drops what it has not sent yet


def _reset(environ: WSGIEnvironment) -> None:
    """See to it that the connection of this request is reset, not closed.

    Raises ConnectionResetError when that has happened already.
    """
    own: socket.socket | None = environ.get("werkzeug.socket")
    if own is None:
        _linger_none(environ)
        return
    own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ON_FOR_NO_TIME)
    os.close(own.detach())  # the server, which would say goodbye first, finds the socket closed
    raise ConnectionResetError("by a fault")


def _linger_none(environ: WSGIEnvironment) -> None:
    """Reset the one connection that the server closes next, among those that this request may have come in on.

    All connections from the client's address are told to reset when they are closed, and told otherwise a moment
    later. In between the server closes the one whose answer ends early. Another connection that happens to close in
    that moment is reset too, after its answer. Where a process cannot list its files, which it can on Linux and macOS,
    the connection is closed without a body instead.
    """
    candidates = list(_connections(environ.get("REMOTE_ADDR", "")))
    _set_linger(candidates, _ON_FOR_NO_TIME)
    identities = {number: _inode(number) for number in candidates}

    def restore() -> None:
        still = [number for number, inode in identities.items() if _inode(number) == inode]
        _set_linger(still, _OFF)

    timer = threading.Timer(2 * _FLUSH_SECONDS, restore)
    timer.daemon = True
    timer.start()


def _connections(address: str) -> Iterator[int]:
    """Descriptors of this process that are TCP connections from an address."""
    try:
        numbers = [int(entry.name) for entry in _OPEN_FILES.iterdir()]
    except OSError:
        return
    for number in numbers:
        try:
            if not stat.S_ISSOCK(os.fstat(number).st_mode):
                continue
            with socket.socket(fileno=os.dup(number)) as one:
                internet = one.family in (socket.AF_INET, socket.AF_INET6)
                if internet and one.type == socket.SOCK_STREAM and one.getpeername()[0] == address:
                    yield number
        except OSError:  # not connected, or closed since it was listed
            continue


def _set_linger(numbers: Iterable[int], value: bytes) -> None:
    for number in numbers:
        try:
            with socket.socket(fileno=os.dup(number)) as one:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, value)
        except OSError:  # closed in the meantime, which is what it was told to be ready for
            continue


def _inode(number: int) -> int | None:
    try:
        return os.fstat(number).st_ino
    except OSError:
        return None
