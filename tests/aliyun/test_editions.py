"""The editions: each changes what it says, and every row that it changes can be produced."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from PIL import Image

from mockserver.contract import ErrorRow, available_editions, load_contract
from mockserver.settings import Settings
from mockserver.testing import MockServer
from tests.aliyun import client
from tests.aliyun.conftest import mint
from tests.aliyun.raw import acs3, rpc
from tests.aliyun.sdk import Sdk
from tests.conftest import StartMock
from tests.triggers import message_pattern

DEFAULT = load_contract("aliyun")
#: Rows that an edition changes, beside those of the edition before.
CHANGED = [
    pytest.param(edition, row, id=f"{edition}/{row.rule}")
    for edition in available_editions("aliyun")
    for row in load_contract("aliyun", (edition,)).errors.values()
    if row != DEFAULT.errors.get(row.rule)
]


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, MockServer]]:
    """One server per edition, made when it is first asked for."""
    running: dict[str, MockServer] = {}
    yield running
    for server in running.values():
        server.close()
        assert server.world.own_faults.value == 0


@pytest.mark.parametrize(("edition", "row"), CHANGED)
def test_changed_rows_are_produced(servers: dict[str, MockServer], edition: str, row: ErrorRow) -> None:
    """By their trigger, as in the default edition."""
    if edition not in servers:
        servers[edition] = MockServer(Settings(vendors=("aliyun",), editions={"aliyun": (edition,)}))
    outcome = client.produce(servers[edition], row)
    assert (outcome.rule, outcome.status) == (row.rule, row.http_status)
    assert message_pattern(row, None).fullmatch(outcome.message), outcome.message


def started(start_mock: StartMock, edition: str | None) -> MockServer:
    """A server of the edition; of the default one for None."""
    editions = () if edition is None else (edition,)
    return start_mock(Settings(vendors=("aliyun",), editions={"aliyun": editions}))


def test_documented_sides(start_mock: StartMock) -> None:
    """More than 15 and less than 8192."""
    server = started(start_mock, "documented-sides")
    sdk = Sdk(server, mint(server))
    for side, code in ((15, "illegalImageSize"), (16, "unmatchedImageType")):
        buffer = io.BytesIO()
        Image.new("RGB", (100, side), "white").save(buffer, "PNG")
        assert sdk.refusal(buffer.getvalue()).code == code


@pytest.mark.parametrize(
    ("edition", "size", "code"),
    [
        (None, (1024, 20), "illegalImageSize"),
        (None, (1000, 20), "illegalImageSize"),
        (None, (999, 20), "unmatchedImageType"),
        ("file-formats-page", (1024, 15), "unmatchedImageType"),
        ("file-formats-page", (1025, 20), "illegalImageSize"),
        ("file-formats-page", (1050, 21), "unmatchedImageType"),
        ("file-formats-page", (1024, 14), "illegalImageSize"),
        ("file-formats-page", (8192, 164), "unmatchedImageType"),
    ],
)
def test_strips(start_mock: StartMock, edition: str | None, size: tuple[int, int], code: str) -> None:
    """By the operation's page never fifty times as long as wide; by that on file formats just so, and up to 1024 px
    as long as they like."""
    server = started(start_mock, edition)
    buffer = io.BytesIO()
    Image.new("L", size, "white").save(buffer, "PNG")
    assert Sdk(server, mint(server)).refusal(buffer.getvalue()).code == code


def test_a_damaged_picture_may_be_an_unsupported_one(start_mock: StartMock) -> None:
    """One that has its beginning; of which there is next to nothing, its content is missing."""
    for edition, code in ((None, "illegalImageContent"), ("damaged-415", "unsupportedImageFormat")):
        server = started(start_mock, edition)
        sdk = Sdk(server, mint(server))
        assert sdk.refusal(server.specimen("front")[:20_000]).code == code
        assert sdk.refusal(b"GIF89a").code == "illegalImageContent"


def test_a_signature_method_that_is_not_named(start_mock: StartMock) -> None:
    """Required by one page, HMAC-SHA1 by another; one that is named must be it, and an empty one is none."""
    for edition, code in (
        (None, "MissingSignatureMethod"),
        ("default-signature-method", "imageUrlOrBodyEmpty"),
    ):
        server = started(start_mock, edition)
        account = mint(server)
        assert rpc(server, account, common={"SignatureMethod": None}).send(server).code == code
        assert (
            rpc(server, account, common={"SignatureMethod": "X"}).send(server).code
            == "InvalidSignatureMethod"
        )
        reply = rpc(server, account, common={"SignatureMethod": ""}).send(server)
        assert reply.code == "MissingSignatureMethod"


def test_a_throttled_call_says_how_long_to_wait(start_mock: StartMock) -> None:
    """And newer clients make an exception of its own of it."""
    server = started(start_mock, "throttling-429")
    server.clock.freeze()
    account = mint(server, requests_per_second=1)
    sdk, front = Sdk(server, account), server.specimen("front")
    sdk.call(front)
    error = sdk.refusal(front)
    assert type(error).__name__ == "ThrottlingException"
    assert (error.code, error.status_code, error.retry_after) == ("Throttling.User", 429, 1000)


@pytest.mark.parametrize(("edition", "passed"), [(None, 4), ("rolling-second", 2)])
def test_which_second(start_mock: StartMock, edition: str | None, passed: int) -> None:
    """Two calls at the end of a clock second, and two at the beginning of the next."""
    server = started(start_mock, edition)
    account, front = mint(server, requests_per_second=2), server.specimen("front")
    moments = (1_700_000_000.9, 1_700_000_000.95, 1_700_000_001.0, 1_700_000_001.05)
    answers = []
    for moment in moments:
        server.clock.freeze(moment)
        answers.append(acs3(server, account, front).send(server).status)
    assert answers == [200] * passed + [400] * (len(moments) - passed)


def test_a_rolling_second_ends(start_mock: StartMock) -> None:
    """One second after a call there is room for another; a refused one took none."""
    server = started(start_mock, "rolling-second")
    account, front = mint(server, requests_per_second=2), server.specimen("front")
    for moment, status in ((0.0, 200), (0.5, 200), (0.75, 400), (1.0, 200), (1.25, 400), (1.5, 200)):
        server.clock.freeze(1_700_000_000.0 + moment)
        reply = acs3(server, account, front).send(server)
        assert (moment, reply.status) == (moment, status)
        assert status == 200 or reply.code == "Throttling.User"


def test_the_long_text_shows_what_the_server_signed(start_mock: StartMock) -> None:
    """Two things, each in brackets."""
    server = started(start_mock, "long-signature-text")
    message = acs3(server, mint(server), b"x", secret="wrong").send(server).json["Message"]
    assert "server StringToSign is [ACS3-HMAC-SHA256\n" in message
    assert "server CanonicalRequest is [POST\n/\n\naccept:application/json\n" in message
