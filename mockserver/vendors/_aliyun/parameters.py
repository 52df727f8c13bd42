"""Business parameters: the switches, then where the picture is (contract §4, §5 steps 9 and 11)."""

from __future__ import annotations

from mockserver.errors import Refusal
from mockserver.vendors._aliyun.call import AliyunCall

_BOOLEANS = {"true": True, "false": False}


def check_types(call: AliyunCall) -> None:
    """Switches are true or false in any case: Python's client writes ``True``. An empty value counts as none.

    Unknown parameters are ignored, as the gateway does (inferred).
    """
    schema = call.contract.request
    parameters: dict[str, object] = {}
    for name in schema.parameters:
        value = call.sent.get(name)
        if value:
            boolean = schema.declared(name).get("type") == "boolean"
            parameters[name] = _BOOLEANS.get(value.lower(), value) if boolean else value
    parameters.pop("body", None)  # a parameter of that name is none: the body is the request's
    if call.body_bytes:
        parameters["body"] = call.body_bytes
        if call.contract.behaviour("url_and_body") == "body-wins":
            parameters.pop("Url", None)
    call.parameters = parameters
    # One validation serves both stages: a violation of the later one waits until its step.
    call.violation = schema.first_violation(parameters, None)
    _refuse_violation(call, "types")


def check_values(call: AliyunCall) -> None:
    """One of Url and body, and an Url that is not too long."""
    _refuse_violation(call, "values")
    if "Url" in call.parameters and "body" in call.parameters:
        raise Refusal("InvalidUrl", hint="one of Url and body, not both")


def _refuse_violation(call: AliyunCall, stage: str) -> None:
    violation = call.violation
    if violation is not None and violation.stage == stage:
        raise Refusal(violation.code, violation.variant, violation.details)
