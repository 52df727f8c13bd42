"""The application: a world, the vendors' contracts, and one function that every vendor's request goes through."""

from __future__ import annotations

import dataclasses
import logging
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from flask import Flask, Response
from werkzeug.exceptions import ClientDisconnected, HTTPException, NotFound

from mockserver import access_log, admin, console, vendors
from mockserver.accounts import Account, Accounts
from mockserver.admin.access import is_loopback
from mockserver.cards.named import convert_specimen
from mockserver.cards.own import load_own_cards, sample_cards
from mockserver.cards.read import CardReader
from mockserver.clock import Clock
from mockserver.closest import closest
from mockserver.contract import (
    Contract,
    available_editions,
    check_accounts,
    load_accounts,
    load_contract,
)
from mockserver.errors import ConfigError
from mockserver.faults import Faults
from mockserver.faults.sending import send
from mockserver.fetch import Fetcher
from mockserver.frontdoor import FrontDoor, Served, VendorDoor
from mockserver.pipeline import answer
from mockserver.recognition import Recogniser
from mockserver.request import Answer, read_request
from mockserver.settings import Settings
from mockserver.state import State, StateUnavailable, open_state
from mockserver.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("idmock")

ADMIN_PREFIX = "/_idmock/"
#: What the mock's own surface takes: its documents are small.
_ADMIN_BYTES = 1024 * 1024
#: A body up to this size is kept; the vendors' own limits are below it.
_KEEP_BYTES = 24 * 1024 * 1024


def create_app(
    settings: Settings | None = None,
    *,
    clock: Clock | None = None,
    sleep: Callable[[float], None] = time.sleep,
    write_line: access_log.WriteLine = access_log.log.info,
) -> Flask:
    """Build the application. Everything that can be loaded, checked or compiled is, here and once.

    ``sleep`` is what a slow recognition waits with, in seconds; ``write_line`` takes the log's line of each call.
    The extension ``idmock`` is its world, ``idmock.ports`` a WSGI application per vendor for a port that the vendor
    has for itself. Raises ConfigError for a setting and ContractError for a data file that cannot be used.
    """
    settings = _guarded(settings or Settings())
    served = [_serve(name, settings) for name in _chosen(settings)]
    contracts = {s.vendor.name: s.contract for s in served}
    world = create_world(settings, contracts, clock or Clock(), sleep, write_line)
    app = Flask("idmock", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _ADMIN_BYTES
    app.extensions["idmock"] = world
    app.register_blueprint(admin.blueprint(world, served))
    own = console.Console(app.wsgi_app, world, served)
    app.extensions["idmock.ports"] = {
        s.vendor.name: VendorTraffic(own, VendorDoor([s]), world) for s in served
    }
    app.wsgi_app = VendorTraffic(own, FrontDoor(served), world)  # type: ignore[method-assign]
    app.register_error_handler(HTTPException, _own_error)
    app.register_error_handler(StateUnavailable, _state_unavailable)
    return app


def create_world(
    settings: Settings,
    contracts: Mapping[str, Contract],
    clock: Clock,
    sleep: Callable[[float], None],
    write_line: access_log.WriteLine,
) -> World:
    """The parts that all vendors share."""
    state = open_state(settings)
    clock.keep_in(state)
    return World(
        settings=settings,
        accounts=_accounts(contracts, state),
        recogniser=Recogniser(
            CardReader(),
            known=load_own_cards(settings.cards) if settings.cards else None,
            sample=sample_cards if settings.unknown_image == "sample" else None,
        ),
        fetcher=Fetcher(settings.fetch_allow, _specimen_file),
        clock=clock,
        faults=Faults(state),
        contracts=contracts,
        state=state,
        sleep=sleep,
        write_line=write_line,
    )


def _accounts(contracts: Mapping[str, Contract], state: State) -> Accounts:
    rows = load_accounts()
    check_accounts(rows, contracts)
    return Accounts((Account(**row) for row in rows if row["vendor"] in contracts), state)


def _guarded(settings: Settings) -> Settings:
    """With a token for the mock's own surface, unless only this machine can reach it; who serves it, tells it."""
    if settings.admin_token is not None or is_loopback(settings.host):
        return settings
    return dataclasses.replace(settings, admin_token=secrets.token_urlsafe(24))


class VendorTraffic:
    """WSGI middleware: what is for a vendor is answered here, the mock's own surface behind it.

    It stands before Flask's routing because a vendor's client may send any method and any path, and because the
    vendors need nothing of a Flask request: their signatures are over the bytes as they came.
    """

    def __init__(self, own: WSGIApplication, door: FrontDoor, world: World) -> None:
        self._own = own
        self._door = door
        self._world = world

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith(ADMIN_PREFIX):
            return self._own(environ, start_response)
        return send(self._answer(environ), environ, start_response, self._world.sleep)

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        world = self._world
        unavailable = world.refresh()
        try:
            request = read_request(environ, keep_bytes=_KEEP_BYTES, received=world.clock.now())
        except ClientDisconnected:
            return Answer(400, (), b"", "disconnected")  # nobody is there to read it
        found = self._door.find(request)
        if found is None:
            return console.to_console() if console.is_browser(request) else _unrecognised(self._door)
        return answer(found.vendor, found.contract, world, request, unavailable)


def _unrecognised(door: FrontDoor) -> Answer:
    text = f"idcard-mock cannot tell which vendor this request is for. {door.how()}\n"
    return Answer(404, (("Content-Type", "text/plain; charset=utf-8"),), text.encode(), "unrecognised")


def _own_error(error: HTTPException) -> Response:
    """Errors of the mock's own surface: one sentence."""
    text = error.description
    if error.code == 404 and text == NotFound.description:
        text = f"nothing is at this address; {ADMIN_PREFIX} has {', '.join(admin.NAMES)}"
    return Response(f"{text}\n", error.code, content_type="text/plain; charset=utf-8")


def _state_unavailable(error: StateUnavailable) -> Response:
    return Response(f"{error}\n", 503, content_type="text/plain; charset=utf-8")


def _chosen(settings: Settings) -> tuple[str, ...]:
    known = vendors.names()
    for option, names in (("vendor", settings.vendors), ("edition", settings.editions)):
        for name in names:
            if name not in known:
                rather = f"{closest(name, known)}; there are: {', '.join(known)}"
                raise ConfigError(f"unknown vendor {name!r}{rather}", option=option)
    for vendor, editions in settings.editions.items():
        there_are = available_editions(vendor)
        for name in editions:
            if name not in there_are:
                rather = f"{closest(name, there_are)}; there are: {', '.join(there_are) or 'none'}"
                raise ConfigError(f"{vendor} has no edition {name!r}{rather}", option="edition")
    return settings.vendors or known


def _serve(name: str, settings: Settings) -> Served:
    return Served(vendors.load(name), load_contract(name, settings.editions.get(name, ())))


def _specimen_file(file: str) -> bytes | None:
    name, _, extension = file.rpartition(".")
    return convert_specimen(name, extension)
