"""Business parameters: first the schema, then the values (contract §4, §5 steps 14 and 16)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from mockserver.contract import RequestSchema
from mockserver.errors import Refusal
from mockserver.vendors._tencent.call import TencentCall

#: Parameters of which the contract says what an empty text counts as, and the choice that says it.
_EMPTY = {"CardSide": "empty_card_side", "ImageBase64": "empty_image_base64"}
_BOOLEANS = {"true": True, "false": False}


def check_schema(call: TencentCall) -> None:
    """Unknown names, then types. A query or a form carries text only, so booleans are read from it first."""
    if call.as_text:
        call.parameters = _typed(call.parameters, call.contract.request)
    call.parameters = _without_absent(call)
    # One validation serves both stages: a violation of the later one waits until its step.
    call.violation = call.contract.request.first_violation(call.parameters, None)
    _refuse_violation(call, "schema")


def _without_absent(call: TencentCall) -> dict[str, Any]:
    """The parameters without those that the contract takes for not sent: null, and some that are empty."""
    behaviour = call.contract.behaviour
    drops_null = behaviour("null_parameters") == "absent"
    droppable = {name for name, choice in _EMPTY.items() if behaviour(choice) == "absent"}
    return {
        name: value
        for name, value in call.parameters.items()
        if not (value is None and drops_null) and not (value == "" and name in droppable)
    }


def check_values(call: TencentCall) -> None:
    """One of the two pictures, a known CardSide, a Config that is a JSON object."""
    _refuse_violation(call, "values")
    call.config = _config(call)


def _refuse_violation(call: TencentCall, stage: str) -> None:
    violation = call.violation
    if violation is not None and violation.stage == stage:
        raise Refusal(violation.code, violation.variant, violation.details)


def _config(call: TencentCall) -> Mapping[str, bool]:
    """The switches that are on or off, from a text that is known to hold a JSON object."""
    text = call.parameters.get("Config")
    if not text:
        return {}
    known = call.contract.operation["config_switches"]
    switches: dict[str, bool] = {}
    for name, value in orjson.loads(text).items():
        if name not in known:
            if call.contract.behaviour("unknown_config_keys") == "refused":
                raise Refusal("InvalidParameter.ConfigFormatError", hint=f"Config has no switch {name}")
        elif not isinstance(value, bool):
            if call.contract.behaviour("non_boolean_config_values") == "refused":
                raise Refusal("InvalidParameter.ConfigFormatError", hint=f"{name} is neither true nor false")
        else:
            switches[name] = value
    return switches


def _typed(parameters: Mapping[str, Any], schema: RequestSchema) -> dict[str, Any]:
    """Text to booleans where the schema wants one; ``True`` and ``False`` are what the Python SDK writes."""
    booleans = {name for name in schema.parameters if schema.declared(name)["type"] == "boolean"}
    return {
        name: _BOOLEANS.get(value.lower(), value) if name in booleans and isinstance(value, str) else value
        for name, value in parameters.items()
    }
