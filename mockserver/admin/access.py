"""Who may use the mock's own surface: anybody on this machine, elsewhere whoever has the token."""

from __future__ import annotations

import ipaddress
from hmac import compare_digest

from flask import Blueprint, Response, request

from mockserver.settings import Settings

_SCHEME = "bearer"
#: Asked by whatever watches the server; says nothing that the port does not.
_OPEN = "admin.health"


def is_loopback(host: str) -> bool:
    """Whether a server bound to this address or name can be reached from its own machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def guard(admin: Blueprint, settings: Settings) -> None:
    """Ask for the token, when there is one, before every route but health."""
    if settings.admin_token is None:
        return
    token = settings.admin_token.encode()

    @admin.before_request
    def check() -> Response | None:
        if request.endpoint == _OPEN:
            return None
        scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == _SCHEME and compare_digest(sent.strip().encode("utf-8", "replace"), token):
            return None
        text = (
            "this needs the header Authorization: Bearer and the token that the server printed or was given\n"
        )
        refusal = Response(text, 401, content_type="text/plain; charset=utf-8")
        refusal.headers["WWW-Authenticate"] = "Bearer"
        return refusal
