"""The suite's own requests to Megvii: what a multipart parser that is not ours reads in them, and what answers mean."""

from __future__ import annotations

import json
import time
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.dialect import Call
from conformance.errors import Misshapen, NotApplicable
from conformance.model import Account, Answer, Request
from conformance.vendors.megvii import DIALECT, read, usual
from conformance.vendors.megvii.compose import compose, multipart

ACCOUNT = Account("megvii", "active", {"api_key": "a-key", "api_secret": "a-secret"})
HOSTS = {"ocr": "api.megvii.com"}


def call(**more: object) -> Call:
    return Call(ACCOUNT, **{"hosts": HOSTS, "parameters": {"image": b"\xff\xd8"}, **more})  # type: ignore[arg-type]


def parts_of(content_type: str, body: bytes) -> list[Message]:
    """The parts as the standard library's parser for mail sees them."""
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    assert message.is_multipart() and not message.defects
    return list(message.iter_parts())


def named(request: Request) -> dict[str, Message]:
    parts = parts_of(request.headers["Content-Type"], request.body)
    return {str(part.get_param("name", header="content-disposition")): part for part in parts}


def payload(part: Message) -> bytes:
    found = part.get_payload(decode=True)
    assert isinstance(found, bytes)
    return found


def test_key_secret_and_picture_are_parts() -> None:
    request = compose(call())
    parts = named(request)
    assert (request.method, request.target) == ("POST", "/faceid/v3/ocridcard")
    assert request.headers["Host"] == "api.megvii.com"
    assert {name: payload(part) for name, part in parts.items()} == {
        "api_key": b"a-key",
        "api_secret": b"a-secret",
        "image": b"\xff\xd8",
    }
    assert [name for name, part in parts.items() if part.get_filename()] == ["image"]
    assert parts["image"].get_content_type() == "image/jpeg"


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(categories=["L", "N"], max_codepoint=0x2FFFF), min_size=1, max_size=8),
            st.one_of(
                st.binary(max_size=200), st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
            ),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_whatever_goes_in_comes_out(fields: list[tuple[str, bytes | str]]) -> None:
    """Split at its boundary, the body gives every value back byte by byte, and only bytes have a filename."""
    content_type, body = multipart(fields, {})
    boundary = content_type.partition("boundary=")[2].encode()
    opening, *pieces, closing = body.split(b"--" + boundary)
    assert (opening, closing) == (b"", b"--\r\n")
    for (name, value), piece in zip(fields, pieces, strict=True):
        head, _, data = piece.partition(b"\r\n\r\n")
        assert data == (value if isinstance(value, bytes) else value.encode()) + b"\r\n"
        assert f'name="{name}"'.encode() in head
        assert (b"filename=" in head) == isinstance(value, bytes)


@pytest.mark.parametrize(
    ("sign", "left"),
    [
        ({"api_key": None}, {"api_secret": b"a-secret"}),
        ({"api_secret": None}, {"api_key": b"a-key"}),
        ({"api_key": ""}, {"api_key": b"", "api_secret": b"a-secret"}),
        ({"api_secret": "other"}, {"api_key": b"a-key", "api_secret": b"other"}),
        ({"corrupt": True}, {"api_key": b"a-key", "api_secret": b"a-secre0"}),
    ],
)
def test_an_option_makes_one_thing_wrong(sign: dict[str, object], left: dict[str, bytes]) -> None:
    parts = named(compose(call(sign=sign)))
    assert {n: payload(p) for n, p in parts.items() if n != "image"} == left


def test_how_the_picture_s_part_is_written() -> None:
    bare = named(compose(call(sign={"filename": "+", "image_type": None})))["image"]
    assert (bare.get_filename(), bare["Content-Type"]) == ("+", None)
    typed = named(compose(call(sign={"text_type": "text/plain; charset=utf-8"})))["api_key"]
    assert (typed.get_content_type(), typed.get_content_charset()) == ("text/plain", "utf-8")
    first = parts_of(*_body(compose(call(sign={"image_first": True}))))[0]
    assert first.get_param("name", header="content-disposition") == "image"
    odd = compose(call(sign={"boundary": "--a b:c(d)/e=f?"}))
    assert odd.headers["Content-Type"].endswith('boundary="--a b:c(d)/e=f?"')
    assert payload(named(odd)["image"]) == b"\xff\xd8"


def _body(request: Request) -> tuple[str, bytes]:
    return request.headers["Content-Type"], request.body


def test_other_ways_of_sending() -> None:
    form = compose(call(transport="urlencoded", parameters={"image": "a+b/c="}))
    assert parse_qs(form.body.decode()) == {
        "api_key": ["a-key"],
        "api_secret": ["a-secret"],
        "image": ["a+b/c="],
    }
    assert json.loads(compose(call(transport="json")).body)["image"] == "/9g="
    assert compose(call(transport="no-boundary")).headers["Content-Type"] == "multipart/form-data"
    in_query = compose(call(transport="query-credentials"))
    assert in_query.target == "/faceid/v3/ocridcard?api_key=a-key&api_secret=a-secret"
    assert list(named(in_query)) == ["image"]


def test_a_parameter_with_several_values_is_there_as_often() -> None:
    request = compose(call(parameters={"note": ["1", "2"]}))
    assert [payload(p) for p in parts_of(*_body(request))[2:]] == [b"1", b"2"]


def test_without_a_secret_the_case_does_not_apply() -> None:
    with pytest.raises(NotApplicable, match="api_secret"):
        compose(Call(Account("megvii", "active", {"api_key": "a-key"}), hosts=HOSTS))


def test_composing_is_cheap() -> None:
    """Under a millisecond for a picture of 100 KB, which the load tests count on."""
    parameters = usual(b"\xff" * 100_000)
    best = min(_seconds(parameters) for _ in range(20))
    assert best < 0.001


def _seconds(parameters: object) -> float:
    started = time.perf_counter()
    compose(call(parameters=parameters))
    return time.perf_counter() - started


def answer(status: int, body: str) -> Answer:
    return Answer(status, [("Content-Type", "application/json")], body.encode())


@pytest.mark.parametrize(
    ("status", "body", "code", "shape"),
    [
        (400, '{"request_id": "1,a", "error": "MISSING_ARGUMENTS: image"}', "MISSING_ARGUMENTS", "error"),
        (403, '{"error": "AUTHORIZATION_ERROR:Limit reached."}', "AUTHORIZATION_ERROR", "error"),
        (404, '{"error_message": "API_NOT_FOUND"}', "API_NOT_FOUND", "error"),
        (413, "Request Entity Too Large", "Request Entity Too Large", None),
        (413, "<html><title>413 Request Entity Too Large</title></html>", "Request Entity Too Large", None),
    ],
)  # fmt: skip
def test_errors_are_read(status: int, body: str, code: str, shape: str | None) -> None:
    reading = read(answer(status, body))
    assert (reading.ok, reading.code, reading.shape) == (False, code, shape)


def test_a_success_is_read() -> None:
    reading = read(answer(200, '{"request_id": "1,a", "result": 1001}'))
    assert (reading.ok, reading.code, reading.shape, reading.request_id) == (True, None, "response", "1,a")


@pytest.mark.parametrize(
    ("status", "body"), [(200, "[]"), (200, "ok"), (502, "{}"), (400, '{"error": 7}'), (200, "")]
)
def test_what_the_vendor_never_gives(status: int, body: str) -> None:
    with pytest.raises(Misshapen):
        read(answer(status, body))


def test_the_dialect_knows_its_throttle_and_its_secrets() -> None:
    assert DIALECT.throttle_codes == {"CONCURRENCY_LIMIT_EXCEEDED"}
    assert DIALECT.secret_names == {"api_key", "api_secret"}
