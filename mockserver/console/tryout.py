"""Try it: a picture goes to a vendor as its client would send it; the page shows what was sent and what came back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from flask import Flask, abort, g, render_template, request

from mockserver.accounts import Account
from mockserver.cards.named import load_specimens
from mockserver.console.build import make, plan_of
from mockserver.console.exchange import Exchange, exchange
from mockserver.console.forms import Form
from mockserver.console.overlay import Overlay, overlay
from mockserver.console.overview import usual_account
from mockserver.contract import Contract
from mockserver.frontdoor import Served
from mockserver.world import World

#: What a parameter can be given as in a form; the picture is none of them.
_LONGEST_TEXT = 2000
_BOOLEANS = {"true": True, "false": False}


class Switch(NamedTuple):
    """A parameter of a vendor that the form offers: its choices, or a text where there are none."""

    name: str
    says: str
    options: tuple[str, ...]


def add_routes(app: Flask, world: World, served: Sequence[Served]) -> None:
    offered = {one.vendor.name: one for one in served if one.vendor.client.sending is not None}

    @app.get("/_idmock/console/try")
    def tryout() -> str:
        form = Form(request.args.to_dict(), g.texts)
        return render_template("tryout.html", **_choices(world, offered, form))

    @app.post("/_idmock/console/try")
    def send() -> tuple[str, int]:
        form = Form(request.form.to_dict(), g.texts)
        choices = _choices(world, offered, form)
        done = _send(world, choices, form)
        shown, of_exchange = done if done is not None else (None, None)
        page = render_template("tryout.html", **choices, overlay=shown, exchange=of_exchange)
        return page, 422 if form.errors else 200


def _choices(world: World, offered: Mapping[str, Served], form: Form) -> dict[str, Any]:
    vendor = form["vendor"] if form["vendor"] in offered else next(iter(offered), "")
    chosen = world.accounts.named(vendor, form["account"]) or usual_account(world, vendor)
    if chosen is None:
        abort(404, g.texts("tryout.nobody"))
    return {
        "form": form,
        "chosen": {name: form[name] for name in ("account", "specimen", "built") if form[name]},
        "vendors": list(offered),
        "served": offered[vendor],
        "accounts": world.accounts.select(vendor),
        "account": chosen,
        "switches": switches_of(offered[vendor].contract),
        "specimens": load_specimens(),
    }


def switches_of(contract: Contract) -> list[Switch]:
    """The parameters beside the picture and what says where it is: those with a default or with choices, and texts
    that hold JSON."""
    found = []
    for name, declared in contract.request_schema.get("properties", {}).items():
        if declared.get("type") == "boolean":
            options: tuple[str, ...] = tuple(_BOOLEANS)
        elif "enum" in declared:
            options = tuple(value for value in declared["enum"] if value != "")
        elif "contentSchema" in declared:
            options = ()
        else:
            continue
        found.append(Switch(name, declared.get("description", ""), options))
    return found


def _send(world: World, choices: Mapping[str, Any], form: Form) -> tuple[Overlay, Exchange] | None:
    """What was sent and what came back; None when the form cannot be sent, which then says why."""
    picture = _picture(form)
    parameters = _parameters(choices["switches"], form)
    if picture is None or form.errors:
        return None
    account: Account = choices["account"]
    done = exchange(world, choices["served"], account, picture, parameters, request.host)
    return overlay(world.recogniser, picture), done


def _picture(form: Form) -> bytes | None:
    """The file that was dropped, else the specimen that was chosen, else the builder's picture."""
    file = request.files.get("picture")
    data = file.read() if file is not None else b""
    if data:
        return data
    specimen = load_specimens().get(form["specimen"])
    if specimen is not None:
        return specimen.image_path.read_bytes()
    plan = plan_of(Form(dict(parse_qsl(form["built"])), g.texts)) if form["built"] else None
    if plan is None:
        form.errors["picture"] = g.texts("tryout.no-picture")
        return None
    return make(plan).data


def _parameters(switches: Sequence[Switch], form: Form) -> dict[str, Any]:
    """The vendor's parameters by name; what the form leaves open is not sent."""
    found: dict[str, Any] = {}
    for switch in switches:
        field = f"p-{switch.name}"
        if switch.options:
            value: Any = form.choice(field, switch.options)
            value = _BOOLEANS.get(value, value) if switch.options == tuple(_BOOLEANS) else value
        else:
            value = form.text(field, _LONGEST_TEXT)
        if value is not None:
            found[switch.name] = value
    return found
