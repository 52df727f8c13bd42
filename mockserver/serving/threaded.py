"""A small threaded HTTP server inside this process: for tests, and for the vendors' own ports.

Slower than the server behind `idmock serve`, and it closes each connection; but it shares the process, and with it
every limit and quota.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from ssl import SSLContext

    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment


class _Handler(WSGIRequestHandler):
    """HTTP/1.1, so that chunked bodies are understood; the mock writes its own line per call."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass

    def connection_dropped(self, error: BaseException, environ: WSGIEnvironment | None = None) -> None:
        """The client went away, or a fault has reset its connection: nothing more is read from it."""
        self.close_connection = True

    def send_response(self, code: int, message: str | None = None) -> None:
        """Begin the answer without naming this server: a ``Server`` header is the application's to send, or nobody's,
        as with the server behind `idmock serve`."""
        self.send_response_only(code, message)
        self.send_header("Date", self.date_time_string())


class ThreadedServer:
    """A running server; one thread per connection."""

    def __init__(
        self,
        application: WSGIApplication,
        host: str,
        port: int = 0,
        fd: int | None = None,
        tls: SSLContext | None = None,
    ) -> None:
        """Listen on ``port`` (0 picks one), or on the listening socket ``fd``; with ``tls`` for HTTPS."""
        self._server: BaseWSGIServer = make_server(
            host, port, application, threaded=True, request_handler=_Handler, fd=fd, ssl_context=tls
        )
        self.port = self._server.port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop accepting and wait for the accepting thread."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
