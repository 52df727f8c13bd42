"""What a picture is answered with: each member computed from the pixels (contract §5)."""

from __future__ import annotations

import io
import json
import math
import re

import pytest
from PIL import Image

from mockserver.accounts import Account
from mockserver.cards.named import load_specimens
from mockserver.clock import Clock
from mockserver.contract import load_contract
from mockserver.testing import MockServer
from tests.conftest import VECTOR_TIME, StartMock
from tests.megvii.conftest import Ask
from tests.megvii.shown import BACK, FRONT, READABLE, fields_of, points
from tests.megvii.upload import mint, post, read

CONTRACT = load_contract("megvii")


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
