"""A running mock answers as the examples in the OpenAPI documents say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from mockserver import vendors
from mockserver.cards.named import load_specimens
from mockserver.clock import Clock
from mockserver.contract import Contract, available_vendors
from mockserver.data import data_path
from mockserver.openapi import describe
from mockserver.openapi.stage import Stage
from mockserver.testing import MockServer
from tests.openapi_documents import Operation, answers, frame, operations
from tests.openapi_signing import signed

_VENDORS = available_vendors()
#: Ids of requests, in the forms that the vendors have.
_ID = re.compile(r"(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")


@pytest.fixture(scope="module")
def mock() -> Iterator[MockServer]:
    """A mock whose clock stands where that of the examples does."""
    with MockServer(clock=Clock(lambda: Stage.now)) as server:
        yield server


@pytest.mark.parametrize("vendor", _VENDORS)
def test_a_mock_answers_each_request_as_the_example_of_its_name(mock: MockServer, vendor: str) -> None:
    """Sent as the document has them, signed; only ids differ, and what a clock measures."""
    measured = frame(vendor).get("x-measured", {})
    document = describe(mock.world.contracts[vendor], mock.url)
    for operation in operations(vendor, document):
        shown = _shown(operation)
        for name, arguments in _requests(operation):
            got = _send(mock, operation, arguments)
            assert got.ok, (operation.path, name, got.text)
            if name.endswith("-inline"):  # a smaller picture: the same card, at other places
                first = shown[name.removesuffix("-inline")]
                assert _person(got.json()) == _person(first)
                continue
            body = {k: measured.get(k, v) for k, v in got.json().items()}
            assert _without_ids(body) == _without_ids(shown[name]), (operation.path, name)


def _shown(operation: Operation) -> dict[str, Any]:
    return dict(answers(operation.described))


def _requests(operation: Operation) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and arguments for `requests` of each request that the operation shows."""
    parameters = [p for p in operation.described["parameters"] if "example" in p and p["in"] == "query"]
    query = {p["name"]: p["example"] for p in parameters}
    if "requestBody" not in operation.described:
        yield next(iter(_shown(operation))), {"params": query}
        return
    for kind, content in operation.described["requestBody"]["content"].items():
        for name, example in content["examples"].items():
            if kind == "application/json":
                yield name, {"json": example["value"]}
            elif kind == "multipart/form-data":
                texts = dict(example["value"])
                yield name, {"files": {"image": ("card.jpg", _file(texts.pop("image")))}, "data": texts}
            elif name in ("front", "back", "both"):  # the others ask for more, in the query
                yield name, {"data": _file(example["value"])}


def _file(name: str) -> bytes:
    """What a file's name stands for in an example."""
    return data_path("fixtures", "images", name).read_bytes()


def _send(mock: MockServer, operation: Operation, arguments: dict[str, Any]) -> requests.Response:
    account = mock.account(operation.vendor)
    parameters = operation.described["parameters"]
    headers = {p["name"]: str(p["example"]) for p in parameters if p["in"] == "header" and "example" in p}
    enums = {p["name"]: p["schema"]["enum"][0] for p in parameters if p["required"] and "enum" in p["schema"]}
    path = operation.path.format(**account.credentials)
    headers = {**{n: v for n, v in enums.items() if n not in arguments.get("params", {})}, **headers}
    return requests.request(
        operation.method,
        f"{mock.url}{path}",
        headers=headers,
        auth=signed(operation.vendor, account, lambda: Stage.now),
        timeout=10,
        **arguments,
    )


def _person(body: Any) -> bool:
    """Whether all that is printed on the specimen's front is in the answer."""
    fields = load_specimens()["front"].cards[0].card.fields
    text = json.dumps(body, ensure_ascii=False)
    return all(fields[name] in text for name in ("name", "address", "id_number"))


def _without_ids(value: Any) -> Any:
    """With the same text for all ids and public keys, and the address of the server as the examples have it."""
    text = _ID.sub("ID", json.dumps(value, ensure_ascii=False, sort_keys=True))
    text = re.sub("HPUAMOCK[A-Z0-9]{12}", "KEY", text)
    return re.sub(r"https://(127\.0\.0\.1:\d+|[a-z0-9.-]+\.myhuaweicloud\.com)/", "https://HOST/", text)


@pytest.mark.parametrize("vendor", _VENDORS)
def test_a_mock_answers_each_error_as_its_example(mock: MockServer, vendor: str) -> None:
    """With accounts that get a certain row whatever they send: status, body and headers."""
    contract, document = mock.world.contracts[vendor], describe(mock.world.contracts[vendor], mock.url)
    operation = next(operations(vendor, document))
    measured = frame(vendor).get("x-measured", {})
    for rule, row in contract.errors.items():
        response = operation.described["responses"].get(str(row.http_status), {"content": {}, "headers": {}})
        if row.code not in [error["code"] for error in response.get("x-errors", ())]:
            continue  # of another operation
        got = _refused(mock, contract, rule)
        assert got.status_code == row.http_status, rule
        for name, header in response["headers"].items():
            shown = header["examples"][rule]["value"] if "examples" in header else header["example"]
            assert _without_ids(got.headers[name]) == _without_ids(shown), (rule, name)
        for kind, content in response["content"].items():
            if rule in content["examples"]:
                is_json = kind.startswith("application/json")
                body = {k: measured.get(k, v) for k, v in got.json().items()} if is_json else got.text
                assert _without_ids(body) == _without_ids(content["examples"][rule]["value"]), rule


def _refused(mock: MockServer, contract: Contract, rule: str) -> requests.Response:
    """The answer to the vendor's own client with an account that always gets this row."""
    account = mock.mint(contract.vendor, f"answers-{rule}")
    sending = vendors.load(contract.vendor).client.sending
    assert sending is not None
    host = contract.operation["host"]
    sent = sending(account, host, load_specimens()["front"].image_path.read_bytes(), {}, Stage.now)
    return requests.request(
        sent.method,
        mock.url + sent.target,
        data=sent.body,
        headers={**sent.headers, "Host": host},
        timeout=10,
    )
