"""How long an identity card is valid (Law on Resident Identity Cards, articles 4 and 5).

The holder's age on the day of issue sets the term: 5 years under 16, 10 years from 16 to 25, 20 years from 26
to 45, without end from 46 on. Dates in strings are as in ``model.py``: ISO, or ``长期`` for no end.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from mockserver.cards.model import LONG_TERM

#: (age at issue from which it holds, term in years or None for no end), by age.
TERMS: Final = ((0, 5), (16, 10), (26, 20), (46, None))

_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_day(text: str) -> date | None:
    """The day that an ISO date of ten characters names, or ``None`` if it names none."""
    if not _ISO_DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:  # 2023-02-29
        return None


def add_years(day: date, years: int) -> date:
    """The same day ``years`` later; 29 February becomes 28 February in a year that lacks it."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        if (day.month, day.day) != (2, 29):  # beyond the calendar's last year, not a missing leap day
            raise
        return date(day.year + years, 2, 28)


def age_on(birth: date, day: date) -> int:
    """Full years of age on ``day``; the birthday itself counts, for 29 February its 28th in other years.

    Negative before birth.
    """
    age = day.year - birth.year
    return age if add_years(birth, age) <= day else age - 1


def term_for(age: int) -> int | None:
    """Years that a card issued at ``age`` is valid, ``None`` for without end."""
    return [years for from_age, years in TERMS if from_age <= max(age, 0)][-1]


def end_of(valid_from: date, years: int) -> date:
    """The last day of a card issued on ``valid_from`` for ``years``."""
    return add_years(valid_from, years)


def is_legal_period(valid_from: str, valid_until: str, birth: str | None = None) -> bool:
    """Whether a period has one of the terms that the law knows.

    With ``birth`` the term must also be the one for the holder's age at issue. A card issued on 29 February
    may end on 28 February or 1 March of a year that has no 29th. A text that names no day is never legal.
    """
    start = parse_day(valid_from)
    if start is None:
        return False
    if valid_until == LONG_TERM:
        terms: set[int | None] = {None}
    else:
        end = parse_day(valid_until)
        terms = {years for _, years in TERMS if years is not None and end in _ends(start, years)}
    if birth is None:
        return bool(terms)
    born = parse_day(birth)
    return born is not None and born <= start and term_for(age_on(born, start)) in terms


def is_expired(valid_until: str, today: date) -> bool:
    """Whether the last day of validity is over on ``today``.

    A card without end never expires. Text that names no day cannot be over either: finding fault with it is
    the business of ``is_legal_period``.
    """
    end = parse_day(valid_until)
    return end is not None and end < today


def _ends(start: date, years: int) -> set[date]:
    if start.year + years > date.max.year:
        return set()
    end = add_years(start, years)
    return {end, end + timedelta(days=1)} if (start.day, end.day) == (29, 28) else {end}
