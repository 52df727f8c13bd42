"""Limits at their edges: bytes, pixels, calls at once, calls left (contract §3.1, §7)."""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from mockserver.accounts import Account
from mockserver.testing import MockServer
from tests.megvii.upload import (
    OcrError,
    Part,
    body_of,
    call_app,
    file_part,
    mint,
    post,
    read,
    text_part,
)
from tests.wire import Reply

MB = 1024 * 1024


@pytest.fixture
def credentials(account: Account) -> list[Part]:
    return [text_part(name, value) for name, value in account.credentials.items()]


def blank(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("L", (width, height), 128).save(out, "PNG")
    return out.getvalue()


def upload(mock: MockServer, credentials: list[Part], data: bytes) -> Reply:
    return call_app(mock, body_of([*credentials, file_part(data)]))


@pytest.mark.parametrize(("size", "status"), [(2 * MB - 1, 200), (2 * MB, 200), (2 * MB + 1, 413)])
def test_bytes_of_the_picture(idmock: MockServer, credentials: list[Part], size: int, status: int) -> None:
    """Two megabytes exactly are accepted."""
    assert upload(idmock, credentials, idmock.specimen("front").ljust(size, b"\0")).status == status


@pytest.mark.parametrize(("size", "status"), [(20 * MB, 200), (20 * MB + 1, 413)])
def test_bytes_of_the_request(idmock: MockServer, credentials: list[Part], size: int, status: int) -> None:
    """The whole body counts, and nothing of it is looked at when it is too long."""
    parts = [*credentials, file_part(idmock.specimen("front")), text_part("padding", "")]
    short = size - len(body_of(parts))
    parts[-1] = text_part("padding", "x" * short)
    body = body_of(parts)
    assert len(body) == size
    assert call_app(idmock, body).status == status


@pytest.mark.parametrize(
    ("width", "height", "error"),
    [
        (399, 400, "INVALID_IMAGE_SIZE: image"),
        (400, 399, "INVALID_IMAGE_SIZE: image"),
        (400, 400, "ID_CARD_NOT_FOUND"),
        (400, 4096, "ID_CARD_NOT_FOUND"),
        (4096, 400, "ID_CARD_NOT_FOUND"),
        (4097, 400, "INVALID_IMAGE_SIZE: image"),
        (400, 4097, "INVALID_IMAGE_SIZE: image"),
        (5000, 5000, "INVALID_IMAGE_SIZE: image"),
        (1, 1, "INVALID_IMAGE_SIZE: image"),
    ],
)
def test_pixels(idmock: MockServer, credentials: list[Part], width: int, height: int, error: str) -> None:
    """The limits themselves are allowed, on either side."""
    reply = upload(idmock, credentials, blank(width, height))
    assert (reply.status, json.loads(reply.body)["error"]) == (400, error)


def test_the_largest_picture_is_read(idmock: MockServer, credentials: list[Part]) -> None:
    """A card in 4096 x 4096 pixels."""
    sheet = Image.new("RGB", (4096, 4096), (90, 90, 90))
    with Image.open(io.BytesIO(idmock.specimen("front"))) as front:
        sheet.paste(front.resize((2080, 1480)), (900, 1200))
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=60)
    reply = upload(idmock, credentials, out.getvalue())
    assert (reply.status, json.loads(reply.body)["name"]["result"]) == (200, "饶光鸣")


def test_a_test_key_runs_out(idmock: MockServer) -> None:
    """The call after the last one is refused; answers that are errors cost nothing."""
    account = mint(idmock, state="last-call", calls_left=2)
    front = idmock.specimen("front")
    for specimen, code in (("front", 200), ("no-card", 400), ("front", 200), ("front", 403)):
        assert post(idmock, account, idmock.specimen(specimen)).status_code == code
    with pytest.raises(OcrError, match=r"AUTHORIZATION_ERROR:Limit reached\."):
        read(idmock, account, front)


def test_the_ready_made_last_call(idmock: MockServer) -> None:
    """One call, then the limit is reached."""
    idmock.world.state.reset()
    account, front = idmock.account("megvii", "last-call"), idmock.specimen("front")
    assert [post(idmock, account, front).status_code for _ in range(2)] == [200, 403]


def test_one_call_at_a_time(idmock: MockServer) -> None:
    """Of two at once one is refused; when both are over the next one is answered, and so is another account's."""
    account = mint(idmock, concurrency=1)
    slow = idmock.specimen("recognition-slow")
    with ThreadPoolExecutor(3) as pool:
        calls = [pool.submit(post, idmock, customer, slow) for customer in (account, account, mint(idmock))]
        one, other, stranger = (call.result() for call in calls)
    assert sorted([one.status_code, other.status_code]) == [200, 403]
    assert stranger.status_code == 200
    refused = max(one, other, key=lambda reply: reply.status_code).json()
    assert refused["error"] == "CONCURRENCY_LIMIT_EXCEEDED"
    assert read(idmock, account, idmock.specimen("front"))["result"] == 1001


def test_a_refused_call_gives_its_place_back(idmock: MockServer) -> None:
    """Errors behind the limit of calls at once do not use it up."""
    account = mint(idmock, concurrency=1)
    for _ in range(3):
        assert post(idmock, account, None).json()["error"] == "MISSING_ARGUMENTS: image"
    assert read(idmock, account, idmock.specimen("front"))["result"] == 1001


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ("disabled", "AUTHORIZATION_ERROR:DENIED."),
        ("no-permission", "AUTHORIZATION_ERROR:DENIED."),
        ("package-exhausted", "AUTHORIZATION_ERROR:Limit reached."),
    ],
)
def test_states(idmock: MockServer, state: str, error: str) -> None:
    """The ready-made accounts that are refused, as a client sees it."""
    with pytest.raises(OcrError) as caught:
        read(idmock, idmock.account("megvii", state), idmock.specimen("front"))
    assert (caught.value.reply.status_code, caught.value.text) == (403, error)
    assert caught.value.code == "AUTHORIZATION_ERROR"
    assert caught.value.request_id is None
