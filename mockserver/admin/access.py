"""Who may use the mock's own surface: anybody on this machine, elsewhere whoever has the token.

A page from elsewhere in a browser of this machine is not this machine: what the browser says of a request's origin is
believed, and so is the name under which it reached the server. A name that anybody can point at 127.0.0.1 (DNS
rebinding) opens nothing.
"""

from __future__ import annotations

import ipaddress
from hmac import compare_digest
from urllib.parse import urlsplit

from flask import Blueprint, Request, Response, request

from mockserver.settings import Settings

_SCHEME = "bearer"
#: Asked by whatever watches the server; says nothing that the port does not.
_OPEN = "admin.health"
_READING = ("GET", "HEAD", "OPTIONS")


def is_loopback(host: str) -> bool:
    """Whether a server bound to this address or name can be reached from its own machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def foreign(asked: Request, settings: Settings) -> str | None:
    """Why a request is another site's doing, in one sentence; None when nothing says so.

    A server with a token need not mind its names: whoever has the token in a header has not got it from a browser, and
    a browser's cookie goes to the host that set it. Programs send neither ``Origin`` nor ``Sec-Fetch-Site``, and those
    that speak HTTP/1.0 no ``Host``.
    """
    # The header as it came: what a framework makes of an odd one may be no name at all.
    host = asked.headers.get("Host", "").lower()
    name = _name_of(host)
    if settings.admin_token is None and host and not _is_own(name, settings):
        return f"the host {name} is not this server's name; with --admin-token it may have any"
    if asked.method in _READING:
        return None
    site, origin = asked.headers.get("Sec-Fetch-Site"), asked.headers.get("Origin")
    if site not in (None, "same-origin", "none"):
        return f"a page from elsewhere may change nothing here (Sec-Fetch-Site: {site})"
    if origin is not None and urlsplit(origin).netloc.lower() != host:
        return f"a page from elsewhere may change nothing here (Origin: {origin})"
    return None


def _name_of(authority: str) -> str:
    """The host without its port, an IPv6 address without brackets."""
    return authority[1:].partition("]")[0] if authority.startswith("[") else authority.partition(":")[0]


def _is_own(name: str, settings: Settings) -> bool:
    """An address (which nobody can point elsewhere), this machine's name or the one given."""
    if name in ("localhost", settings.host.lower()) or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_token(sent: str, settings: Settings) -> bool:
    """Whether this is the token, compared in a time that does not tell how much of it is right."""
    token = settings.admin_token
    return token is not None and compare_digest(sent.encode("utf-8", "replace"), token.encode())


def bears_token(asked: Request, settings: Settings) -> bool:
    """Whether the request has the token in its ``Authorization`` header."""
    scheme, _, sent = asked.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == _SCHEME and is_token(sent.strip(), settings)


def guard(admin: Blueprint, settings: Settings) -> None:
    """Before every route but health, turn away other sites and ask for the token, when there is one."""

    @admin.before_request
    def check() -> Response | None:
        if request.endpoint == _OPEN:
            return None
        reason = foreign(request, settings)
        if reason is not None:
            return Response(f"{reason}\n", 403, content_type="text/plain; charset=utf-8")
        if settings.admin_token is None or bears_token(request, settings):
            return None
        text = (
            "this needs the header Authorization: Bearer and the token that the server printed or was given\n"
        )
        refusal = Response(text, 401, content_type="text/plain; charset=utf-8")
        refusal.headers["WWW-Authenticate"] = "Bearer"
        return refusal
