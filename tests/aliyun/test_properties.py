"""Whatever is sent: an answer of a documented shape, and no fault of the mock itself.

The requests go to the application itself, without a socket. Most of them are a good request with a few things made
strange, because a request that is strange all over is refused at the first step.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from urllib.parse import quote_from_bytes
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mockserver.accounts import Account
from mockserver.app import create_app
from mockserver.cards.named import load_specimens
from mockserver.contract import load_contract
from mockserver.settings import Settings
from tests.aliyun.raw import FORM, Acs3, iso, rpc_signature
from tests.customers import UNLIMITED
from tests.generated import GENERATED
from tests.wire import Reply, call_wsgi

HOST = "ocr-api.cn-hangzhou.aliyuncs.com"
CONTRACT = load_contract("aliyun")
STATUSES = {200} | {row.http_status for row in CONTRACT.errors.values()}
FRONT = load_specimens()["front-small"].image_path.read_bytes()
#: Documented codes answer them, so nothing is hidden by a slow or a failing recognition.
ACCOUNTS = [
    Account(
        "aliyun",
        state,
        state,
        {"access_key_id": f"LTAI5tMOCK{state}", "access_key_secret": f"MOCK{state}"}
        | ({"security_token": "CAISMOCK=="} if state.startswith("temporary") else {}),
        {"requests_per_second": UNLIMITED},
    )
    for state in (
        "active",
        "temporary",
        "disabled",
        "no-permission",
        "temporary-expired",
        "package-exhausted",
    )
]
#: Two of three calls get past the account.
accounts = st.sampled_from([*ACCOUNTS[:2] * 4, *ACCOUNTS])


class App:
    """The application at a standstill of its clock, called as a server would."""

    def __init__(self) -> None:
        self.app = create_app(Settings(vendors=("aliyun",)))
        self.world = self.app.extensions["idmock"]
        self.world.clock.freeze(1_700_000_000)
        for account in ACCOUNTS:
            self.world.accounts.add(account)

    def send(self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Reply:
        return call_wsgi(self.app.wsgi_app, method, path, query, headers, body)


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    made = App()
    yield made
    assert made.world.own_faults.value == 0


def check(app: App, answer: Reply) -> None:
    """A documented status; JSON by one of the two schemas, or the XML of an error or a success."""
    status, headers, body = answer.status, answer.headers, answer.body
    assert app.world.own_faults.value == 0
    assert status in STATUSES
    assert all(value.isascii() and value.isprintable() for value in headers.values())
    text = body.decode()
    if headers["Content-Type"].startswith("text/xml"):
        root = ElementTree.fromstring(text)
        tags = [child.tag for child in root]
        expected = ["RequestId", "Data"] if status == 200 else list(CONTRACT.operation["xml_error_members"])
        assert tags == expected
        code = root.findtext("Code")
    else:
        value = json.loads(text)
        validator = CONTRACT.response_validator if status == 200 else CONTRACT.error_validator
        assert not list(validator.iter_errors(value))
        code = value.get("Code")
    if status != 200:
        row = CONTRACT.error(headers["X-IDMock-Rule"])
        assert (row.code, row.http_status) == (code, status)


def tiny(size: tuple[int, int], form: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size).save(buffer, form)
    return buffer.getvalue()


header_text = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30).map(str.strip)
any_text = st.text(max_size=30)
bodies = st.one_of(
    st.just(FRONT),
    st.just(b""),
    st.binary(max_size=60),
    st.integers(1, 400).map(lambda n: FRONT[:n]),
    st.integers(0, len(FRONT) - 1).map(lambda n: FRONT[:n] + b"\0" + FRONT[n + 1 :]),
    st.sampled_from(
        [tiny((1, 1), "PNG"), tiny((400, 4), "BMP"), tiny((60, 60), "GIF"), b"%PDF-1.7", b"GIF89a"]
    ),
)
urls = st.one_of(
    any_text,
    st.sampled_from(
        [
            f"http://{HOST}/_idmock/specimens/front.jpg",
            "http://127.0.0.1/_idmock/specimens/../../etc/passwd",
            "http://127.0.0.1/_idmock/specimens/no-card.png",
            "http://[::1", "http://[v1.x]/", "//x", "http://user:pw@10.0.0.1:99999/", "%", "http:///", "x:y",
            "https://img.example.com/%ff",
        ]
    ),
)  # fmt: skip
business = st.lists(
    st.one_of(
        st.tuples(st.just("Url"), urls),
        st.tuples(
            st.sampled_from(["OutputFigure", "OutputQualityInfo", "Llm_rec"]),
            st.sampled_from(["True", "false", "TRUE", "", "1", "\udcff"]),
        ),
        st.tuples(st.sampled_from(["body", "Body", "Action", "", "Format"]), any_text),
    ),
    max_size=3,
)
odd_headers = st.dictionaries(
    st.sampled_from(
        [
            "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256", "accept",
            "x-acs-security-token", "content-md5", "content-type", "accept-encoding", "x-acs-odd",
        ]
    ),
    st.one_of(st.none(), header_text, st.sampled_from(["application/xml", "*/*", FORM, "2023-11-14T22:13:21Z"])),
    max_size=2,
)  # fmt: skip


def surrogates_as_text(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(k, v.encode("utf-8", "replace").decode()) for k, v in pairs]


@settings(GENERATED, max_examples=1000)
@given(
    accounts, bodies, business, odd_headers, st.sampled_from([None, None, None, "wrong"]),
    st.sampled_from(["POST", "POST", "POST", "GET", "PUT"]),
)  # fmt: skip
def test_acs3_requests_with_something_odd(
    app: App,
    account: Account,
    body: bytes,
    pairs: list[tuple[str, str]],
    headers: dict[str, str | None],
    secret: str | None,
    method: str,
) -> None:
    """Headers left out or replaced before signing, any parameters, any body."""
    now = app.world.clock.now()
    request = Acs3(
        account, HOST, now, surrogates_as_text(pairs), body, method, headers=headers, secret=secret
    ).request()
    check(app, app.send(method, "/", request.query, request.headers, body))


@settings(GENERATED, max_examples=700)
@given(
    accounts,
    bodies,
    business,
    st.dictionaries(
        st.sampled_from(
            [
                "Action", "Version", "Format", "AccessKeyId", "SignatureMethod", "SignatureVersion", "SignatureNonce",
                "Timestamp", "SecurityToken", "Signature", "SignatureType", "RegionId",
            ]
        ),
        st.one_of(st.none(), any_text, st.sampled_from(["XML", "xml", "JSON", "2023-11-14T22:13:21Z"])),
        max_size=2,
    ),
    st.booleans(),
)  # fmt: skip
def test_rpc_requests_with_something_odd(
    app: App,
    account: Account,
    body: bytes,
    pairs: list[tuple[str, str]],
    common: dict[str, str | None],
    form: bool,
) -> None:
    """Parameters left out or replaced before signing, in the query or in a form."""
    keys = account.credentials
    chosen: dict[str, str | None] = {
        "Action": "RecognizeIdcard",
        "Version": "2021-07-07",
        "AccessKeyId": keys["access_key_id"],
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": f"{id(common)}{len(body)}{pairs!r}",
        "Timestamp": iso(app.world.clock.now()),
        "SecurityToken": keys.get("security_token"),
        **{k: v for k, v in surrogates_as_text(pairs) if k not in ("Action", "Format")},
        **common,
    }
    sent = {
        name: value.encode("utf-8", "replace").decode() for name, value in chosen.items() if value is not None
    }
    sent.setdefault("Signature", rpc_signature("POST", sent, keys["access_key_secret"]))
    encoded = "&".join(
        f"{quote_from_bytes(k.encode())}={quote_from_bytes(v.encode())}" for k, v in sent.items()
    )
    if form:
        answer = app.send("POST", "/", "", {"Host": HOST, "Content-Type": FORM}, encoded.encode())
    else:
        answer = app.send("POST", "/", encoded, {"Host": HOST, "Content-Type": "image/jpeg"}, body)
    check(app, answer)


@settings(GENERATED, max_examples=500)
@given(
    st.one_of(
        st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "TRACE"]),
        st.text("ABCxyz", min_size=1, max_size=9),
    ),
    st.one_of(st.just("/"), st.text(max_size=12).map(lambda t: f"/{t}".encode().decode("latin-1"))),
    st.binary(max_size=80).map(lambda b: b.decode("latin-1")),
    st.dictionaries(
        st.sampled_from(["authorization", "x-acs-action", "x-acs-date", "accept", "content-type", "cookie"]),
        st.one_of(header_text, st.sampled_from(["ACS3-HMAC-SHA256 Credential=", FORM, "RecognizeIdcard"])),
    ),
    st.binary(max_size=200),
    st.sampled_from([HOST, f"{HOST}:8080", "x.aliyuncs.com", "a<b.aliyuncs.com", "OCR-API.aliyuncs.com"]),
)
def test_requests_that_are_odd_all_over(
    app: App, method: str, path: str, query: str, headers: dict[str, str], body: bytes, host: str
) -> None:
    """Any method, path, query, header and body."""
    check(app, app.send(method, path, query, {**headers, "Host": host}, body))
