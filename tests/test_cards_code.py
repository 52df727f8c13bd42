"""The code on a specimen: payloads there and back, and what is refused."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.cards import code
from mockserver.cards.code import CodeError
from mockserver.cards.model import Card
from tests.card_strategies import BACK, FRONT, any_cards


def _sealed(body: bytes) -> bytes:
    return body + struct.pack(">I", zlib.crc32(body))


@given(any_cards)
@settings(max_examples=300)
def test_any_text_comes_back(card: Card) -> None:
    """Rare characters included: GB18030 holds all of Unicode."""
    assert code.decode(code.encode(card)) == card


@given(any_cards)
@settings(max_examples=60, deadline=None)
def test_the_drawn_modules_decode_to_the_payload(card: Card) -> None:
    payload = code.encode(card)
    image = code.modules(payload)
    large = image.resize((image.width * 4, image.height * 4), 0)
    found = zxingcpp.read_barcodes(large, is_pure=True)
    assert [barcode.bytes for barcode in found] == [payload]


@given(any_cards, st.data())
def test_a_changed_byte_is_noticed(card: Card, data: st.DataObject) -> None:
    payload = bytearray(code.encode(card))
    position = data.draw(st.integers(len(code.MARK) + 1, len(payload) - 1))
    payload[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(CodeError):
        code.decode(bytes(payload))


@given(st.binary(max_size=200).filter(lambda b: not b.startswith(code.MARK)))
def test_a_foreign_code_is_no_card(payload: bytes) -> None:
    assert code.decode(payload) is None


@given(st.binary(max_size=200))
def test_bytes_behind_our_mark_never_make_a_card_by_chance(tail: bytes) -> None:
    with pytest.raises(CodeError):
        code.decode(code.MARK + code.VERSION + tail)


def test_an_unknown_version_says_so() -> None:
    with pytest.raises(CodeError, match=r"version b'2'.*knows b'1'"):
        code.decode(b"IDM2" + code.encode(FRONT)[4:])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"IDM1X\0\0" + b"\n" * 5, "names the side b'X'"),
        (b"IDM1F\x80\0" + b"\n" * 5, "unknown flags: 0x8000"),
        (b"IDM1F\0\0" + b"\n" * 4, "holds 5 fields, a front has 6"),
        (b"IDM1F\0\0\xff" + b"\n" * 5, "not GB18030"),
    ],
)
def test_a_sealed_but_odd_code_says_what_is_odd(body: bytes, reason: str) -> None:
    with pytest.raises(CodeError, match=reason):
        code.decode(_sealed(body))


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        (replace(FRONT, fields={"name": "李"}), "a front has the fields name, sex"),
        (replace(BACK, flags=frozenset({"shiny"})), "unknown flag 'shiny'"),
        (replace(BACK, fields={**BACK.fields, "authority": "a\nb"}), "authority holds a control character"),
        (replace(BACK, fields={**BACK.fields, "authority": "\ud800"}), "GB18030"),
        (replace(BACK, fields={**BACK.fields, "authority": "公" * 120}), "need 273 bytes, a code holds 213"),
    ],
)
def test_a_card_that_has_no_code_says_why(card: Card, reason: str) -> None:
    with pytest.raises(CodeError, match=reason):
        code.encode(card)


def test_an_ordinary_card_stays_small() -> None:
    """41 modules are what the smallest readable picture was measured with."""
    assert code.modules(code.encode(FRONT)).width <= 45
    assert code.modules(code.encode(BACK)).width <= 33
