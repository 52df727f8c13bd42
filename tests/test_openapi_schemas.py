"""The schemas in the OpenAPI documents mean what the contracts' schemas mean, in words that more tools read."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from mockserver.contract import Contract, available_vendors, load_contract
from mockserver.errors import ContractError
from mockserver.openapi import describe
from mockserver.openapi.schemas import components, in_other_words, used
from tests.openapi_documents import answers, operations

_VENDORS = available_vendors()


def _validators(contract: Contract, document: dict[str, Any]) -> list[tuple[Draft202012Validator, list[Any]]]:
    """The contract's schemas for answers, each with the components that stand for it."""
    schemas = document["components"]["schemas"]
    of_errors = [name for name in schemas if name.endswith("Error") or name == "ErrorResponse"]
    of_successes = [name for name in schemas if name.endswith("Response") and name not in of_errors]
    return [
        (
            Draft202012Validator(json.loads(json.dumps(original, default=dict))),
            [_component(document, name) for name in names],
        )
        for original, names in ((contract.response_schema, of_successes), (contract.error_schema, of_errors))
    ]


def _component(document: dict[str, Any], name: str) -> Draft202012Validator:
    reference = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    return Draft202012Validator(reference)


def _values(document: dict[str, Any]) -> Iterator[Any]:
    for operation in operations("", document):
        yield from (value for _, value in answers(operation.described))


def _variants(value: Any) -> Iterator[Any]:
    """The value with one thing changed at one place: a member gone or strange, another value."""
    for path in _paths(value, ()):
        for change in (_gone, _strange, *(_another(other) for other in (None, 7, "", "男", [], {}))):
            variant = copy.deepcopy(value)
            if change(variant, path):
                yield variant


def _paths(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in inner:
        yield from _paths(item, (*path, step))


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def _gone(value: Any, path: tuple[Any, ...]) -> bool:
    if path:
        del _at(value, path[:-1])[path[-1]]
    return bool(path)


def _strange(value: Any, path: tuple[Any, ...]) -> bool:
    here = _at(value, path)
    if isinstance(here, dict):
        here["strange"] = "member"
    return isinstance(here, dict)


def _another(other: Any) -> Any:
    def change(value: Any, path: tuple[Any, ...]) -> bool:
        if path:
            _at(value, path[:-1])[path[-1]] = copy.deepcopy(other)
        return bool(path)

    return change


@pytest.mark.parametrize("vendor", _VENDORS)
def test_what_is_said_in_other_words_means_the_same(vendor: str) -> None:
    """The examples, and each with one thing changed, fit the contract's schema and its components alike."""
    contract = load_contract(vendor)
    document = describe(contract)
    validators = _validators(contract, document)
    shapes = {str(sorted(_paths(value, ()), key=str)): value for value in _values(document)}
    verdicts = set()
    for answer in shapes.values():
        for value in (answer, *_variants(answer)):
            for original, others in validators:
                fits = original.is_valid(value)
                verdicts.add(fits)
                assert fits == any(other.is_valid(value) for other in others), value
    assert verdicts == {True, False}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (
            {"properties": {"a": {}, "b": False}},
            {"properties": {"a": {}}, "allOf": [{"not": {"anyOf": [{"required": ["b"]}]}}]},
        ),
        ({"type": "array", "maxItems": 0}, {"type": "array", "maxItems": 0, "items": {}}),
        (
            {"type": "array", "items": {"const": "x"}},
            {"type": "array", "items": {"type": "string", "const": "x"}},
        ),
        ({"enum": ["男", "女", ""]}, {"type": "string", "pattern": "^(男|女|)$"}),
        ({"enum": ["a", "b"]}, {"enum": ["a", "b"]}),
        (
            {"$ref": "#/x", "properties": {"a": {}}},
            {"allOf": [{"$ref": "#/x"}], "properties": {"a": {}}},
        ),
        ({"$ref": "#/x", "description": "A remark."}, {"$ref": "#/x", "description": "A remark."}),
        (
            {"properties": {"a": {}}, "anyOf": [{"required": ["a"]}]},
            {"properties": {"a": {}}, "allOf": [{"anyOf": [{"required": ["a"]}]}]},
        ),
    ],
)
def test_other_words(schema: dict[str, Any], expected: dict[str, Any]) -> None:
    """Each of the things that readers stumble over."""
    assert in_other_words(schema) == expected


def test_components_that_nothing_refers_to_are_left_out() -> None:
    """Aliyun's picture is a body without a name and the rest stands in the query: there is no request schema."""
    contract = load_contract("aliyun")
    assert "CardRequest" in components(contract, {})
    assert "CardRequest" not in describe(contract)["components"]["schemas"]


def test_a_reference_that_leads_nowhere_is_named() -> None:
    """With what there is."""
    with pytest.raises(ContractError, match=r"'CardReply'; there are: CardResponse"):
        used({"CardResponse": {}}, {"$ref": "#/components/schemas/CardReply"})


def test_a_branch_without_a_name_is_named() -> None:
    """By what it requires."""
    frame = {"x-branches": {"CardResponse": {"result": "Result"}}}
    with pytest.raises(
        ContractError, match=r"huawei/openapi.json at #/x-branches: no name .* requires token"
    ):
        components(load_contract("huawei"), frame)
