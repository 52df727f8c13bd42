"""Alibaba Cloud OCR `RecognizeIdcard`, version 2021-07-07.

The tuple below is the whole service. Its order is the error precedence of the contract's §5: the gateway's part follows
the order of its table of codes, the product's rests on two reports (permission and activation come before the picture)
and is inferred otherwise.
"""

from __future__ import annotations

import dataclasses

from mockserver.contract import Contract
from mockserver.request import Request
from mockserver.steps import refuse_by_state
from mockserver.vendor import Vendor
from mockserver.vendors._aliyun import access, explain, parameters, recognise, render, throttle, transport
from mockserver.vendors._aliyun.call import AliyunCall
from mockserver.vendors._aliyun.client import CLIENT
from mockserver.world import World


def open_call(request: Request, world: World, contract: Contract) -> AliyunCall:
    """The request goes by an id of the vendor's form: upper case, and of version 5 where ours is of version 4."""
    vendors_id = f"{request.id[:14]}5{request.id[15:]}".upper()
    return AliyunCall(dataclasses.replace(request, id=vendors_id), world, contract)


STEPS = (
    transport.parse,
    transport.check_product,
    transport.check_path,
    transport.check_encoding,
    transport.check_method,
    transport.check_format,
    transport.check_action,
    access.require_common,
    access.find_account,
    refuse_by_state("credentials"),
    access.check_token,
    refuse_by_state("token"),
    access.check_time,
    access.check_signature_method,
    access.check_signature,
    access.check_content_md5,
    access.check_nonce,
    throttle.throttle,
    parameters.check_types,
    refuse_by_state("permission"),
    refuse_by_state("account"),
    parameters.check_values,
    recognise.take_picture,
    recognise.read_cards,
    render.success,
)

VENDOR = Vendor(
    name="aliyun",
    open=open_call,
    steps=STEPS,
    refuse=render.error,
    internal_error="InternalError",
    client=CLIENT,
    explain=explain.explain,
)
