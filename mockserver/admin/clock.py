"""``/_idmock/clock``: what time it is here. Windows, expiry and validity follow it."""

from __future__ import annotations

import datetime
from typing import Any

from flask import Blueprint, Response, abort

from mockserver.admin.replies import as_json, sent_object
from mockserver.clock import Clock
from mockserver.world import World

#: Years that a clock can show. Past them lie dates that the vendors' formats cannot write.
_FIRST, _LAST = 0.0, datetime.datetime(2999, 1, 1, tzinfo=datetime.UTC).timestamp()


def add_routes(admin: Blueprint, world: World) -> None:
    @admin.get("/clock")
    def clock() -> Response:
        return as_json(clock_json(world.clock))

    @admin.put("/clock")
    def set_clock() -> Response:
        move_clock(world.clock, sent_object("clock"))
        return as_json(clock_json(world.clock))


def clock_json(clock: Clock) -> dict[str, Any]:
    """What the clock shows and how it is set."""
    setting, now = clock.setting, clock.now()
    iso = datetime.datetime.fromtimestamp(now, datetime.UTC).isoformat(timespec="milliseconds")
    return {
        "now": now,
        "iso": iso.replace("+00:00", "Z"),
        "frozen": setting.frozen is not None,
        "shift_seconds": setting.shift,
    }


def move_clock(clock: Clock, wanted: dict[str, Any]) -> None:
    """Set a clock as a document of ``schemas/clock.schema.json`` says: first the time, then whether it passes.

    Ends the request with 400 for a time that cannot be.
    """
    if wanted.get("reset"):
        clock.reset()
        return
    frozen = wanted.get("frozen", clock.setting.frozen is not None)
    at = _moment(wanted["at"]) if "at" in wanted else clock.now()
    at += wanted.get("shift_seconds", 0)
    if not _FIRST <= at < _LAST:
        abort(400, "the clock shows the years 1970 to 2998")
    if frozen:
        clock.freeze(at)
    elif "at" in wanted or clock.setting.frozen is not None:
        clock.run(at)
    else:
        clock.shift(wanted.get("shift_seconds", 0))


def _moment(value: str | float) -> float:
    """Unix seconds as they are, or ISO 8601; a time without a zone is UTC."""
    if not isinstance(value, str):
        return float(value)
    try:
        moment = datetime.datetime.fromisoformat(value)
    except ValueError:
        abort(400, f"clock at #/at: {value!r} is neither Unix seconds nor of the form 2026-01-31T12:00:00Z")
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()
