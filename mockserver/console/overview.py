"""The first page: the vendors, how a client is pointed at each, and one page per account with the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flask import Flask, abort, render_template, request

from mockserver.accounts import Account
from mockserver.console import HOME
from mockserver.environment import Environment, environment_of
from mockserver.frontdoor import Served
from mockserver.snippets import Snippet, snippets_of
from mockserver.world import World

#: The JSON interface beside the pages; what can be opened in a browser.
_ROUTES = ("health", "accounts", "specimens", "coverage", "journal", "faults", "clock", "metrics")


class Shown(NamedTuple):
    """A vendor, an account of it, and how a client uses that account here."""

    served: Served
    environment: Environment
    snippets: list[Snippet]


def add_routes(app: Flask, world: World, served: Sequence[Served]) -> None:
    by_name = {one.vendor.name: one for one in served}

    @app.get(HOME)
    def overview() -> str:
        shown = list(_active(world, served))
        routes = _ROUTES if world.settings.admin_token is None else ()
        return render_template("overview.html", shown=shown, routes=routes, url=_own_url())

    @app.get("/_idmock/console/accounts/<vendor>/<name>")
    def account(vendor: str, name: str) -> str:
        found = world.accounts.named(vendor, name) if vendor in by_name else None
        if found is None:
            abort(404, f"there is no account {name} of {vendor}")
        return render_template("account.html", shown=_shown(by_name[vendor], found), url=_own_url())


def _active(world: World, served: Sequence[Served]) -> Iterator[Shown]:
    for one in served:
        found = world.accounts.select(one.vendor.name, "active")
        if found:
            yield _shown(one, found[0])


def _shown(served: Served, account: Account) -> Shown:
    url = _own_url()
    return Shown(served, environment_of(account, url), snippets_of(account, url))


def _own_url() -> str:
    """This server's address as the browser reached it: what reaches it from there is what a client there needs."""
    return request.host_url.rstrip("/")
