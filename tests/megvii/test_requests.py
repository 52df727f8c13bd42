"""What each way of sending the request yields (contract §1.1), and which of several mistakes is named (§4)."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
import requests

from mockserver.accounts import Account
from mockserver.testing import MockServer
from tests.megvii.upload import Part, body_of, call_app, file_part, mint, text_part
from tests.wire import Reply

MULTIPART = "multipart/form-data; boundary=XX"


@pytest.fixture
def credentials(account: Account) -> list[Part]:
    return [text_part(name, value) for name, value in account.credentials.items()]


@pytest.fixture
def front(idmock: MockServer) -> bytes:
    return idmock.specimen("front")


def error_of(reply: Reply) -> str:
    """The text of an error, whichever key it has; a 413 is its body."""
    if reply.status == 413:
        return reply.body.decode()
    body = json.loads(reply.body)
    return str(body.get("error") or body.get("error_message"))


@pytest.mark.parametrize(
    "part",
    [
        file_part(b"", b"Content-Type: image/jpeg"),
        file_part(b""),
        file_part(b"", disposition=b'form-data; name="image"; filename="+"'),
        file_part(b"", disposition=b'form-data; name="image"; filename="php1a2b.tmp"'),
        file_part(b"", b"Content-Type: text/plain; charset=UTF-8"),
    ],
    ids=["usual", "no type", "plus", "tmp", "text type"],
)
def test_only_the_bytes_decide(idmock: MockServer, credentials: list[Part], front: bytes, part: Part) -> None:
    """Neither the filename nor the type of the upload matters."""
    reply = call_app(idmock, body_of([*credentials, Part(part.headers, front)]))
    assert reply.status == 200
    assert json.loads(reply.body)["name"]["result"] == "饶光鸣"


def test_typed_text_parts(idmock: MockServer, account: Account, front: bytes) -> None:
    """Apache's client gives text parts a Content-Type of their own."""
    kinds = (b"Content-Type: multipart/form-data", b"Content-Type: text/plain; charset=UTF-8")
    texts = [text_part(*pair, kind) for pair, kind in zip(account.credentials.items(), kinds, strict=True)]
    assert call_app(idmock, body_of([*texts, file_part(front)])).status == 200


def test_order_and_unknown_parts(idmock: MockServer, credentials: list[Part], front: bytes) -> None:
    """Parts may come in any order, and those that are not known are ignored."""
    unknown = [text_part("image_url", "x"), file_part(b"x", disposition=b'form-data; name="b"; filename="b"')]
    parts = [file_part(front), *unknown, *reversed(credentials)]
    assert call_app(idmock, body_of(parts)).status == 200


@pytest.mark.parametrize("text", ["/home/me/card.jpg", "http://example.com/card.jpg", "/9j/4AAQSkZJRg=="])
def test_an_image_that_is_a_text(idmock: MockServer, credentials: list[Part], text: str) -> None:
    """There is no image_url and no image_base64: without a filename it is no upload."""
    reply = call_app(idmock, body_of([*credentials, text_part("image", text)]))
    assert (reply.status, error_of(reply)) == (400, "MISSING_ARGUMENTS: image")
    assert "without a filename" in reply.headers["X-IDMock-Hint"]


def test_a_form(idmock: MockServer, account: Account) -> None:
    """Credentials are read from a form, which can hold no upload."""
    form = urlencode({**account.credentials, "image": "x"}).encode()
    reply = call_app(idmock, form, "application/x-www-form-urlencoded; charset=UTF-8")
    assert (reply.status, error_of(reply)) == (400, "MISSING_ARGUMENTS: image")
    wrong = urlencode({**account.credentials, "api_secret": "x"}).encode()
    assert error_of(call_app(idmock, wrong, "application/x-www-form-urlencoded")) == "AUTHENTICATION_ERROR"


@pytest.mark.parametrize(
    ("content_type", "hint"),
    [
        ("multipart/form-data", "no boundary"),
        ("multipart/form-data; boundary=YY", "does not end with the boundary"),
        ("multipart/mixed; boundary=XX", "multipart/form-data"),
        ("application/json", "application/json"),
        ("image/jpeg", "image/jpeg"),
        (None, "Content-Type"),
    ],
)
def test_nothing_can_be_read(
    idmock: MockServer, credentials: list[Part], front: bytes, content_type: str | None, hint: str
) -> None:
    """Whatever is wrong with the body, it is the first argument that is missing; the hint tells why."""
    reply = call_app(idmock, body_of([*credentials, file_part(front)]), content_type)
    assert (reply.status, error_of(reply)) == (400, "MISSING_ARGUMENTS: api_key")
    assert hint in reply.headers["X-IDMock-Hint"]


def test_a_body_cut_short(idmock: MockServer, credentials: list[Part], front: bytes) -> None:
    """Half of an upload is none."""
    body = body_of([*credentials, file_part(front)])
    assert error_of(call_app(idmock, body[: len(body) // 2])) == "MISSING_ARGUMENTS: api_key"


def test_credentials_in_the_query(idmock: MockServer, account: Account, front: bytes) -> None:
    """They are not read there."""
    reply = call_app(idmock, body_of([file_part(front)]), query=urlencode(account.credentials))
    assert error_of(reply) == "MISSING_ARGUMENTS: api_key"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "post"])
def test_other_methods(idmock: MockServer, method: str) -> None:
    """There is no such API: the gateway's key, and nothing else."""
    reply = call_app(idmock, b"", None, method=method)
    assert (reply.status, json.loads(reply.body)) == (404, {"error_message": "API_NOT_FOUND"})


@pytest.mark.parametrize(
    "path",
    [
        "/faceid/v3/ocridcard/",
        "/faceid/v3/ocrbankcard",
        "/faceid/v5/ocridcard",
        "/faceid/",
        "/faceid/v3/OCRIDCARD",
    ],
)
def test_other_paths(idmock: MockServer, credentials: list[Part], front: bytes, path: str) -> None:
    """A path is the right one or none, whoever calls it."""
    reply = call_app(idmock, body_of([*credentials, file_part(front)]), path=path)
    assert (reply.status, reply.body) == (404, b'{"error_message": "API_NOT_FOUND"}')


@pytest.mark.parametrize("value", ["2", "01", "true", " 1", "1 ", "", "１", "-1", "x" * 100])
def test_return_portrait(idmock: MockServer, credentials: list[Part], front: bytes, value: str) -> None:
    """It is compared as a text: all but "0" and "1" are refused."""
    parts = [*credentials, file_part(front), text_part("return_portrait", value)]
    reply = call_app(idmock, body_of(parts))
    assert (reply.status, error_of(reply)) == (400, "BAD_ARGUMENTS: return_portrait")


@pytest.mark.parametrize("value", [b"\xff", b"1\xff", b"\xed\xa0\x80", b"\xff" * 100])
def test_return_portrait_is_no_utf8(
    idmock: MockServer, credentials: list[Part], front: bytes, value: bytes
) -> None:
    """Bytes that are no text are a value like any other that is neither "0" nor "1"."""
    parts = [*credentials, file_part(front), Part(text_part("return_portrait", "").headers, value)]
    reply = call_app(idmock, body_of(parts))
    assert (reply.status, error_of(reply)) == (400, "BAD_ARGUMENTS: return_portrait")


@pytest.mark.parametrize("missing", ["api_key", "api_secret"])
def test_empty_credentials(idmock: MockServer, account: Account, front: bytes, missing: str) -> None:
    """An empty one is missing."""
    texts = [text_part(name, "" if name == missing else value) for name, value in account.credentials.items()]
    assert error_of(call_app(idmock, body_of([*texts, file_part(front)]))) == f"MISSING_ARGUMENTS: {missing}"


def test_order_of_mistakes(idmock: MockServer) -> None:
    """A call that is wrong in every way is repaired one mistake at a time, and each repair shows the next one."""
    account = mint(idmock)
    key, secret = account.credentials["api_key"], account.credentials["api_secret"]
    denied = mint(idmock, state="disabled").credentials
    exhausted = mint(idmock, state="package-exhausted").credentials
    bad, two_mb = text_part("return_portrait", "2"), 2 * 1024 * 1024
    narrow = b"BM" + bytes(60)

    def ask(*parts: Part, path: str = "/faceid/v3/ocridcard", pad: int = 0) -> str:
        body = body_of(list(parts))
        return error_of(call_app(idmock, body + bytes(pad), path=path))

    def of(credentials: object) -> list[Part]:
        assert isinstance(credentials, dict)
        return [text_part(name, value) for name, value in credentials.items()]

    too_long = file_part(bytes(two_mb + 1))
    calls = [
        ask(bad, too_long, path="/faceid/x", pad=20 * two_mb // 2),
        ask(bad, too_long, path="/faceid/x"),
        ask(bad, too_long),
        ask(text_part("api_key", "unknown"), bad, too_long),
        ask(text_part("api_key", key), text_part("api_secret", "wrong"), bad, too_long),
        ask(*of(denied), bad),
        ask(*of(exhausted), bad),
        ask(text_part("api_key", key), text_part("api_secret", secret), bad),
        ask(*of(account.credentials), bad, too_long),
        ask(*of(account.credentials), too_long),
        ask(*of(account.credentials), file_part(narrow)),
    ]
    assert calls == [
        "Request Entity Too Large",
        "API_NOT_FOUND",
        "MISSING_ARGUMENTS: api_key",
        "MISSING_ARGUMENTS: api_secret",
        "AUTHENTICATION_ERROR",
        "AUTHORIZATION_ERROR:DENIED.",
        "AUTHORIZATION_ERROR:Limit reached.",
        "MISSING_ARGUMENTS: image",
        "BAD_ARGUMENTS: return_portrait",
        "Request Entity Too Large",
        "IMAGE_ERROR_UNSUPPORTED_FORMAT: image",
    ]


def test_a_vendor_host_decides_alone(idmock: MockServer, credentials: list[Part], front: bytes) -> None:
    """With the Host of the real service any path is the vendor's, known or not."""
    for path, status in (("/faceid/v3/ocridcard", 200), ("/", 404)):
        reply = requests.post(
            idmock.url + path,
            body_of([*credentials, file_part(front)]),
            headers={"Host": "api.megvii.com", "Content-Type": MULTIPART},
            timeout=10,
        )
        assert reply.status_code == status
    assert reply.json() == {"error_message": "API_NOT_FOUND"}
