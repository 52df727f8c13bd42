"""``/_idmock/accounts``: those there are, new ones, other states and limits."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, request

from mockserver.accounts import Account
from mockserver.accounts.minting import MintError, change, mint
from mockserver.admin.replies import as_json, sent_object
from mockserver.world import World

_FORMAT = "account"


def add_routes(admin: Blueprint, world: World) -> None:
    @admin.get("/accounts")
    def accounts() -> Response:
        found = world.accounts.select(request.args.get("vendor"), request.args.get("state"))
        return as_json({"accounts": [a.as_json() for a in found]})

    @admin.post("/accounts")
    def new_account() -> Response:
        sent = sent_object(_FORMAT)
        contract = world.contracts.get(sent.get("vendor", ""))
        if contract is None:
            abort(400, f"account at #/vendor: one of {', '.join(world.contracts)}")
        return as_json(_done(mint, world, contract, sent).as_json(), 201)

    @admin.get("/accounts/<vendor>/<name>")
    def account(vendor: str, name: str) -> Response:
        return as_json(_named(world, vendor, name).as_json())

    @admin.put("/accounts/<vendor>/<name>")
    def change_account(vendor: str, name: str) -> Response:
        found, sent = _named(world, vendor, name), sent_object(_FORMAT)
        if sent.get("vendor", vendor) != vendor or sent.get("name", name) != name:
            abort(400, "vendor and name of an account do not change")
        return as_json(_done(change, world, world.contracts[vendor], found, sent).as_json())

    @admin.delete("/accounts/<vendor>/<name>")
    def remove_account(vendor: str, name: str) -> Response:
        _named(world, vendor, name)
        if not world.accounts.remove(vendor, name):
            abort(409, f"account {name} of {vendor} was there from the start and is as it was")
        return Response(status=204)


def _named(world: World, vendor: str, name: str) -> Account:
    found = world.accounts.named(vendor, name)
    if found is None:
        abort(404, f"{vendor} has no account {name}; GET /_idmock/accounts lists them")
    return found


def _done(work: Any, world: World, *arguments: Any) -> Account:
    try:
        account: Account = work(world.accounts, *arguments)
    except MintError as error:
        abort(400, str(error))
    return account
