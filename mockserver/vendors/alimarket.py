"""The ID-card OCR of a seller on the Alibaba Cloud marketplace, behind its API gateway.

Two layers answer. The steps up to the throttle are the gateway's, whose errors are headers above an empty body; the
steps behind it are the seller's, whose errors are JSON. The order is that of the contract's §4: that the gateway comes
first is documented, the order inside is inferred.
"""

from __future__ import annotations

from mockserver.contract import Contract
from mockserver.request import Request
from mockserver.steps import refuse_by_state, take_from_quota, throttle_per_second
from mockserver.vendor import Vendor
from mockserver.vendors._alimarket import access, explain, gateway, parameters, recognise, render
from mockserver.vendors._alimarket.call import MarketCall
from mockserver.vendors._alimarket.client import CLIENT
from mockserver.world import World


def open_call(request: Request, world: World, contract: Contract) -> MarketCall:
    return MarketCall(request, world, contract)


STEPS = (
    gateway.check_size,
    gateway.check_url,
    gateway.find_api,
    gateway.check_stage,
    gateway.check_content_type,
    access.find_credentials,
    access.find_account,
    access.check_timestamp,
    access.check_nonce,
    access.check_digest,
    access.check_signature,
    refuse_by_state("permission"),
    refuse_by_state("account"),
    take_from_quota,
    throttle_per_second,
    parameters.take_image,
    recognise.take_picture,
    recognise.read_cards,
    render.success,
)

VENDOR = Vendor(
    name="alimarket",
    open=open_call,
    steps=STEPS,
    refuse=render.error,
    internal_error="X500ER",
    client=CLIENT,
    explain=explain.explain,
)
