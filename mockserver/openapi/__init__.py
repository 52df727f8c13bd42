"""OpenAPI 3.1 of a vendor, put together from its contract.

``schemas/<vendor>/openapi.json`` is the frame: paths, transport, security. Schemas, errors and limits come from the
contract, examples from calls that are made for them (`mockserver.openapi.examples`), so that there is nothing to keep
in step. The frame has members that OpenAPI does not:

* ``x-parameters-of`` among parameters: one parameter for each property of that schema, but those in ``except``;
* ``x-answers`` of an operation: its ``success`` (status, headers, content) and how ``errors`` of the catalogue look,
  where the first entry that has a row's family, or names none, counts; ``content: null`` is an empty body;
* ``x-examples`` of an operation, and ``x-measured``: see `mockserver.openapi.examples`;
* ``x-host`` of an operation: the vendor's host for it, where that is not the one of ``operation.json``;
* ``x-parts``: properties that the request schema has not, or that are files in a multipart body;
* ``x-branches``: names for the branches of a schema's ``oneOf``, each by a member that the branch requires.

schemas   the contract's schemas as components       examples   what calls and answers look like
stage     where calls are made without a server
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver import __version__
from mockserver.contract import Contract, ErrorRow
from mockserver.contract.files import read_json
from mockserver.data import data_path
from mockserver.openapi.examples import Examples, OperationExamples, example, kind_of
from mockserver.openapi.schemas import NAMES, components, in_other_words, used, without
from mockserver.request import Answer


def describe(contract: Contract, server: str | None = None) -> dict[str, Any]:
    """The OpenAPI document of a contract; ``server`` is the address of a mock, which comes before the vendor's own.

    Raises ContractError for a frame that cannot be read or has an example that cannot be sent.
    """
    frame = read_json(
        data_path("schemas", contract.vendor, "openapi.json"), f"{contract.vendor}/openapi.json"
    )
    examples = Examples(contract, frame, server)
    paths = {
        path: {
            method: _operation(method, path, operation, contract, examples, server)
            for method, operation in item.items()
        }
        for path, item in frame["paths"].items()
    }
    return {
        "openapi": "3.1.1",
        "info": {
            "title": contract.operation["title"],
            "version": contract.operation.get("version", __version__),
            "description": f"{contract.operation['says']} Made by idcard-mock {__version__} from its contract.",
        },
        "servers": _servers(server, contract.operation["host"]),
        "paths": paths,
        "components": {
            "schemas": used(components(contract, frame), paths),
            "securitySchemes": frame["securitySchemes"],
        },
        "x-limits": {limit.name: limit.value for limit in contract.limits.values()},
    }


def _servers(mock: str | None, host: str) -> list[dict[str, Any]]:
    return [{"url": url} for url in (*([mock] if mock else []), f"https://{host}")]


def _operation(
    method: str,
    path: str,
    operation: Mapping[str, Any],
    contract: Contract,
    examples: Examples,
    server: str | None,
) -> dict[str, Any]:
    own = examples.of(method, path, operation)
    out = without(operation, "x-answers", "x-examples", "x-host")
    out["parameters"] = [
        {**parameter, **own.parameter(parameter, path)}
        for parameter in _parameters(operation["parameters"], contract)
    ]
    if "requestBody" in operation:
        out["requestBody"] = _request_body(operation["requestBody"], own)
    if "x-host" in operation:
        out["servers"] = _servers(server, operation["x-host"])
    out["responses"] = _responses(operation["x-answers"], contract, own)
    return out


def _parameters(given: list[dict[str, Any]], contract: Contract) -> Iterator[dict[str, Any]]:
    for parameter in given:
        if "x-parameters-of" not in parameter:
            yield parameter
            continue
        schema = getattr(contract, NAMES[parameter["x-parameters-of"]])
        for name, value in schema["properties"].items():
            if name not in parameter["except"]:
                yield {
                    "name": name,
                    "in": parameter["in"],
                    "required": name in schema.get("required", ()),
                    "description": value.get("description", name),
                    "schema": in_other_words(without(value, "description")),
                }


def _request_body(body: Mapping[str, Any], examples: OperationExamples) -> dict[str, Any]:
    content = {}
    for kind, described in body["content"].items():
        shown = examples.bodies(kind)
        content[kind] = {**described, "examples": shown} if shown else described
    return {**body, "content": content}


def _responses(answers: Mapping[str, Any], contract: Contract, examples: OperationExamples) -> dict[str, Any]:
    """Responses by status; where a success and errors share one, either body fits."""
    success, sent = answers["success"], examples.answered_headers()
    found: dict[int, dict[str, Any]] = {
        success["status"]: {
            "description": success["description"],
            "headers": {
                name: {**header, "example": sent[name]} if name in sent else header
                for name, header in success.get("headers", {}).items()
            },
            "content": {
                examples.answered_kind(kind): {
                    "schema": in_other_words(schema),
                    "examples": examples.successes(),
                }
                for kind, schema in success["content"].items()
            },
        }
    }
    for look in answers["errors"]:
        for status, rows in _by_status(contract, answers["errors"], look).items():
            _add(found, status, look, list(examples.errors(rows)), examples)
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
    found: dict[int, dict[str, Any]],
    status: int,
    look: Mapping[str, Any],
    errors: list[tuple[ErrorRow, Answer]],
    examples: OperationExamples,
) -> None:
    """Add errors to the response of their status."""
    names = ", ".join(dict.fromkeys(row.code for row, _ in errors))
    response = found.setdefault(status, {"description": "", "headers": {}, "content": {}})
    response["description"] = f"{response['description']} Errors: {names}.".strip()
    for name, header in look.get("headers", {}).items():
        response["headers"][name] = {**header, **_header_examples(name, errors)}
    response.setdefault("x-errors", []).extend(
        {"code": r.code, "message": r.message(), "when": r.when, "confidence": r.confidence}
        for r, _ in errors
    )
    for kind, schema in (look["content"] or {}).items():
        for row, answer in errors:
            content = _content(response["content"], kind_of(answer, kind), schema)
            content["examples"][row.rule] = example(row.when, examples.value(answer))


def _content(found: dict[str, Any], kind: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a media type, which may be of this schema too. Readers tell media types apart by what stands
    before their parameters, so two that differ in these alone are one."""
    same = next((known for known in found if _essence(known) == _essence(kind)), kind)
    content: dict[str, Any] = found.setdefault(same, {"schema": schema, "examples": {}})
    schemas = content["schema"].get("oneOf", [content["schema"]])
    if schema not in schemas:
        content["schema"] = {"oneOf": [*schemas, schema]}
    return content


def _essence(kind: str) -> str:
    return kind.partition(";")[0].strip().lower()


def _header_examples(name: str, errors: list[tuple[ErrorRow, Answer]]) -> dict[str, Any]:
    """What the header says with each row that sends it; one example where all say the same."""
    answers = ((row, dict(answer.headers)) for row, answer in errors)
    sent = [(row, headers[name]) for row, headers in answers if name in headers]
    if len({text for _, text in sent}) == 1:
        return {"example": sent[0][1]}
    shown = {row.rule: {"summary": row.when, "value": text} for row, text in sent}
    return {"examples": shown} if shown else {}
