"""The clock: what time it is here, and other times."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as Reply

from mockserver.admin.clock import clock_json, move_clock
from mockserver.console.forms import Form
from mockserver.world import World

#: As in ``schemas/clock.schema.json``.
_FURTHEST = 100_000_000_000
_PASSING = {"stands": True, "runs": False}


def add_routes(app: Flask, world: World) -> None:
    @app.get("/_idmock/console/clock")
    def clock() -> str:
        return _page(world, Form({}, g.texts))

    @app.post("/_idmock/console/clock")
    def clock_set() -> Reply | tuple[str, int]:
        form = Form(request.form.to_dict(), g.texts)
        wanted = _wanted(form)
        if not form.errors:
            _set(world, wanted, form)
        if form.errors:
            return _page(world, form), 422
        return redirect(url_for("clock", done="clock-set"), 303)


def _page(world: World, form: Form) -> str:
    return render_template("clock.html", form=form, now=clock_json(world.clock), passing=_PASSING)


def _wanted(form: Form) -> dict[str, Any]:
    if form["reset"]:
        return {"reset": True}
    passing = form.choice("passing", _PASSING)
    members: dict[str, Any] = {
        "at": form.text("at", 40),
        "shift_seconds": form.number("shift_seconds", -_FURTHEST, _FURTHEST),
        "frozen": None if passing is None else _PASSING[passing],
    }
    wanted = {name: value for name, value in members.items() if value is not None}
    if not wanted and not form.errors:
        form.errors["at"] = g.texts("clock.nothing")
    return wanted


def _set(world: World, wanted: dict[str, Any], form: Form) -> None:
    try:
        move_clock(world.clock, wanted)
    except BadRequest as error:
        form.errors["at" if "at" in wanted else "shift_seconds"] = str(error.description)
