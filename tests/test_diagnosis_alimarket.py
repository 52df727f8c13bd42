"""Which mistake is behind a signature that the marketplace's gateway refuses."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pytest

from mockserver.accounts import Account
from mockserver.testing import MockServer
from tests.alimarket import raw
from tests.alimarket.raw import FORM, JSON, PATH, Raw
from tests.diagnoses import mistake, signature_of
from tests.triggers import encoded

Mint = Callable[..., Account]
Change = Callable[[str], str]

FIELDS = {"b": "x y/*~", "a": "1", "c": ""}
#: As they are signed.
SIGNED = "a=1&b=x y/*~&c"


def same(text: str) -> str:
    return text


def replaced(old: str, new: str) -> Change:
    return lambda text: text.replace(old, new, 1)


@pytest.fixture
def account(idmock_account: Mint) -> Account:
    return idmock_account("alimarket", limits={"requests_per_second": 1_000_000})


def self_signed(
    mock: MockServer,
    account: Account,
    *,
    of_text: Change = same,
    of_secret: Change = same,
    spelling: Callable[[bytes], str] = lambda mac: base64.b64encode(mac).decode(),
    digest: str = "sha256",
    headers: Mapping[str, str] | None = None,
    target: str = PATH,
    body: bytes = b'{"image": "x"}',
) -> Raw:
    """A request of a client that does one thing to the string to sign, to the secret, or to the signature."""
    ca = {
        "X-Ca-Key": account.credentials["app_key"],
        "X-Ca-Nonce": hashlib.md5(f"{of_text}{of_secret}{mock.clock.now()}".encode()).hexdigest(),
        "X-Ca-Timestamp": str(int(mock.clock.now() * 1000)),
    }
    own = {"Accept": "application/json", "Content-Type": JSON, **(headers or {})}
    request = Raw(target=target, headers={**own, **ca}, body=body)
    text = of_text(raw.string_to_sign(request, list(ca)))
    secret = of_secret(account.credentials["app_secret"])
    mac = hmac.new(secret.encode(), text.encode(), digest).digest()
    signed = {"X-Ca-Signature-Headers": ",".join(ca), "X-Ca-Signature": spelling(mac)}
    return request.with_headers(signed)


def form(mock: MockServer, account: Account, of_text: Change, **more: Any) -> Raw:
    """The same with a form as its body."""
    body = urlencode(FIELDS).encode()
    return self_signed(mock, account, of_text=of_text, headers={"Content-Type": FORM}, body=body, **more)


def named(mock: MockServer, account: Account, request: Raw) -> str | None:
    """The mistake that a refused request is said to be."""
    reply = request.send(mock)
    assert reply.code == "A403IS", (reply.status, reply.headers)
    return mistake(mock, account, reply.headers["X-IDMock-Hint"])


class TestStringToSign:
    @pytest.mark.parametrize(
        ("expected", "of_text"),
        [
            ("line-ends", replaced("json\n\n", "json\n")),
            ("line-ends", lambda text: text.replace("\n\n", "\n")),
            ("line-ends", lambda text: text.replace("\n", "\r\n")),
            ("line-ends", lambda text: text + "\n"),
            ("line-ends", replaced("\n/idcard", "\n\n/idcard")),
            ("line-ends", replaced("\n/idcard", "/idcard")),
            ("line-ends", lambda text: text.replace("\n", "#")),
            ("method", replaced("POST", "GET")),
            ("method", replaced("POST", "post")),
            ("path", replaced("/idcard/ocr", "/idcard/ocr/")),
            ("path", replaced("/idcard/ocr", "")),
            ("headers", replaced("POST\napplication/json", "POST\n*/*")),
            ("headers", replaced("POST\napplication/json", "POST\n")),
            ("headers", replaced(JSON, "application/json")),
            ("header-form", lambda text: re.sub("X-Ca-[A-Za-z]+", lambda name: name[0].lower(), text)),
            ("header-form", lambda text: re.sub("(X-Ca-[A-Za-z]+:)", r"\1 ", text)),
            ("unsorted", lambda text: "\n".join(exchanged(text.split("\n")))),
            ("headers", lambda text: "\n".join(line for line in text.split("\n") if "Nonce" not in line)),
            ("headers", lambda text: "\n".join(line for line in text.split("\n") if "X-Ca-" not in line)),
            ("query", lambda text: text + '?body={"image": "x"}'),
        ],
    )
    def test_a_mistake_is_named(
        self, idmock: MockServer, account: Account, expected: str, of_text: Change
    ) -> None:
        """Each alone, on the wire."""
        assert named(idmock, account, self_signed(idmock, account, of_text=of_text)) == expected

    def test_signed_headers_that_are_not_listed(self, idmock: MockServer, account: Account) -> None:
        """The gateway signs what X-Ca-Signature-Headers names."""
        request = self_signed(idmock, account).with_headers({"X-Ca-Signature-Headers": None})
        assert named(idmock, account, request) == "headers"

    def test_a_time_in_seconds(self, idmock: MockServer, account: Account) -> None:
        """Milliseconds are sent."""

        def seconds(text: str) -> str:
            head, _, rest = text.partition("Timestamp:")
            return f"{head}Timestamp:{rest[:10]}{rest[13:]}"

        assert named(idmock, account, self_signed(idmock, account, of_text=seconds)) == "timestamp"

    @pytest.mark.parametrize(
        "sent", ["application/json", "application/json;charset=UTF-8", "application/json; charset=UTF-8"]
    )
    def test_a_library_that_changes_the_headers(
        self, idmock: MockServer, account: Account, sent: str
    ) -> None:
        """Both are often changed together, behind the back of the client that has signed."""
        request = self_signed(idmock, account).with_headers({"Content-Type": sent, "Accept": "*/*"})
        assert named(idmock, account, request) == "headers"

    @pytest.mark.parametrize(
        ("expected", "spelled"),
        [
            ("body-hash", lambda body: hashlib.md5(body).hexdigest()),
            ("body-hash", lambda body: base64.b64encode(hashlib.md5(body).hexdigest().encode()).decode()),
            ("body-hash", lambda body: ""),
            ("body", lambda body: raw.content_md5(body + b"\n")),
            ("body", lambda body: raw.content_md5(b'{"image":"x"}')),
        ],
    )
    def test_another_content_md5(
        self, idmock: MockServer, account: Account, expected: str, spelled: Callable[[bytes], str]
    ) -> None:
        """Sent is the right one."""
        body = b'{"image": "x"}'
        right = raw.content_md5(body)
        change = replaced(right, spelled(body))
        request = self_signed(idmock, account, of_text=change, headers={"Content-MD5": right}, body=body)
        assert named(idmock, account, request) == expected

    def test_a_content_md5_that_is_not_sent(self, idmock: MockServer, account: Account) -> None:
        """Signed it is."""
        body = b'{"image": "x"}'
        request = self_signed(idmock, account, headers={"Content-MD5": raw.content_md5(body)}, body=body)
        assert named(idmock, account, request.with_headers({"Content-MD5": None})) == "body-hash"


def exchanged(lines: list[str]) -> list[str]:
    """The first two header lines the other way round."""
    return [*lines[:5], lines[6], lines[5], *lines[7:]]


class TestParameters:
    @pytest.mark.parametrize(
        ("expected", "signed"),
        [
            ("query", ""),
            ("query", "?a=1&b=x y/*~&c="),
            ("query", "?a=1&b=x y/*~"),
            ("unsorted", "?b=x y/*~&a=1&c"),
            ("encoded-twice", f"?a=1&b={quote('x y/*~', safe='')}&c"),
            ("encoded-twice", f"?a=1&b={quote('x y/*~', safe='/')}&c"),
            ("space-as-plus", f"?a=1&b={quote_plus('x y/*~', safe='*').replace('~', '%7E')}&c"),
            ("space-as-plus", "?a=1&b=x+y/*~&c"),
        ],
    )
    @pytest.mark.parametrize("where", ["form", "query"])
    def test_a_mistake_is_named(
        self, idmock: MockServer, account: Account, expected: str, signed: str, where: str
    ) -> None:
        """Values are signed as they are, sorted by name, an empty one without its equals sign."""
        change = replaced(f"?{SIGNED}", signed)
        if where == "form":
            request = form(idmock, account, change)
        else:
            request = self_signed(idmock, account, of_text=change, target=f"{PATH}?{urlencode(FIELDS)}")
        assert named(idmock, account, request) == expected

    @pytest.mark.parametrize("signed", ["?a=2&d=1", "?a=2&b=x y/*~&c&d=1"])
    def test_query_and_form_together(self, idmock: MockServer, account: Account, signed: str) -> None:
        """The form is forgotten, or its field hidden by a parameter of the query."""
        right = "?a=1&b=x y/*~&c&d=1"
        request = form(idmock, account, replaced(right, signed), target=f"{PATH}?a=2&d=1")
        assert named(idmock, account, request) == "query"


class TestKeyAndSignature:
    @pytest.mark.parametrize(
        ("expected", "changes"),
        [
            ("key-whitespace", {"of_secret": lambda secret: secret + "\n"}),
            ("key-whitespace", {"of_secret": lambda secret: "\t" + secret}),
            ("key-prefix", {"of_secret": lambda secret: secret + "&"}),
            ("digest", {"digest": "sha1"}),
            ("digest", {"digest": "md5"}),
            ("signature-form", {"spelling": bytes.hex}),
            ("signature-form", {"spelling": lambda mac: base64.b64encode(mac.hex().encode()).decode()}),
            ("signature-form", {"spelling": lambda mac: quote(base64.b64encode(mac).decode(), safe="")}),
        ],
    )
    def test_a_mistake_is_named(
        self, idmock: MockServer, account: Account, expected: str, changes: dict[str, Any]
    ) -> None:
        """Each alone, on the wire."""
        assert named(idmock, account, self_signed(idmock, account, **changes)) == expected

    def test_the_app_code_is_no_secret_key(self, idmock: MockServer, account: Account) -> None:
        """The page of an app shows the three of them together."""
        request = self_signed(idmock, account, of_secret=lambda _: account.credentials["app_code"])
        assert named(idmock, account, request) == "wrong-key"
        assert "app_code" in signature_of(idmock, account)["diagnosis"]["says"]

    def test_another_apps_secret(self, idmock: MockServer, account: Account, idmock_account: Mint) -> None:
        """The account is named, its secret is not."""
        other = idmock_account("alimarket")
        request = self_signed(idmock, account, of_secret=lambda _: other.credentials["app_secret"])
        assert named(idmock, account, request) == "wrong-key"
        assert other.name in signature_of(idmock, account)["diagnosis"]["says"]
        assert other.credentials["app_secret"] not in json.dumps(idmock.journal(account=account))


class TestNothingIsClaimed:
    def test_without_a_mistake_that_fits(self, idmock: MockServer, account: Account) -> None:
        """A secret that nobody has."""
        request = self_signed(idmock, account, of_secret=lambda _: "nobody's")
        assert named(idmock, account, request) is None
        assert signature_of(idmock, account)["string_to_sign"].startswith("POST\napplication/json\n\n")

    def test_for_a_signature_that_holds(self, idmock: MockServer, account: Account) -> None:
        """The text is there; a diagnosis is not."""
        body = json.dumps({"image": encoded(idmock.specimen("front"))}).encode()
        assert self_signed(idmock, account, body=body).send(idmock).status == 200
        signature = signature_of(idmock, account)
        assert signature["holds"]
        assert signature.keys() == {"holds", "string_to_sign"}

    def test_for_an_app_code(self, idmock: MockServer, account: Account) -> None:
        """Nothing is signed."""
        raw.image_call(idmock, account).send(idmock)
        assert "signature" not in idmock.journal(account=account)[0]


def test_no_picture_and_nothing_secret_is_shown(idmock: MockServer, account: Account) -> None:
    """A form's fields are signed, the picture among them."""
    image = encoded(idmock.specimen("front"))
    address = "https://a.example.com/?key=letmein"
    fields = {"image": image, "url": address, "id": "110101199003077731"}
    for of_secret in (same, lambda _: "nobody's"):
        headers, body = {"Content-Type": FORM}, urlencode(fields).encode()
        self_signed(idmock, account, of_secret=of_secret, headers=headers, body=body).send(idmock)
    entries = idmock.journal(account=account)
    assert [entry["signature"]["holds"] for entry in entries] == [False, True]
    written = json.dumps(entries)
    for hidden in (image[:64], "letmein", "1101011990030777", account.credentials["app_secret"]):
        assert hidden not in written
    assert f"image=...{len(image)}-characters..." in written
