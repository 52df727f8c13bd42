"""The web console: pages for people at ``/_idmock/`` and below ``/_idmock/console/``.

app      the pages' application: headers, menu, errors     texts    what the pages say, by language
access   who may look, where a token is asked for          forms    fields, and what is wrong with them
overview, gallery, builder, tryout (with exchange and overlay), journal, accounts, faults, clock, coverage: a page each

This module is what the server loads at its start. Everything behind it is imported when somebody opens the first page,
so that a server which only ever answers vendors' clients starts as fast, and is as small, as it was without a console.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from mockserver.request import Answer, Request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from mockserver.frontdoor import Served
    from mockserver.world import World

HOME = "/_idmock/"
PREFIX = "/_idmock/console/"
#: Where people arrive who type the server's address.
_DOORS = ("/", HOME.rstrip("/"))


def is_browser(request: Request) -> bool:
    """A GET of ``/`` by something that wants to show a page."""
    accepts = request.headers.get("accept", "")
    return request.method == "GET" and request.path in _DOORS and "text/html" in accepts


def to_console() -> Answer:
    """What a browser at ``/`` gets; the console's own address keeps it apart from the vendors' paths."""
    return Answer(
        303, (("Location", HOME), ("Vary", "Accept"), ("Cache-Control", "no-store")), b"", "console"
    )


class Console:
    """WSGI middleware: what is for the console is answered by it, everything else behind it.

    A program that asks for ``/_idmock/`` gets what the JSON interface says to it: one line.
    """

    def __init__(self, behind: WSGIApplication, world: World, served: Sequence[Served]) -> None:
        self._behind = behind
        self._world = world
        self._served = served
        self._pages: WSGIApplication | None = None
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith(PREFIX) or (path == HOME and "text/html" in environ.get("HTTP_ACCEPT", "")):
            return self._application()(environ, start_response)
        return self._behind(environ, start_response)

    def _application(self) -> WSGIApplication:
        with self._lock:
            if self._pages is None:
                from mockserver.console.app import create_console

                self._pages = create_console(self._world, self._served)
            return self._pages
