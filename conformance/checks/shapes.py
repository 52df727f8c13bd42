"""A body against the JSON Schema that the contract has for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend

from conformance.checks.operators import shortened
from conformance.checks.pointers import find
from conformance.data import data_root, load_json
from conformance.model import LEVELS, Failure
from conformance.strictjson import parse

_BARRED: dict[str, Any] = {"not": {}}
#: Level from which on a rule counts, by how well founded it is (``x-confidence``, see ``schemas/README.md``).
_BINDING = {"documented": "must", "observed": "should", "inferred": "may"}


def check_shape(vendor: str, shape: str, instance: Any, level: str = LEVELS[-1]) -> list[Failure]:
    """Where a body leaves the shape ``schemas/<vendor>/<shape>.schema.json``; the deepest place of each error.

    Only rules that bind at least as much as ``level`` count: what was merely seen breaks no clause that a document has.
    """
    compiled = _compiled(vendor, shape)
    errors = (e for e in compiled.validator.iter_errors(instance) if compiled.counts(e, level))
    return [
        Failure(f"shape: {error.validator}", error.json_path, _rule(error), shortened(error.instance))
        for error in sorted(errors, key=lambda e: e.json_path)
    ]


@dataclass(frozen=True)
class _Compiled:
    """A schema ready for use, and how well founded each of its rules is, by the id of the object that holds it."""

    validator: Any
    confidence: Mapping[int, str]

    def counts(self, error: Any, level: str) -> bool:
        """Whether an error breaks a rule of that level; of alternatives all have to be left by such a rule."""
        if error.validator in ("anyOf", "oneOf") and error.context:
            branches: dict[int, list[Any]] = {}
            for inner in error.context:
                branches.setdefault(inner.relative_schema_path[0], []).append(inner)
            return all(any(self.counts(inner, level) for inner in branch) for branch in branches.values())
        binding = _BINDING[self.confidence[id(error.schema)]]
        return LEVELS.index(binding) <= LEVELS.index(level)


def _rule(error: Any) -> str:
    if error.validator in ("anyOf", "oneOf") and error.context:
        return f"{error.validator}: {error.context[0].message[:200]}"
    if error.validator == "additionalProperties":
        return "no other members"
    if error.schema == _BARRED:
        return "no such member"
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
def _compiled(vendor: str, shape: str) -> _Compiled:
    schema = _explicit(load_json(data_root() / "schemas" / vendor / f"{shape}.schema.json"))
    Draft202012Validator.check_schema(schema)
    return _Compiled(_Validator(schema, format_checker=FormatChecker()), _confidence_of(schema))


def _explicit(node: Any) -> Any:
    """The schema with each member that must not be there as an object, which has a place among the marks."""
    if isinstance(node, list):
        return [_explicit(item) for item in node]
    if not isinstance(node, dict):
        return node
    members = node.get("properties", {})
    barred = {name: _BARRED for name, inner in members.items() if inner is False}
    return {
        name: _explicit({**inner, **barred} if inner is members else inner) for name, inner in node.items()
    }


def _confidence_of(schema: dict[str, Any]) -> dict[int, str]:
    """The mark of each object below a schema: its own, or that of the one around it or of the one that refers to it."""
    found: dict[int, str] = {}

    def walk(node: Any, inherited: str) -> None:
        if isinstance(node, list):
            for item in node:
                walk(item, inherited)
        if not isinstance(node, dict) or id(node) in found:
            return
        own = found[id(node)] = node.get("x-confidence", inherited)
        if "$ref" in node:
            walk(find(schema, node["$ref"].removeprefix("#")), own)
        for name, inner in node.items():
            if name != "$defs":
                walk(inner, own)

    walk(schema, "documented")
    return found
