"""The OpenAPI documents are valid, complete, and what the server says of itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from mockserver.cli.openapi import openapi
from mockserver.contract import available_vendors, load_contract
from mockserver.contract.load import available_editions
from mockserver.openapi import describe
from mockserver.testing import MockServer
from mockserver.vendors._huawei.iam import OPERATIONS as IAM_OPERATIONS

_VENDORS = available_vendors()


@pytest.mark.parametrize("vendor", _VENDORS)
def test_each_document_is_valid_in_every_edition(vendor: str) -> None:
    """OpenAPI 3.1, with every reference leading somewhere."""
    for editions in ((), *((name,) for name in available_editions(vendor))):
        validate(describe(load_contract(vendor, editions)), cls=OpenAPIV31SpecValidator)


@pytest.mark.parametrize("vendor", _VENDORS)
def test_every_error_of_the_catalogue_stands_at_its_status(vendor: str) -> None:
    """None is lost, none is invented."""
    contract = load_contract(vendor)
    described = {
        (status, row["code"])
        for operations in describe(contract)["paths"].values()
        for operation in operations.values()
        for status, response in operation["responses"].items()
        for row in response.get("x-errors", ())
    }
    assert described == {(str(row.http_status), row.code) for row in contract.errors.values()}


@pytest.mark.parametrize("vendor", _VENDORS)
def test_every_parameter_of_the_contract_can_be_sent(vendor: str) -> None:
    """In the query or in the body, each property of the request schema has its place."""
    contract = load_contract(vendor)
    document = describe(contract)
    places = json.dumps(document["paths"])
    in_query = {p["name"] for p in _operation_parameters(document)}
    for name in contract.request_schema["properties"]:
        assert name in in_query or "#/components/schemas/CardRequest" in places or "binary" in places, name


def _operation_parameters(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        parameter
        for item in document["paths"].values()
        for operation in item.values()
        for parameter in operation["parameters"]
    ]


def test_the_server_gives_its_own_address_and_edition(idmock: MockServer) -> None:
    """A tool that reads the document from a mock calls that mock."""
    document = requests.get(f"{idmock.url}/_idmock/openapi/tencent", timeout=5).json()
    assert document["servers"] == [{"url": idmock.url}, {"url": "https://ocr.tencentcloudapi.com"}]
    assert document["info"]["version"] == "2018-11-19"


def test_calls_to_another_host_of_the_vendor_name_it(idmock: MockServer) -> None:
    """Huawei's tokens come from IAM; the mock has both at one address."""
    paths = describe(idmock.world.contracts["huawei"], idmock.url)["paths"]
    iam = {"url": "https://iam.cn-north-4.myhuaweicloud.com"}
    for path, item in paths.items():
        for operation in item.values():
            own = [{"url": idmock.url}, iam] if path.startswith("/v3/") else None
            assert operation.get("servers") == own, path


def test_every_operation_that_is_served_is_described() -> None:
    """Those of IAM by their names in the official clients."""
    described = {
        operation["operationId"]
        for item in describe(load_contract("huawei"))["paths"].values()
        for operation in item.values()
    }
    assert described == {"RecognizeIdCard", *IAM_OPERATIONS.values()}


def test_an_unknown_vendor_is_told_those_there_are(idmock: MockServer) -> None:
    """404 with the choices."""
    answer = requests.get(f"{idmock.url}/_idmock/openapi/nobody", timeout=5)
    assert answer.status_code == 404
    assert "served are: alimarket, aliyun, huawei, megvii, tencent" in answer.text


def test_the_command_prints_the_document_with_an_edition() -> None:
    """``idmock openapi V --edition E``; the edition's limits are in it."""
    plain = json.loads(CliRunner().invoke(openapi, ["tencent"]).output)
    later = json.loads(CliRunner().invoke(openapi, ["tencent", "--edition", "current"]).output)
    assert plain["openapi"] == "3.1.1"
    assert later["x-limits"] != plain["x-limits"]
