"""The suite's own requests to the marketplace, held against the vectors that the gateway's own demos confirm."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.dialect import Call
from conformance.errors import Misshapen, NotApplicable
from conformance.model import Account, Answer, Request
from conformance.vendors.alimarket import read, usual
from conformance.vendors.alimarket.compose import compose
from conformance.vendors.alimarket.signers import content_md5, sign, string_to_sign

SECRET = "test-secret-0123456789abcdef0123"
ACCOUNT = Account("alimarket", "active", {"app_code": "0a1b", "app_key": "204800001", "app_secret": SECRET})
NONCE = {"X-Ca-Nonce": "7c9e6679-7425-40de-944b-e07fc1f90ae7"}
NOW = 1763700000.0
FRONT = {"image": "http://images.example.test/front.jpg"}
BACK = {"image": "http://images.example.test/back.jpg", "note": "身份证"}
STAGE = {**NONCE, "X-Ca-Stage": "RELEASE"}


def call(**more: Any) -> Call:
    given_values: dict[str, Any] = {
        "transport": "signature-json",
        "parameters": FRONT,
        "signed_headers": NONCE,
        "hosts": {"ocr": "idc.market.alicloudapi.com"},
        "now": NOW,
    }
    return Call(ACCOUNT, **{**given_values, **more})


VECTORS = {
    "V1": (
        {"signed_headers": NONCE},
        "POST#application/json#eknP/2C5zHu3LdIKs6Xq+g==#application/json; charset=utf-8##X-Ca-Key:204800001"
        "#X-Ca-Nonce:7c9e6679-7425-40de-944b-e07fc1f90ae7#X-Ca-Timestamp:1763700000000#/idcard/ocr",
        "UT5rFL7Np4dPNSiclxnCa+AETohDuJpMQgAEqPVHh1c=",
    ),
    "V2": (
        {"signed_headers": STAGE, "sign": {"lower_case": True}},
        "POST#application/json#eknP/2C5zHu3LdIKs6Xq+g==#application/json; charset=utf-8##x-ca-key:204800001"
        "#x-ca-nonce:7c9e6679-7425-40de-944b-e07fc1f90ae7#x-ca-stage:RELEASE#x-ca-timestamp:1763700000000"
        "#/idcard/ocr",
        "9HbBSsQEcNLanUN1lXeZatsctcEsqYDUl9hWSsHtKuw=",
    ),
    "V3": (
        {
            "transport": "signature-form",
            "parameters": BACK,
            "signed_headers": STAGE,
            "sign": {"lower_case": True, "query": [["b", "2"], ["a", ""]]},
        },
        "POST#application/json##application/x-www-form-urlencoded; charset=utf-8##x-ca-key:204800001"
        "#x-ca-nonce:7c9e6679-7425-40de-944b-e07fc1f90ae7#x-ca-stage:RELEASE#x-ca-timestamp:1763700000000"
        "#/idcard/ocr?a&b=2&image=http://images.example.test/back.jpg&note=身份证",
        "4M5dV1iKN/F3NIGzMXGJ+ma4mlD5zRJ48v35drw4FQU=",
    ),
    "V4": (
        {
            "signed_headers": {
                "Accept": "*/*",
                "Content-MD5": None,
                "X-Ca-Timestamp": None,
                "X-Ca-Nonce": None,
            }
        },
        "POST#*/*##application/json; charset=utf-8##X-Ca-Key:204800001#/idcard/ocr",
        "lRFCnvpc4kClOqy5hk7hAOGqoyuSbgdZ3jHzvE3PMKM=",
    ),
}


def rebuilt(request: Request) -> str:
    """The string to sign, taken from what goes out as a server would."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    listed = [n for n in headers.get("x-ca-signature-headers", "").split(",") if n]
    target = urlsplit(request.target)
    parameters = parse_qsl(target.query, keep_blank_values=True)
    if headers["content-type"].startswith("application/x-www-form-urlencoded"):
        parameters = parse_qsl(request.body.decode(), keep_blank_values=True) + parameters
    return string_to_sign(request.method, target.path, headers, listed, parameters)


@pytest.mark.parametrize("name", VECTORS)
def test_vectors(name: str) -> None:
    options, text, signature = VECTORS[name]
    request = compose(call(**options))
    assert rebuilt(request).replace("\n", "#") == text
    assert sign(SECRET, text.replace("#", "\n")) == signature
    assert {n.lower(): v for n, v in request.headers.items()}["x-ca-signature"] == signature


def test_the_body_of_the_vectors() -> None:
    request = compose(call())
    assert request.body == b'{"image":"http://images.example.test/front.jpg"}'
    assert request.headers["Content-MD5"] == content_md5(request.body) == "eknP/2C5zHu3LdIKs6Xq+g=="


def test_sha1() -> None:
    expected = base64.b64encode(hmac.new(SECRET.encode(), "文".encode(), hashlib.sha1).digest()).decode()
    assert sign(SECRET, "文", "HmacSHA1") == expected
    request = compose(call(sign={"method": "HmacSHA1"}))
    assert request.headers["X-Ca-Signature"] == sign(SECRET, rebuilt(request), "HmacSHA1")


_WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.tuples(_WORDS.filter(bool), _WORDS), max_size=6))
def test_any_query_and_form_is_signed_as_a_server_reads_it(pairs: list[tuple[str, str]]) -> None:
    """Encoded for the wire, decoded by the standard library, signed again: the same signature."""
    sign_options = {"query": [list(pair) for pair in pairs]}
    for transport in ("signature-json", "signature-form"):
        request = compose(call(transport=transport, parameters={"note": "1 + 1"}, sign=sign_options))
        assert request.headers["X-Ca-Signature"] == sign(SECRET, rebuilt(request))


@given(st.permutations(["X-Ca-Key", "X-Ca-Nonce", "X-Ca-Timestamp"]))
def test_the_order_of_the_list_does_not_matter(listed: list[str]) -> None:
    request = compose(call(sign={"listed": listed}))
    assert request.headers["X-Ca-Signature"] == VECTORS["V1"][2]
    assert request.headers["X-Ca-Signature-Headers"] == ",".join(listed)


@pytest.mark.parametrize(
    "sign_options",
    [{"key": "other"}, {"corrupt": True}, {"timestamp_offset_s": 1}, {"app_key": "1"}, {"query": {"a": "1"}}],
)
def test_an_option_changes_the_signature(sign_options: dict[str, Any]) -> None:
    assert compose(call(sign=sign_options)).headers["X-Ca-Signature"] != VECTORS["V1"][2]


def test_what_has_a_line_of_its_own_is_not_listed() -> None:
    headers = {"Accept": "a", "Content-Type": "c", "X-Ca-Key": "k"}
    text = string_to_sign("post", "/x", headers, ["Accept", "content-type", "X-Ca-Key"], [])
    assert text == "POST\na\n\nc\n\nX-Ca-Key:k\n/x"


def test_without_a_list_there_is_no_such_header() -> None:
    headers = compose(call(sign={"listed": []})).headers
    assert "X-Ca-Signature-Headers" not in headers


def test_app_code_in_the_header() -> None:
    request = compose(call(transport="appcode-json", signed_headers={}))
    assert request.headers["Authorization"] == "APPCODE 0a1b"
    assert not any(name.lower().startswith("x-ca-") for name in request.headers)
    assert json.loads(request.body) == FRONT
    other = compose(call(transport="appcode-json", sign={"word": "appcode ", "app_code": "ff"}))
    assert other.headers["Authorization"] == "appcode ff"


def test_app_code_in_the_query() -> None:
    request = compose(call(transport="appcode-query-json", sign={"query_name": "appCode"}))
    assert parse_qs(urlsplit(request.target).query) == {"appCode": ["0a1b"]}
    assert "Authorization" not in request.headers
    both = compose(call(transport="appcode-query-json", sign={"header_app_code": "ff"}))
    assert both.headers["Authorization"] == "APPCODE ff"


def test_nobody_sends_no_credentials() -> None:
    request = compose(call(transport="nobody-json", signed_headers={}))
    assert set(request.headers) == {"Host", "Accept", "Content-Type"}
    assert request.target == "/idcard/ocr"


def test_multipart() -> None:
    request = compose(call(transport="appcode-multipart", parameters=BACK, signed_headers={}))
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    parts = list(BytesParser(policy=HTTP).parsebytes(head + request.body).iter_parts())
    assert [part.get_param("name", header="content-disposition") for part in parts] == ["image", "note"]
    assert parts[1].get_payload(decode=True) == "身份证".encode()


@pytest.mark.parametrize(
    ("transport", "missing"), [("appcode-json", "app_code"), ("signature-json", "app_secret")]
)
def test_without_a_credential_the_case_does_not_apply(transport: str, missing: str) -> None:
    left = {name: value for name, value in ACCOUNT.credentials.items() if name != missing}
    with pytest.raises(NotApplicable, match=missing):
        compose(
            Call(Account("alimarket", "active", left), transport=transport, hosts={"ocr": "example.test"})
        )


@pytest.mark.parametrize("transport", ["appcode-json", "signature-json"])
def test_composing_is_cheap(transport: str) -> None:
    """Within a millisecond or two for a picture of 100 KB, which the load tests count on."""
    picture = usual(b"\xff" * 100_000)

    def seconds() -> float:
        started = time.perf_counter()
        compose(call(transport=transport, parameters=picture))
        return time.perf_counter() - started

    assert min(seconds() for _ in range(20)) < 0.002


def gateway(status: int, *headers: tuple[str, str], body: bytes = b"") -> Answer:
    return Answer(status, [("X-Ca-Request-Id", "R"), *headers], body)


def test_an_error_of_the_gateway_is_read_from_headers() -> None:
    reading = read(gateway(403, ("x-ca-error-code", "B403MQ"), ("x-ca-error-message", "used up")))
    assert (reading.ok, reading.code, reading.message, reading.shape) == (False, "B403MQ", "used up", None)
    assert reading.request_id == "R"


def test_an_older_gateway_has_a_message_and_no_code() -> None:
    reading = read(gateway(403, ("X-Ca-Error-Message", "Unauthorized")))
    assert (reading.ok, reading.code, reading.message) == (False, None, "Unauthorized")


@pytest.mark.parametrize("headers", [(), (("X-Ca-Error-Message", "OK"),), (("X-Ca-Error-Code", ""),)])
def test_a_success_is_read_from_the_body(headers: tuple[tuple[str, str], ...]) -> None:
    reading = read(gateway(200, *headers, body=b'{"status": 200, "msg": "", "data": {"type": "front"}}'))
    assert (reading.ok, reading.shape, reading.document["data"]["type"]) == (True, "response", "front")


def test_a_failure_of_the_seller_is_read_from_the_body_under_any_status() -> None:
    for status in (200, 500):
        reading = read(gateway(status, body='{"status": 500, "msg": "请求失败"}'.encode()))
        assert (reading.ok, reading.code, reading.message, reading.shape) == (
            False,
            "500",
            "请求失败",
            "error",
        )


@pytest.mark.parametrize("body", [b"", b"ok", b"[]", b'{"status": "200"}', b'{"status": true}', b"{}"])
def test_what_the_vendor_never_gives(body: bytes) -> None:
    with pytest.raises(Misshapen):
        read(gateway(200, body=body))
