"""``/_idmock/journal`` and ``/_idmock/metrics``: what happened."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, abort, request

from mockserver.admin.replies import as_json
from mockserver.records.metrics import exposition
from mockserver.world import World

#: How many entries are given out unless more are asked for, and how many at most.
_LIMIT, _AT_MOST = 100, 100_000


def add_routes(admin: Blueprint, world: World) -> None:
    @admin.get("/journal")
    def journal() -> Response:
        wanted = _wanted("vendor", "account", "code", also=("limit",))
        return as_json({"entries": world.state.entries(_limit(), **wanted)})

    @admin.get("/journal/count")
    def count() -> Response:
        return as_json({"count": world.state.count(**_wanted("vendor", "account", "code"))})

    @admin.get("/journal/<id>")
    def entry(id: str) -> Response:
        found = world.state.entry(id)
        if found is None:
            abort(404, f"no entry {id}; the journal holds the newest, GET /_idmock/journal lists them")
        return as_json(found)

    @admin.delete("/journal")
    def clear() -> Response:
        world.state.clear(**_wanted("vendor", "account"))
        return Response(status=204)

    @admin.get("/metrics")
    def metrics() -> Response:
        text, content_type = exposition(world)
        return Response(text, content_type=content_type)


def _wanted(*names: str, also: tuple[str, ...] = ()) -> dict[str, Any]:
    """The query's filters; a name that is none would select everything, so it is refused."""
    strange = [name for name in request.args if name not in (*names, *also)]
    if strange:
        abort(400, f"no filter {strange[0]!r}; there are: {', '.join((*names, *also))}")
    return {name: request.args[name] for name in names if name in request.args}


def _limit() -> int:
    text = request.args.get("limit", str(_LIMIT))
    number = int(text) if re.fullmatch("[0-9]{1,6}", text) else 0
    if not 1 <= number <= _AT_MOST:
        abort(400, f"limit is a number from 1 to {_AT_MOST}")
    return number
