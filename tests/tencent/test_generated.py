"""Generated requests, 2,200 of them: no internal error, and every answer one that the schemas allow.

Each starts as a valid signed call. Parameters are exchanged before it is signed, so that the request gets past the
signature, and header lines, query and body are damaged behind it. The application is called as a server calls it.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from mockserver.accounts import Account
from mockserver.contract import load_contract
from mockserver.testing import MockServer
from tests.tencent.conftest import mint
from tests.tencent.raw import HOST, Raw, tc3, v1, v1_parameters

CONTRACT = load_contract("tencent")
#: The same requests on every run: a build fails by what was changed, not by the day.
GENERATED = settings(
    deadline=None,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)

TEXT = st.text(max_size=12)
#: Form fields may also hold bytes that are no UTF-8.
FIELD = TEXT | st.binary(max_size=6).map(lambda data: data.decode("utf-8", "surrogateescape"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
CONFIG = st.dictionaries(
    st.sampled_from(CONTRACT.operation["config_switches"]) | TEXT, st.booleans() | JSON, max_size=6
).map(json.dumps)
#: What may stand in a header line: bytes as a server hands them on.
HEADER = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=20
)
QUERY = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="#"), max_size=40)
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
    out = []
    for name in ("front", "back", "both", "front-glare", "no-card"):
        with Image.open(io.BytesIO(idmock.specimen(name))) as image:
            for width in (420, 160):
                data = io.BytesIO()
                small = image.resize((width, width * image.height // image.width))
                small.save(data, "JPEG", quality=80)
                out.append(base64.b64encode(data.getvalue()).decode())
    return out


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
    wrong = st.dictionaries(names, JSON, max_size=2)
    return st.one_of(right, right, st.builds(lambda one, other: {**one, **other}, right, wrong))


def damage() -> st.SearchStrategy[list[tuple[str, Any, Any]]]:
    """Up to two changes to a request that is already signed."""
    header = st.sampled_from(HEADER_NAMES)
    change = st.one_of(
        st.tuples(st.just("drop"), header, st.none()),
        st.tuples(st.just("header"), header, HEADER),
        st.tuples(st.just("method"), METHODS, st.none()),
        st.tuples(st.just("query"), QUERY, st.none()),
        st.tuples(st.just("cut"), st.floats(0, 1), st.none()),
        st.tuples(st.just("insert"), st.floats(0, 1), st.binary(min_size=1, max_size=4)),
    )
    return st.lists(change, max_size=2)


def damaged(request: Raw, changes: list[tuple[str, Any, Any]]) -> Raw:
    """The request with the changes applied in order."""
    method, target, headers, body = request.method, request.target, dict(request.headers), request.body
    for kind, what, value in changes:
        if kind == "drop":
            headers.pop(what, None)
        elif kind == "header":
            headers[what] = value
        elif kind == "method":
            method = what
        elif kind == "query":
            target += ("&" if "?" in target else "?") + what
        elif kind == "cut":
            body = body[: int(len(body) * what)]
        else:
            at = int(len(body) * what)
            body = body[:at] + value + body[at:]
    return Raw(method, target, headers, body)


def call(mock: MockServer, request: Raw) -> tuple[int, Mapping[str, str], bytes]:
    """Call the application as a WSGI server does."""
    path, _, query = request.target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": io.StringIO(),
        "CONTENT_LENGTH": str(len(request.body)),
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    seen: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> Any:
        seen.extend([int(status.split()[0]), {name.lower(): value for name, value in headers}])

    chunks: Iterable[bytes] = mock.app(environ, start_response)
    body = b"".join(chunks)
    return seen[0], seen[1], body


def check(mock: MockServer, request: Raw) -> None:
    """The answer is the vendor's: status, type, schema; nothing failed in the mock."""
    status, headers, body = call(mock, request)
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
    check(idmock, damaged(request, data.draw(damage())))


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
    check(idmock, damaged(request, data.draw(damage())))


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
