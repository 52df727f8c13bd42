"""Schemathesis sends what the OpenAPI documents allow, and finds every answer documented.

Requests are signed when they go out, so that what is generated gets past the gateway to the parameters. A status, a
media type, a header or a body that the document does not have fails.
"""

from __future__ import annotations

import time
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis.checks import load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.openapi import from_dict
from schemathesis.openapi.checks import UndefinedStatusCode
from schemathesis.specs.openapi import checks

from mockserver.accounts import Account
from mockserver.contract import load_contract
from mockserver.openapi import describe
from mockserver.testing import MockServer
from tests.openapi_signing import signed

load_all_checks()
_CHECKS = (
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
)
#: Requests per operation: the vendors' own generated tests send thousands, this one is about the documents.
_EXAMPLES = 60


_OPERATIONS = [
    (vendor, path, method)
    for vendor in ("alimarket", "aliyun", "huawei", "megvii", "tencent")
    for path, item in describe(load_contract(vendor))["paths"].items()
    for method in item
]


@pytest.mark.parametrize(("vendor", "path", "method"), _OPERATIONS)
def test_every_answer_is_documented(idmock: MockServer, vendor: str, path: str, method: str) -> None:
    """Whatever the document lets a client send."""
    account = idmock.mint(vendor)
    auth = signed(vendor, account, time.time)
    schema = from_dict(describe(idmock.world.contracts[vendor], idmock.url))
    operation = schema[path][method.upper()]

    @hypothesis.settings(
        max_examples=_EXAMPLES,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        database=None,
    )
    @hypothesis.given(case=operation.as_strategy())
    def run(case: schemathesis.Case) -> None:
        _identify(case, account)
        answer: Any = case.call(base_url=idmock.url, auth=auth)
        case.validate_response(answer, checks=_CHECKS)

    run()


def _identify(case: schemathesis.Case, account: Account) -> None:
    """Credentials that travel in the body."""
    if isinstance(case.body, dict) and "api_key" in case.body:
        case.body.update(account.credentials)


def test_an_answer_that_is_not_documented_is_found(idmock: MockServer) -> None:
    """The checks can fail: without the errors' status in the document, the first refusal is a finding."""
    document = describe(idmock.world.contracts["alimarket"], idmock.url)
    del document["paths"]["/idcard/ocr"]["post"]["responses"]["400"]
    operation = from_dict(document)["/idcard/ocr"]["POST"]
    case = operation.Case(body={"image": "x"}, media_type="application/json")
    answer: Any = case.call(base_url=idmock.url)
    with pytest.raises(FailureGroup) as found:
        case.validate_response(answer, checks=_CHECKS)
    assert [type(failure) for failure in found.value.exceptions] == [UndefinedStatusCode]
