"""Accounts: those there are, new ones, and other states and limits for one. Credentials are shown here and at first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Reply

from mockserver.accounts import ANSWERS, Account
from mockserver.accounts.minting import MintError, change, mint
from mockserver.console.forms import Form
from mockserver.console.overview import shown_account
from mockserver.contract import Contract
from mockserver.contract.files import check_format
from mockserver.data import data_path
from mockserver.errors import ContractError
from mockserver.frontdoor import Served
from mockserver.world import World

#: As in ``schemas/account.schema.json``.
_NAME = 64
_MOST = 1_000_000_000
_LOWEST = {"calls_left": 0}


def add_routes(app: Flask, world: World, served: Sequence[Served]) -> None:
    by_name = {one.vendor.name: one for one in served}

    @app.get("/_idmock/console/accounts")
    def accounts() -> str:
        return _list(world, by_name, Form(request.args.to_dict(), g.texts))

    @app.post("/_idmock/console/accounts")
    def account_new() -> Reply | tuple[str, int]:
        form = Form(request.form.to_dict(), g.texts)
        contract = _contract(by_name, form["vendor"])
        wanted = _wanted(contract, form)
        if name := form.text("name", _NAME):
            wanted["name"] = name
            _check_name(form, {"vendor": contract.vendor, **wanted})
        made = _done(form, mint, world, contract, wanted)
        if made is None:
            return _list(world, by_name, form), 422
        return _to_account(made, "minted")

    @app.get("/_idmock/console/accounts/<vendor>/<name>")
    def account(vendor: str, name: str) -> str:
        found = _named(world, vendor, name)
        limits = {limit: str(value) for limit, value in found.limits.items()}
        return _page(by_name[vendor], found, Form({"state": found.state, **limits}, g.texts))

    @app.post("/_idmock/console/accounts/<vendor>/<name>")
    def account_change(vendor: str, name: str) -> Reply | tuple[str, int]:
        found, form = _named(world, vendor, name), Form(request.form.to_dict(), g.texts)
        contract = by_name[vendor].contract
        changed = _done(form, change, world, contract, found, {"limits": {}, **_wanted(contract, form)})
        if changed is None:
            return _page(by_name[vendor], found, form), 422
        return _to_account(changed, "changed")

    @app.post("/_idmock/console/accounts/<vendor>/<name>/remove")
    def account_remove(vendor: str, name: str) -> Reply:
        _named(world, vendor, name)
        done = "removed" if world.accounts.remove(vendor, name) else "unchanged"
        return redirect(url_for("accounts", vendor=vendor, done=done, what=name), 303)


def states_of(contract: Contract) -> list[str]:
    """Every state an account of the vendor can be in: plain ones, refused ones, and one for each row of its errors."""
    plain = [*contract.operation["plain_states"], *contract.account_states]
    return [*plain, *(f"{ANSWERS}{rule}" for rule in contract.errors)]


def _says(contract: Contract) -> dict[str, str]:
    """What each state means, in the words of the contract."""
    refused = {
        name: f"{state.says.rstrip('.')}: {state.code}." for name, state in contract.account_states.items()
    }
    return {**contract.operation["plain_states"], **refused}


def _list(world: World, by_name: Mapping[str, Served], form: Form) -> str:
    vendor = form["vendor"] if form["vendor"] in by_name else next(iter(by_name))
    found = world.accounts.select(vendor)
    return render_template(
        "accounts.html",
        form=form,
        vendors=list(by_name),
        contract=by_name[vendor].contract,
        plain=[one for one in found if one.answers is None],
        answering=[one for one in found if one.answers is not None],
        states=states_of(by_name[vendor].contract),
        says=_says(by_name[vendor].contract),
        limits=_own_limits(by_name[vendor].contract),
    )


def _page(served: Served, account: Account, form: Form) -> str:
    return render_template(
        "account.html",
        shown=shown_account(served, account),
        form=form,
        states=states_of(served.contract),
        says=_says(served.contract),
        limits=_own_limits(served.contract),
    )


def _own_limits(contract: Contract) -> dict[str, str]:
    """By limit what holds for an account that has none of its own; empty where nothing does."""
    own = {name: contract.limits.get(name) for name in contract.operation["account_limits"]}
    return {name: "" if limit is None else str(limit.value) for name, limit in own.items()}


def _wanted(contract: Contract, form: Form) -> dict[str, Any]:
    """State and limits as `mockserver.accounts.minting` takes them; what is empty is not given."""
    numbers = {
        name: form.whole(name, _LOWEST.get(name, 1), _MOST) for name in contract.operation["account_limits"]
    }
    limits = {name: number for name, number in numbers.items() if number is not None}
    state = form.choice("state", states_of(contract))
    return {**({"state": state} if state else {}), **({"limits": limits} if limits else {})}


def _check_name(form: Form, document: Mapping[str, Any]) -> None:
    """What the JSON interface says to a name is said beside the field."""
    try:
        check_format(document, "account", data_path("schemas", "account.schema.json"))
    except ContractError as error:
        form.errors["name"] = str(error)


def _done(form: Form, work: Any, world: World, *arguments: Any) -> Account | None:
    """The account that the work has made; None when the form cannot be used, which then says why."""
    if form.errors:
        return None
    try:
        account: Account = work(world.accounts, *arguments)
    except MintError as error:
        form.errors["name"] = str(error)
        return None
    return account


def _named(world: World, vendor: str, name: str) -> Account:
    found = world.accounts.named(vendor, name)
    if found is None:
        abort(404, g.texts("accounts.unknown", vendor=vendor, name=name))
    return found


def _contract(by_name: Mapping[str, Served], vendor: str) -> Contract:
    if vendor not in by_name:
        abort(400, g.texts("forms.choice", options=", ".join(by_name)))
    return by_name[vendor].contract


def _to_account(account: Account, done: str) -> Reply:
    return redirect(
        url_for("account", vendor=account.vendor, name=account.name, done=done, what=account.name), 303
    )
