"""The contract's three schemas as components of an OpenAPI document.

What they say stays the same. What readers of OpenAPI stumble over is put in other words: a reference to a neighbour,
``false`` as a schema, an array that does not say of what.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mockserver.contract import Contract
from mockserver.errors import ContractError

#: The parts of a contract under the names that frames use. A plain Request, Response or Error would meet the classes of
#: those names that most clients have already.
NAMES: Mapping[str, str] = {
    "CardRequest": "request_schema",
    "CardResponse": "response_schema",
    "ErrorResponse": "error_schema",
}

_REFERENCE = "#/components/schemas/"
#: What may stand beside a reference without saying anything about values.
_REMARKS = frozenset({"$ref", "title", "description", "default", "deprecated", "examples"})


def components(contract: Contract, frame: Mapping[str, Any]) -> dict[str, Any]:
    """The schemas and their definitions by name, with the frame's ``x-parts``; one with ``x-branches`` is there as its
    branches alone.

    Raises ContractError for a branch that the schema does not have.
    """
    return dict(_components(contract, frame.get("x-parts", {}), frame.get("x-branches", {})))


def used(schemas: Mapping[str, Any], document: object) -> dict[str, Any]:
    """Those of the components that the document refers to, itself or by way of others.

    Raises ContractError for a reference that leads nowhere.
    """
    found: set[str] = set()
    waiting = list(_references(document))
    while waiting:
        name = waiting.pop()
        if name not in schemas:
            raise ContractError(f"openapi.json refers to a schema {name!r}; there are: {', '.join(schemas)}")
        if name not in found:
            found.add(name)
            waiting += _references(schemas[name])
    return {name: schema for name, schema in schemas.items() if name in found}


def without(document: Mapping[str, Any], *members: str) -> dict[str, Any]:
    """The document but for some members."""
    return {name: value for name, value in document.items() if name not in members}


def in_other_words(value: Any) -> Any:
    """A schema without what readers stumble over, and with the same meaning.

    A property that is ``false`` is to be absent: readers that know objects only cannot read that, and others take it
    for the property's type. An array of anything has no ``items``, which generators of clients and of examples ask for.
    A constant without a type is a text to few. What stands beside a reference often takes the place of what it refers
    to, and a choice beside properties the place of these. And from the values of an enumeration generators make names
    of constants, which Chinese texts give none.
    """
    if isinstance(value, list):
        return [in_other_words(item) for item in value]
    if not isinstance(value, dict):
        return value
    out = {name: in_other_words(item) for name, item in value.items()}
    if isinstance(out.get("properties"), dict):
        out = _without_absent(out)
    if _is_array_of_anything(out):
        out["items"] = {}
    if isinstance(out.get("const"), str):
        out.setdefault("type", "string")
    if _is_of_foreign_texts(out.get("enum")):
        out = {"type": "string", "pattern": _one_of(out["enum"]), **without(out, "enum")}
    for choice in ("oneOf", "anyOf"):
        if choice in out and "properties" in out:
            out = {**without(out, choice), "allOf": [*out.get("allOf", ()), {choice: out[choice]}]}
    if isinstance(out.get("$ref"), str) and any(_constrains(name) for name in out):
        out = {"allOf": [{"$ref": out["$ref"]}, *out.get("allOf", ())], **without(out, "$ref", "allOf")}
    return out


def _components(
    contract: Contract, parts: Mapping[str, Any], branches: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    for name, attribute in NAMES.items():
        schema = dict(getattr(contract, attribute))
        if name in parts:
            schema["properties"] = {**schema["properties"], **parts[name]}
        for definition, value in schema.get("$defs", {}).items():
            yield f"{name}.{definition}", _moved(value, name)
        schema = _named_by_its_key(without(schema, "$defs", "$schema"))
        if name in branches:
            named = _branches(schema["oneOf"], branches[name], f"{contract.vendor}/openapi.json")
            yield from ((own, _moved(branch, name)) for own, branch in named)
        else:
            yield name, _moved(schema, name)


def _named_by_its_key(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A component without a title of its own, from which generators would make the name of a class."""
    says = [schema[member].rstrip(".") + "." for member in ("title", "description") if member in schema]
    return {"description": " ".join(says), **without(schema, "title", "description")}


def _branches(
    schemas: Iterable[Mapping[str, Any]], names: Mapping[str, str], file: str
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The branches of a ``oneOf``, each under the name that the frame gives to a member that it requires: the first
    such member of the frame."""
    for branch in schemas:
        name = next((names[member] for member in names if member in branch["required"]), None)
        if name is None:
            required = ", ".join(branch["required"])
            raise ContractError(f"{file} at #/x-branches: no name for the branch that requires {required}")
        yield name, branch


def _moved(value: Any, schema: str) -> Any:
    """A schema as a component: ``#/$defs/x`` of its file would point outside it here."""
    return in_other_words(_pointing_here(value, schema))


def _pointing_here(value: Any, schema: str) -> Any:
    if isinstance(value, list):
        return [_pointing_here(item, schema) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: item.replace("#/$defs/", f"{_REFERENCE}{schema}.")
        if name == "$ref"
        else _pointing_here(item, schema)
        for name, item in value.items()
    }


def _constrains(keyword: str) -> bool:
    return keyword not in _REMARKS and not keyword.startswith("x-")


def _without_absent(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with its properties that are ``false`` as properties that nothing may have."""
    absent = [name for name, item in schema["properties"].items() if item is False]
    if not absent:
        return dict(schema)
    kept = {name: item for name, item in schema["properties"].items() if item is not False}
    none_of = {"not": {"anyOf": [{"required": [name]} for name in absent]}}
    return {**schema, "properties": kept, "allOf": [*schema.get("allOf", ()), none_of]}


def _is_of_foreign_texts(values: object) -> bool:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        return False
    return not all(value.isascii() for value in values)


def _one_of(texts: Iterable[str]) -> str:
    return f"^({'|'.join(re.escape(text) for text in texts)})$"


def _is_array_of_anything(schema: Mapping[str, Any]) -> bool:
    bounded = schema.get("type") == "array" or "minItems" in schema or "maxItems" in schema
    return bounded and "items" not in schema and "prefixItems" not in schema and "$ref" not in schema


def _references(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _references(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name == "$ref" and isinstance(item, str) and item.startswith(_REFERENCE):
                yield item.removeprefix(_REFERENCE)
            else:
                yield from _references(item)
