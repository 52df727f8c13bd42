"""The bodies of errors (contract §6): which key, which members beside it, and the one answer that is not JSON."""

from __future__ import annotations

import json

import pytest
import requests

from mockserver.accounts import Account
from mockserver.contract import ErrorRow, load_contract
from mockserver.testing import MockServer
from tests.megvii.upload import OcrError, mint, post, read

CONTRACT = load_contract("megvii")
#: Members of the body in the order of the wire, by status, and for 403 by code.
MEMBERS: dict[int | str, list[str]] = {
    400: ["time_used", "request_id", "error"],
    404: ["error_message"],
    500: ["time_used", "request_id", "error"],
    "AUTHENTICATION_ERROR": ["request_id", "error"],
    "AUTHORIZATION_ERROR": ["error"],
    "CONCURRENCY_LIMIT_EXCEEDED": ["request_id", "error"],
}
JSON_ROWS = [row for row in CONTRACT.errors.values() if row.http_status != 413]


@pytest.mark.parametrize("row", JSON_ROWS, ids=lambda row: row.rule)
def test_members(idmock: MockServer, row: ErrorRow) -> None:
    """``error`` from the route, ``error_message`` from the gateway before it; request_id with all but two."""
    reply = post(idmock, mint(idmock, state=f"answers-{row.rule}"), idmock.specimen("front"))
    assert reply.status_code == row.http_status
    assert reply.headers["Content-Type"] == "application/json"
    assert list(reply.json()) == MEMBERS[row.code if row.http_status == 403 else row.http_status]
    CONTRACT.error_validator.validate(reply.json())
    assert reply.text == json.dumps(reply.json())


@pytest.mark.parametrize("size", [2 * 1024 * 1024 + 1, 20 * 1024 * 1024, 25 * 1024 * 1024])
def test_too_large_is_plain_text(idmock: MockServer, account: Account, size: int) -> None:
    """Whether it is the picture or the request, and whether the body was kept or not."""
    reply = post(idmock, account, bytes(size))
    assert (reply.status_code, reply.text) == (413, "Request Entity Too Large")
    assert reply.headers["Content-Type"] == "text/plain"
    with pytest.raises(requests.exceptions.JSONDecodeError):
        reply.json()


def test_refusals_are_never_401_or_429(idmock: MockServer) -> None:
    """Credentials and concurrency are 403, without Retry-After and without WWW-Authenticate."""
    assert {row.http_status for row in CONTRACT.errors.values()} == {400, 403, 404, 413, 500}
    for code in ("AUTHENTICATION_ERROR", "CONCURRENCY_LIMIT_EXCEEDED"):
        reply = post(idmock, mint(idmock, state=f"answers-{code}"), idmock.specimen("front"))
        assert reply.status_code == 403
        assert not {"Retry-After", "WWW-Authenticate"} & reply.headers.keys()


def test_spelling() -> None:
    """Verbatim: a space behind the colon of arguments and pictures, none behind that of AUTHORIZATION_ERROR."""
    assert {row.text() for row in CONTRACT.errors.values()} == {
        "MISSING_ARGUMENTS: image",
        "BAD_ARGUMENTS: return_portrait",
        "ID_CARD_NOT_FOUND",
        "INVALID_IMAGE_SIZE: image",
        "IMAGE_ERROR_UNSUPPORTED_FORMAT: image",
        "AUTHENTICATION_ERROR",
        "AUTHORIZATION_ERROR:DENIED.",
        "AUTHORIZATION_ERROR:Limit reached.",
        "CONCURRENCY_LIMIT_EXCEEDED",
        "API_NOT_FOUND",
        "Request Entity Too Large",
        "INTERNAL_ERROR",
    }


@pytest.mark.parametrize("changed", [{"api_key": "nobody"}, {"api_secret": "wrong"}, {"api_secret": "密钥"}])
def test_a_client_sees_what_is_wrong_with_its_credentials(
    idmock: MockServer, account: Account, changed: dict[str, str]
) -> None:
    """One code for both, with the request id that support asks for."""
    with pytest.raises(OcrError) as caught:
        read(idmock, account, idmock.specimen("front"), **changed)
    assert (caught.value.reply.status_code, caught.value.code) == (403, "AUTHENTICATION_ERROR")
    assert caught.value.request_id is not None
    assert caught.value.request_id.endswith(caught.value.reply.headers["X-IDMock-Request"])


def test_a_secret_of_another_account(idmock: MockServer, account: Account) -> None:
    """The pair has to be one."""
    other = mint(idmock).credentials["api_secret"]
    with pytest.raises(OcrError, match="AUTHENTICATION_ERROR"):
        read(idmock, account, idmock.specimen("front"), api_secret=other)
