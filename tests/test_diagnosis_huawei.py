"""Which mistake is behind a signature that Huawei's gateway refuses."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from mockserver.accounts import Account
from mockserver.testing import MockServer
from mockserver.vendors._huawei.signatures import moment
from tests.diagnoses import mistake, signature_of
from tests.huawei import raw
from tests.huawei.raw import Raw, Reply, path_of
from tests.huawei.sdk import Sdk
from tests.triggers import encoded

Mint = Callable[..., Account]
Change = Callable[[str], str]

BODY = {"image": "身份证", "side": "front"}
JSON = json.dumps(BODY).encode()


def same(text: str) -> str:
    return text


def replaced(old: str, new: str) -> Change:
    return lambda text: text.replace(old, new, 1)


def hash_as(change: Callable[[bytes], str]) -> Change:
    """A canonical request whose last line is made of the body by ``change``."""
    return lambda text: text[:-64] + change(JSON)


def hash_of(change: Callable[[bytes], bytes]) -> Change:
    """A canonical request that has the hash of a changed body."""
    return hash_as(lambda body: hashlib.sha256(change(body)).hexdigest())


def dumped(**options: Any) -> Change:
    return hash_of(lambda body: json.dumps(json.loads(body), **options).encode())


def exchanged(first: int, second: int) -> Change:
    """A canonical request with two lines exchanged."""

    def change(text: str) -> str:
        lines = text.split("\n")
        lines[first], lines[second] = lines[second], lines[first]
        return "\n".join(lines)

    return change


def spaced(text: str) -> str:
    """A canonical request with a space behind the colon of every header line."""
    lines = text.split("\n")
    return "\n".join([*lines[:3], *(line.replace(":", ": ", 1) for line in lines[3:6]), *lines[6:]])


@pytest.fixture
def account(idmock_account: Mint) -> Account:
    return idmock_account("huawei", limits={"requests_per_second": 1_000_000})


def self_signed(
    mock: MockServer,
    account: Account,
    *,
    of_canonical: Change = same,
    of_text: Change = same,
    of_secret: Change = same,
    host: str | None = None,
    query: str = "",
    signed_query: str = "",
) -> Raw:
    """A request of a client that does one thing to the canonical request, to the string to sign, or to the key."""
    date = moment(mock.clock.now())
    headers = {"content-type": raw.JSON, "host": host or mock.authority, "x-sdk-date": date}
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    digest = hashlib.sha256(JSON).hexdigest()
    listed = ";".join(headers)
    canonical = f"POST\n{path_of(account)}/\n{signed_query}\n{lines}\n{listed}\n{digest}"
    hashed = hashlib.sha256(of_canonical(canonical).encode()).hexdigest()
    text = of_text(f"SDK-HMAC-SHA256\n{date}\n{hashed}")
    secret = of_secret(account.credentials["sk"])
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    headers["host"] = mock.authority
    headers["Authorization"] = (
        f"SDK-HMAC-SHA256 Access={account.credentials['ak']}, SignedHeaders={listed}, Signature={signature}"
    )
    return Raw("POST", path_of(account) + (f"?{query}" if query else ""), headers, JSON)


def named(mock: MockServer, account: Account, request: Raw) -> str | None:
    """The mistake that a refused request is said to be."""
    reply: Reply = request.send(mock)
    assert reply.rule == "APIG.0301#signature", (reply.rule, reply.body)
    return mistake(mock, account, reply.headers["X-IDMock-Hint"])


class TestSdk:
    def test_a_wrong_host_of_the_sdks_own_signer(self, idmock: MockServer, account: Account) -> None:
        """As when a proxy rewrites the Host behind the client."""
        port = idmock.authority.partition(":")[2]

        def change(sent: Any) -> None:
            sent.header_params["Host"] = f"localhost:{port}"

        with Sdk(idmock, account, change=change) as sdk:
            assert sdk.refusal(image=encoded(idmock.specimen("front"))).error_code == "APIG.0301"
            assert sdk.reply.headers["X-IDMock-Hint"].startswith("host: ")
        assert mistake(idmock, account) == "host"
        assert f"{idmock.authority} was signed" in signature_of(idmock, account)["diagnosis"]["says"]

    def test_a_key_with_white_space(self, idmock: MockServer, account: Account) -> None:
        """As it is copied from a page."""
        with Sdk(idmock, account, sk=account.credentials["sk"] + " ") as sdk:
            assert sdk.refusal(image="x").error_code == "APIG.0301"
        assert mistake(idmock, account) == "key-whitespace"


class TestCanonicalRequest:
    @pytest.mark.parametrize(
        ("expected", "of_canonical"),
        [
            ("path", replaced("/ocr/id-card/\n", "/ocr/id-card\n")),
            ("path", replaced("/ocr/id-card/\n", "/ocr/id-card//\n")),
            ("method", replaced("POST", "GET")),
            ("method", replaced("POST", "post")),
            ("line-ends", lambda text: text.replace("\n", "\r\n")),
            ("line-ends", replaced("\n\ncontent-type;", "\ncontent-type;")),
            ("line-ends", lambda text: text + "\n"),
            ("unsorted", exchanged(3, 4)),
            ("unsorted", exchanged(4, 5)),
            ("header-form", replaced("content-type;host;x-sdk-date", "Content-Type;Host;X-Sdk-Date")),
            ("header-form", spaced),
            ("headers", replaced("application/json\n", "application/json; charset=utf-8\n")),
            ("headers", replaced("content-type:application/json\n", "")),
            ("body-hash", hash_as(lambda body: hashlib.sha256(body).hexdigest().upper())),
            ("body-hash", hash_as(lambda body: base64.b64encode(hashlib.sha256(body).digest()).decode())),
            ("body-hash", hash_as(lambda body: hashlib.md5(body).hexdigest())),
            ("body-hash", hash_as(lambda body: "UNSIGNED-PAYLOAD")),
            ("body-hash", hash_as(lambda body: "")),
            ("body", hash_of(lambda body: b"")),
            ("body", hash_of(lambda body: body + b"\n")),
            ("body", hash_of(base64.b64encode)),
            ("body", hash_of(lambda body: quote(body, safe="").encode())),
            ("body", hash_of(lambda body: json.dumps(body.decode()).encode())),
            ("body", dumped(ensure_ascii=False)),
            ("body", dumped(separators=(",", ":"))),
            ("body", dumped(ensure_ascii=False, separators=(",", ":"), sort_keys=True)),
        ],
    )
    def test_a_canonical_request_in_another_form(
        self, idmock: MockServer, account: Account, expected: str, of_canonical: Change
    ) -> None:
        """What a signer of one's own gets wrong."""
        assert named(idmock, account, self_signed(idmock, account, of_canonical=of_canonical)) == expected

    def test_names_in_capitals(self, idmock: MockServer, account: Account) -> None:
        """In the lines and in their list."""

        def capitals(text: str) -> str:
            for name in ("content-type", "host", "x-sdk-date"):
                text = text.replace(name, name.title())
            return text

        assert named(idmock, account, self_signed(idmock, account, of_canonical=capitals)) == "header-form"

    def test_the_path_as_the_page_prints_it(self, idmock: MockServer, account: Account) -> None:
        """The project was not put in where the path is signed."""
        change = replaced(account.credentials["project_id"], "{project_id}")
        assert named(idmock, account, self_signed(idmock, account, of_canonical=change)) == "path"

    @pytest.mark.parametrize("host", ["127.0.0.1", "ocr.cn-north-4.myhuaweicloud.com", "localhost"])
    def test_another_host(self, idmock: MockServer, account: Account, host: str) -> None:
        """Without its port, the platform's, another name of this server."""
        assert named(idmock, account, self_signed(idmock, account, host=host)) == "host"

    @pytest.mark.parametrize(
        ("expected", "signed"),
        [
            ("encoded-twice", "a=x%2520%252A~%252F&b=1"),
            ("not-encoded", "a=x *~/&b=1"),
            ("space-as-plus", "a=x+%2A~%2F&b=1"),
            ("space-as-plus", f"a={quote_plus('x *~/', safe='*').replace('~', '%7E')}&b=1"),
            ("not-encoded", "a=x%20*~%2F&b=1"),
            ("query", "a=x%20%2A%7E%2F&b=1"),
            ("unsorted", "b=1&a=x%20%2A~%2F"),
            ("query", ""),
        ],
    )
    def test_a_query_in_another_form(
        self, idmock: MockServer, account: Account, expected: str, signed: str
    ) -> None:
        """The operation takes none, and a gateway signs any."""
        request = self_signed(idmock, account, query="b=1&a=x%20*%7E%2F", signed_query=signed)
        assert named(idmock, account, request) == expected

    def test_a_library_that_adds_a_charset(self, idmock: MockServer, account: Account) -> None:
        """Behind the back of the client that has signed."""
        request = self_signed(idmock, account).with_headers(
            {"content-type": "application/json;charset=UTF-8"}
        )
        assert named(idmock, account, request) == "headers"


class TestStringToSign:
    @pytest.mark.parametrize(
        ("expected", "of_text"),
        [
            ("line-ends", lambda text: text + "\n"),
            ("digest", replaced("SDK-HMAC-SHA256", "AWS4-HMAC-SHA256")),
            ("timestamp", lambda text: text.replace(text.split("\n")[1], text.split("\n")[1][:8])),
            ("timestamp", lambda text: text.replace("Z\n", "\n")),
        ],
    )
    def test_a_string_to_sign_in_another_form(
        self, idmock: MockServer, account: Account, expected: str, of_text: Change
    ) -> None:
        """Three lines there are."""
        assert named(idmock, account, self_signed(idmock, account, of_text=of_text)) == expected

    def test_another_time_than_was_sent(self, frozen_mock: MockServer) -> None:
        """A client that asks for the time twice."""
        account = frozen_mock.mint("huawei")
        sent, later = moment(frozen_mock.clock.now()), moment(frozen_mock.clock.now() + 1)
        change = replaced(sent, later)
        for request in (
            self_signed(frozen_mock, account, of_text=change),
            self_signed(frozen_mock, account, of_canonical=change),
        ):
            assert named(frozen_mock, account, request) == "timestamp"

    @pytest.mark.parametrize(
        ("expected", "of_secret"),
        [
            ("key-prefix", lambda secret: "SDK" + secret),
            ("key-prefix", lambda secret: secret + "&"),
            ("key-whitespace", lambda secret: secret + "\n"),
            ("wrong-key", str.lower),
        ],
    )
    def test_a_key_in_another_form(
        self, idmock: MockServer, account: Account, expected: str, of_secret: Change
    ) -> None:
        """It is the secret as it is."""
        assert named(idmock, account, self_signed(idmock, account, of_secret=of_secret)) == expected

    def test_another_accounts_secret(
        self, idmock: MockServer, account: Account, idmock_account: Mint
    ) -> None:
        """The account is named, its secret is not."""
        other = idmock_account("huawei")
        request = self_signed(idmock, account, of_secret=lambda _: other.credentials["sk"])
        assert named(idmock, account, request) == "wrong-key"
        assert other.name in signature_of(idmock, account)["diagnosis"]["says"]
        assert other.credentials["sk"] not in json.dumps(idmock.journal(account=account))


class TestNothingIsClaimed:
    def test_without_a_mistake_that_fits(self, idmock: MockServer, account: Account) -> None:
        """A secret that nobody has."""
        request = self_signed(idmock, account, of_secret=lambda _: "nobody's")
        assert named(idmock, account, request) is None
        signature = signature_of(idmock, account)
        assert signature["canonical_request"].startswith(f"POST\n{path_of(account)}/\n")
        assert signature["string_to_sign"].startswith("SDK-HMAC-SHA256\n")

    def test_for_a_signature_that_holds(self, idmock: MockServer, account: Account) -> None:
        """The texts are there; a diagnosis is not."""
        image = encoded(idmock.specimen("front"))
        assert raw.send(idmock, account, {"image": image}).status == 200
        signature = signature_of(idmock, account)
        assert signature["holds"]
        assert "diagnosis" not in signature
        assert "canonical_request" in signature

    def test_for_a_call_with_a_token(self, idmock: MockServer, account: Account) -> None:
        """Nothing is signed."""
        token = raw.token_of(idmock, account)
        raw.with_token(account, token, BODY).send(idmock)
        assert "signature" not in idmock.journal(account=account)[0]


def test_nothing_secret_is_shown(idmock: MockServer, idmock_account: Mint) -> None:
    """No token, and no address with a key, for what holds as for what does not."""
    account = idmock_account("huawei", "temporary")
    token = account.credentials["security_token"]
    target = f"{path_of(account)}?u=https%3A%2F%2Fa.example.com%2F%3Fkey%3Dletmein&n=110101199003077731"
    for secret in (None, "nobody's"):
        raw.send(idmock, account, BODY, target=target, secret=secret)
    entries = idmock.journal(account=account)
    assert [entry["signature"]["holds"] for entry in entries] == [False, True]
    written = json.dumps([entry["signature"] for entry in entries])
    for hidden in ("letmein", "1101011990030777", token[:40]):
        assert hidden not in written
