"""The vendor's words for what a card says, and the table of contradictions (contract §5.2), as pure functions."""

from __future__ import annotations

from datetime import date

import pytest

from mockserver.vendors._megvii.fields import contradictions, texts

TODAY = date(2026, 1, 1)
FRONT = {
    "name": "饶光鸣",
    "sex": "男",
    "nation": "汉",
    "birth": "1995-02-14",
    "address": "山东省济南市",
    "id_number": "370117199502149751",
}
BACK = {"authority": "济南市公安局", "valid_from": "2023-05-30", "valid_until": "2043-05-30"}


def wrong_front(**changed: str) -> set[str]:
    """The members whose logic is 1."""
    return {n for n, logic in contradictions("front", {**FRONT, **changed}, 1, TODAY).items() if logic}


def wrong_back(start: str, end: str) -> set[str]:
    card = {**BACK, "valid_from": start, "valid_until": end}
    return {name for name, logic in contradictions("back", card, 1, TODAY).items() if logic}


def test_front_texts() -> None:
    """All are texts; month and day without a leading zero."""
    assert texts("front", FRONT) == {
        "name": "饶光鸣",
        "gender": "男",
        "nationality": "汉",
        "birth_year": "1995",
        "birth_month": "2",
        "birth_day": "14",
        "idcard_number": "370117199502149751",
        "address": "山东省济南市",
    }


@pytest.mark.parametrize("birth", ["", "1995", "1995年2月14日", "1995-2-14"])
def test_a_birth_that_is_no_date(birth: str) -> None:
    """None of its parts is recognised, and what is not recognised contradicts nothing."""
    seen = texts("front", {**FRONT, "birth": birth})
    assert [seen[part] for part in ("birth_year", "birth_month", "birth_day")] == ["", "", ""]
    assert wrong_front(birth=birth) == set()


def test_back_texts() -> None:
    """Eight digits, with leading zeros; an open end in words; what is no date as it is printed."""
    assert texts("back", {**BACK, "valid_from": "2003-05-03", "valid_until": "长期"}) == {
        "issued_by": "济南市公安局",
        "valid_date_start": "20030503",
        "valid_date_end": "长期",
    }
    assert texts("back", {**BACK, "valid_until": "2043.05"})["valid_date_end"] == "2043.05"


def test_nothing_wrong() -> None:
    """A consistent person has no contradiction; region, address and nation are never looked at."""
    assert wrong_front() == set()
    assert wrong_front(nation="", address="", id_number="110101199502149750"[:17] + "X") <= {"idcard_number"}


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("饶光鸣", False),
        ("王一", False),
        ("阿卜杜拉·买买提", False),
        ("买买提•艾力", False),
        ("𠮷野", False),
        ("㛃丽", False),
        ("王〇", False),
        ("", False),
        ("王", True),
        ("·王", True),
        ("王A", True),
        ("Zhang San", True),
        ("王 一", True),
        ("王\n一", True),
        ("王一\n", True),
    ],
)
def test_names(name: str, wrong: bool) -> None:
    """One character alone, or anything that is neither Chinese nor a separator dot."""
    assert wrong_front(name=name) == ({"name"} if wrong else set())


@pytest.mark.parametrize(
    ("sex", "number", "wrong"),
    [
        ("男", "370117199502149751", False),
        ("女", "370117199502149751", True),
        ("未知", "370117199502149751", True),
        ("", "370117199502149751", False),
        ("女", "", False),
        ("未知", "", True),
    ],
)
def test_gender(sex: str, number: str, wrong: bool) -> None:
    """Odd is male; what cannot be compared is right as long as it is one of the two."""
    assert ("gender" in wrong_front(sex=sex, id_number=number)) == wrong


@pytest.mark.parametrize(
    ("birth", "wrong"),
    [
        ("1995-02-15", {"birth_day"}),
        ("1995-03-14", {"birth_month"}),
        ("1996-02-14", {"birth_year"}),
        ("1996-03-15", {"birth_year", "birth_month", "birth_day"}),
        ("0000-02-14", {"birth_year"}),
        ("1995-13-14", {"birth_month"}),
        ("1995-00-14", {"birth_month"}),
        ("1995-02-30", {"birth_day"}),
        ("1995-02-00", {"birth_day"}),
    ],
)
def test_birth_against_the_number(birth: str, wrong: set[str]) -> None:
    """Each part is compared with its own digits, and has to be one of the calendar's."""
    assert wrong_front(birth=birth) == wrong


@pytest.mark.parametrize(
    ("number", "wrong"),
    [
        ("370117199502149750", {"idcard_number"}),
        ("37011719950214975", {"idcard_number"}),
        ("", {"idcard_number"}),
        ("370117********9751", {"idcard_number", "birth_year", "birth_month", "birth_day"}),
        ("3701171995****9751", {"idcard_number", "birth_month", "birth_day"}),
        ("37011719950214975x", {"idcard_number"}),
    ],
)
def test_numbers(number: str, wrong: set[str]) -> None:
    """Not 18 long, a wrong check digit, hidden characters: those drag the parts of the birth date with them."""
    assert wrong_front(id_number=number) == wrong


def test_a_number_that_was_not_read() -> None:
    """Whether that is a contradiction is a choice."""
    assert contradictions("front", {**FRONT, "id_number": ""}, 0, TODAY)["idcard_number"] == 0


@pytest.mark.parametrize(
    ("start", "end", "wrong"),
    [
        ("2023-05-30", "2043-05-30", set()),
        ("2023-05-30", "2028-05-30", set()),
        ("2023-05-30", "2028-05-29", {"valid_date_start", "valid_date_end"}),
        ("2024-02-29", "2029-02-28", set()),
        ("2023-05-30", "2045-05-30", set()),
        ("2023-05-30", "长期", set()),
        ("2016-01-01", "2026-01-01", set()),
        ("2015-12-31", "2025-12-31", {"valid_date_end"}),
        ("2043-05-30", "2023-05-30", {"valid_date_start", "valid_date_end"}),
        ("2023-02-30", "2043-05-30", {"valid_date_start"}),
        ("2023-05-30", "2043-02-30", {"valid_date_end"}),
        ("长期", "长期", {"valid_date_start"}),
        ("x", "y", {"valid_date_start", "valid_date_end"}),
        ("9997-01-01", "9999-12-31", {"valid_date_start", "valid_date_end"}),
        ("", "", set()),
        ("", "2020-01-01", {"valid_date_end"}),
    ],
)
def test_periods(start: str, end: str, wrong: set[str]) -> None:
    """Dates at least five years apart, of which the last is not over; 22 years are no contradiction here."""
    assert wrong_back(start, end) == wrong
