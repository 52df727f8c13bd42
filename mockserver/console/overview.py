"""The first page: the vendors, and how a client is pointed at each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flask import Flask, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Reply

from mockserver.accounts import Account
from mockserver.clients.environment import Environment, environment_of
from mockserver.clients.snippets import Snippet, snippets_of
from mockserver.console import HOME
from mockserver.frontdoor import Served
from mockserver.world import World

#: The JSON interface beside the pages; what can be opened in a browser.
_ROUTES = ("health", "accounts", "specimens", "coverage", "journal", "faults", "clock", "metrics")


class Shown(NamedTuple):
    """A vendor, an account of it, and how a client uses that account here."""

    served: Served
    environment: Environment
    snippets: list[Snippet]


def add_routes(app: Flask, world: World, served: Sequence[Served]) -> None:
    @app.get(HOME)
    def overview() -> str:
        shown = list(_usual(world, served))
        routes = _ROUTES if world.settings.admin_token is None else ()
        return render_template("overview.html", shown=shown, routes=routes)

    @app.post("/_idmock/console/reset")
    def reset() -> Reply:
        world.reset()
        return redirect(url_for("overview", done="reset"), 303)


def _usual(world: World, served: Sequence[Served]) -> Iterator[Shown]:
    for one in served:
        found = usual_account(world, one.vendor.name)
        if found is not None:
            yield shown_account(one, found)


def usual_account(world: World, vendor: str) -> Account | None:
    """The account that people begin with: an active one, unless all were given another state."""
    found = world.accounts.select(vendor, "active") or world.accounts.select(vendor)
    return found[0] if found else None


def shown_account(served: Served, account: Account) -> Shown:
    """An account as a client of this server uses it."""
    url = _own_url()
    return Shown(served, environment_of(account, url), snippets_of(account, url))


def _own_url() -> str:
    """This server's address as the browser reached it: what reaches it from there is what a client there needs."""
    return request.host_url.rstrip("/")
