"""``/_idmock/faults``: failures on demand."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, abort

from mockserver.admin.replies import as_json, sent_json
from mockserver.contract import Contract
from mockserver.faults import Fault, FaultError
from mockserver.world import World


def add_routes(admin: Blueprint, world: World, contracts: Mapping[str, Contract]) -> None:
    @admin.get("/faults")
    def faults() -> Response:
        return as_json({"faults": world.faults.list()})

    @admin.post("/faults")
    def new_fault() -> Response:
        try:
            return as_json(world.faults.add(sent_json(), lambda fault: _check(fault, world, contracts)), 201)
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


def _check(fault: Fault, world: World, contracts: Mapping[str, Contract]) -> None:
    """Raise FaultError for what does not exist: it would never act, and nobody would notice."""
    if fault.vendor is None:
        concerned = list(contracts.values())
    elif fault.vendor in contracts:
        concerned = [contracts[fault.vendor]]
    else:
        raise FaultError(f"fault at #/vendor: one of {', '.join(contracts)}")
    if fault.account is not None and world.accounts.named(fault.vendor or "", fault.account) is None:
        raise FaultError(f"fault at #/account: {fault.vendor} has no account {fault.account!r}")
    for rule in {action.rule for action in fault.actions} - {None}:
        for contract in concerned:
            if rule not in contract.errors:
                raise FaultError(f"fault: errors.json of {contract.vendor} has no row {rule}")
