"""Tiny services that the suite is pointed at: no mock server, an answer per request from a function."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Service:
    """A running service, and what it was asked so far."""

    url: str
    asked: list[Asked] = field(default_factory=list)
    #: Most requests at the same time.
    at_once: int = 0
    #: Ends it at once: no connection is taken any more, and those that there are get no answer.
    stop: Callable[[], None] = field(default=lambda: None, repr=False)


#: Of every answer of Tencent's that has no other.
REQUEST_ID = "0d5f3b4e-7a3c-4a53-9f1e-1d5f60b7c2aa"

#: Request -> (status, headers, body); None closes the connection without an answer.
Behaviour = Callable[[Asked], tuple[int, dict[str, str], bytes] | None]


@contextmanager
def serving(behave: Behaviour) -> Iterator[Service]:
    """A service on a free port of this machine. The probe for idcard-mock gets 404, as anybody else would give."""
    lock, running, stopped = threading.Lock(), 0, threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            nonlocal running
            asked = Asked(self.command, self.path, dict(self.headers), self._body())
            if asked.target.startswith("/_idmock/"):
                self._reply(404, {}, b"")
                return
            with lock:
                running += 1
                service.at_once = max(service.at_once, running)
                service.asked.append(asked)
            try:
                answer = None if stopped.is_set() else behave(asked)
            finally:
                with lock:
                    running -= 1
            if answer is None:
                self.close_connection = True
            else:
                self._reply(*answer)

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            pieces = []
            while size := int(self.rfile.readline(), 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)

        def _reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response_only(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is written: tests look at what was asked."""

    for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"):
        setattr(Handler, f"do_{method}", Handler.answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service = Service(f"http://127.0.0.1:{server.server_address[1]}")

    def stop() -> None:
        if not stopped.is_set():
            stopped.set()
            server.shutdown()
            server.server_close()

    service.stop = stop
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        stop()
        thread.join()


def tencent(**members: Any) -> tuple[int, dict[str, str], bytes]:
    """An answer in Tencent's envelope."""
    body = json.dumps({"Response": {"RequestId": REQUEST_ID, **members}}, ensure_ascii=False).encode()
    return 200, {"Content-Type": "application/json"}, body


def tencent_error(code: str, message: str = "no") -> tuple[int, dict[str, str], bytes]:
    return tencent(Error={"Code": code, "Message": message})
