"""The clients that the page shows: the snippet of `idmock env`, curl, and a few lines of `requests`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests

from mockserver import vendors
from mockserver.accounts import Account
from mockserver.clients.environment import environment
from mockserver.contract import load_contract
from mockserver.data import data_path
from mockserver.testing import MockServer
from tests.megvii.upload import PATH, Part, body_of, mint, text_part
from tests.snippets import run_snippet

CLIENT = vendors.load("megvii").client
IMAGES = data_path("fixtures", "images")


def curl(mock: MockServer, account: Account, folder: Path, *fields: str) -> tuple[int, bytes]:
    """Status and body of the call on the vendor's page."""
    credentials = (f"{name}={value}" for name, value in account.credentials.items())
    arguments = [argument for field in (*credentials, *fields) for argument in ("-F", field)]
    received = folder / "received"
    done = subprocess.run(
        ["curl", "-sS", mock.url + PATH, "-o", received, "-w", "%{http_code}", *arguments],
        check=True,
        capture_output=True,
        text=True,
        timeout=20,
    )
    return int(done.stdout), received.read_bytes()


@pytest.mark.parametrize(
    ("specimen", "side", "member", "text"),
    [
        ("front", 0, "idcard_number", "370117199502149751"),
        ("back", 1, "issued_by", "济南市公安局钢城分局"),
        ("both", 0, "name", "饶光鸣"),
    ],
)
def test_curl_reads_a_card(
    idmock: MockServer, account: Account, tmp_path: Path, specimen: str, side: int, member: str, text: str
) -> None:
    """The line of the page, for either side and for both in one picture."""
    status, body = curl(
        idmock, account, tmp_path, f"image=@{IMAGES / f'{specimen}.jpg'}", "return_portrait=1"
    )
    answer = json.loads(body)
    load_contract("megvii").response_validator.validate(answer)
    assert (status, answer["side"], answer[member]["result"]) == (200, side, text)
    assert ("portrait" in answer) == (side == 0)


@pytest.mark.parametrize(
    ("state", "fields", "status", "error"),
    [
        ("active", ("image=@no-card.jpg", "return_portrait=1"), 400, "ID_CARD_NOT_FOUND"),
        ("active", ("image=@front.jpg", "return_portrait=yes"), 400, "BAD_ARGUMENTS: return_portrait"),
        ("active", ("image=front.jpg",), 400, "MISSING_ARGUMENTS: image"),
        ("disabled", ("image=@front.jpg",), 403, "AUTHORIZATION_ERROR:DENIED."),
        ("package-exhausted", ("image=@front.jpg",), 403, "AUTHORIZATION_ERROR:Limit reached."),
        ("answers-CONCURRENCY_LIMIT_EXCEEDED", ("image=@front.jpg",), 403, "CONCURRENCY_LIMIT_EXCEEDED"),
    ],
)
def test_curl_sees_an_error(
    idmock: MockServer, tmp_path: Path, state: str, fields: tuple[str, ...], status: int, error: str
) -> None:
    """One of each family: picture, parameter, account, limit."""
    named = tuple(field.replace("image=@", f"image=@{IMAGES}/") for field in fields)
    got, body = curl(idmock, mint(idmock, state=state), tmp_path, *named)
    assert (got, json.loads(body)["error"]) == (status, error)


def test_curl_sends_what_is_too_large(idmock: MockServer, account: Account, tmp_path: Path) -> None:
    """curl waits for a 100 Continue before a body of this size, and gets plain text."""
    large = tmp_path / "large.jpg"
    large.write_bytes(bytes(21 * 1024 * 1024))
    assert curl(idmock, account, tmp_path, f"image=@{large}") == (413, b"Request Entity Too Large")


def test_requests_without_a_boundary(idmock: MockServer, account: Account) -> None:
    """A header set by hand loses the boundary, and with it every argument."""
    with (IMAGES / "front.jpg").open("rb") as picture:
        reply = requests.post(
            idmock.url + PATH,
            data=account.credentials,
            files={"image": picture},
            headers={"Content-Type": "multipart/form-data"},
            timeout=10,
        )
    assert reply.json()["error"] == "MISSING_ARGUMENTS: api_key"
    assert "HTTP library" in reply.headers["X-IDMock-Hint"]


def test_a_chunked_body(idmock: MockServer, account: Account) -> None:
    """A client that streams sends no Content-Length."""
    parts = [text_part(name, value) for name, value in account.credentials.items()]
    disposition = b'Content-Disposition: form-data; name="image"; filename="a.jpg"'
    body = body_of([*parts, Part((disposition,), idmock.specimen("front"))])
    chunks = (body[i : i + 8192] for i in range(0, len(body), 8192))
    reply = requests.post(
        idmock.url + PATH,
        data=chunks,
        headers={"Content-Type": "multipart/form-data; boundary=XX"},
        timeout=10,
    )
    assert reply.json()["result"] == 1001


class TestSnippet:
    """What `idmock env megvii` prints."""

    def test_prints_the_holder_s_name(self, idmock: MockServer) -> None:
        """Run as it is, from the project's folder."""
        done = run_snippet(idmock, "megvii")
        assert (done.returncode, done.stdout.strip()) == (0, "饶光鸣"), done.stderr

    def test_says_what_was_refused(self, idmock: MockServer) -> None:
        """The text of the error."""
        done = run_snippet(idmock, "megvii", "disabled")
        assert (done.returncode, done.stderr.strip()) == (1, "AUTHORIZATION_ERROR:DENIED.")

    def test_environment(self, idmock: MockServer) -> None:
        """The address with its path, and the two credentials."""
        credentials = idmock.account("megvii").credentials
        assert environment("megvii", "active", idmock.url).variables == {
            "MEGVII_URL": idmock.url + PATH,
            "MEGVII_API_KEY": credentials["api_key"],
            "MEGVII_API_SECRET": credentials["api_secret"],
        }


class TestOwnClient:
    """The call that `idmock demo` makes."""

    def test_reads_a_card(self, idmock: MockServer, account: Account) -> None:
        """Name, birth date without padding, number."""
        assert CLIENT.call(idmock.url, account, idmock.specimen("front")) == {
            "name": "饶光鸣",
            "birth": "1995-2-14",
            "number": "370117199502149751",
        }

    @pytest.mark.parametrize(
        ("image", "code"),
        [
            (b"x", "IMAGE_ERROR_UNSUPPORTED_FORMAT: image"),
            (bytes(2 * 1024 * 1024 + 1), "Request Entity Too Large"),
        ],
        ids=["undecodable", "too large"],
    )
    def test_raises_what_was_refused(
        self, idmock: MockServer, account: Account, image: bytes, code: str
    ) -> None:
        """With the vendor's text."""
        with pytest.raises(RuntimeError, match=code):
            CLIENT.call(idmock.url, account, image)

    def test_raises_what_the_gateway_refused(self, idmock: MockServer, account: Account) -> None:
        """The other key of an error is read as well."""
        with pytest.raises(RuntimeError, match="API_NOT_FOUND"):
            CLIENT.call(idmock.url + "/faceid", account, b"")


def test_a_port_of_its_own(idmock: MockServer, account: Account) -> None:
    """There whatever comes is Megvii's, without its host and under any path."""
    from mockserver.serving.threaded import ThreadedServer

    server = ThreadedServer(idmock.app.extensions["idmock.ports"]["megvii"], "127.0.0.1")
    try:
        url = f"http://127.0.0.1:{server.port}"
        nothing: dict[str, Any] = requests.post(url, timeout=10).json()
        assert nothing == {"error_message": "API_NOT_FOUND"}
        assert requests.post(url + PATH, timeout=10).json()["error"] == "MISSING_ARGUMENTS: api_key"
        assert CLIENT.call(url, account, idmock.specimen("front"))["name"] == "饶光鸣"
    finally:
        server.close()
