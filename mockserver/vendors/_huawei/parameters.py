"""The body: JSON, its length, then the parameters (contract §4, §5)."""

from __future__ import annotations

import orjson

from mockserver.errors import Refusal
from mockserver.steps import refuse_past_limit
from mockserver.vendors._huawei.call import HuaweiCall


def parse(call: HuaweiCall) -> None:
    """The JSON object of the body. A null, and a picture or an address without a character, count as absent.

    Its length comes first: a body that is no JSON is measured as a whole, in any other the picture is (check_length).
    """
    try:
        value = orjson.loads(call.request.body)
    except orjson.JSONDecodeError as error:
        refuse_past_limit(call, "max_encoded_image_bytes", call.request.body_bytes)
        raise Refusal("ModelArts.4105", hint=f"the body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Refusal("ModelArts.4105", hint="the body is JSON, but not an object")
    call.parameters = {
        name: sent
        for name, sent in value.items()
        if sent is not None and not (sent == "" and name in ("image", "url"))
    }


def check_length(call: HuaweiCall) -> None:
    """The platform's limit is for the picture; what else the body holds does not count."""
    image = call.parameters.get("image")
    if isinstance(image, str):
        refuse_past_limit(call, "max_encoded_image_bytes", len(image))


def check_schema(call: HuaweiCall) -> None:
    """One picture, a side that exists, switches that are true or false. Other members are ignored."""
    violation = call.contract.request.first_violation(call.parameters)
    if violation is not None:
        where = violation.details["parameter"]
        hint = f"{violation.keyword} of {where}" if where else "one of image and url, and not both"
        raise Refusal(violation.code, violation.variant, violation.details, hint=hint)
