"""The mock's own surface under ``/_idmock/``: what it is, which specimens and accounts it has, what it promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from flask import Blueprint, Response, abort, request

from mockserver import __version__
from mockserver.cards.named import convert_specimen, load_specimens
from mockserver.contract.coverage import coverage
from mockserver.frontdoor import Served
from mockserver.world import World

_TYPES = {"jpg": "image/jpeg", "png": "image/png", "bmp": "image/bmp"}


def blueprint(world: World, served: Sequence[Served]) -> Blueprint:
    """The routes over one world."""
    admin = Blueprint("admin", __name__, url_prefix="/_idmock")

    @admin.get("/health")
    def health() -> Response:
        return _json(
            {
                "status": "ok",
                "version": __version__,
                "vendors": {s.vendor.name: list(s.contract.editions) for s in served},
                "own_faults": world.own_faults.value,
            }
        )

    @admin.get("/accounts")
    def accounts() -> Response:
        found = world.accounts.select(request.args.get("vendor"), request.args.get("state"))
        return _json({"accounts": [a.as_json() for a in found]})

    @admin.get("/specimens")
    def specimens() -> Response:
        base = f"{request.host_url}_idmock/specimens/"
        rows = [s.as_json() | {"url": base + s.file} for s in load_specimens().values()]
        return _json({"specimens": rows})

    @admin.get("/specimens/<name>.<extension>")
    def specimen(name: str, extension: str) -> Response:
        data = convert_specimen(name, extension) if extension in _TYPES else None
        if data is None:
            abort(404, f"no specimen {name}.{extension}; GET /_idmock/specimens lists them")
        return Response(data, content_type=_TYPES[extension])

    @admin.get("/coverage")
    def rules() -> Response:
        found = [{"vendor": s.vendor.name, **rule} for s in served for rule in coverage(s.contract)]
        return _json({"rules": found})

    return admin


def _json(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, content_type="application/json")
