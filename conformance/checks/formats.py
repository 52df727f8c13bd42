"""The truth of a card as a vendor writes it, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping

#: Parts of a date pattern, the longest first; M and D are without padding.
_PARTS = "(YYYY|MM|DD|M|D)"
_GROUPS = {
    "YYYY": r"(?P<y>\d{4})",
    "MM": r"(?P<m>\d{2})",
    "DD": r"(?P<d>\d{2})",
    "M": r"(?P<m>[1-9]\d?)",
    "D": r"(?P<d>[1-9]\d?)",
}
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_PLACE = re.compile(r"\{(\w+)(?::([^}]*))?\}")


def fill(template: str, fields: Mapping[str, str]) -> str:
    """A template with a card's fields; a date takes the pattern after the colon, a card without end keeps its 长期.

    Raises KeyError for a field that the card does not have.

    >>> fill("{birth:YYYY/M/D}", {"birth": "1995-02-14"})
    '1995/2/14'
    """
    return _PLACE.sub(lambda place: _written(fields[place[1]], place[2]), template)


def _written(value: str, pattern: str | None) -> str:
    return write_date(value, pattern) if pattern and _ISO.fullmatch(value) else value


def write_date(iso: str, pattern: str) -> str:
    """An ISO date in a pattern.

    >>> write_date("1995-02-04", "YYYY年M月D日")
    '1995年2月4日'
    """
    year, month, day = iso.split("-")
    values = {"YYYY": year, "MM": month, "DD": day, "M": str(int(month)), "D": str(int(day))}
    return re.sub(_PARTS, lambda part: values[part[0]], pattern)


def read_date(text: str, pattern: str) -> str | None:
    """The ISO date of a text in a pattern, None when it is not written so.

    >>> read_date("1995/2/4", "YYYY/M/D")
    '1995-02-04'
    """
    expression = "".join(_GROUPS.get(part, re.escape(part)) for part in re.split(_PARTS, pattern))
    found = re.fullmatch(expression, text, re.ASCII)
    return None if found is None else f"{found['y']}-{int(found['m']):02}-{int(found['d']):02}"
