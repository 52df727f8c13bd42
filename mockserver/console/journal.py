"""The journal, newest first and kept up to date while somebody looks at it.

The page asks anew every second, and gets an empty 204 unless something came. An open stream (server-sent events) would
show the same: the journal tells nobody of a new entry, least of all another worker's or a Redis's, so a stream would be
the same question asked in a loop by the server, and each open page would hold one of the threads that serve vendors'
clients, and hold up the end of the server. Asked this way a page takes a thread for a millisecond, comes back by itself
when the server was gone, and finds out from any worker.
"""

from __future__ import annotations

import datetime
import json
from typing import Any

from flask import Flask, Response, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Reply

from mockserver.world import World

_SHOWN = 100
_FILTERS = ("vendor", "account", "code")


def add_routes(app: Flask, world: World) -> None:
    app.add_template_filter(_moment, "moment")
    app.add_template_filter(_plain_json, "plain_json")

    @app.get("/_idmock/console/journal")
    def journal() -> str:
        return render_template("journal.html", **_listed(world), vendors=list(world.contracts))

    @app.get("/_idmock/console/journal/entries")
    def journal_entries() -> Response | str:
        """The list alone, when its newest entry is another than the page has."""
        wanted = _wanted()
        newest = world.state.entries(1, **wanted)
        if request.args.get("newest") == (newest[0]["id"] if newest else ""):
            return Response(status=204)
        return render_template("journal_entries.html", **_listed(world))

    @app.get("/_idmock/console/journal/<id>")
    def journal_entry(id: str) -> str:
        entry = world.state.entry(id)
        if entry is None:
            abort(404, g.texts("journal.gone", id=id))
        return render_template("journal_entry.html", entry=entry, known=_FIRST_MEMBERS)

    @app.post("/_idmock/console/journal/clear")
    def journal_clear() -> Reply:
        world.state.clear()
        return redirect(url_for("journal"), 303)


#: Members that the page of an entry shows in places of their own; all others follow as they are.
_FIRST_MEMBERS = frozenset(
    {
        "id", "received", "vendor", "operation", "account", "code", "status", "method", "host", "path",
        "request_bytes", "answer_bytes", "ms", "steps_us", "rule", "hint", "signature", "picture",
    }
)  # fmt: skip


def _listed(world: World) -> dict[str, Any]:
    wanted = _wanted()
    entries = world.state.entries(_SHOWN, **wanted)
    return {
        "entries": entries,
        "newest": entries[0]["id"] if entries else "",
        "wanted": wanted,
        "at_most": _SHOWN,
    }


def _wanted() -> dict[str, str]:
    return {name: request.args[name] for name in _FILTERS if request.args.get(name)}


def _plain_json(value: Any) -> str:
    """JSON as people read it; the template escapes what markup would take for its own."""
    return json.dumps(value, ensure_ascii=False)


def _moment(unix: float, form: str = "%H:%M:%S.%f") -> str:
    """A time by the server's clock, in UTC as the journal's JSON; milliseconds."""
    shown = datetime.datetime.fromtimestamp(unix, datetime.UTC).strftime(form)
    return shown[:-3] if form.endswith("%f") else shown
