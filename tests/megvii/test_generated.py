"""Generated requests, 2,400 of them: no internal error, and every answer one that the schemas allow.

Most begin as a right call whose parts are exchanged; then the body, its header, the path and the method are damaged.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.accounts import Account
from mockserver.contract import load_contract
from mockserver.testing import MockServer
from tests.generated import GENERATED, HEADER, scaled
from tests.megvii.upload import PATH, Part, body_of, call_app, file_part, mint, text_part

CONTRACT = load_contract("megvii")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
PIECES = (
    b"--XX", b"--", b"\r\n", b"\r\n\r\n", b'"', b"Content-Disposition: form-data", b'; name="image"', b"; filename=",
    b";",
)  # fmt: skip
MULTIPART = "multipart/form-data; boundary=XX"
CONTENT_TYPES = (
    MULTIPART, "multipart/form-data", 'multipart/form-data; boundary="XX', "text/plain",
    "application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=X", "",
)  # fmt: skip


@pytest.fixture(scope="module")
def pictures(idmock: MockServer) -> list[bytes]:
    """Small pictures and pieces of pictures: some are read, some are refused, each in its own way."""
    names = (
        "front",
        "back",
        "front-cut-deep",
        "front-glare",
        "front-unreadable",
        "recognition-fails",
        "no-card",
    )
    out = [b"", b"GIF89a", b"\xff\xd8\xff", *scaled(idmock, names, (640, 600, 300), quality=75)]
    out.append(out[4][: len(out[4]) // 3])
    return out


@pytest.fixture(scope="module")
def customer(idmock: MockServer) -> Account:
    """One account for all generated requests."""
    return mint(idmock)


def mostly(usual: st.SearchStrategy[Any], *others: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The usual thing four times in five; `one_of` would give each of them the same weight."""
    return st.sampled_from([usual] * 4 * len(others) + list(others)).flatmap(lambda chosen: chosen)


def parts_of(account: Account, files: list[bytes]) -> st.SearchStrategy[list[Part]]:
    """Mostly the parts of a right call; some are exchanged, repeated, left out or come from nowhere."""
    right = [text_part(name, value) for name, value in account.credentials.items()]
    image = mostly(
        st.sampled_from(files).map(file_part),
        st.binary(max_size=30).map(file_part),
        TEXT.map(lambda text: text_part("image", text)),
    )
    portrait = mostly(st.sampled_from([b"0", b"1"]), TEXT.map(str.encode), st.binary(max_size=3)).map(
        lambda data: Part(text_part("return_portrait", "").headers, data)
    )
    whole = st.tuples(image, portrait).map(lambda two: [*right, *two])
    names = st.sampled_from(["api_key", "api_secret", "image", "return_portrait"]) | TEXT
    odd = st.one_of(
        st.builds(text_part, names.map(lambda name: name.replace("\r", "").replace("\n", "")), TEXT),
        st.builds(lambda line, data: Part((line.encode("latin-1"),), data), HEADER, st.binary(max_size=20)),
    )
    return mostly(
        whole,
        st.tuples(whole, st.lists(odd, max_size=2)).map(lambda both: [*both[0], *both[1]]),
        st.tuples(whole, st.integers(0, 3)).map(lambda both: both[0][: both[1]] + both[0][both[1] + 1 :]),
    )


DAMAGE = st.lists(
    st.one_of(
        st.tuples(st.just("cut"), st.floats(0, 1), st.just(b"")),
        st.tuples(st.just("insert"), st.floats(0, 1), st.sampled_from(PIECES) | st.binary(max_size=4)),
        st.tuples(st.just("drop"), st.floats(0, 1), st.just(b"")),
    ),
    min_size=1,
    max_size=2,
)


def damaged(body: bytes, changes: list[tuple[str, float, bytes]]) -> bytes:
    for kind, where, piece in changes:
        at = int(len(body) * where)
        if kind == "cut":
            body = body[:at]
        elif kind == "insert":
            body = body[:at] + piece + body[at:]
        else:
            body = body[:at] + body[at + 3 :]
    return body


def check(mock: MockServer, body: bytes, content_type: str | None, *, failing: bool, **more: Any) -> None:
    """The answer is the vendor's: status, type, schema, the row that its header names; nothing failed in the mock."""
    reply = call_app(mock, body, content_type, **more)
    assert mock.world.own_faults.value == 0
    rule = reply.headers.get("X-IDMock-Rule")
    assert all(" " <= char <= "~" for value in reply.headers.values() for char in value)
    if rule is None:
        assert (reply.status, failing) == (200, False)
        CONTRACT.response_validator.validate(json.loads(reply.body))
        return
    row = CONTRACT.errors[rule]
    assert reply.status == row.http_status
    if reply.status == 413:
        assert reply.body == b"Request Entity Too Large"
    else:
        CONTRACT.error_validator.validate(json.loads(reply.body))
        text = next(value for name, value in json.loads(reply.body).items() if name.startswith("error"))
        assert text.partition(":")[0] == row.code


@settings(GENERATED, max_examples=1000)
@given(data=st.data())
def test_parts(idmock: MockServer, customer: Account, pictures: list[bytes], data: st.DataObject) -> None:
    """Well-formed bodies of all kinds of parts."""
    check(idmock, body_of(data.draw(parts_of(customer, pictures))), MULTIPART, failing=False)


@settings(GENERATED, max_examples=500)
@given(data=st.data())
def test_damage(idmock: MockServer, customer: Account, pictures: list[bytes], data: st.DataObject) -> None:
    """The same with a piece cut out or put in."""
    body = damaged(body_of(data.draw(parts_of(customer, pictures))), data.draw(DAMAGE))
    check(idmock, body, MULTIPART, failing=False)


@settings(GENERATED, max_examples=500)
@given(
    pieces=st.lists(st.sampled_from(PIECES) | st.binary(max_size=8), max_size=20),
    content_type=st.sampled_from(CONTENT_TYPES) | HEADER,
    query=st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="#"), max_size=30),
)
def test_nothing_in_order(idmock: MockServer, pieces: list[bytes], content_type: str, query: str) -> None:
    """Bodies of pieces of bodies, under any Content-Type."""
    check(idmock, b"".join(pieces), content_type, failing=True, query=query)


@settings(GENERATED, max_examples=400)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD", "OPTIONS", "FOO"]),
    path=st.sampled_from([PATH, PATH + "/", "/faceid/v3/", "/faceid/"])
    | HEADER.map(lambda text: "/faceid/" + text),
    content_type=st.none() | st.sampled_from(CONTENT_TYPES),
    form=st.dictionaries(st.sampled_from(["api_key", "api_secret", "image"]) | TEXT, TEXT, max_size=4),
)
def test_methods_paths_and_forms(
    idmock: MockServer, method: str, path: str, content_type: str | None, form: dict[str, str]
) -> None:
    """A form never gets further than its missing image."""
    body = "&".join(f"{name}={value}" for name, value in form.items()).encode()
    check(idmock, body, content_type, failing=True, method=method, path=path)
