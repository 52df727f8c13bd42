"""The mock's own surface under ``/_idmock/``, one module per subject.

about   health, specimens, coverage, openapi   accounts  those there are, and minting   clock   what time it is here
faults  failures on demand                     journal   what happened, and metrics     access  who may ask
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, abort

from mockserver.admin import about, accounts, clock, faults, journal
from mockserver.admin.access import guard
from mockserver.frontdoor import Served
from mockserver.world import World

#: What there is, for people who ask for something else.
NAMES = (
    "health",
    "accounts",
    "specimens",
    "coverage",
    "openapi",
    "journal",
    "faults",
    "clock",
    "metrics",
    "reset",
)


def blueprint(world: World, served: Sequence[Served]) -> Blueprint:
    """The routes over one world."""
    admin = Blueprint("admin", __name__, url_prefix="/_idmock")
    guard(admin, world.settings)

    @admin.before_request
    def _take_over() -> None:
        unavailable = world.refresh()
        if unavailable is not None:
            abort(503, str(unavailable))

    about.add_routes(admin, world, served)
    accounts.add_routes(admin, world)
    clock.add_routes(admin, world)
    faults.add_routes(admin, world)
    journal.add_routes(admin, world)

    @admin.post("/reset")
    def reset() -> Response:
        world.reset()
        return Response(status=204)

    return admin
