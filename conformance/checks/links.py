"""Fields of an answer against each other: what a number says of birth date and sex, and its check digit."""

from __future__ import annotations

import re
from typing import Any

from conformance.checks.formats import read_date
from conformance.checks.operators import shortened
from conformance.checks.pointers import find
from conformance.model import Failure

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"


def check_links(document: Any, links: dict[str, Any]) -> list[Failure]:
    """Failures where a number and the fields beside it disagree (GB 11643-1999).

    ``links`` has a pointer to ``number``, and where the vendor has them ``birth`` (with ``birth_pattern``, or
    ``birth_parts``: pointers to year, month and day) and ``sex`` (with its values for an odd and an even number).
    """
    number = find(document, links["number"])
    if not isinstance(number, str) or not re.fullmatch("[0-9]{17}[0-9X]", number):
        return [Failure("links", links["number"], "an 18-digit number", shortened(number))]
    failures = []
    if check_digit(number[:17]) != number[17]:
        failures.append(Failure("check digit", links["number"], check_digit(number[:17]), number[17]))
    if "birth" in links or "birth_parts" in links:
        failures += _check_birth(document, links, number)
    if "sex" in links:
        wanted = links["sex_values"][0 if int(number[16]) % 2 else 1]
        if (sex := find(document, links["sex"])) != wanted:
            failures.append(Failure("sex in number", links["sex"], shortened(wanted), shortened(sex)))
    return failures


def _check_birth(document: Any, links: dict[str, Any], number: str) -> list[Failure]:
    wanted = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    at = links.get("birth") or links["birth_parts"][0]
    if "birth" in links:
        actual = find(document, links["birth"])
        read = read_date(actual, links["birth_pattern"]) if isinstance(actual, str) else None
    else:
        actual = [find(document, pointer) for pointer in links["birth_parts"]]
        read = "-".join(str(part).zfill(2) for part in actual)
    return (
        []
        if read == wanted
        else [Failure("birth in number", at, f"{wanted} as its pattern writes it", shortened(actual))]
    )


def check_digit(first_17: str) -> str:
    """The last character of a number.

    >>> check_digit("37011719950214975")
    '1'
    """
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first_17, strict=True))
    return _CHECK_DIGITS[total % 11]
