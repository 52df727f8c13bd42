"""OpenAPI 3.1 of a vendor, put together from its contract.

``schemas/<vendor>/openapi.json`` is the frame: paths, transport, security. Schemas, errors and limits come from the
contract, so that there is nothing to keep in step. The frame has three members that OpenAPI does not:

* ``x-parameters-of`` among parameters: one parameter for each property of that schema, but those in ``except``;
* ``x-answers`` of an operation: its ``success`` (status, headers, content) and how ``errors`` of the catalogue look,
  where the first entry that has a row's family, or names none, counts; ``content: null`` is an empty body;
* ``x-parts``: properties that the request schema has not, or that are files in a multipart body.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver import __version__
from mockserver.contract import Contract, ErrorRow
from mockserver.contract.files import read_json
from mockserver.data import data_path

#: The parts of a contract under the names that frames use.
_SCHEMAS = {"Request": "request_schema", "Response": "response_schema", "Error": "error_schema"}


def describe(contract: Contract, server: str | None = None) -> dict[str, Any]:
    """The OpenAPI document of a contract; ``server`` is the address of a mock, which comes before the vendor's own.

    Raises ContractError for a frame that cannot be read.
    """
    frame = read_json(
        data_path("schemas", contract.vendor, "openapi.json"), f"{contract.vendor}/openapi.json"
    )
    schemas = dict(_components(contract, frame.get("x-parts", {})))
    addresses = [server] if server else []
    return {
        "openapi": "3.1.1",
        "info": {
            "title": contract.operation["title"],
            "version": contract.operation.get("version", __version__),
            "description": f"{contract.operation['says']} Made by idcard-mock {__version__} from its contract.",
        },
        "servers": [{"url": url} for url in (*addresses, f"https://{contract.operation['host']}")],
        "paths": {path: _operations(item, contract) for path, item in frame["paths"].items()},
        "components": {"schemas": schemas, "securitySchemes": frame["securitySchemes"]},
        "x-limits": {limit.name: limit.value for limit in contract.limits.values()},
    }


def _operations(item: Mapping[str, Any], contract: Contract) -> dict[str, Any]:
    return {method: _operation(operation, contract) for method, operation in item.items()}


def _operation(operation: Mapping[str, Any], contract: Contract) -> dict[str, Any]:
    rest = {name: value for name, value in operation.items() if name != "x-answers"}
    return {
        **rest,
        "parameters": list(_parameters(operation["parameters"], contract)),
        "responses": _responses(operation["x-answers"], contract),
    }


def _parameters(given: list[dict[str, Any]], contract: Contract) -> Iterator[dict[str, Any]]:
    for parameter in given:
        if "x-parameters-of" not in parameter:
            yield parameter
            continue
        schema = getattr(contract, _SCHEMAS[parameter["x-parameters-of"]])
        for name, value in schema["properties"].items():
            if name not in parameter["except"]:
                yield {
                    "name": name,
                    "in": parameter["in"],
                    "required": name in schema.get("required", ()),
                    "description": value.get("description", name),
                    "schema": _without(value, "description"),
                }


def _responses(answers: Mapping[str, Any], contract: Contract) -> dict[str, Any]:
    """Responses by status; where a success and errors share one, either body fits."""
    success = answers["success"]
    found: dict[int, dict[str, Any]] = {
        success["status"]: {
            "description": "The card's fields.",
            "headers": success.get("headers", {}),
            "content": {kind: {"schema": schema} for kind, schema in success["content"].items()},
        }
    }
    for look in answers["errors"]:
        for status, rows in _by_status(contract, answers["errors"], look).items():
            _add(found, status, rows, look)
    return {str(status): found[status] for status in sorted(found)}


def _by_status(
    contract: Contract, looks: list[dict[str, Any]], look: Mapping[str, Any]
) -> dict[int, list[ErrorRow]]:
    """The rows of the catalogue that look like this, by status."""
    found: dict[int, list[ErrorRow]] = {}
    for row in contract.errors.values():
        first = next((one for one in looks if row.family in one.get("families", (row.family,))), None)
        if first is look:
            found.setdefault(row.http_status, []).append(row)
    return found


def _add(
    found: dict[int, dict[str, Any]], status: int, rows: list[ErrorRow], look: Mapping[str, Any]
) -> None:
    """Add errors to the response of their status."""
    names = ", ".join(dict.fromkeys(row.code for row in rows))
    response = found.setdefault(status, {"description": "", "headers": {}, "content": {}})
    response["description"] = f"{response['description']} Errors: {names}.".strip()
    response["headers"] = {**response["headers"], **look.get("headers", {})}
    response.setdefault("x-errors", []).extend(
        {"code": r.code, "message": r.message(), "when": r.when, "confidence": r.confidence} for r in rows
    )
    for kind, schema in (look["content"] or {}).items():
        before = response["content"].get(kind)
        both = schema if before is None else {"oneOf": [before["schema"], schema]}
        response["content"][kind] = {"schema": both}


def _components(contract: Contract, parts: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The three schemas and their definitions, as neighbours: ``#/$defs/x`` of a file would point outside it here."""
    for name, attribute in _SCHEMAS.items():
        schema = dict(getattr(contract, attribute))
        if name in parts:
            schema["properties"] = {**schema["properties"], **parts[name]}
        for definition, value in schema.get("$defs", {}).items():
            yield f"{name}.{definition}", _moved(value, name)
        yield name, _moved(_without(_without(schema, "$defs"), "$schema"), name)


def _moved(value: Any, schema: str) -> Any:
    """A schema with its references pointing at the components."""
    if isinstance(value, list):
        return [_moved(item, schema) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: f"#/components/schemas/{schema}.{item.removeprefix('#/$defs/')}"
        if name == "$ref"
        else _moved(item, schema)
        for name, item in value.items()
    }


def _without(document: Mapping[str, Any], member: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != member}
