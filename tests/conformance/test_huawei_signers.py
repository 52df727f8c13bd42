"""The suite's own requests to Huawei: signatures of the vendor's clients and guide, tokens, and what answers mean."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.dialect import Call
from conformance.errors import Misshapen, NotApplicable, SuiteError, TargetError
from conformance.model import Account, Answer, Request
from conformance.vendors.huawei import DIALECT, read, usual
from conformance.vendors.huawei.compose import compose
from conformance.vendors.huawei.signers import SdkHmac, canonical_query, canonical_uri, payload_hash

PROJECT = "0123456789abcdef0123456789abcdef"
#: 20250101T000000Z
MOMENT = 1_735_689_600
OCR, IAM = "ocr.cn-north-4.myhuaweicloud.com", "iam.cn-north-4.myhuaweicloud.com"
KEYS = {
    "ak": "FAKEAK0000000000TEST",
    "sk": "FAKESK00000000000000000000000000000000TEST",
    "project_id": PROJECT,
    "domain": "an-account",
    "username": "a-user",
    "password": "a-password",
}
PARAMETERS = {"image": "/9j/4AAQ", "side": "front", "return_verification": True}


def call(transport: str = "aksk", **more: Any) -> Call:
    account = Account("huawei", "active", {**KEYS, **more.pop("credentials", {})})
    hosts = {"ocr": OCR, "iam": IAM, **more.pop("hosts", {})}
    return Call(account, transport=transport, now=MOMENT, hosts=hosts, **more)


#: What a client signed, the hash of its canonical request, its signature.
VECTORS = {
    "python": (
        call(parameters=PARAMETERS, signed_headers={"User-Agent": None}),
        "5259b7dbb20590b9252618b14260b02b086964f8450b9ef33ace694ae78a6667",
        "9443231731ebaeb67248ebbed0f60b9b10c3970540c0e8329d483fa44a5b70e7",
    ),
    "python-temporary-key": (
        call(
            credentials={"security_token": "FAKE-SECURITY-TOKEN"},
            hosts={"ocr": "127.0.0.1:8080"},
            parameters={"url": "https://example.com/a.jpg", "side": "double_side"},
            signed_headers={"User-Agent": "huaweicloud-usdk-python/3.0; test", "Enterprise-Project-Id": "0"},
        ),
        "83da174dcc7055fd04b4ea85482838561dbcffe3a306edc5787ca0d3565b177a",
        "9e04b2e09b4b60c06c5e7f5a3e593b862fcd45681c38bd6f743cf8a949be44ec",
    ),
    "python-projects": (
        call("iam-aksk", path="/v3/projects?name=cn-north-4"),
        "170cde682b5b321ec39f7ba690ed32e47197bbe5e97e3ab76fc1b1c3aa761641",
        "7579f79d2bcdaf214cd765f1798a38ce3eca145bd0a4e4e870599287ff8bfe2a",
    ),
    "node": (
        call("aksk-node", parameters=PARAMETERS),
        "e761054ab89c08bd96cf8b207f045530ce106ddb196d06d24a59b11a92667d1e",
        "6fffb8016bfa5808a65ff5b3f2f1a1b278d1cf9c04337330b388c3bf1b6845ae",
    ),
}


def signed_names(request: Request) -> list[str]:
    return request.headers["Authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")


def signature(request: Request) -> str:
    return request.headers["Authorization"].rpartition("Signature=")[2]


@pytest.mark.parametrize("name", VECTORS)
def test_requests_are_those_of_the_vendors_clients(name: str) -> None:
    """Composed with their keys at their time, body and headers included, they have the clients' signatures."""
    asked, canonical_hash, expected = VECTORS[name]
    request = compose(asked)
    canonical = SdkHmac(KEYS["ak"], KEYS["sk"]).canonical_request(request, signed_names(request))
    assert hashlib.sha256(canonical.encode()).hexdigest() == canonical_hash
    assert signature(request) == expected
    assert request.headers["Authorization"].startswith(f"SDK-HMAC-SHA256 Access={KEYS['ak']}, SignedHeaders=")


def test_the_guides_example() -> None:
    """The worked example of the vendor's signing guide: a GET with a query, and its own key."""
    headers = {
        "Content-Type": "application/json",
        "Host": "service.region.example.com",
        "X-Sdk-Date": "20191115T033655Z",
    }
    query = "marker=13551d6b-755d-4757-b956-536f674975c0&limit=2"
    request = Request("GET", f"/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs?{query}", headers)
    signer = SdkHmac("QTWAOYTTINDUT2QVKYUC", "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc")
    canonical = signer.canonical_request(request, ["content-type", "host", "x-sdk-date"])
    to_sign = signer.string_to_sign(request, canonical)
    digest = "b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a"
    assert to_sign == f"SDK-HMAC-SHA256\n20191115T033655Z\n{digest}"
    assert (
        signature(signer.sign(request))
        == signer.signature(to_sign)
        == "7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe"
    )


def test_the_canonical_request_line_by_line() -> None:
    request = compose(VECTORS["python"][0])
    canonical = SdkHmac(KEYS["ak"], KEYS["sk"]).canonical_request(request, signed_names(request))
    assert canonical.split("\n") == [
        "POST",
        f"/v2/{PROJECT}/ocr/id-card/",
        "",
        "content-type:application/json;charset=utf-8",
        f"host:{OCR}",
        f"x-project-id:{PROJECT}",
        "x-sdk-date:20250101T000000Z",
        "",
        "content-type;host;x-project-id;x-sdk-date",
        "a116049e673e6f0e3ed877d5c8ca69ad777df64df8f13e32c1bbae57de69f3f1",
    ]


def test_the_python_client_signs_its_user_agent_and_the_node_client_does_not() -> None:
    python, node = compose(call(parameters=PARAMETERS)), compose(call("aksk-node", parameters=PARAMETERS))
    assert "user-agent" in signed_names(python)
    assert signed_names(node) == ["content-type", "host", "x-project-id", "x-sdk-date"]
    assert node.headers["Content-Type"] == "application/json"


SEGMENTS = st.text(st.characters(codec="utf-8", exclude_characters="/"), max_size=8)
PAIRS = st.lists(st.tuples(st.text(min_size=1, max_size=6), st.text(max_size=6)), max_size=5)


@given(st.lists(SEGMENTS, min_size=1, max_size=4))
def test_a_path_is_encoded_once_and_ends_with_one_slash_more(segments: list[str]) -> None:
    path = "/" + "/".join(quote(segment, safe="") for segment in segments)
    assert canonical_uri(path) in (path, f"{path}/")
    assert canonical_uri(path).endswith("/")


@given(PAIRS, st.randoms(use_true_random=False))
def test_the_order_of_a_query_does_not_matter_and_nothing_of_it_is_lost(
    pairs: list[tuple[str, str]], random: Any
) -> None:
    written = [f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs]
    canonical = canonical_query("&".join(written))
    random.shuffle(written)
    assert canonical_query("&".join(written)) == canonical
    assert parse_qsl(canonical, keep_blank_values=True) == sorted(pairs)


@pytest.mark.parametrize("header", ["X-Sdk-Content-Sha256", "x-sdk-content-sha256"])
def test_a_header_may_stand_for_the_body_when_there_is_one(header: str) -> None:
    request = Request("POST", "/", {header: "UNSIGNED-PAYLOAD"}, b"a body")
    assert payload_hash(request) == "UNSIGNED-PAYLOAD"
    assert payload_hash(replace(request, body=b"")) == hashlib.sha256(b"").hexdigest()


@pytest.mark.parametrize(
    "options",
    [
        {"key": "another"},
        {"corrupt": True},
        {"uri_as_sent": True},
        {"date_offset_s": 1},
        {"signed_headers": ["host", "x-sdk-date"]},
    ],
    ids=lambda options: next(iter(options)),
)
def test_each_option_changes_the_signature_and_nothing_else_that_is_sent(options: dict[str, Any]) -> None:
    plain, other = compose(call(parameters=PARAMETERS)), compose(call(parameters=PARAMETERS, sign=options))
    assert signature(plain) != signature(other)
    changed = {name for name in plain.headers if plain.headers[name] != other.headers[name]}
    assert changed - {"Authorization"} == ({"X-Sdk-Date"} if "date_offset_s" in options else set())
    assert (plain.target, plain.body) == (other.target, other.body)


def test_a_key_an_algorithm_and_a_date_can_be_others() -> None:
    sign = {"ak": "NOBODY", "algorithm": "SDK-HMAC-SM3", "date": "yesterday"}
    request = compose(call(parameters=PARAMETERS, sign=sign))
    assert request.headers["Authorization"].startswith("SDK-HMAC-SM3 Access=NOBODY, ")
    assert request.headers["X-Sdk-Date"] == "yesterday"


def token_answer(status: int = 201, token: str | None = None) -> Answer:
    headers = [] if token is None else [("x-subject-token", token)]
    return Answer(status, headers, b'{"token": {}}')


def test_a_token_is_asked_for_with_the_callers_login_and_sent_in_place_of_a_signature() -> None:
    sent: list[Request] = []

    def exchange(request: Request) -> Answer:
        sent.append(request)
        return token_answer(token="MIIabcdef")

    request = compose(call("token", parameters=PARAMETERS, exchange=exchange, sign={"token_cut": 5}))
    (login,) = sent
    assert (login.method, login.target, login.service, login.headers["Host"]) == (
        "POST",
        "/v3/auth/tokens",
        "iam",
        IAM,
    )
    auth = json.loads(login.body)["auth"]
    assert auth["scope"] == {"project": {"id": PROJECT}}
    assert auth["identity"]["password"]["user"] == {
        "name": "a-user",
        "password": "a-password",
        "domain": {"name": "an-account"},
    }
    assert request.headers["X-Auth-Token"] == "MIIab"
    assert "Authorization" not in request.headers
    assert request.service == "ocr"


@pytest.mark.parametrize("answer", [token_answer(), token_answer(401, "MII")], ids=["none", "refused"])
def test_without_a_token_nothing_is_sent(answer: Answer) -> None:
    with pytest.raises(TargetError, match="IAM gave no token"):
        compose(call("token", exchange=lambda request: answer))
    with pytest.raises(SuiteError, match="cannot ask"):
        compose(call("iam-token"))


def test_a_missing_credential_is_a_reason_not_to_judge() -> None:
    for transport in ("aksk", "iam-login"):
        with pytest.raises(NotApplicable, match="was given for huawei"):
            compose(
                Call(Account("huawei", "active", {}), transport=transport, hosts={"ocr": OCR, "iam": IAM})
            )


def test_a_get_of_iam_has_a_content_type_only_with_a_body() -> None:
    assert "Content-Type" not in compose(call("iam-aksk")).headers
    with_body = compose(call("iam-aksk", body=b"{}"))
    assert with_body.method == "GET"
    assert signed_names(with_body) == ["content-type", "host", "x-sdk-date"]


def answer(document: Any, status: int = 400, request_id: str = "r") -> Answer:
    return Answer(status, [("x-request-id", request_id)], json.dumps(document).encode())


def test_the_three_shapes_of_an_error() -> None:
    gateway = read(answer({"error_msg": "m", "error_code": "APIG.0101", "request_id": "r"}, 404))
    service = read(answer({"error_code": "AIS.0104", "error_msg": "m"}))
    iam = read(answer({"error": {"code": 401, "message": "m", "title": "Unauthorized"}}, 401))
    assert [(e.ok, e.code, e.message, e.shape) for e in (gateway, service, iam)] == [
        (False, "APIG.0101", "m", "error"),
        (False, "AIS.0104", "m", "error"),
        (False, "401", "m", "error"),
    ]
    assert service.request_id == "r"
    assert read(answer({"error": {"message": "m"}})).code is None


@pytest.mark.parametrize("subject", ["result", "token", "projects", "project", "domains", "regions"])
def test_a_success_is_about_something(subject: str) -> None:
    reading = read(answer({subject: {}}, 200))
    assert (reading.ok, reading.code, reading.shape) == (True, None, "response")
    with pytest.raises(Misshapen, match="status 500"):
        read(answer({subject: {}}, 500))


@pytest.mark.parametrize("body", [b"", b"<html>502</html>", b"[]", b"{}", b'{"error": "text"}', b"\xff"])
def test_what_the_vendor_never_gives(body: bytes) -> None:
    with pytest.raises(ValueError):
        read(Answer(502, [], body))


def test_members_that_follow_from_others() -> None:
    ids = DIALECT.agreements["request-ids"]
    assert ids(answer({"request_id": "b"}, request_id="a")) == ("a", "b")
    times = {"issued_at": "2020-01-03T09:05:22.701000Z", "expires_at": "2020-01-04T09:05:22.701000Z"}
    assert DIALECT.agreements["token-life"](answer({"token": times})) == (86400, 86400)
    scores = DIALECT.agreements["scores-of-alarms"]
    result = {"detect_copy_result": True, "detect_blur_result": False, "score_info": {"copy_score": 1}}
    assert scores(answer({"result": result})) == (["blur_score", "copy_score"], ["copy_score"])
    assert scores(answer({"result": {"name": "n"}})) == ([], [])


def test_the_usual_call_is_a_portrait_side_in_base64() -> None:
    assert usual(b"\xff\xd8") == {"image": "/9g=", "side": "front"}
