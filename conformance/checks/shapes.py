"""A body against the JSON Schema that the contract has for it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend

from conformance.checks.operators import shortened
from conformance.data import data_root, load_json
from conformance.model import Failure
from conformance.strictjson import parse


def check_shape(vendor: str, shape: str, instance: Any) -> list[Failure]:
    """Where a body leaves the shape ``schemas/<vendor>/<shape>.schema.json``; the deepest place of each error."""
    return [
        Failure(f"shape: {error.validator}", error.json_path, _rule(error), shortened(error.instance))
        for error in sorted(_validator(vendor, shape).iter_errors(instance), key=lambda e: e.json_path)
    ]


def _rule(error: Any) -> str:
    if error.validator in ("anyOf", "oneOf") and error.context:
        return f"{error.validator}: {error.context[0].message[:200]}"
    if error.validator == "additionalProperties":
        return "no other members"
    return f"{error.validator}: {shortened(error.validator_value)}"


def _check_content(validator: Any, content: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """JSON inside a text is held against ``contentSchema``, which JSON Schema leaves to its users."""
    if not isinstance(instance, str) or schema.get("contentMediaType") != "application/json":
        return
    try:
        inner = parse(instance)
    except ValueError as error:
        yield ValidationError(f"no JSON: {error}")
        return
    yield from validator.descend(inner, content, schema_path="contentSchema")


def _is_integer(checker: Any, value: Any) -> bool:
    """1.0 is an integer to JSON Schema, and an error to a client that reads an integer."""
    return isinstance(value, int) and not isinstance(value, bool)


_Validator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {"contentSchema": _check_content},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer),
)


@cache
def _validator(vendor: str, shape: str) -> Any:
    schema = load_json(data_root() / "schemas" / vendor / f"{shape}.schema.json")
    Draft202012Validator.check_schema(schema)
    return _Validator(schema, format_checker=FormatChecker())
