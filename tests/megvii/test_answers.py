"""What a picture is answered with: each member computed from the pixels (contract §5)."""

from __future__ import annotations

import base64
import io
import json
import math
import re
from typing import Any

import pytest
from PIL import Image

from mockserver.accounts import Account
from mockserver.cards.model import CARD_WIDTH
from mockserver.cards.named import load_specimens
from mockserver.clock import Clock
from mockserver.contract import load_contract
from mockserver.testing import MockServer
from tests.conftest import VECTOR_TIME, StartMock
from tests.megvii.conftest import Ask
from tests.megvii.upload import body_of, call_app, file_part, mint, post, read, text_part

CONTRACT = load_contract("megvii")
FRONT = (
    "name",
    "gender",
    "nationality",
    "birth_year",
    "birth_month",
    "birth_day",
    "idcard_number",
    "address",
)
BACK = ("issued_by", "valid_date_start", "valid_date_end")
#: Members of an answer and the box in the truth of a specimen that each lies in.
BOXES = {
    "name": "name",
    "gender": "sex",
    "nationality": "nation",
    "birth_year": "birth_year",
    "birth_month": "birth_month",
    "birth_day": "birth_day",
    "idcard_number": "id_number",
    "address": "address",
    "issued_by": "authority",
    "valid_date_start": "validity",
    "valid_date_end": "validity",
    "portrait": "portrait",
}
READABLE = [
    name
    for name, specimen in load_specimens().items()
    if specimen.cards and name not in ("recognition-fails", "recognition-slow")
]
CORNERS = ("lt", "rt", "rb", "lb")


def points(rect: dict[str, dict[str, int]]) -> list[tuple[int, int]]:
    return [(rect[corner]["x"], rect[corner]["y"]) for corner in CORNERS]


def fields_of(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Those that count for 1001 or 1002."""
    return {name: answer[name] for name in (FRONT if answer["side"] == 0 else BACK)}


@pytest.mark.parametrize("specimen", READABLE)
@pytest.mark.parametrize("portrait", ["0", "1"])
def test_every_answer_is_as_promised(ask: Ask, specimen: str, portrait: str) -> None:
    """The schema holds; numbers have three decimals, the probabilities sum to one, and 1002 has its four reasons."""
    answer = ask(specimen, return_portrait=portrait)
    CONTRACT.response_validator.validate(answer)
    legality = dict(answer["legality"])
    assert legality.pop("ID_Photo_Threshold") == 0.8
    assert math.isclose(sum(legality.values()), 1, abs_tol=1e-9)
    fields = fields_of(answer)
    for number in (*legality.values(), *(field["quality"] for field in fields.values())):
        assert round(number, 3) == number
        assert isinstance(number, int) == (number in (0, 1))
    anomalous = legality["ID_Photo"] < 0.8 or any(
        field["result"] == "" or field["logic"] == 1 or field["quality"] < 0.15 for field in fields.values()
    )
    assert answer["result"] == (1002 if anomalous else 1001)


def test_the_portrait_side(ask: Ask) -> None:
    """Every value is a text; month and day are not padded; without return_portrait there is no portrait."""
    answer = ask("front")
    assert {name: answer[name]["result"] for name in FRONT} == {
        "name": "饶光鸣",
        "gender": "男",
        "nationality": "汉",
        "birth_year": "1995",
        "birth_month": "2",
        "birth_day": "14",
        "idcard_number": "370117199502149751",
        "address": "山东省济南市钢城区东风路157号24号楼3单元203室",
    }
    assert (answer["side"], answer["result"], answer["completeness"]) == (0, 1001, 0)
    assert answer["legality"]["ID_Photo"] == 0.999
    assert "portrait" not in answer


def test_the_emblem_side(ask: Ask) -> None:
    """Dates of eight digits; both lie in one line, with one rect and one quality; never a portrait."""
    answer = ask("back", return_portrait="1")
    assert [answer[name]["result"] for name in BACK] == ["济南市公安局钢城分局", "20230530", "20430530"]
    assert answer["valid_date_start"]["rect"] == answer["valid_date_end"]["rect"]
    assert answer["valid_date_start"]["quality"] == answer["valid_date_end"]["quality"]
    assert (answer["side"], answer["result"]) == (1, 1001)
    assert "portrait" not in answer


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


@pytest.mark.parametrize(
    ("specimen", "kind"),
    [
        ("front-temporary", "Temporary_ID_Photo"),
        ("front-photocopy", "Photocopy"),
        ("back-photocopy", "Photocopy"),
        ("front-screen", "Screen"),
        ("front-edited", "Edited"),
    ],
)
def test_pictures_that_are_not_genuine(ask: Ask, specimen: str, kind: str) -> None:
    """Nearly all of the probability is on what the picture shows, which is an anomaly."""
    answer = ask(specimen)
    assert answer["legality"][kind] == 0.999
    assert answer["legality"]["ID_Photo"] == 0.001
    assert answer["result"] == 1002


def test_a_picture_without_colours(idmock: MockServer, account: Account) -> None:
    """Taken for a copy, whatever made it so."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(idmock.specimen("front"))) as image:
        image.convert("L").save(out, "JPEG")
    assert read(idmock, account, out.getvalue())["legality"]["Photocopy"] == 0.999


@pytest.mark.parametrize(
    ("specimen", "wrong"),
    [
        ("front-bad-number", {"idcard_number"}),
        ("front-birth-mismatch", {"birth_day"}),
        ("front-sex-mismatch", {"gender"}),
        ("back-expired", {"valid_date_end"}),
        ("back-bad-period", set()),
        ("back-long-term", set()),
        ("front-minority", set()),
        ("front-rare", set()),
    ],
)
def test_contradictions(ask: Ask, specimen: str, wrong: set[str]) -> None:
    """logic is 1 for what contradicts something, and then the result is 1002."""
    answer = ask(specimen)
    assert {name for name, field in fields_of(answer).items() if field["logic"]} == wrong
    assert answer["result"] == (1002 if wrong else 1001)


def test_formats_of_uncommon_cards(ask: Ask) -> None:
    """Long-term validity in words, a minority without 族 and with a dot in the name, rare characters unescaped."""
    assert ask("back-long-term")["valid_date_end"]["result"] == "长期"
    minority = ask("front-minority")
    assert minority["nationality"]["result"] == "维吾尔"
    assert "·" in minority["name"]["result"]
    rare = load_specimens()["front-rare"].cards[0].card.fields["name"]
    assert ask("front-rare")["name"]["result"] == rare
    long = load_specimens()["front-long-address"].cards[0].card.fields["address"]
    assert ask("front-long-address")["address"]["result"] == long


@pytest.mark.parametrize(("specimen", "covered"), [("front-glare", "address"), ("front-occluded", "address")])
def test_covered_fields(ask: Ask, specimen: str, covered: str) -> None:
    """They can still be read, at a quality below the threshold; the others are not touched."""
    answer = ask(specimen)
    assert answer[covered]["result"] != ""
    assert {name for name in FRONT if answer[name]["quality"] < 0.15} == {covered}
    assert answer["result"] == 1002


def test_a_blurred_card(ask: Ask) -> None:
    """Every field has a problem with its quality."""
    answer = ask("front-blurry")
    assert all(0 < answer[name]["quality"] < 0.15 for name in FRONT)
    assert answer["result"] == 1002


def test_an_unreadable_card(ask: Ask) -> None:
    """The card is found and none of it is read."""
    answer = ask("front-unreadable")
    assert {answer[name]["result"] for name in FRONT} == {""}
    assert {name for name in FRONT if answer[name]["logic"]} == {"idcard_number"}
    assert points(answer["card_rect"]) != [(0, 0)] * 4
    assert (answer["result"], answer["completeness"]) == (1002, 0)


def test_validity_is_judged_by_the_servers_clock(start_mock: StartMock) -> None:
    """Over on the day after its last one, in China."""
    clock = Clock()
    mock = start_mock(clock=clock)
    account = mint(mock)
    for moment, logic in (
        (2316614399, 0),
        (2316614400, 1),
    ):  # 2043-05-30 23:59:59 and one second later, UTC+8
        clock.freeze(moment)
        answer = read(mock, account, mock.specimen("back"))
        assert answer["valid_date_end"]["logic"] == logic


def test_request_id_and_time(frozen_mock: MockServer) -> None:
    """Seconds of the call and a UUID, unlike any other; milliseconds as a whole number."""
    account = mint(frozen_mock)
    one, other = (read(frozen_mock, account, frozen_mock.specimen("front")) for _ in range(2))
    assert one["request_id"].startswith(f"{int(VECTOR_TIME)},")
    assert re.fullmatch(r"\d{10},[0-9a-f-]{36}", one["request_id"])
    assert one["request_id"] != other["request_id"]
    assert isinstance(one["time_used"], int)
    assert one["time_used"] >= 0


def test_time_used_counts_a_slow_recognition(ask: Ask) -> None:
    """In milliseconds."""
    assert ask("recognition-slow")["time_used"] >= 2000


def test_the_wire(idmock: MockServer, account: Account) -> None:
    """One line of UTF-8 with a space behind each colon and comma, Chinese unescaped, nothing lost to a parser."""
    reply = post(idmock, account, idmock.specimen("front"))
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Content-Length"] == str(len(reply.content))
    text = reply.content.decode("utf-8")
    assert text == json.dumps(json.loads(text), ensure_ascii=False)
    assert "\n" not in text
    assert "饶光鸣" in text
    assert reply.headers["X-IDMock-Request"] == reply.json()["request_id"].partition(",")[2]


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
