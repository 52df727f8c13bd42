"""Whatever is sent: an answer of a documented shape, and no fault of the mock itself.

The requests go to the application itself, without a socket. Most of them are a good request with a few things made
strange, because a request that is strange all over is refused at the first step.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mockserver.accounts import Account
from mockserver.app import create_app
from mockserver.cards.draw import draw_card
from mockserver.cards.named import load_specimens
from mockserver.contract import load_contract
from mockserver.settings import Settings
from mockserver.signing.authorization import AuthorizationError
from mockserver.vendors._huawei import signatures
from mockserver.vendors._huawei.iam import OPERATIONS
from tests.customers import UNLIMITED
from tests.generated import GENERATED
from tests.huawei import raw
from tests.huawei.sdk import SWITCHES
from tests.triggers import encoded
from tests.wire import Reply, call_wsgi


def _front() -> bytes:
    """A card that fills its picture and can be read: small, since most examples send it."""
    card = draw_card(load_specimens()["front"].cards[0].card).convert("RGB")
    buffer = io.BytesIO()
    card.resize((card.width // 2, card.height // 2), Image.Resampling.LANCZOS).save(
        buffer, "JPEG", quality=80
    )
    return buffer.getvalue()


HOST = "ocr.cn-north-4.myhuaweicloud.com"
NOW = 1_700_000_000
CONTRACT = load_contract("huawei")
STATUSES = {200, 201} | {row.http_status for row in CONTRACT.errors.values()}
FRONT = encoded(_front())
#: Documented codes answer them, so nothing is hidden by a slow or a failing recognition.
STATES = (
    "active",
    "temporary",
    "disabled",
    "temporary-expired",
    "project-frozen",
    "no-permission",
    "in-arrears",
)


def _account(state: str) -> Account:
    keys = {
        "ak": f"HPUAMOCK{state}",
        "sk": f"MOCK{state}",
        "project_id": f"{STATES.index(state):032x}",
        "domain": f"MOCK{state}-domain",
        "username": f"MOCK{state}-user",
        "password": f"MOCK{state}-password",
    }
    if state.startswith("temporary"):
        keys["security_token"] = "MOCKtoken"
    return Account("huawei", state, state, keys, {"requests_per_second": UNLIMITED})


ACCOUNTS = [_account(state) for state in STATES]
#: Two of three calls get past the account.
accounts = st.sampled_from([*ACCOUNTS[:2] * 6, *ACCOUNTS])


class App:
    """The application at a standstill of its clock, called as a server would."""

    def __init__(self) -> None:
        app = create_app(Settings(vendors=("huawei",)))
        self.world = app.extensions["idmock"]
        #: As on the port that the vendor has for itself: whatever comes is for it.
        self.port = app.extensions["idmock.ports"]["huawei"]
        self.world.clock.freeze(NOW)
        for account in ACCOUNTS:
            self.world.accounts.add(account)

    def send(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Reply:
        self.world.state.reset()  # or a few wrong signatures would lock the account for all that follow
        return call_wsgi(self.port, method, path, query, headers, body)


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    """One application for all examples: what one leaves behind must not harm the next."""
    one = App()
    yield one
    assert one.world.own_faults.value == 0


def check(app: App, reply: Reply) -> None:
    """The answer has one of the documented shapes, and the mock has no fault of its own."""
    status, headers, body = reply.status, reply.headers, reply.body
    assert app.world.own_faults.value == 0
    assert status in STATUSES
    request_id = headers["X-Request-Id"]
    answer = json.loads(body)
    if status < 300:
        CONTRACT.response_validator.validate(answer)
        return
    row = CONTRACT.error(headers["X-IDMock-Rule"])
    CONTRACT.error_validator.validate(answer)
    assert status == row.http_status
    if row.family == "gateway":
        assert answer["request_id"] == request_id
        assert body.endswith(b"\n")


# What is sent ---------------------------------------------------------------------------------------------------------


def _png(size: tuple[int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", size, 200).save(buffer, "PNG")
    return buffer.getvalue()


texts = st.text(st.characters(codec="utf-8"), max_size=20)
latin = st.text(st.characters(max_codepoint=255), max_size=20)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
images = (
    st.just(FRONT)
    | st.tuples(st.integers(1, 60), st.integers(1, 60)).map(_png).map(encoded)
    | st.integers(0, 400).map(lambda cut: FRONT[: cut * 4])
    | st.binary(max_size=60).map(encoded)
    | values
)
urls = (
    st.sampled_from(["front", "back", "both", "no-card", "nothing"]).map(
        lambda name: f"http://{HOST}/_idmock/specimens/{name}.jpg"
    )
    | st.sampled_from(
        ["http://", "https://[", "ftp://x/y", "https://b.obs.cn-north-4.myhuaweicloud.com/x", "//x"]
    )
    | values
)
#: A call that is in order: one picture, a side that exists, switches that are on or off.
good_bodies = st.builds(
    lambda picture, side, switches: {**picture, **side, **switches},
    st.sampled_from([{"image": FRONT}] * 4 + [{"url": f"http://{HOST}/_idmock/specimens/both.jpg"}])
    | images.map(lambda value: {"image": value})
    | urls.map(lambda value: {"url": value}),
    st.sampled_from([{}, {"side": ""}, {"side": "front"}, {"side": "back"}, {"side": "double_side"}]),
    st.dictionaries(st.sampled_from(SWITCHES), st.booleans(), max_size=8),
)
#: Up to two members that may be anything.
strange = st.dictionaries(
    st.sampled_from(["image", "url", "side", "something", *SWITCHES]), values, max_size=2
)
bodies = good_bodies | st.builds(lambda good, odd: {**good, **odd}, good_bodies, strange)
payloads = (
    bodies.map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=80)
    | values.map(lambda value: json.dumps(value).encode())
)
header_changes = st.dictionaries(
    st.sampled_from(
        [
            "Authorization", "X-Sdk-Date", "X-Auth-Token", "Content-Type", "Host", "X-Security-Token",
            "X-Sdk-Content-Sha256", "Enterprise-Project-Id",
        ]
    ),
    st.none() | latin,
    max_size=1,
)  # fmt: skip
methods = st.sampled_from(["POST"] * 30 + ["GET", "PUT", "HEAD", "DELETE", "x"])


def _signed(account: Account, method: str, target: str, body: bytes) -> dict[str, str]:
    request = raw.signed(account, body=body, method=method, target=target, host=HOST, moment=NOW)
    return dict(request.headers)


def _changed(headers: dict[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    merged: dict[str, str | None] = {**headers, **changes}
    return {name: value for name, value in merged.items() if value is not None}


@settings(GENERATED, max_examples=1000)
@given(accounts, bodies)
def test_any_parameters(app: App, account: Account, body: dict[str, Any]) -> None:
    """Well-formed, well signed calls whose members are right, wrong or of another kind."""
    payload, path = json.dumps(body).encode(), raw.path_of(account)
    check(app, app.send("POST", path, "", _signed(account, "POST", path, payload), payload))


@settings(GENERATED, max_examples=700)
@given(accounts, methods, payloads, header_changes, latin, latin)
def test_any_request(
    app: App,
    account: Account,
    method: str,
    payload: bytes,
    changes: dict[str, str | None],
    tail: str,
    query: str,
) -> None:
    """Anything in the body, the headers, the method, at the end of the path and in the query."""
    path = raw.path_of(account) + (tail if len(tail) > 12 else "")
    headers = _changed(_signed(account, method, raw.path_of(account), payload), changes)
    check(app, app.send(method, path, query, headers, payload))


projects = (
    st.sampled_from([{"name": "cn-north-4"}, {"name": "cn-south-1"}, {"id": f"{0:032x}"}])
    | st.fixed_dictionaries({}, optional={"name": values, "id": values})
    | values
)


@settings(GENERATED, max_examples=500)
@given(
    accounts,
    st.sampled_from(
        [("POST", "/v3/auth/tokens")] * 8 + [*OPERATIONS] * 2 + [("PUT", "/v3/projects"), ("GET", "/v3/x")]
    ),
    st.fixed_dictionaries(
        {},
        optional={
            "identity": st.fixed_dictionaries(
                {"methods": st.just(["password"]) | values},
                optional={"password": st.fixed_dictionaries({"user": values}) | values},
            )
            | values,
            "scope": st.fixed_dictionaries({"project": projects}) | values,
            "project": projects,
        },
    ),
    st.booleans(),
    latin,
)
def test_any_call_of_iam(
    app: App, account: Account, call: tuple[str, str], body: dict[str, Any], login: bool, name: str
) -> None:
    """Logins that are nearly right, and the calls that list and create."""
    (method, path), auth = call, json.loads(raw.login(account).body)["auth"]
    payload = json.dumps(
        {"auth": {**(auth if login else {}), **body}, "project": body.get("project")}
    ).encode()
    query = f"name={quote(name)}"
    request = raw.signed(
        account,
        body=payload,
        method=method,
        target=f"{path}?{query}",
        moment=NOW,
        host="iam.cn-north-4.myhuaweicloud.com",
    )
    headers = dict(request.headers)
    if not login:
        headers["X-Auth-Token"] = name
    check(app, app.send(method, path, query, headers, payload))


@settings(GENERATED, max_examples=300)
@given(
    st.text(max_size=60)
    | st.builds("SDK-HMAC-SHA256 Access={}, SignedHeaders={}, Signature={}".format, texts, texts, texts)
)
def test_authorization_headers_are_parsed_or_refused(header: str) -> None:
    """The parser knows one way to fail."""
    try:
        signatures.parse_authorization(header)
    except AuthorizationError as error:
        assert error.element
