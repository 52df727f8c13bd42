"""The editions: each changes what it says and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from mockserver.accounts import Account
from mockserver.contract import ErrorRow, available_editions, load_contract
from mockserver.settings import Settings
from mockserver.testing import MockServer
from tests.megvii import client
from tests.megvii.upload import body_of, call_app, file_part, mint, text_part
from tests.triggers import message_pattern
from tests.wire import Reply

DEFAULT = load_contract("megvii")
#: Rows that an edition changes.
CHANGED = [
    pytest.param(edition, row, id=f"{edition}/{row.rule}")
    for edition in available_editions("megvii")
    for row in load_contract("megvii", (edition,)).errors.values()
    if row != DEFAULT.errors[row.rule]
]


class Editions:
    """One server per edition, started when it is first asked for."""

    def __init__(self) -> None:
        self.running: dict[str, MockServer] = {}

    def __getitem__(self, edition: str) -> MockServer:
        if edition not in self.running:
            settings = Settings(vendors=("megvii",), editions={"megvii": (edition,)})
            self.running[edition] = MockServer(settings)
        return self.running[edition]


@pytest.fixture(scope="module")
def editions() -> Iterator[Editions]:
    servers = Editions()
    yield servers
    for server in servers.running.values():
        server.close()
        assert server.world.own_faults.value == 0


def ask(mock: MockServer, account: Account, image: bytes, *, query: str = "") -> Reply:
    parts = [text_part(name, value) for name, value in account.credentials.items()]
    return call_app(mock, body_of([*parts, file_part(image)]), query=query)


@pytest.mark.parametrize(("edition", "row"), CHANGED)
def test_changed_rows_are_produced(editions: Editions, edition: str, row: ErrorRow) -> None:
    """By their trigger, as in the default edition."""
    outcome = client.produce(editions[edition], row)
    assert (outcome.rule, outcome.status) == (row.rule, row.http_status)
    assert message_pattern(row, None).fullmatch(outcome.message), outcome.message


@pytest.mark.parametrize("edition", available_editions("megvii"))
def test_an_ordinary_call_is_answered(editions: Editions, edition: str) -> None:
    """And its answer is as promised."""
    mock = editions[edition]
    reply = ask(mock, mint(mock), mock.specimen("front"))
    assert reply.status == 200
    load_contract("megvii", (edition,)).response_validator.validate(json.loads(reply.body))


def test_current(editions: Editions) -> None:
    """Three megabytes and 200 pixels are no longer refused for their size."""
    from tests.megvii.test_limits import blank

    mock = editions["current"]
    account = mint(mock)
    assert ask(mock, account, mock.specimen("front").ljust(3 * 1024 * 1024, b"\0")).status == 200
    for width, height, error in (
        (200, 8000, "ID_CARD_NOT_FOUND"),
        (199, 300, "INVALID_IMAGE_SIZE: image"),
        (8001, 300, "INVALID_IMAGE_SIZE: image"),
    ):
        assert json.loads(ask(mock, account, blank(width, height)).body)["error"] == error


@pytest.mark.parametrize(
    "state",
    ["disabled", "package-exhausted", "answers-AUTHENTICATION_ERROR", "answers-CONCURRENCY_LIMIT_EXCEEDED"],
)
def test_gateway_403(editions: Editions, state: str) -> None:
    """error_message alone; errors of the route are as ever."""
    mock = editions["gateway-403"]
    body = json.loads(ask(mock, mint(mock, state=state), mock.specimen("front")).body)
    assert list(body) == ["error_message"]
    load_contract("megvii", ("gateway-403",)).error_validator.validate(body)
    assert "error" in json.loads(ask(mock, mint(mock), mock.specimen("no-card")).body)


def test_image_text_bad(editions: Editions) -> None:
    """An image without a filename is bad; one that is not there is missing."""
    mock = editions["image-text-bad"]
    parts = [text_part(name, value) for name, value in mint(mock).credentials.items()]
    bad = call_app(mock, body_of([*parts, text_part("image", "x")]))
    assert json.loads(bad.body)["error"] == "BAD_ARGUMENTS: image"
    assert json.loads(call_app(mock, body_of(parts)).body)["error"] == "MISSING_ARGUMENTS: image"


def test_edge_limit(editions: Editions) -> None:
    """A picture that is too large is refused before anybody asks who sends it."""
    mock = editions["edge-limit"]
    reply = call_app(mock, body_of([file_part(bytes(2 * 1024 * 1024 + 1))]))
    assert (reply.status, reply.body) == (413, b"Request Entity Too Large")


def test_html_413(editions: Editions) -> None:
    """The page of the web server, with its own Content-Type."""
    mock = editions["html-413"]
    reply = ask(mock, mint(mock), bytes(2 * 1024 * 1024 + 1))
    assert reply.headers["Content-Type"] == "text/html"
    assert reply.body.startswith(b"<html>\r\n<head><title>413 Request Entity Too Large</title>")


def test_compact_json(editions: Editions) -> None:
    """No white space, the same content."""
    mock = editions["compact-json"]
    for specimen in ("front", "no-card"):
        body = ask(mock, mint(mock), mock.specimen(specimen)).body.decode()
        assert body == json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":"))


def test_query_arguments(editions: Editions) -> None:
    """Credentials may stand in the query; the body wins over it."""
    mock = editions["query-arguments"]
    account = mint(mock)
    query = urlencode(account.credentials)
    assert call_app(mock, body_of([file_part(mock.specimen("front"))]), query=query).status == 200
    assert ask(mock, account, mock.specimen("front"), query="api_secret=wrong").status == 200
    strange = call_app(mock, b"{}", "application/json", query=query)
    assert json.loads(strange.body)["error"] == "MISSING_ARGUMENTS: image"


def test_card_corners(editions: Editions) -> None:
    """lt is the card's own upper left corner, which of a card that is upside down is the lower right one."""
    mock = editions["card-corners"]
    rect = json.loads(ask(mock, mint(mock), mock.specimen("front-rotated-180")).body)["card_rect"]
    assert rect["lt"]["x"] > rect["rt"]["x"]
    assert rect["lt"]["y"] > rect["lb"]["y"]
