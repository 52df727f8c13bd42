"""The pages' own Flask application, beside that of the vendors and the admin interface."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import IO, Any
from urllib.parse import urlencode

from flask import Flask, Request, Response, abort, g, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

from mockserver import __version__
from mockserver.admin.clock import clock_json
from mockserver.console import (
    PREFIX,
    access,
    accounts,
    assets,
    builder,
    clock,
    coverage,
    faults,
    gallery,
    journal,
    overview,
    tryout,
)
from mockserver.console.texts import COOKIE, languages, texts_for
from mockserver.frontdoor import Served
from mockserver.state import StateUnavailable
from mockserver.world import World

#: What a form may send, and the one that takes a picture: as much as the vendors' paths keep of a body.
_FORM_BYTES = 256 * 1024
_PICTURE_BYTES = 24 * 1024 * 1024
_YEAR_SECONDS = 365 * 24 * 3600
#: Everything is this server's own; a page cannot run a script or a style that stands in it, whatever gets into it.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": with that, browsers send "Origin: null" with forms, and nobody could tell whose they are.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
#: Pages in the order of the menu; each is an endpoint and a key of the texts.
_MENU = ("overview", "tryout", "journal", "gallery", "builder", "accounts", "faults", "clock", "coverage")


class _InMemory(Request):
    """A request whose uploads never touch the disk: pictures leave no file."""

    def _get_file_stream(self, *_: Any, **__: Any) -> IO[bytes]:
        return io.BytesIO()


def create_console(world: World, served: Sequence[Served]) -> Flask:
    """The pages over one world."""
    app = Flask("mockserver.console", static_folder=None)
    app.request_class = _InMemory
    app.config.update(MAX_CONTENT_LENGTH=_FORM_BYTES, MAX_FORM_MEMORY_SIZE=_FORM_BYTES)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    _add_frame(app, world)
    access.add_routes(app, world.settings)
    _take_over(app, world)
    assets.add_routes(app, PREFIX)
    overview.add_routes(app, world, served)
    journal.add_routes(app, world)
    tryout.add_routes(app, world, served)
    gallery.add_routes(app)
    builder.add_routes(app)
    accounts.add_routes(app, world, served)
    faults.add_routes(app, world)
    clock.add_routes(app, world)
    coverage.add_routes(app, served)
    return app


def _add_frame(app: Flask, world: World) -> None:
    """What all pages have: a language, headers, the menu, an error page."""

    @app.before_request
    def begin() -> None:
        g.texts = texts_for(request)
        if request.endpoint == "send":
            request.max_content_length = _PICTURE_BYTES

    @app.context_processor
    def common() -> dict[str, Any]:
        return {
            "t": g.texts,
            "languages": {
                name: (texts("language.name"), _in_language(name)) for name, texts in languages().items()
            },
            "menu": _MENU,
            "version": __version__,
            "asks_token": world.settings.admin_token is not None,
            "standing": list(_standing(world)),
        }

    @app.after_request
    def finish(reply: Response) -> Response:
        reply.headers.update(_HEADERS)
        if request.endpoint == "static":
            return reply
        reply.headers["Cache-Control"] = "no-store"
        if request.args.get("lang") in languages():
            reply.set_cookie(
                COOKIE, request.args["lang"], path="/_idmock/", max_age=_YEAR_SECONDS, samesite="Lax"
            )
        return reply

    @app.errorhandler(StateUnavailable)
    def unavailable(error: StateUnavailable) -> tuple[str, int]:
        return show(ServiceUnavailable(str(error)))

    @app.errorhandler(HTTPException)
    def show(error: HTTPException) -> tuple[str, int]:
        if isinstance(error, InternalServerError):
            world.own_faults.add()
        return render_template("error.html", error=error), error.code or 500


def _standing(world: World) -> Iterator[tuple[str, str]]:
    """What is set and makes answers other than usual, each as the page where it is set and a sentence."""
    if count := len(world.faults.list()):
        yield "faults", g.texts("standing.faults", count=count)
    now = clock_json(world.clock)
    if now["frozen"] or now["shift_seconds"]:
        yield "clock", g.texts("standing.clock", now=now["iso"])


def _in_language(name: str) -> str:
    """The query of this page in another language."""
    return "?" + urlencode(
        [*((k, v) for k, v in request.args.items(multi=True) if k != "lang"), ("lang", name)]
    )


def _take_over(app: Flask, world: World) -> None:
    """Each page shows what is set now, by whichever process."""

    @app.before_request
    def take_over() -> None:
        if request.endpoint == "static":
            return
        unavailable = world.refresh()
        if unavailable is not None:
            abort(503, str(unavailable))
