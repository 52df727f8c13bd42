"""Rules of the identity number and of the validity term."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.cards import numbers
from mockserver.cards.validity import add_years, age_on, end_of, is_expired, is_legal_period, term_for

birth_dates = st.dates(date(1880, 1, 1), date(2099, 12, 31))
issue_dates = st.dates(date(2004, 3, 29), date(2099, 12, 31))
terms = st.sampled_from((5, 10, 20))


@st.composite
def first_17(draw: st.DrawFn) -> str:
    region = draw(st.integers(110000, 659999))
    return f"{region}{draw(birth_dates):%Y%m%d}{draw(st.integers(0, 999)):03}"


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_the_standards_own_examples_are_valid(number: str) -> None:
    """GB 11643 works out these two numbers."""
    assert numbers.check_digit(number[:17]) == number[17]
    assert numbers.is_valid_number(number)


@given(first_17())
def test_a_number_with_its_check_digit_is_valid(first: str) -> None:
    """Completing 17 digits gives a valid number that says what went into it."""
    number = numbers.with_check_digit(first)
    assert numbers.is_valid_number(number)
    assert numbers.region_code_of(number) == first[:6]
    assert numbers.birth_of(number) == date.fromisoformat(first[6:14])
    assert numbers.sex_of(number) == ("男" if int(first[16]) % 2 else "女")


@given(first_17(), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(first: str, place: int, change: int) -> None:
    """The check finds any single changed digit."""
    number = numbers.with_check_digit(first)
    wrong = str((int(number[place]) + change) % 10)
    assert not numbers.is_valid_number(number[:place] + wrong + number[place + 1 :])


@given(first_17(), st.integers(0, 15))
def test_two_swapped_neighbours_are_noticed(first: str, place: int) -> None:
    """The check finds neighbours that changed places."""
    number = numbers.with_check_digit(first)
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert numbers.is_valid_number(swapped) == (swapped == number)


@pytest.mark.parametrize("birth", ["19890229", "19000229", "19890431", "19891301", "19890100", "00000101"])
def test_a_birth_date_outside_the_calendar_makes_a_number_invalid(birth: str) -> None:
    """The check character being right does not help a day that never was."""
    number = numbers.with_check_digit(f"110105{birth}002")
    assert numbers.birth_of(number) is None
    assert not numbers.is_valid_number(number)
    assert numbers.sex_of(number) == "女"


def test_leap_days_are_birth_dates() -> None:
    """29 February of a leap year, 2000 among them, is in the calendar."""
    assert numbers.birth_of(numbers.with_check_digit("11010520000229001")) == date(2000, 2, 29)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("11010519491231002x", id="lower-case-x"),
        pytest.param("11010519491231002X\n", id="newline"),
        pytest.param("１１０１０５１９４９１２３１００２X", id="full-width-digits"),
        pytest.param("1101051949123100", id="too-short"),
        pytest.param("11010519491231002XX", id="too-long"),
        pytest.param("X10105194912310020", id="x-in-front"),
    ],
)
def test_a_text_of_another_shape_is_no_number(text: str) -> None:
    """Nothing is read out of a text that is not 17 ASCII digits and a check character."""
    assert not numbers.is_valid_number(text)
    assert (numbers.birth_of(text), numbers.sex_of(text), numbers.region_code_of(text)) == (None, None, None)


@given(st.text(max_size=25))
def test_any_text_can_be_asked_about(text: str) -> None:
    """The questions answer for every string."""
    assert numbers.is_valid_number(text) in (True, False)
    assert (numbers.sex_of(text) is None) == (numbers.region_code_of(text) is None)


@pytest.mark.parametrize("text", ["", "1101051949123100", "110105194912310020", "1101051949123100X"])
def test_only_17_digits_have_a_check_digit(text: str) -> None:
    """Asking for the check digit of anything else is the caller's mistake, and the message quotes it."""
    with pytest.raises(ValueError, match=f"17 digits, not '{text}'"):
        numbers.check_digit(text)


@pytest.mark.parametrize(
    ("age", "years"),
    [(0, 5), (15, 5), (16, 10), (25, 10), (26, 20), (45, 20), (46, None), (100, None)],
)
def test_age_sets_the_term(age: int, years: int | None) -> None:
    """The brackets of the law, at both of their ends."""
    assert term_for(age) == years


@given(birth_dates, birth_dates)
def test_age_grows_by_one_on_the_birthday(birth: date, day: date) -> None:
    """Age is the number of birthdays that have passed."""
    age = age_on(birth, day)
    assert add_years(birth, age) <= day < add_years(birth, age + 1)


@given(issue_dates, terms)
def test_a_term_of_the_law_is_legal_and_a_day_more_is_not(start: date, years: int) -> None:
    """Ends are exact to the day, but for the two readings of a missing 29 February."""
    end = end_of(start, years)
    assert is_legal_period(start.isoformat(), end.isoformat())
    assert not is_legal_period(start.isoformat(), (end - timedelta(days=1)).isoformat())
    leap_start = (start.month, start.day) == (2, 29) and (end.month, end.day) == (2, 28)
    assert is_legal_period(start.isoformat(), (end + timedelta(days=1)).isoformat()) == leap_start


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "legal"),
    [
        ("2012-02-29", "2032-02-29", True),
        ("2012-02-29", "2022-02-28", True),
        ("2012-02-29", "2022-03-01", True),
        ("2012-02-28", "2022-03-01", False),
        ("2012-02-29", "2032-03-01", False),
        ("2012-02-29", "2022-02-29", False),  # no such day
        ("2015-05-05", "长期", True),
        ("2015-05-05", "2022-05-05", False),
        ("2015-05-05", "2015-05-05", False),
        ("2025-05-05", "2015-05-05", False),
        ("2015.05.05", "2025.05.05", False),
        ("20150505", "20250505", False),
        ("2015-W01-1", "长期", False),
        ("9999-01-01", "9999-12-31", False),
        ("长期", "长期", False),
        ("", "", False),
    ],
)
def test_legal_periods(valid_from: str, valid_until: str, legal: bool) -> None:
    """Leap days, wrong terms, dates in other notations."""
    assert is_legal_period(valid_from, valid_until) == legal


@pytest.mark.parametrize(
    ("valid_until", "birth", "legal"),
    [
        ("2025-05-05", "1990-05-05", True),  # 25 on the day of issue
        ("2035-05-05", "1990-05-05", False),
        ("2035-05-05", "1989-05-05", True),  # 26 on that very day
        ("2025-05-05", "1989-05-05", False),
        ("2020-05-05", "2015-05-05", True),  # born that day
        ("2020-05-05", "2015-05-06", False),
        ("长期", "1969-05-05", True),
        ("长期", "1969-05-06", False),
        ("2025-05-05", "1990-02-30", False),
    ],
)
def test_the_term_fits_the_age_at_issue(valid_until: str, birth: str, legal: bool) -> None:
    """With a birth date the one term for that age is legal, counted on the day of issue (5 May 2015)."""
    assert is_legal_period("2015-05-05", valid_until, birth) == legal


@given(st.text(max_size=12), st.text(max_size=12), st.none() | st.text(max_size=12))
def test_any_text_makes_a_legal_period_or_not(start: str, end: str, birth: str | None) -> None:
    """Text that was read from a picture never raises."""
    assert is_legal_period(start, end, birth) in (True, False)
    assert is_expired(end, date(2026, 1, 1)) in (True, False)


def test_a_card_expires_after_its_last_day() -> None:
    """The last day still counts, no end never comes, and a text that is no day is not over."""
    assert not is_expired("2026-01-31", date(2026, 1, 31))
    assert is_expired("2026-01-31", date(2026, 2, 1))
    assert not is_expired("长期", date.max)
    assert not is_expired("2026-02-30", date.max)
