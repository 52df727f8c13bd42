"""Generated requests, 2,200 of them: no internal error, and every answer of one of the two documented shapes.

Most start as a valid call, with an AppCode or signed, whose body, query or headers are then damaged; others are no
call at all. The application is called as a server calls it.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.accounts import Account
from mockserver.contract import load_contract
from mockserver.testing import MockServer
from tests.alimarket.conftest import mint
from tests.alimarket.raw import FORM, HOST, JSON, PATH, Raw, content_md5, sign
from tests.generated import GENERATED, HEADER, JSON_VALUE, QUERY, TEXT, damage, damaged, scaled
from tests.triggers import encoded

CONTRACT = load_contract("alimarket")
HEADER_NAMES = (
    "Content-Type", "Authorization", "Accept", "Date", "Host", "Content-MD5", "X-Ca-Key", "X-Ca-Signature",
    "X-Ca-Signature-Headers", "X-Ca-Signature-Method", "X-Ca-Timestamp", "X-Ca-Nonce", "X-Ca-Stage",
    "X-Ca-Request-Mode", "Content-Length", "Transfer-Encoding",
)  # fmt: skip
METHODS = st.sampled_from(["POST", "GET", "PUT", "HEAD", "OPTIONS", "OCR"])
PREFIX = st.sampled_from(["", "data:image/jpeg;base64,", "data:", "DATA:x,"]) | TEXT
URL = st.sampled_from(["http://", "https://", "HTTP://127.0.0.1/_idmock/specimens/"]).flatmap(
    lambda start: (TEXT | st.sampled_from(["front.jpg", "back.png"])).map(lambda rest: start + rest)
)


@pytest.fixture(scope="module")
def small_pictures(idmock: MockServer) -> list[str]:
    """Specimens scaled down, so that a request is small: some are read, some are too small or too blurred."""
    names = ("front", "back", "both", "front-cut-deep", "no-card")
    return [encoded(picture) for picture in scaled(idmock, names, (420, 160))]


@pytest.fixture(scope="module")
def customer(idmock: MockServer) -> Account:
    """One app for all generated requests, without a limit."""
    return mint(idmock)


def images(pictures: list[str]) -> st.SearchStrategy[Any]:
    """Values of ``image``: pictures, URLs, what is nearly one, and what is nothing like it."""
    whole = st.sampled_from(pictures)
    encoded = whole | whole | st.binary(max_size=40).map(lambda b: base64.b64encode(b).decode())
    broken = st.tuples(encoded, st.floats(0, 1), st.sampled_from(["\n", "=", "-", " ", "图"])).map(
        lambda t: t[0][: int(len(t[0]) * t[1])] + t[2] + t[0][int(len(t[0]) * t[1]) :]
    )
    prefixed = st.builds(str.__add__, PREFIX, encoded)
    return st.one_of(encoded, prefixed, encoded, prefixed, broken, URL, JSON_VALUE)


def bodies(pictures: list[str]) -> st.SearchStrategy[bytes]:
    """JSON objects with an image, and whatever else may stand in their place."""
    call = st.fixed_dictionaries({"image": images(pictures)}, optional={"other": JSON_VALUE})
    return st.one_of(call, call, call, call, JSON_VALUE).map(lambda value: json.dumps(value).encode())


def check(mock: MockServer, request: Raw) -> None:
    """The gateway's answer or the seller's: status, headers, schema; nothing failed in the mock."""
    reply = request.hand_to(mock.app.extensions["idmock.ports"]["alimarket"])
    status, headers, body = reply.status, reply.headers, reply.body
    assert mock.world.own_faults.value == 0
    assert all(" " <= char <= "~" for value in headers.values() for char in value)
    assert headers["x-ca-request-id"] == headers["x-idmock-request"].upper()
    rule = headers.get("x-idmock-rule")
    if body:
        value = json.loads(body)
        assert status == 200
        assert headers["content-type"] == "application/json;charset=utf-8"
        (CONTRACT.error_validator if rule else CONTRACT.response_validator).validate(value)
        assert (rule or "").partition("#")[0] == ("500" if rule else "")
        return
    row = CONTRACT.errors[str(rule)]
    assert headers["x-ca-error-code"] == row.code != "X500ER"
    assert status == row.http_status
    assert headers["x-ca-error-message"]
    assert headers["content-type"] == "application/oct-stream"


@settings(GENERATED, max_examples=1000)
@given(data=st.data())
def test_app_code(
    idmock: MockServer, customer: Account, small_pictures: list[str], data: st.DataObject
) -> None:
    """Calls with an AppCode, in the header or in the query."""
    headers, target = {"Content-Type": JSON}, PATH
    if data.draw(st.integers(0, 4)):
        code = data.draw(st.sampled_from([customer.credentials["app_code"]] * 9 + ["unknown"]))
        headers["Authorization"] = f"APPCODE {code}"
    else:
        name = data.draw(st.sampled_from(CONTRACT.operation["app_code_parameters"]) | st.just("code"))
        target += f"?{name}={customer.credentials['app_code']}"
    request = Raw("POST", target, headers, data.draw(bodies(small_pictures)))
    check(idmock, damaged(request, data.draw(damage(HEADER_NAMES, METHODS))))


@settings(GENERATED, max_examples=800)
@given(data=st.data())
def test_signed(
    idmock: MockServer, customer: Account, small_pictures: list[str], data: st.DataObject
) -> None:
    """Signed calls, JSON and forms, with headers exchanged before they are signed."""
    form = data.draw(st.integers(0, 4)) == 0
    body = data.draw(bodies(small_pictures)) if not form else data.draw(QUERY).encode()
    headers = {"Accept": "*/*", "Content-Type": FORM if form else JSON}
    if data.draw(st.booleans()):
        headers["Content-MD5"] = content_md5(body)
    ca = data.draw(
        st.dictionaries(st.sampled_from(["X-Ca-Nonce", "X-Ca-Timestamp", "X-Ca-Stage"]), HEADER, max_size=1)
    )
    query = data.draw(st.sampled_from(["", "?a=1", "?a=&b=%E8%BA%AB"]))
    key, secret = customer.credentials["app_key"], customer.credentials["app_secret"]
    request = sign(Raw("POST", PATH + query, headers, body), key, secret, ca=ca)
    check(idmock, damaged(request, data.draw(damage(HEADER_NAMES, METHODS))))


@settings(GENERATED, max_examples=400)
@given(
    body=st.binary(max_size=200),
    content_type=HEADER,
    target=QUERY.map(lambda text: f"/{text}") | QUERY.map(lambda text: f"{PATH}?{text}"),
    headers=st.dictionaries(st.sampled_from(HEADER_NAMES), HEADER, max_size=4),
)
def test_nothing_in_order(
    idmock: MockServer, body: bytes, content_type: str, target: str, headers: dict[str, str]
) -> None:
    """Requests that are no call at all, at the seller's host."""
    check(
        idmock,
        Raw("POST", target, {"Host": HOST, "Content-Type": content_type, **headers}, body),
    )
