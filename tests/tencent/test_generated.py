"""Generated requests, 2,200 of them: no internal error, and every answer one that the schemas allow.

Each starts as a valid signed call. Parameters are exchanged before it is signed, so that the request gets past the
signature, and header lines, query and body are damaged behind it. The application is called as a server calls it.
"""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.accounts import Account
from mockserver.contract import load_contract
from mockserver.testing import MockServer
from tests.generated import GENERATED, HEADER, JSON_VALUE, QUERY, TEXT, damage, damaged, scaled
from tests.tencent.conftest import mint
from tests.tencent.raw import HOST, Raw, tc3, v1, v1_parameters
from tests.triggers import encoded

CONTRACT = load_contract("tencent")
#: Form fields may also hold bytes that are no UTF-8.
FIELD = TEXT | st.binary(max_size=6).map(lambda data: data.decode("utf-8", "surrogateescape"))
CONFIG = st.dictionaries(
    st.sampled_from(CONTRACT.operation["config_switches"]) | TEXT, st.booleans() | JSON_VALUE, max_size=6
).map(json.dumps)
HEADER_NAMES = (
    "Content-Type", "Authorization", "X-TC-Action", "X-TC-Version", "X-TC-Timestamp", "X-TC-Region", "X-TC-Token",
    "X-TC-Language", "X-TC-Content-SHA256", "Content-Length", "Transfer-Encoding", "X-TC-RequestClient",
)  # fmt: skip
COMMON_NAMES = (
    "Action", "Version", "Timestamp", "Nonce", "Region", "SecretId", "SignatureMethod", "Token", "Language",
)  # fmt: skip
METHODS = st.sampled_from(["POST", "GET"]) | st.sampled_from(["PUT", "HEAD", "OPTIONS", "FOO"])


@pytest.fixture(scope="module")
def small_pictures(idmock: MockServer) -> list[str]:
    """Specimens scaled down, so that a request is small: some are read, some are too small or too blurred."""
    names = ("front", "back", "both", "front-glare", "no-card")
    return [encoded(picture) for picture in scaled(idmock, names, (420, 160))]


def parameters(pictures: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Business parameters: mostly right, sometimes of a wrong type or a wrong name."""
    picture = st.sampled_from(pictures) | st.binary(max_size=40).map(lambda b: base64.b64encode(b).decode())
    right = st.fixed_dictionaries(
        {},
        optional={
            "ImageBase64": picture | TEXT,
            "ImageUrl": st.sampled_from(["", "http://127.0.0.1/_idmock/specimens/front.jpg", "ftp://x"])
            | TEXT,
            "CardSide": st.sampled_from(["FRONT", "BACK"]) | TEXT,
            "Config": CONFIG | TEXT,
            "EnableRecognitionRectify": st.booleans(),
            "EnableReflectDetail": st.booleans(),
        },
    )
    names = st.sampled_from([*CONTRACT.request.parameters, "EnableDateVerify"]) | TEXT
    wrong = st.dictionaries(names, JSON_VALUE, max_size=2)
    return st.one_of(right, right, st.builds(lambda one, other: {**one, **other}, right, wrong))


def check(mock: MockServer, request: Raw) -> None:
    """The answer is the vendor's: status, type, schema; nothing failed in the mock."""
    reply = request.hand_to(mock.app)
    status, headers, body = reply.status, reply.headers, reply.body
    assert mock.world.own_faults.value == 0
    assert status == 200
    assert headers["content-type"] == "application/json"
    response = json.loads(body)
    failed = "Error" in response["Response"]
    (CONTRACT.error_validator if failed else CONTRACT.response_validator).validate(response)
    assert response["Response"]["RequestId"] == headers["x-idmock-request"]
    assert ("x-idmock-rule" in headers) == failed
    assert all(" " <= char <= "~" for value in headers.values() for char in value)
    if failed:
        code = response["Response"]["Error"]["Code"]
        assert code != "InternalError"
        assert headers["x-idmock-rule"] in CONTRACT.errors
        assert headers["x-idmock-rule"].partition("#")[0] == code


@pytest.fixture(scope="module")
def customer(idmock: MockServer) -> Account:
    """One account for all generated requests, without a limit."""
    return mint(idmock)


@settings(GENERATED, max_examples=1000)
@given(data=st.data())
def test_v3(idmock: MockServer, customer: Account, small_pictures: list[str], data: st.DataObject) -> None:
    """POST with JSON and GET with a query, signed with TC3-HMAC-SHA256."""
    drawn = data.draw(parameters(small_pictures))
    if data.draw(st.booleans()):
        request = tc3(customer, drawn)
    else:
        query = "&".join(f"{quote(k)}={quote(str(v))}" for k, v in drawn.items() if k != "ImageBase64")
        request = tc3(customer, method="GET", query=query)
    check(idmock, damaged(request, data.draw(damage(HEADER_NAMES, METHODS))))


@settings(GENERATED, max_examples=800)
@given(data=st.data())
def test_v1(idmock: MockServer, customer: Account, small_pictures: list[str], data: st.DataObject) -> None:
    """Forms and queries, with common parameters exchanged before they are signed."""
    business = {k: v for k, v in data.draw(parameters(small_pictures)).items() if k not in COMMON_NAMES}
    odd = data.draw(st.dictionaries(FIELD, FIELD, max_size=1))
    common = data.draw(st.dictionaries(st.sampled_from(COMMON_NAMES), FIELD, max_size=1))
    method = data.draw(st.sampled_from(["POST", "GET"]))
    if method == "GET":
        business.pop("ImageBase64", None)
    request = v1(customer, {**v1_parameters(customer), **business, **odd, **common}, method=method)
    check(idmock, damaged(request, data.draw(damage(HEADER_NAMES, METHODS))))


@settings(GENERATED, max_examples=400)
@given(
    body=st.binary(max_size=200), content_type=HEADER, query=QUERY, headers=st.dictionaries(HEADER, HEADER)
)
def test_nothing_in_order(
    idmock: MockServer, body: bytes, content_type: str, query: str, headers: dict[str, str]
) -> None:
    """Requests that are no call at all, at the vendor's host."""
    names = {name: value for name, value in headers.items() if name.isascii() and name.isalpha()}
    request = Raw("POST", f"/?{query}", {**names, "Content-Type": content_type, "Host": HOST}, body)
    check(idmock, request)
