"""The journal, newest first and kept up to date while somebody looks at it.

The page opens a stream of server-sent events (`mockserver.console.stream`), whose every event is the list as it is to
be shown, with a mark for its id: one that was missed is made good by the next. Where a stream is refused, breaks or is
silent, the page asks for the list every second instead, and gets an empty 204 unless it is another.
"""

from __future__ import annotations

import datetime
import json
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, abort, g, redirect, render_template, request, stream_with_context, url_for
from werkzeug.wrappers import Response as Reply

from mockserver.console.stream import RETRY_SECONDS, SEATS, Shown, events
from mockserver.state import StateUnavailable
from mockserver.world import World

log = logging.getLogger("idmock")

_SHOWN = 100
_FILTERS = ("vendor", "account", "code")
#: Accounts and codes that a filter suggests at most.
_SUGGESTED = 200


def add_routes(app: Flask, world: World) -> None:
    app.add_template_filter(_moment, "moment")
    app.add_template_filter(_plain_json, "plain_json")

    @app.get("/_idmock/console/journal")
    def journal() -> str:
        """The newest, kept up to date, or with ``before`` those that came before an entry."""
        before = request.args.get("before")
        listed = _listed(world) if before is None else _earlier(world, before)
        met = [*world.state.counts()][:_SUGGESTED]
        return render_template(
            "journal.html",
            **listed,
            live=before is None,
            vendors=list(world.contracts),
            accounts=sorted({account for _, account, _ in met}),
            codes=sorted({code for _, _, code in met}),
        )

    @app.get("/_idmock/console/journal/entries")
    def journal_entries() -> Response | str:
        """The list alone, when it is another than the page has."""
        shown = _shown(world, request.args.get("seen", ""))
        return shown.html if shown is not None else Response(status=204)

    _add_stream(app, world)

    @app.get("/_idmock/console/journal/<id>")
    def journal_entry(id: str) -> str:
        entry = world.state.entry(id)
        if entry is None:
            abort(404, g.texts("journal.gone", id=id))
        rest = max(int(entry["ms"] * 1000) - sum(entry["steps_us"].values()), 0)
        account = world.accounts.named(entry["vendor"], entry["account"])
        return render_template(
            "journal_entry.html", entry=entry, known=_FIRST_MEMBERS, rest_us=rest, account=account
        )

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


def _add_stream(app: Flask, world: World) -> None:
    seats = threading.BoundedSemaphore(SEATS)

    @app.get("/_idmock/console/journal/stream")
    def journal_stream() -> Response:
        """The list as server-sent events, or a 503 when there are as many streams as may be."""
        reply = Response(content_type="text/event-stream")
        # A proxy in front, nginx for one, would keep events back until there are enough of them to be worth sending.
        reply.headers["X-Accel-Buffering"] = "no"
        if request.method == "HEAD":  # nothing would be closed at its end
            return reply
        # A page of another site could read none of it, but hold every place.
        if request.headers.get("Sec-Fetch-Site") not in (None, "same-origin", "none"):
            abort(403, "the journal is brought to this server's own pages")
        if not seats.acquire(blocking=False):
            text = f"{SEATS} pages are kept up to date already\n"
            return Response(text, 503, {"Retry-After": str(RETRY_SECONDS)}, content_type="text/plain")
        reply.call_on_close(seats.release)
        reply.response = stream_with_context(_events(world))
        return reply


def _events(world: World) -> Iterator[bytes]:
    """The stream of what the request asks for. No error can be answered any more: the stream ends, and who comes again
    is told then."""
    seen = request.headers.get("Last-Event-ID") or request.args.get("seen", "")
    try:
        yield from events(
            look=world.state.newest,
            show=lambda mark: _shown(world, mark),
            seen=seen,
            now=time.monotonic,
            wait=world.ending.wait,
        )
    except StateUnavailable as error:
        log.warning("idmock: a page is no longer kept up to date: %s", error)
    except Exception:
        world.own_faults.add()
        log.exception("idmock: a page could not be kept up to date")


def _shown(world: World, seen: str) -> Shown | None:
    """The list, unless its mark is the one that was seen."""
    listed = _listed(world)
    mark = listed["mark"]
    return None if mark == seen else Shown(mark, render_template("journal_entries.html", **listed))


def _listed(world: World) -> dict[str, Any]:
    """What the list is made of. Its mark is another when an entry came, or when some were cleared below the newest."""
    found = world.state.entries(_SHOWN + 1, **_wanted())
    newest = found[0]["id"] if found else "none"
    return {**_page(found), "mark": f"{newest}.{len(found)}"}


def _earlier(world: World, before: str) -> dict[str, Any]:
    """What came before an entry; it is told by where it stands, since ids say nothing of time."""
    found = world.state.entries(world.settings.journal_entries, **_wanted())
    places = [place for place, entry in enumerate(found, start=1) if entry["id"] == before]
    if not places:
        abort(404, g.texts("journal.gone", id=before))
    return _page(found[places[0] :])


def _page(found: list[dict[str, Any]]) -> dict[str, Any]:
    """As many as are shown, and the last of them when there are more."""
    entries = found[:_SHOWN]
    last = entries[-1]["id"] if len(found) > _SHOWN else None
    return {"entries": entries, "last": last, "wanted": _wanted(), "at_most": _SHOWN}


def _wanted() -> dict[str, str]:
    return {name: request.args[name] for name in _FILTERS if request.args.get(name)}


def _plain_json(value: Any) -> str:
    """JSON as people read it; the template escapes what markup would take for its own."""
    return json.dumps(value, ensure_ascii=False)


def _moment(unix: float, form: str = "%H:%M:%S.%f") -> str:
    """A time by the server's clock, in UTC as the journal's JSON; milliseconds."""
    shown = datetime.datetime.fromtimestamp(unix, datetime.UTC).strftime(form)
    return shown[:-3] if form.endswith("%f") else shown
