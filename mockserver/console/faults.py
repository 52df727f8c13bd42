"""Faults: those that are set, and new ones, from fields for the usual and from JSON for every one there can be."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson
from flask import Flask, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Reply

from mockserver.console.forms import Form
from mockserver.faults import FaultError
from mockserver.faults.model import HTML_ERROR, MAX_LATENCY_MS
from mockserver.wire import WIRE
from mockserver.world import World

_KINDS = (*sorted(WIRE), HTML_ERROR)
_TEXT = 200
_MOST = 1_000_000_000
#: Where in a document a mistake is.
_POINTER = re.compile(r"#/(\w+)")


def add_routes(app: Flask, world: World) -> None:
    @app.get("/_idmock/console/faults")
    def faults() -> str:
        return _page(world, Form(request.args.to_dict(), g.texts))

    @app.post("/_idmock/console/faults")
    def fault_new() -> Reply | tuple[str, int]:
        form = Form(request.form.to_dict(), g.texts)
        document = _from_json(form) if form["document"] else _from_fields(world, form)
        if not form.errors:
            _set(world, document, form)
        if form.errors:
            return _page(world, form), 422
        return redirect(url_for("faults", done="fault-set"), 303)

    @app.post("/_idmock/console/faults/<id>/remove")
    def fault_remove(id: str) -> Reply:
        world.faults.remove(id)
        return redirect(url_for("faults", done="fault-removed", what=id), 303)

    @app.post("/_idmock/console/faults/clear")
    def faults_clear() -> Reply:
        world.faults.clear()
        return redirect(url_for("faults", done="faults-cleared"), 303)


def _page(world: World, form: Form) -> str:
    faults = [
        (one["id"], json.dumps({name: v for name, v in one.items() if name != "id"}, ensure_ascii=False))
        for one in world.faults.list()
    ]
    chosen = world.contracts.get(form["vendor"])
    rules = sorted(chosen.errors if chosen else {rule for c in world.contracts.values() for rule in c.errors})
    return render_template(
        "faults.html", form=form, faults=faults, vendors=list(world.contracts), kinds=_KINDS, rules=rules
    )


def _from_fields(world: World, form: Form) -> dict[str, Any]:
    """The document of the fields that are filled in."""
    contract = world.contracts.get(form["vendor"])
    members: dict[str, Any] = {
        "vendor": form.choice("vendor", tuple(world.contracts)),
        "account": form.text("account", _TEXT),
        "code": form.text("code", _TEXT),
        "fault": form.choice("fault", _KINDS),
        "latency_ms": form.number("latency_ms", 0, MAX_LATENCY_MS),
        "count": form.whole("count", 1, _MOST),
        "probability": form.number("probability", 0, 1),
        "seed": form.whole("seed", -_MOST, _MOST),
    }
    if contract is not None and members["code"] not in (None, *contract.errors):
        form.errors["code"] = g.texts("faults.no-row", vendor=contract.vendor, code=members["code"])
    return {name: value for name, value in members.items() if value is not None}


def _from_json(form: Form) -> Any:
    try:
        return orjson.loads(form["document"])
    except orjson.JSONDecodeError as error:
        form.errors["document"] = g.texts("faults.no-json", error=error)
        return None


def _set(world: World, document: Any, form: Form) -> None:
    """Set the fault; what is wrong with it is said at the field that it concerns, or else for the form."""
    try:
        world.set_fault(document)
    except FaultError as error:
        place = _POINTER.search(str(error))
        field = place[1] if place is not None and place[1] in form.sent else ""
        form.errors["document" if form["document"] else field] = str(error)
