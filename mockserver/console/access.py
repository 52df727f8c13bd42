"""Who may see the pages: nobody is asked on loopback; elsewhere the token, once, and then a cookie stands for it.

The cookie is not the token but follows from it, so it opens the pages and not the interface below ``/_idmock/``, ends
with the token, and is the same for all workers. ``Strict``: a browser sends it with nothing that another site began.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlencode

from flask import Flask, abort, redirect, render_template, request
from werkzeug.wrappers import Response as Reply

from mockserver.admin.access import bears_token, foreign, is_token
from mockserver.console import HOME
from mockserver.settings import Settings

COOKIE = "idmock_console"
_OPEN = ("login", "static")


def add_routes(app: Flask, settings: Settings) -> None:
    """The guard before all pages, and the page that asks for the token."""

    @app.before_request
    def check() -> Reply | tuple[str, int] | None:
        reason = foreign(request, settings)
        if reason is not None:
            abort(403, reason)
        if settings.admin_token is None or request.endpoint in _OPEN:
            return None
        sent = request.args.get("token")
        if sent is not None and request.method == "GET" and is_token(sent, settings):
            return _let_in(_address_without_token(), settings)
        if bears_token(request, settings) or _has_session(settings):
            return None
        return render_template("login.html", wrong=sent is not None), 401

    @app.post("/_idmock/console/login")
    def login() -> Reply | tuple[str, int]:
        if is_token(request.form.get("token", "").strip(), settings):
            return _let_in(HOME, settings)
        return render_template("login.html", wrong=True), 401

    @app.post("/_idmock/console/logout")
    def logout() -> Reply:
        reply = redirect(HOME, 303)
        reply.delete_cookie(COOKIE, path=HOME)
        return reply


def _address_without_token() -> str:
    """The address that was asked for, so that the token stays neither in the address line nor in the history."""
    rest = [(name, value) for name, value in request.args.items(multi=True) if name != "token"]
    return f"{request.path}?{urlencode(rest)}" if rest else request.path


def _let_in(where: str, settings: Settings) -> Reply:
    reply = redirect(where, 303)
    reply.set_cookie(
        COOKIE, _session(settings), path=HOME, httponly=True, samesite="Strict", secure=request.is_secure
    )
    return reply


def _has_session(settings: Settings) -> bool:
    return hmac.compare_digest(request.cookies.get(COOKIE, "").encode(), _session(settings).encode())


def _session(settings: Settings) -> str:
    token = settings.admin_token or ""
    return hmac.new(token.encode(), b"idmock console session", hashlib.sha256).hexdigest()
