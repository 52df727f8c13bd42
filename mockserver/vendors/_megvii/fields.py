"""What the card says in the vendor's words, and which of it contradicts what (contract §5.2).

Both are about text alone; where the text stands and how well it is seen is the business of `judgement`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from mockserver.cards import numbers, validity
from mockserver.cards.model import LONG_TERM, Side

#: The members of an answer by side: the printed field that each is read from, and the box that it lies in. Both
#: ends of the validity have the box of their common line, as in the vendor's sample.
FIELDS: Mapping[Side, Mapping[str, tuple[str, str]]] = {
    "front": {
        "name": ("name", "name"),
        "gender": ("sex", "sex"),
        "nationality": ("nation", "nation"),
        "birth_year": ("birth", "birth_year"),
        "birth_month": ("birth", "birth_month"),
        "birth_day": ("birth", "birth_day"),
        "idcard_number": ("id_number", "id_number"),
        "address": ("address", "address"),
    },
    "back": {
        "issued_by": ("authority", "authority"),
        "valid_date_start": ("valid_from", "validity"),
        "valid_date_end": ("valid_until", "validity"),
    },
}

_NUMBER_LENGTH = 18
_SHORTEST_TERM_YEARS = 5
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
#: Two or more Chinese characters, separator dots among them; 〇 is one too.
_NAME = re.compile(
    "[〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
    "[〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff·•‧・]+"
)


def texts(side: Side, printed: Mapping[str, str]) -> dict[str, str]:
    """The member ``result`` of each field, from the fields of a card with "" for what cannot be read.

    >>> texts("back", {"authority": "", "valid_from": "2023-05-30", "valid_until": "长期"})
    {'issued_by': '', 'valid_date_start': '20230530', 'valid_date_end': '长期'}
    """
    out = {member: printed[source] for member, (source, _) in FIELDS[side].items()}
    if side == "front":
        day = _DATE.fullmatch(printed["birth"])
        year, month, dom = day.groups() if day else ("", "", "")
        out |= {"birth_year": year, "birth_month": _unpadded(month), "birth_day": _unpadded(dom)}
    else:
        out |= {
            member: "".join(parts.groups())
            for member in ("valid_date_start", "valid_date_end")
            if (parts := _DATE.fullmatch(out[member]))
        }
    return out


def contradictions(side: Side, printed: Mapping[str, str], absent_number: int, today: date) -> dict[str, int]:
    """The member ``logic`` of each field: 0 fine, 1 a contradiction.

    What was not read contradicts nothing; of a number that was not read ``absent_number`` says what it counts as.
    """
    if side == "back":
        return {"issued_by": 0, **_period(printed["valid_from"], printed["valid_until"], today)}
    name, sex, number = printed["name"], printed["sex"], printed["id_number"]
    of_number = numbers.sex_of(number)
    return {
        "name": int(bool(name) and not _NAME.fullmatch(name)),
        "gender": int(bool(sex) and (sex not in numbers.SEXES or of_number not in (None, sex))),
        "nationality": 0,
        **_birth(printed["birth"], number),
        "idcard_number": int(not numbers.is_valid_number(number)) if number else absent_number,
        "address": 0,
    }


def _birth(birth: str, number: str) -> dict[str, int]:
    """Each part against its digits in a number of the right length, and against the calendar."""
    parts = _DATE.fullmatch(birth)
    if parts is None:
        return {"birth_year": 0, "birth_month": 0, "birth_day": 0}
    year, month, day = parts.groups()
    comparable = len(number) == _NUMBER_LENGTH
    no_month = not 1 <= int(month) <= 12
    return {
        "birth_year": int(year == "0000" or (comparable and year != number[6:10])),
        "birth_month": int(no_month or (comparable and month != number[10:12])),
        "birth_day": int(
            _no_day(year, "01" if no_month else month, day) or (comparable and day != number[12:14])
        ),
    }


def _no_day(year: str, month: str, day: str) -> bool:
    """Whether the month has no such day; a year that is none is not the day's fault."""
    return validity.parse_day(f"{'2000' if year == '0000' else year}-{month}-{day}") is None


def _period(start: str, end: str, today: date) -> dict[str, int]:
    """Both ends are dates (or the end is open), at least five years apart, and the end is not over."""
    first, last = validity.parse_day(start), validity.parse_day(end)
    too_short = bool(first and last) and _is_shorter_than_any_term(start, end)
    return {
        "valid_date_start": int(bool(start) and (first is None or too_short)),
        "valid_date_end": int(
            bool(end) and end != LONG_TERM and (last is None or too_short or validity.is_expired(end, today))
        ),
    }


def _is_shorter_than_any_term(start: str, end: str) -> bool:
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    if first.year + _SHORTEST_TERM_YEARS > date.max.year:
        return True
    return last < validity.end_of(first, _SHORTEST_TERM_YEARS)


def _unpadded(digits: str) -> str:
    """Without leading zeros, and a lone zero for nothing but zeros."""
    return str(int(digits)) if digits else ""
