"""Where things are in the picture: rectangles, cut cards, portraits, one card of several (contract §5.1, §5.4)."""

from __future__ import annotations

import base64
import io
import json
import math

import pytest
from PIL import Image

from mockserver.accounts import Account
from mockserver.cards.model import CARD_WIDTH
from mockserver.cards.named import load_specimens
from mockserver.contract import load_contract
from mockserver.testing import MockServer
from tests.conftest import StartMock
from tests.megvii.conftest import Ask
from tests.megvii.shown import BOXES, FRONT, READABLE, points
from tests.megvii.upload import body_of, call_app, file_part, mint, read, text_part

CONTRACT = load_contract("megvii")


@pytest.mark.parametrize("specimen", ["both", "two-fronts"])
def test_one_card_of_several(ask: Ask, specimen: str) -> None:
    """One card is taken: of two of one size the portrait side."""
    answer = ask(specimen)
    assert answer["side"] == 0
    names = {card.card.fields.get("name") for card in load_specimens()[specimen].cards}
    assert answer["name"]["result"] in names


def test_the_larger_card_is_taken(idmock: MockServer, account: Account) -> None:
    """A portrait side that is clearly smaller does not come first."""
    with (
        Image.open(io.BytesIO(idmock.specimen("back"))) as back,
        Image.open(io.BytesIO(idmock.specimen("front"))) as front,
    ):
        sheet = Image.new("RGB", (back.width, back.height + 560), (90, 90, 90))
        sheet.paste(back, (0, 0))
        sheet.paste(front.resize((780, 555)), (0, back.height))
    out = io.BytesIO()
    sheet.save(out, "PNG")
    assert read(idmock, account, out.getvalue())["side"] == 1


@pytest.mark.parametrize("specimen", [n for n in READABLE if len(load_specimens()[n].cards) == 1])
def test_rectangles_are_where_the_card_is(ask: Ask, specimen: str) -> None:
    """Each is within a hundredth and a half of the card's width of the truth; unread ones are all zeros."""
    answer, truth = ask(specimen, return_portrait="1"), load_specimens()[specimen].cards[0]
    width = math.dist(truth.corners[0], truth.corners[1])
    assert width <= CARD_WIDTH
    wanted = {"card_rect": truth.corners} | {m: truth.boxes[b] for m, b in BOXES.items() if b in truth.boxes}
    for member, corners in wanted.items():
        if member not in answer:
            continue
        rect = answer[member] if member == "card_rect" else answer[member]["rect"]
        if member != "card_rect" and answer[member]["result"] == "":
            assert points(rect) == [(0, 0)] * 4
            continue
        for x, y in points(rect):
            assert min(math.dist((x, y), corner) for corner in corners) < 0.015 * width + 1


@pytest.mark.parametrize(
    "specimen", ["front", "front-tilted", "front-rotated-90", "front-rotated-180", "front-rotated-270"]
)
def test_corners_are_named_as_they_lie(ask: Ask, specimen: str) -> None:
    """lt is left of rt and above lb, however the card was turned."""
    rect = ask(specimen)["card_rect"]
    assert rect["lt"]["x"] < rect["rt"]["x"]
    assert rect["lb"]["x"] < rect["rb"]["x"]
    assert rect["lt"]["y"] < rect["lb"]["y"]
    assert rect["rt"]["y"] < rect["rb"]["y"]


def test_a_cut_card(ask: Ask) -> None:
    """Its corners lie outside the picture; with all content inside it is 1, and still a clean 1001."""
    answer = ask("front-cut")
    assert answer["card_rect"]["lt"]["x"] < 0
    assert answer["card_rect"]["lt"]["y"] < 0
    assert (answer["completeness"], answer["result"]) == (1, 1001)


def test_a_deeply_cut_card(ask: Ask) -> None:
    """What is outside is not read; the rest is."""
    answer = ask("front-cut-deep", return_portrait="1")
    assert (answer["completeness"], answer["result"]) == (2, 1002)
    lost = {name for name in FRONT if answer[name]["result"] == ""}
    assert lost == {"name", "gender", "birth_year", "birth_month", "birth_day", "address"}
    assert all(answer[name]["quality"] == 0 and answer[name]["logic"] == 0 for name in lost)
    assert answer["idcard_number"]["result"] == "370117199502149751"
    assert "portrait" in answer


def test_the_portrait(ask: Ask) -> None:
    """A JPEG of the portrait as Base64, without a prefix; quality and logic mean nothing and are 0."""
    portrait = ask("front", return_portrait="1")["portrait"]
    assert (portrait["quality"], portrait["logic"]) == (0, 0)
    assert isinstance(portrait["quality"], int)
    with Image.open(io.BytesIO(base64.b64decode(portrait["result"], validate=True))) as image:
        assert image.format == "JPEG"
        assert image.width / image.height == pytest.approx(332 / 458, rel=0.02)


def test_no_face_no_portrait(idmock: MockServer, account: Account) -> None:
    """With most of the portrait outside the picture no face is found: the member is absent, not null."""
    with Image.open(io.BytesIO(idmock.specimen("front"))) as image:
        # Cuts the portrait's upper part off and leaves the code, which lies in its lower part.
        cut = image.crop((0, 250, image.width, image.height))
    out = io.BytesIO()
    cut.save(out, "PNG")
    answer = read(idmock, account, out.getvalue(), return_portrait="1")
    assert answer["idcard_number"]["result"] == "370117199502149751"
    assert "portrait" not in answer
    assert answer["completeness"] == 2


def test_a_users_own_picture_has_all_rectangles(start_mock: StartMock) -> None:
    """A sample for a picture without a specimen: parts of the birth date have the rect of their line."""
    from mockserver.settings import Settings

    mock = start_mock(Settings(unknown_image="sample"))
    account = mint(mock)
    parts = [text_part(name, value) for name, value in account.credentials.items()]
    sides = set()
    for ground in range(20):
        out = io.BytesIO()
        Image.new("RGB", (640, 480), (ground, 80, 80)).save(out, "PNG")
        reply = call_app(mock, body_of([*parts, file_part(out.getvalue())]))
        answer = json.loads(reply.body)
        CONTRACT.response_validator.validate(answer)
        assert points(answer["card_rect"]) == [(0, 0), (640, 0), (640, 480), (0, 480)]
        assert answer["completeness"] == 0
        if answer["side"] == 0:
            assert answer["birth_year"]["rect"] == answer["birth_day"]["rect"]
        sides.add(answer["side"])
    assert 0 in sides
