"""What tests read out of OpenAPI documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from mockserver.contract.files import read_json
from mockserver.data import data_path


class Operation(NamedTuple):
    """One operation of a document."""

    vendor: str
    path: str
    method: str
    described: Mapping[str, Any]


def operations(vendor: str, document: Mapping[str, Any]) -> Iterator[Operation]:
    """All operations in the order of the document."""
    for path, item in document["paths"].items():
        for method, described in item.items():
            yield Operation(vendor, path, method, described)


def frame(vendor: str) -> dict[str, Any]:
    """The vendor's frame as its file has it."""
    found: dict[str, Any] = read_json(data_path("schemas", vendor, "openapi.json"))
    return found


def answers(operation: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Name and body of each example of an answer in JSON."""
    for response in operation["responses"].values():
        for kind, content in response["content"].items():
            if kind.startswith("application/json"):
                yield from ((name, one["value"]) for name, one in content["examples"].items())
