"""Which mistake is behind a signature that Aliyun's gateway refuses."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from unittest import mock as patching
from urllib.parse import quote, quote_plus, urlencode

import pytest
from alibabacloud_tea_openapi.utils import Utils
from aliyunsdkcore.auth.algorithm import sha_hmac1

from mockserver.accounts import Account
from mockserver.testing import MockServer
from tests.aliyun import raw
from tests.aliyun.raw import Raw, Reply, acs3, iso, rpc
from tests.aliyun.sdk import Core, Sdk
from tests.diagnoses import mistake, signature_of

Mint = Callable[..., Account]
Change = Callable[[str], str]
Pairs = Sequence[tuple[str, str]]

PAIRS = (("OutputFigure", "true"), ("Url", "http://127.0.0.1/a b*~(1)/身.jpg"))


def same(text: str) -> str:
    return text


@pytest.fixture
def account(idmock_account: Mint) -> Account:
    return idmock_account("aliyun", limits={"requests_per_second": 1_000_000})


def refused(mock: MockServer, request: Raw) -> Reply:
    reply = request.send(mock)
    assert reply.code == "SignatureDoesNotMatch", reply.body
    return reply


def named(mock: MockServer, account: Account, request: Raw) -> str | None:
    """The mistake that a refused request is said to be."""
    return mistake(mock, account, refused(mock, request).headers["X-IDMock-Hint"])


def self_signed(
    mock: MockServer,
    account: Account,
    *,
    of_canonical: Change = same,
    of_text: Change = same,
    of_secret: Change = same,
    body: bytes = b"",
    pairs: Pairs = (),
) -> Raw:
    """An ACS3 request of a client that does one thing to the canonical request, to the string to sign, or the key."""
    secret = account.credentials["access_key_secret"]
    headers = {
        "content-type": "application/octet-stream",
        "host": mock.authority,
        "x-acs-action": "RecognizeIdcard",
        "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        "x-acs-date": iso(mock.clock.now()),
        "x-acs-signature-nonce": "0f" * 16,
        "x-acs-version": "2021-07-07",
    }
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    listed = ";".join(headers)
    query = "&".join(f"{k}={quote(v, safe='~')}" for k, v in sorted(pairs))
    canonical = f"POST\n/\n{query}\n{lines}\n{listed}\n{headers['x-acs-content-sha256']}"
    digest = hashlib.sha256(of_canonical(canonical).encode()).hexdigest()
    to_sign = of_text(f"ACS3-HMAC-SHA256\n{digest}")
    signature = hmac.new(of_secret(secret).encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    credential = account.credentials["access_key_id"]
    headers["Authorization"] = (
        f"ACS3-HMAC-SHA256 Credential={credential},SignedHeaders={listed},Signature={signature}"
    )
    return Raw("POST", raw.target_of(urlencode(pairs)), headers, body)


def replaced(old: str, new: str) -> Change:
    return lambda text: text.replace(old, new, 1)


def changed_lines(change: Change) -> Change:
    """A canonical request with every header line changed."""

    def changed(canonical: str) -> str:
        lines = canonical.split("\n")
        return "\n".join([*lines[:3], *map(change, lines[3:10]), *lines[10:]])

    return changed


def reversed_lines(canonical: str) -> str:
    lines = canonical.split("\n")
    lines[3:10] = reversed(lines[3:10])
    return "\n".join(lines)


class TestSdk:
    def test_a_wrong_host_of_the_sdks_own_signer(self, idmock: MockServer, account: Account) -> None:
        """As when a proxy rewrites the Host."""
        original = Utils.get_authorization

        def elsewhere(request: Any, *more: Any) -> str:
            host = request.headers["host"]
            request.headers["host"] = "ocr-api.cn-hangzhou.aliyuncs.com"
            signed: str = original(request, *more)
            request.headers["host"] = host
            return signed

        with patching.patch.object(Utils, "get_authorization", elsewhere):
            error = Sdk(idmock, account).refusal(idmock.specimen("front"))
        assert error.code == "SignatureDoesNotMatch"
        assert mistake(idmock, account) == "host"
        says = signature_of(idmock, account)["diagnosis"]["says"]
        assert "ocr-api.cn-hangzhou.aliyuncs.com was signed" in says

    def test_a_key_with_a_line_feed(self, idmock: MockServer, account: Account) -> None:
        """As it is read from a file."""
        secret = account.credentials["access_key_secret"] + "\n"
        assert Sdk(idmock, account, secret=secret).refusal().code == "SignatureDoesNotMatch"
        assert mistake(idmock, account) == "key-whitespace"

    def test_the_rpc_sdk_without_the_ampersand(self, idmock: MockServer, account: Account) -> None:
        """Its signer, with the one character left out."""
        original = sha_hmac1.get_sign_string

        def bare(source: str, secret: str) -> str:
            signed: str = original(source, secret.removesuffix("&"))
            return signed

        with patching.patch.object(sha_hmac1, "get_sign_string", bare):
            error = Core(idmock, account).refusal(Url="https://a.example.com/1.jpg")
        assert error.get_error_code() == "SignatureDoesNotMatch"
        assert mistake(idmock, account) == "key-prefix"
        assert "no & behind the secret" in signature_of(idmock, account)["diagnosis"]["says"]


class TestAcs3:
    @pytest.mark.parametrize(
        ("expected", "of_canonical"),
        [
            ("path", replaced("POST\n/\n", "POST\n\n")),
            ("method", replaced("POST", "GET")),
            ("method", replaced("POST", "post")),
            ("line-ends", lambda text: text.replace("\n", "\r\n")),
            ("line-ends", replaced("\n\ncontent-type;", "\ncontent-type;")),
            ("line-ends", lambda text: text + "\n"),
            ("header-form", lambda text: text.replace(";", ",")),
            ("header-form", changed_lines(lambda line: line.replace(":", ": ", 1))),
            (
                "header-form",
                changed_lines(lambda line: line.partition(":")[0].title() + line[line.index(":") :]),
            ),
            ("unsorted", reversed_lines),
            (
                "headers",
                replaced("content-type:application/octet-stream\n", "content-type:application/json\n"),
            ),
            ("headers", replaced("x-acs-action:RecognizeIdcard\n", "")),
            ("body-hash", lambda text: text[:-64] + text[-64:].upper()),
            ("body-hash", lambda text: text[:-64] + base64.b64encode(bytes.fromhex(text[-64:])).decode()),
            ("body", lambda text: text[:-64] + hashlib.sha256(b"").hexdigest()),
            ("timestamp", replaced("Z\nx-acs-sig", ".000Z\nx-acs-sig")),
        ],
    )
    def test_a_canonical_request_in_another_form(
        self, idmock: MockServer, account: Account, expected: str, of_canonical: Change
    ) -> None:
        """What a signer of one's own gets wrong."""
        request = self_signed(idmock, account, of_canonical=of_canonical, body=b"a picture")
        assert named(idmock, account, request) == expected

    @pytest.mark.parametrize(
        ("expected", "of_text"),
        [
            ("line-ends", lambda text: text + "\n"),
            ("line-ends", replaced("\n", "")),
            ("digest", lambda text: text.split("\n")[1]),
        ],
    )
    def test_a_string_to_sign_in_another_form(
        self, idmock: MockServer, account: Account, expected: str, of_text: Change
    ) -> None:
        """Two lines there are."""
        assert named(idmock, account, self_signed(idmock, account, of_text=of_text)) == expected

    @pytest.mark.parametrize(
        ("expected", "of_secret"),
        [
            ("key-prefix", lambda secret: secret + "&"),
            ("key-prefix", lambda secret: "ACS3" + secret),
            ("key-whitespace", lambda secret: secret + "\r\n"),
            ("key-whitespace", lambda secret: " " + secret),
            ("wrong-key", lambda secret: f'"{secret}"'),
        ],
    )
    def test_a_key_in_another_form(
        self, idmock: MockServer, account: Account, expected: str, of_secret: Change
    ) -> None:
        """It is the secret as it is."""
        assert named(idmock, account, self_signed(idmock, account, of_secret=of_secret)) == expected

    @pytest.mark.parametrize(
        ("expected", "of_value"),
        [
            ("encoded-twice", lambda value: quote(quote(value, safe="~"), safe="~")),
            ("not-encoded", lambda value: value),
            ("space-as-plus", lambda value: quote(value, safe="~").replace("%20", "+")),
            ("space-as-plus", lambda value: quote_plus(value, safe="*").replace("~", "%7E")),
            ("not-encoded", lambda value: quote(value, safe="~*")),
            ("not-encoded", lambda value: quote(value, safe="~!'()*")),
            ("not-encoded", lambda value: quote(value, safe="~/")),
            ("query", lambda value: quote(value, safe="").replace("~", "%7E")),
        ],
    )
    def test_a_query_in_another_form(
        self, idmock: MockServer, account: Account, expected: str, of_value: Change
    ) -> None:
        """One rule encodes what is signed."""
        right = "&".join(f"{k}={quote(v, safe='~')}" for k, v in PAIRS)
        wrong = "&".join(f"{k}={of_value(v)}" for k, v in PAIRS)
        request = self_signed(idmock, account, of_canonical=replaced(right, wrong), pairs=PAIRS)
        assert named(idmock, account, request) == expected

    def test_a_query_that_is_not_sorted(self, idmock: MockServer, account: Account) -> None:
        """The client signs the order in which it sends."""
        pairs = (("Url", "http://127.0.0.1/1.jpg"), ("OutputFigure", "true"))
        encoded = [f"{k}={quote(v, safe='')}" for k, v in pairs]
        change = replaced("&".join(reversed(encoded)), "&".join(encoded))
        assert (
            named(idmock, account, self_signed(idmock, account, of_canonical=change, pairs=pairs))
            == "unsorted"
        )

    @pytest.mark.parametrize(
        ("expected", "hashed"),
        [
            ("body", b'{"a":1}\n'),
            ("body", b'{"a": 1}'),
            ("body", base64.b64encode(b'{"a":1}')),
            ("body", b"something else"),
            ("body", b""),
        ],
    )
    def test_a_body_that_was_changed_on_its_way(
        self, idmock: MockServer, account: Account, expected: str, hashed: bytes
    ) -> None:
        """The announced hash is signed, and it is not that of what arrives."""
        digest = hashlib.sha256(hashed).hexdigest()
        request = acs3(idmock, account, b'{"a":1}', headers={"x-acs-content-sha256": digest}).request()
        assert named(idmock, account, request) == expected

    def test_a_header_that_a_library_changes(self, idmock: MockServer, account: Account) -> None:
        """A content type gets a charset after it was signed."""
        request = acs3(idmock, account, b"x", content_type="application/json").request()
        request = request.with_headers({"content-type": "application/json; charset=utf-8"})
        assert named(idmock, account, request) == "headers"

    def test_the_host_without_its_port(self, idmock: MockServer, account: Account) -> None:
        """A client that takes the host's name alone."""
        request = acs3(idmock, account, b"x", host="127.0.0.1").request()
        assert named(idmock, account, request.with_headers({"host": idmock.authority})) == "host"

    def test_another_accounts_secret(
        self, idmock: MockServer, account: Account, idmock_account: Mint
    ) -> None:
        """The account is named, its secret is not."""
        other = idmock_account("aliyun")
        secret = other.credentials["access_key_secret"]
        assert named(idmock, account, acs3(idmock, account, b"x", secret=secret).request()) == "wrong-key"
        assert other.name in signature_of(idmock, account)["diagnosis"]["says"]
        assert secret not in json.dumps(idmock.journal(account=account))


def rpc_signed(
    mock: MockServer, account: Account, sign: Callable[[Mapping[str, str], str], str], method: str = "POST"
) -> Raw:
    """An RPC request whose client makes its signature of parameters and secret by ``sign``."""
    parameters = {
        **dict(PAIRS),
        "Action": "RecognizeIdcard",
        "Version": "2021-07-07",
        "Format": "JSON",
        "RegionId": "",
        "AccessKeyId": account.credentials["access_key_id"],
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": "0e" * 16,
        "Timestamp": iso(mock.clock.now()),
    }
    signature = sign(parameters, account.credentials["access_key_secret"])
    query = urlencode({**parameters, "Signature": signature})
    return Raw(method, raw.target_of(query), {"Host": mock.authority})


def rpc_signer(
    *,
    encode: Change = lambda text: quote(text, safe="~"),
    whole: Change = lambda text: quote(text, safe="~"),
    chosen: Callable[[Mapping[str, str]], list[tuple[str, str]]] = lambda parameters: sorted(
        parameters.items()
    ),
    head: str = "POST&%2F&",
    of_secret: Change = lambda secret: f"{secret}&",
    digest: str = "sha1",
    spelling: Callable[[bytes], str] = lambda mac: base64.b64encode(mac).decode(),
) -> Callable[[Mapping[str, str], str], str]:
    """A signer that is right but for what is given."""

    def sign(parameters: Mapping[str, str], secret: str) -> str:
        query = "&".join(f"{encode(k)}={encode(v)}" for k, v in chosen(parameters))
        text = head + whole(query)
        return spelling(hmac.new(of_secret(secret).encode(), text.encode(), digest).digest())

    return sign


class TestRpc:
    @pytest.mark.parametrize(
        ("expected", "changes"),
        [
            ("key-prefix", {"of_secret": same}),
            ("key-prefix", {"of_secret": lambda secret: f"{secret}&&"}),
            ("key-whitespace", {"of_secret": lambda secret: f"{secret}\n&"}),
            ("key-whitespace", {"of_secret": lambda secret: f"{secret}&\n"}),
            ("method", {"head": "GET&%2F&"}),
            ("path", {"head": "POST&/&"}),
            ("path", {"head": "POST&&"}),
            ("digest", {"digest": "sha256"}),
            ("signature-form", {"spelling": bytes.hex}),
            ("signature-form", {"spelling": lambda mac: base64.b64encode(mac.hex().encode()).decode()}),
            ("signature-form", {"spelling": lambda mac: quote(base64.b64encode(mac).decode(), safe="")}),
            ("not-encoded", {"whole": same}),
            ("not-encoded", {"encode": same}),
            ("encoded-twice", {"encode": lambda text: quote(quote(text, safe="~"), safe="~")}),
            ("space-as-plus", {"encode": lambda text: quote_plus(text, safe="~")}),
            ("space-as-plus", {"encode": lambda text: quote_plus(text, safe="*").replace("~", "%7E")}),
            ("not-encoded", {"encode": lambda text: quote(text, safe="~*")}),
            ("query", {"encode": lambda text: quote(text, safe="").replace("~", "%7E")}),
            ("unsorted", {"chosen": lambda parameters: list(parameters.items())}),
            ("query", {"chosen": lambda parameters: sorted((k, v) for k, v in parameters.items() if v)}),
            ("query", {"chosen": lambda p: sorted((k, v) for k, v in p.items() if k != "Format")}),
        ],
    )
    def test_a_mistake_is_named(
        self, idmock: MockServer, account: Account, expected: str, changes: dict[str, Any]
    ) -> None:
        """Each alone, on the wire."""
        request = rpc_signed(idmock, account, rpc_signer(**changes))
        assert named(idmock, account, request) == expected

    def test_a_plus_that_became_a_space(self, frozen_mock: MockServer) -> None:
        """The signature was put into the query as it is; signed until there is a + in it."""
        account = frozen_mock.mint("aliyun", limits={"requests_per_second": 1_000_000})
        for nonce in range(200):
            request = rpc(frozen_mock, account, common={"SignatureNonce": f"n{nonce}"})
            if "%2B" in request.target.partition("Signature=")[2]:
                break
        sent = Raw("POST", request.target.replace("%2B", "+"), request.headers)
        assert named(frozen_mock, account, sent) == "signature-form"

    def test_a_form_that_was_not_signed(self, idmock: MockServer, account: Account) -> None:
        """The client signs the query and forgets the body."""
        request = rpc_signed(idmock, account, rpc_signer())
        headers = {**request.headers, "Content-Type": raw.FORM}
        sent = Raw("POST", request.target, headers, b"OutputQualityInfo=true&Extra=1")
        assert named(idmock, account, sent) == "query"
        assert "form" in signature_of(idmock, account)["diagnosis"]["says"]


class TestNothingIsClaimed:
    @pytest.mark.parametrize("style", ["acs3", "rpc"])
    def test_without_a_mistake_that_fits(self, idmock: MockServer, account: Account, style: str) -> None:
        """A secret that nobody has."""
        if style == "acs3":
            request = acs3(idmock, account, b"x", secret="nobody's").request()
        else:
            request = rpc(idmock, account, {"OutputFigure": "true"}, secret="nobody's")
        assert named(idmock, account, request) is None
        assert signature_of(idmock, account)["string_to_sign"]

    @pytest.mark.parametrize("style", ["acs3", "rpc"])
    def test_for_a_signature_that_holds(self, idmock: MockServer, account: Account, style: str) -> None:
        """The texts are there; a diagnosis is not."""
        if style == "acs3":
            assert acs3(idmock, account, idmock.specimen("front")).send(idmock).status == 200
        else:
            assert rpc(idmock, account, body=idmock.specimen("front")).send(idmock).status == 200
        signature = signature_of(idmock, account)
        assert signature["holds"]
        assert "diagnosis" not in signature
        assert ("canonical_request" in signature) == (style == "acs3")


class TestWhatIsShown:
    def test_no_token_no_picture_and_no_address_with_a_key(
        self, idmock: MockServer, idmock_account: Mint
    ) -> None:
        """Neither plain nor encoded, for either style and for what holds as for what does not."""
        account = idmock_account("aliyun", "temporary")
        token = account.credentials["security_token"]
        address = "https://a.example.com/1.jpg?key=letmein&number=110101199003077731"
        for secret in (None, "nobody's"):
            rpc(idmock, account, {"Url": address, "Body": "QUJD" * 200}, secret=secret).send(idmock)
            acs3(idmock, account, pairs=[("Url", address)], secret=secret).send(idmock)
        entries = idmock.journal(account=account)
        written = json.dumps([entry["signature"] for entry in entries])
        assert [entry["signature"]["holds"] for entry in entries] == [False, False, True, True]
        for hidden in ("letmein", "1101011990030777", "QUJDQUJDQUJD", token[8:60]):
            assert hidden not in written
