"""The application: a world, the vendors' contracts, and one function that every vendor's request goes through."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from flask import Flask, Response
from flask import request as flask_request
from werkzeug.exceptions import HTTPException

from mockserver import admin, vendors
from mockserver.accounts import Account, Accounts
from mockserver.cards.named import convert_specimen
from mockserver.cards.read import CardReader
from mockserver.clock import Clock
from mockserver.contract import Contract, check_accounts, load_accounts, load_contract
from mockserver.errors import ConfigError
from mockserver.fetch import Fetcher
from mockserver.frontdoor import FrontDoor, Served
from mockserver.pipeline import answer
from mockserver.recognition import Recogniser
from mockserver.request import Answer, read_request
from mockserver.settings import Settings
from mockserver.world import World

ADMIN_PREFIX = "/_idmock/"
#: A body up to this size is kept; the vendors' own limits are below it.
_KEEP_BYTES = 24 * 1024 * 1024

log = logging.getLogger("idmock")


def create_app(settings: Settings | None = None, *, clock: Clock | None = None) -> Flask:
    """Build the application. Everything that can be loaded, checked or compiled is, here and once.

    Raises ConfigError for a setting and ContractError for a data file that cannot be used.
    """
    settings = settings or Settings()
    served = [_serve(name, settings) for name in _chosen(settings)]
    world = create_world(settings, {s.vendor.name: s.contract for s in served}, clock or Clock())
    app = Flask("idmock", static_folder=None)
    app.url_map.merge_slashes = False
    app.extensions["idmock"] = world
    app.register_blueprint(admin.blueprint(world, served))
    _open_front_door(app, FrontDoor(served), world)
    app.register_error_handler(HTTPException, _own_error)
    return app


def create_world(settings: Settings, contracts: Mapping[str, Contract], clock: Clock) -> World:
    """The parts that all vendors share."""
    return World(
        settings=settings,
        accounts=_accounts(contracts),
        recogniser=Recogniser(CardReader()),
        fetcher=Fetcher(settings.fetch_allow, _specimen_file),
        clock=clock,
    )


def _accounts(contracts: Mapping[str, Contract]) -> Accounts:
    rows = load_accounts()
    check_accounts(rows, contracts)
    return Accounts(Account(**row) for row in rows if row["vendor"] in contracts)


def _open_front_door(app: Flask, door: FrontDoor, world: World) -> None:
    @app.before_request
    def enter() -> Response | None:
        """Before routing, because a vendor's client may send any method and any path."""
        environ = flask_request.environ
        if environ["PATH_INFO"].startswith(ADMIN_PREFIX):
            return None
        request = read_request(environ, keep_bytes=_KEEP_BYTES, received=world.clock.now())
        found = door.find(request)
        if found is None:
            return _response(_unrecognised(door))
        return _response(answer(found.vendor, found.contract, world, request))


def _response(out: Answer) -> Response:
    return Response(out.body, out.status, out.headers)


def _unrecognised(door: FrontDoor) -> Answer:
    text = f"idcard-mock cannot tell which vendor this request is for. {door.how()}\n"
    return Answer(404, (("Content-Type", "text/plain; charset=utf-8"),), text.encode(), "unrecognised")


def _own_error(error: HTTPException) -> Response:
    """Errors of the mock's own surface: one sentence."""
    return Response(f"{error.description}\n", error.code, content_type="text/plain; charset=utf-8")


def _chosen(settings: Settings) -> tuple[str, ...]:
    known = vendors.names()
    for name in (*settings.vendors, *settings.editions):
        if name not in known:
            raise ConfigError(f"unknown vendor {name!r}; there are: {', '.join(known)}")
    return settings.vendors or known


def _serve(name: str, settings: Settings) -> Served:
    return Served(vendors.load(name), load_contract(name, settings.editions.get(name, ())))


def _specimen_file(file: str) -> bytes | None:
    name, _, extension = file.rpartition(".")
    return convert_specimen(name, extension)
