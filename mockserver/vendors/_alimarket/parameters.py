"""The seller's one parameter (contract §1, §3, §6.2)."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from mockserver.errors import Refusal
from mockserver.request import FORM
from mockserver.vendors._alimarket.call import MarketCall

_MULTIPART = "multipart/"


def take_image(call: MarketCall) -> None:
    """``image`` must be a text that is not empty; whatever is wrong, it counts as missing."""
    sent = _parameters(call)
    violation = call.contract.request.first_violation(sent, None)
    if violation is not None:
        hint = call.hint or "the body needs a member image, a text that is not empty"
        raise Refusal(violation.code, violation.variant, violation.details, hint=hint)
    call.image = str(sent["image"])


def _parameters(call: MarketCall) -> Mapping[str, object]:
    """The members of the JSON body, none for a body that is no JSON object.

    The media type matters only where it announces a form: curl does so unless it is told otherwise.
    """
    request = call.request
    if request.media_type == FORM:
        if call.contract.behaviour("form_body") == "read":
            return request.form_parameters
        call.hint = "the body is announced as a form; send Content-Type: application/json"
        return {}
    if request.media_type.startswith(_MULTIPART):
        call.hint = "the body is announced as multipart; send Content-Type: application/json"
        return {}
    try:
        value = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        call.hint = "the body is not JSON in UTF-8"
        return {}
    if not isinstance(value, dict):
        call.hint = "the JSON body must be an object"
        return {}
    return value
