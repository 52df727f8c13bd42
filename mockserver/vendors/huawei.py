"""Huawei Cloud OCR `RecognizeIdCard`, version 2, and the IAM calls that its clients make first.

The tuple below is the whole service. Its order is the error precedence of the contract's §5: the gateway refuses before
the platform, the platform before the service looks at the body, and the service at the parameters before the picture.
Within each layer the order is inferred.
"""

from __future__ import annotations

import dataclasses

from mockserver.contract import Contract
from mockserver.request import Request
from mockserver.steps import hold_slot, refuse_by_state
from mockserver.vendor import Vendor
from mockserver.vendors._huawei import access, explain, iam, parameters, recognise, render, transport
from mockserver.vendors._huawei.call import HuaweiCall
from mockserver.vendors._huawei.client import CLIENT
from mockserver.world import World


def open_call(request: Request, world: World, contract: Contract) -> HuaweiCall:
    """The request goes by an id of the vendor's form: 32 hexadecimal digits without dashes."""
    return HuaweiCall(dataclasses.replace(request, id=request.id.replace("-", "")), world, contract)


STEPS = (
    transport.check_sizes,
    transport.route,
    transport.check_body_size,
    iam.create_token,
    access.identify,
    refuse_by_state("credentials"),
    access.check_signature,
    iam.answer,
    refuse_by_state("permission"),
    access.throttle,
    transport.check_content_type,
    access.check_project,
    refuse_by_state("account"),
    hold_slot,
    parameters.parse,
    parameters.check_length,
    parameters.check_schema,
    recognise.take_picture,
    recognise.read_cards,
    render.success,
)

VENDOR = Vendor(
    name="huawei",
    open=open_call,
    steps=STEPS,
    refuse=render.error,
    internal_error="APIG.0601",
    client=CLIENT,
    explain=explain.explain,
)
