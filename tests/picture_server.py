"""A small HTTP server on loopback that serves pictures well, badly, slowly or elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class PictureServer(ThreadingHTTPServer):
    """``/picture`` is ``data``; other paths misbehave by their name. ``asked`` are the paths asked for so far."""

    daemon_threads = True

    def __init__(self, data: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.data = data
        self.asked: list[str] = []
        self.closing = threading.Event()

    @property
    def authority(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def url(self, path: str = "picture") -> str:
        return f"http://{self.authority}/{path}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients under test hang up early; that is what they are tested for."""


class _Handler(BaseHTTPRequestHandler):
    server: PictureServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path, _, argument = self.path.lstrip("/").partition("/")
        self.server.asked.append(self.path)
        self.close_connection = True
        getattr(self, f"_{path}")(argument)

    def _picture(self, _: str) -> None:
        self._send(200, self.server.data)

    def _as(self, media_type: str) -> None:
        """The picture, said to be of this type."""
        self._send(200, self.server.data, media_type)

    def _status(self, code: str) -> None:
        self._send(int(code), self.server.data)

    def _to(self, target: str) -> None:
        """Redirect to a URL, or to a path of this server."""
        self.send_response(302)
        self.send_header("Location", target if "://" in target else f"/{target}")
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()

    def _endless(self, _: str) -> None:
        """A body without an end, as fast as it is read."""
        self._start()
        while not self.server.closing.is_set():
            self.wfile.write(b"\0" * 65536)

    def _trickle(self, _: str) -> None:
        """A byte now and then: never silent for long, never done."""
        self._start()
        while not self.server.closing.is_set():
            self.wfile.write(b"\0")
            time.sleep(0.02)

    def _silent(self, _: str) -> None:
        """Headers, then nothing."""
        self._start()
        self.server.closing.wait(20)

    def _short(self, _: str) -> None:
        """Fewer bytes than announced."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.data) + 10))
        self.end_headers()
        self.wfile.write(self.server.data)

    def _garbage(self, _: str) -> None:
        """Not HTTP."""
        self.wfile.write(b"\xff\xfe nonsense\r\n\r\n")

    def _start(self) -> None:
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()

    def _send(self, status: int, body: bytes, media_type: str | None = None) -> None:
        self.send_response(status)
        if media_type is not None:
            self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def picture_server(data: bytes) -> Iterator[PictureServer]:
    """A running server."""
    server = PictureServer(data)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
