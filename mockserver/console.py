"""The page that a browser gets at ``/``: what is served, how each vendor is recognised, where to look further."""

from __future__ import annotations

from html import escape

from mockserver.frontdoor import FrontDoor
from mockserver.request import Answer, Request

_ROUTES = ("health", "accounts", "specimens", "coverage", "journal", "faults", "clock", "metrics")
_HEADERS = (("Content-Type", "text/html; charset=utf-8"), ("Vary", "Accept"))


def is_browser(request: Request) -> bool:
    """A GET of ``/`` by something that wants to show a page."""
    accepts = request.headers.get("accept", "")
    return request.method == "GET" and request.path == "/" and "text/html" in accepts


def page(door: FrontDoor) -> Answer:
    """One self-contained page; nothing on it is a secret or needs the admin token."""
    rows = "".join(
        f"<tr><td>{escape(s.vendor.name)}</td><td>{escape(', '.join(s.contract.editions) or 'the page')}</td>"
        f"<td>{escape(s.contract.recognised_by['says'])}</td></tr>"
        for s in door.served
    )
    links = "".join(f'<li><a href="/_idmock/{route}">/_idmock/{route}</a></li>' for route in _ROUTES)
    text = (
        '<!doctype html><meta charset="utf-8"><title>idcard-mock</title><h1>idcard-mock</h1>'
        "<p>A local stand-in for ID-card OCR services. All people are synthetic.</p>"
        f"<table><tr><th>vendor</th><th>edition</th><th>recognised by</th></tr>{rows}</table><ul>{links}</ul>\n"
    )
    return Answer(200, _HEADERS, text.encode(), "console")
