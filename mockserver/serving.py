"""Serving the application over HTTP with Granian, and saying so once it answers."""

from __future__ import annotations

import functools
import http.client
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mockserver.app import create_app
from mockserver.errors import ConfigError
from mockserver.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

#: Threads that run Python. More than one, because a slow recognition must not hold up the others; few, because they
#: share one interpreter.
_THREADS = 8

#: Granian logs to stdout by default; there, only the ready line belongs.
_GRANIAN_LOG = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr"}},
    "loggers": {"_granian": {"handlers": ["stderr"], "level": "ERROR", "propagate": False}},
}

log = logging.getLogger("idmock")


def run(settings: Settings) -> None:
    """Build the application and serve it until interrupted.

    Raises ConfigError when the address cannot be bound or a setting cannot be used, ContractError for a data file.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    serve_app(create_app(settings), settings)


def serve_app(app: Flask, settings: Settings) -> None:
    """Serve an application that is already built until interrupted. Raises ConfigError for the address."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    # Granian shows the process environment to the application as CGI variables: HTTP_PROXY would pose as a header.
    for name in [n for n in os.environ if n.startswith("HTTP_")]:
        del os.environ[name]
    with _reserve(settings) as held:
        port = held.getsockname()[1]
        server = Granian(
            "idmock",
            address=settings.host,
            port=port,
            interface=Interfaces.WSGI,
            blocking_threads=_THREADS,
            websockets=False,
            log_level=LogLevels.error,
            log_dictconfig=_GRANIAN_LOG,
        )
        server.serve(target_loader=functools.partial(_load, app, settings, port), wrap_loader=False)


def _reserve(settings: Settings) -> socket.socket:
    """Bind the port and hold it, so that port 0 is a real number before anybody listens on it.

    The worker binds the same port beside this socket (both with SO_REUSEPORT); as this one never listens, every
    connection goes to the worker.
    """
    try:
        family = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0][0]
    except OSError as error:
        raise ConfigError(f"host {settings.host!r} cannot be resolved: {error.strerror}") from None
    if settings.port:
        _refuse_if_taken(family, settings)
    held = socket.socket(family, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    held.bind((settings.host, settings.port))
    return held


def _refuse_if_taken(family: socket.AddressFamily, settings: Settings) -> None:
    """Bind once without SO_REUSEPORT: beside another server's port that must fail, not share it."""
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise ConfigError(
                f"port {settings.port} on {settings.host} cannot be used: {error.strerror}; "
                "--port 0 picks a free one"
            ) from None


def _load(app: Flask, settings: Settings, port: int) -> Callable[..., Any]:
    """What a worker serves; also starts the announcement, which ends by itself."""
    threading.Thread(target=_announce, args=(settings.host, port), daemon=True).start()
    return app


def _announce(host: str, port: int) -> None:
    """Print the ready line when the server has answered a request."""
    reach = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection(reach, port, timeout=5)
        try:
            connection.request("GET", "/_idmock/health")
            if connection.getresponse().status == 200:
                shown = f"[{reach}]" if ":" in reach else reach
                print(f"idmock ready http://{shown}:{port}", flush=True)
                return
        except OSError:
            time.sleep(0.005)
        finally:
            connection.close()
    log.error("idmock: no answer on %s:%d within 30 s", reach, port)
