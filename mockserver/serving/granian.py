"""Serving the application over HTTP with Granian, and saying so once it answers."""

from __future__ import annotations

import functools
import gc
import http.client
import importlib
import logging
import os
import signal
import socket
import ssl
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockserver.access_log import set_up_logging
from mockserver.app import ADMIN_PREFIX, create_app
from mockserver.serving.addresses import bound, reachable, url_of
from mockserver.serving.interrupts import tidy_up_first
from mockserver.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from flask import Flask

    from mockserver.world import World

#: Threads that may run Python at a time; they are started when they are needed and end when they are idle. Many,
#: because a client that stops in the middle of its body, and a slow recognition, each hold one.
_THREADS = 64
#: glibc's number for the parameter, from its malloc.h, and how many arenas the threads share.
_M_ARENA_MAX = -8
_ARENAS = 2
#: Granian logs to stdout by default; there, only the ready line belongs.
_GRANIAN_LOG = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr"}},
    "loggers": {"_granian": {"handlers": ["stderr"], "level": "ERROR", "propagate": False}},
}

#: How often a worker looks whether its parent is still there, and how long the parent waits for it at the end.
_PARENT_CHECK_SECONDS = 1.0
_WORKER_KILL_SECONDS = 5

log = logging.getLogger("idmock")

#: Files of a certificate and of its key.
Leaf = tuple[Path, Path]


def run(settings: Settings) -> None:
    """Build the application and serve it until interrupted.

    Raises ConfigError when the address cannot be bound or a setting cannot be used, ContractError for a data file.
    """
    # Which worker wrote a line matters only where there are several.
    write_line = set_up_logging(sys.stderr, name_process=settings.workers > 1)
    app = create_app(settings, write_line=write_line)
    # What only a test's short life does without: here no first bad request is to wait for it.
    importlib.import_module("mockserver.contract.json_in_strings")
    world = app.extensions["idmock"]
    serve_app(app, settings, (*_what_is_kept(world), *_token_made_up(settings, world)))


def _what_is_kept(world: World) -> Iterator[str]:
    """A state outlives the server where it lies outside of it: a clock that still stands would surprise."""
    kept = [f"{len(world.state.all(kind))} {kind}" for kind in world.state.kinds()]
    if kept:
        yield f"the state holds from before: {', '.join(kept)}; POST {ADMIN_PREFIX}reset forgets it"


def _token_made_up(settings: Settings, world: World) -> Iterator[str]:
    """Nobody can know it otherwise."""
    if settings.admin_token is None and world.settings.admin_token is not None:
        yield f"{ADMIN_PREFIX}* needs the header  Authorization: Bearer {world.settings.admin_token}"


def serve_app(app: Flask, settings: Settings, notices: Sequence[str] = ()) -> None:
    """Serve an application that is already built until interrupted; ``notices`` go to the log before that.

    Raises ConfigError for the address.
    """
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels

    # Granian shows the process environment to the application as CGI variables: HTTP_PROXY would pose as a header.
    for name in [n for n in os.environ if n.startswith("HTTP_")]:
        del os.environ[name]
    _share_arenas()
    tidy_up_first()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_end_by_signals)
    with ExitStack() as held:
        # Granian takes an address only, while a host may be a name.
        address, port, *_ = held.enter_context(bound(settings.host, settings.port)).getsockname()
        own_ports = {
            vendor: held.enter_context(bound(settings.host, port + place if settings.port else 0))
            for place, vendor in enumerate(_vendors(app, settings), start=1)
        }
        for notice in notices:
            log.warning("idmock: %s", notice)
        leaf = held.enter_context(_certificate(settings))
        server = Granian(
            "idmock",
            address=address,
            port=port,
            interface=Interfaces.WSGI,
            workers=settings.workers,
            respawn_failed_workers=settings.workers > 1,
            blocking_threads=_THREADS,
            websockets=False,
            workers_kill_timeout=_WORKER_KILL_SECONDS,
            log_level=LogLevels.error,
            log_dictconfig=_GRANIAN_LOG,
            http=HTTPModes.http1,
            ssl_cert=leaf and leaf[0],
            ssl_key=leaf and leaf[1],
        )
        # The collector writes to every object that it looks at. What worker and parent share would be copied for each,
        # a dozen megabytes, and none of it is garbage before the end.
        gc.freeze()
        held.callback(gc.unfreeze)
        turn = held.enter_context(_one_turn())
        load = functools.partial(_load, app, settings.host, port, own_ports, turn, leaf)
        server.serve(target_loader=load, wrap_loader=False)


@contextmanager
def _certificate(settings: Settings) -> Iterator[Leaf | None]:
    """Files with a certificate for the addresses that clients use, and its key, as long as the server runs.

    Raises TlsError.
    """
    if not settings.tls:
        yield None
        return
    from mockserver.tls import open_authority
    from mockserver.tls.names import server_names

    authority = open_authority(settings.tls_dir)
    log.warning("idmock: clients have to trust %s", authority.certificate_path)
    with tempfile.TemporaryDirectory(prefix="idmock-") as folder:
        yield authority.write_leaf(server_names(settings.vendors), Path(folder))


def _share_arenas() -> None:
    """Let all threads take memory from the same few arenas.

    glibc gives nearly every thread one of its own, and what a request's body has left free in one is of no use to a
    request in another: over 100,000 requests with 60 KB pictures that was a quarter more memory, and still growing.
    Elsewhere than with glibc there is nothing to set.
    """
    import ctypes

    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    mallopt(_M_ARENA_MAX, _ARENAS)


@contextmanager
def _one_turn() -> Iterator[int]:
    """A pipe that holds one byte: of several workers the one that reads it speaks for all."""
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    os.write(write_end, b".")
    try:
        yield read_end
    finally:
        os.close(read_end)
        os.close(write_end)


def _takes_turn(turn: int) -> bool:
    try:
        return bool(os.read(turn, 1))
    except BlockingIOError:
        return False


def _vendors(app: Flask, settings: Settings) -> list[str]:
    return sorted(app.extensions["idmock.ports"]) if settings.ports else []


def _load(
    app: Flask, host: str, port: int, own_ports: dict[str, socket.socket], turn: int, leaf: Leaf | None
) -> Callable[..., Any]:
    """What a worker serves; also opens the vendors' own ports and starts the announcement, which ends by itself.

    The vendors' ports are served by threads of the same process, so an account has one limit on whichever port it is
    used. Several workers accept from the same sockets, and one of them makes the announcement.
    """
    _end_by_signals()
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    if "idmock" in app.extensions:  # the benchmark serves others too, in the same way
        _set_at_signal(app.extensions["idmock"].ending)
    # Ctrl-C reaches a terminal's whole process group; the worker is to hear it from the parent only, since a worker
    # that is told twice at once does not end.
    if hasattr(os, "setpgrp"):
        os.setpgrp()
    lines, scheme = [], "http" if leaf is None else "https"
    for vendor, held in own_ports.items():
        _serve_own_port(app.extensions["idmock.ports"][vendor], host, held, leaf)
        lines.append(f"idmock {vendor} {url_of(host, held.getsockname()[1], scheme)}")
    if _takes_turn(turn):
        lines.append(f"idmock ready {url_of(host, port, scheme)}")
        threading.Thread(target=_announce, args=(host, port, lines, leaf), daemon=True).start()
    return app


def _end_by_signals() -> None:
    """Let a worker that is told to end while it starts end.

    Until Granian takes them over, signals would run the parent's handlers, which mean nothing here.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


def _set_at_signal(ending: threading.Event) -> None:
    """Set an event as soon as this worker is told to end, whoever handles the signal.

    Granian answers what it has begun before it ends, and would wait for an open stream until it is killed. Its own
    handler cannot be asked, but beside any handler Python writes a signal's number to a socket that it was given.
    """
    read_end, write_end = socket.socketpair()
    write_end.setblocking(False)
    signal.set_wakeup_fd(write_end.detach(), warn_on_full_buffer=False)

    def wait() -> None:
        while number := read_end.recv(1):
            if number[0] in (signal.SIGINT, signal.SIGTERM):
                ending.set()

    threading.Thread(target=wait, daemon=True).start()


def _end_with(parent: int) -> None:
    """End this worker when its parent is gone without having told it, so that nothing holds the port for nobody."""
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK_SECONDS)
    os._exit(1)


def _serve_own_port(application: WSGIApplication, host: str, held: socket.socket, leaf: Leaf | None) -> None:
    from mockserver.serving.threaded import ThreadedServer

    tls = None
    if leaf is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*leaf)
    held.listen(128)
    ThreadedServer(application, host, held.getsockname()[1], held.fileno(), tls)


def _announce(host: str, port: int, lines: list[str], leaf: Leaf | None) -> None:
    """Print the lines, the ready line last, when the server has answered a request."""
    reach = reachable(host)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        connection = _connection(reach, port, leaf)
        try:
            connection.request("GET", "/_idmock/health")
            if connection.getresponse().status == 200:
                _print(lines)
                return
        except OSError:
            time.sleep(0.005)
        finally:
            connection.close()
    log.error("idmock: no answer on %s:%d within 30 s", reach, port)


def _print(lines: list[str]) -> None:
    """To standard output; a server that nobody listens to there goes on all the same."""
    try:
        print("\n".join(lines), flush=True)
    except OSError as error:
        log.warning("idmock: ready, but standard output takes nothing: %s", error.strerror)


def _connection(host: str, port: int, leaf: Leaf | None) -> http.client.HTTPConnection:
    """To this server itself; with the very certificate that it was given, nothing else is trusted."""
    if leaf is None:
        return http.client.HTTPConnection(host, port, timeout=5)
    context = ssl.create_default_context(cafile=str(leaf[0]))
    context.check_hostname = False
    return http.client.HTTPSConnection(host, port, timeout=5, context=context)
