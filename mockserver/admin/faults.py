"""``/_idmock/faults``: failures on demand."""

from __future__ import annotations

from flask import Blueprint, Response, abort

from mockserver.admin.replies import as_json, sent_json
from mockserver.faults import FaultError
from mockserver.world import World


def add_routes(admin: Blueprint, world: World) -> None:
    @admin.get("/faults")
    def faults() -> Response:
        return as_json({"faults": world.faults.list()})

    @admin.post("/faults")
    def new_fault() -> Response:
        try:
            return as_json(world.set_fault(sent_json()), 201)
        except FaultError as error:
            abort(400, str(error))

    @admin.delete("/faults")
    def remove_faults() -> Response:
        world.faults.clear()
        return Response(status=204)

    @admin.delete("/faults/<id>")
    def remove_fault(id: str) -> Response:
        if not world.faults.remove(id):
            abort(404, f"no fault {id}; GET /_idmock/faults lists them")
        return Response(status=204)
