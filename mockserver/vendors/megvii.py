"""Megvii FaceID `ocridcard`, document version V2.0.0, at ``/faceid/v3/ocridcard``.

The tuple below is the whole service. Its order is the error precedence of the contract's §4, of which one step is
observed (wrong credentials win over missing arguments) and the rest is inferred.
"""

from __future__ import annotations

from mockserver.contract import Contract
from mockserver.request import Request
from mockserver.steps import hold_slot, refuse_by_state, take_from_quota
from mockserver.vendor import Vendor
from mockserver.vendors._megvii import access, arguments, recognise, render
from mockserver.vendors._megvii.call import MegviiCall
from mockserver.vendors._megvii.client import CLIENT
from mockserver.world import World


def open_call(request: Request, world: World, contract: Contract) -> MegviiCall:
    return MegviiCall(request, world, contract)


STEPS = (
    arguments.check_request_size,
    arguments.check_route,
    arguments.read,
    arguments.check_picture_size("edge"),
    arguments.require_credentials,
    access.find_account,
    refuse_by_state("permission"),
    refuse_by_state("account"),
    take_from_quota,
    hold_slot,
    arguments.check_values,
    arguments.check_picture_size("route"),
    recognise.take_picture,
    recognise.read_card,
    render.success,
)

VENDOR = Vendor(
    name="megvii",
    open=open_call,
    steps=STEPS,
    refuse=render.error,
    internal_error="INTERNAL_ERROR",
    client=CLIENT,
)
