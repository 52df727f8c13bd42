"""Tencent Cloud `IDCardOCR`, version 2018-11-19.

The tuple below is the whole service. Its order is the error precedence of the contract's §5, where the lines up to
`check_action` rest on observations and the rest is inferred.
"""

from __future__ import annotations

from mockserver.contract import Contract
from mockserver.request import Request
from mockserver.steps import refuse_by_state, take_from_quota, throttle_per_second
from mockserver.vendor import Vendor
from mockserver.vendors._tencent import access, explain, parameters, recognise, render, transport
from mockserver.vendors._tencent.call import TencentCall
from mockserver.vendors._tencent.client import CLIENT
from mockserver.world import World


def open_call(request: Request, world: World, contract: Contract) -> TencentCall:
    return TencentCall(request, world, contract)


STEPS = (
    transport.check_method,
    transport.check_size,
    transport.parse,
    transport.require_common,
    transport.check_common_types,
    transport.check_action,
    transport.check_content_type,
    access.check_authorization,
    access.check_window,
    access.find_account,
    refuse_by_state("credentials"),
    access.check_token,
    access.check_signature,
    transport.check_region,
    throttle_per_second,
    refuse_by_state("permission"),
    parameters.check_schema,
    refuse_by_state("account"),
    take_from_quota,
    parameters.check_values,
    recognise.take_picture,
    recognise.read_cards,
    render.success,
)

VENDOR = Vendor(
    name="tencent",
    open=open_call,
    steps=STEPS,
    refuse=render.error,
    internal_error="InternalError",
    client=CLIENT,
    explain=explain.explain,
)
