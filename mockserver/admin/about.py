"""What the server is: its health, its specimens, what it promises."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, abort, request

from mockserver import __version__
from mockserver.admin.replies import as_json
from mockserver.cards.named import convert_specimen, load_specimens
from mockserver.contract.coverage import coverage
from mockserver.frontdoor import Served
from mockserver.world import World

_TYPES = {"jpg": "image/jpeg", "png": "image/png", "bmp": "image/bmp"}


def add_routes(admin: Blueprint, world: World, served: Sequence[Served]) -> None:
    @admin.get("/health")
    def health() -> Response:
        return as_json(
            {
                "name": "idcard-mock",
                "status": "ok",
                "version": __version__,
                "vendors": {s.vendor.name: list(s.contract.editions) for s in served},
                "own_faults": world.own_faults.value,
            }
        )

    @admin.get("/specimens")
    def specimens() -> Response:
        base = f"{request.host_url}_idmock/specimens/"
        rows = [s.as_json() | {"url": base + s.file} for s in load_specimens().values()]
        return as_json({"specimens": rows})

    @admin.get("/specimens/<name>.<extension>")
    def specimen(name: str, extension: str) -> Response:
        data = convert_specimen(name, extension) if extension in _TYPES else None
        if data is None:
            abort(404, f"no specimen {name}.{extension}; GET /_idmock/specimens lists them")
        return Response(data, content_type=_TYPES[extension])

    @admin.get("/coverage")
    def rules() -> Response:
        found = [{"vendor": s.vendor.name, **rule} for s in served for rule in coverage(s.contract)]
        return as_json({"rules": found, "order": {s.vendor.name: s.vendor.order() for s in served}})

    @admin.get("/openapi/<vendor>")
    def openapi(vendor: str) -> Response:
        contracts = {one.vendor.name: one.contract for one in served}
        # Imported when somebody asks: it is a tenth of what all else takes at start, and few do.
        from mockserver.openapi import describe

        if vendor not in contracts:
            abort(404, f"no vendor {vendor}; served are: {', '.join(contracts)}")
        return as_json(describe(contracts[vendor], request.host_url.rstrip("/")))
