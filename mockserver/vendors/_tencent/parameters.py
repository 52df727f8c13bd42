"""Business parameters: first the schema, then the values (contract §4, §5 steps 14 and 16)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from mockserver.errors import Refusal
from mockserver.vendors._tencent.call import TencentCall

_BOOLEANS = {"true": True, "false": False}


def check_schema(call: TencentCall) -> None:
    """Unknown names, then types. A query or a form carries text only, so booleans are read from it first."""
    if call.style == "v1" or call.request.method == "GET":
        call.parameters = _typed(call.parameters, call.contract.request_schema)
    # Clients that serialise absent values send null; it is taken for absent (inferred).
    call.parameters = {k: v for k, v in call.parameters.items() if v is not None}
    violation = call.contract.request.first_violation(call.parameters)
    if violation is not None:
        raise Refusal(violation.code, violation.variant, **violation.details)


def check_values(call: TencentCall) -> None:
    """One of the two pictures, a known CardSide, a Config that is a JSON object."""
    parameters = call.parameters
    if "ImageUrl" not in parameters and "ImageBase64" not in parameters:
        raise Refusal("InvalidParameterValue.InvalidParameterValueLimit", "no-image")
    if parameters.get("CardSide", "FRONT") not in call.contract.operation["card_sides"]:
        raise Refusal("InvalidParameterValue.InvalidParameterValueLimit", "card-side")
    call.config = _config(parameters.get("Config", ""), call)


def _config(text: str, call: TencentCall) -> Mapping[str, bool]:
    """The switches that are on or off; unknown keys and values that are no booleans are ignored (inferred)."""
    if not text:
        return {}
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Refusal("InvalidParameter.ConfigFormatError") from None
    if not isinstance(value, dict):
        raise Refusal("InvalidParameter.ConfigFormatError", hint="Config must hold a JSON object")
    known = call.contract.operation["config_switches"]
    return {k: v for k, v in value.items() if k in known and isinstance(v, bool)}


def _typed(parameters: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Text to booleans where the schema wants one; ``True`` and ``False`` are what the Python SDK writes."""
    declared = schema["properties"]
    return {
        name: _BOOLEANS.get(value.lower(), value)
        if isinstance(value, str) and declared.get(name, {}).get("type") == "boolean"
        else value
        for name, value in parameters.items()
    }
