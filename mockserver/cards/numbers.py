"""The rules of the 18-digit citizen identity number (GB 11643).

Six digits of region code, eight of birth date, three of sequence (odd for men, even for women), one check
character: ``0`` to ``9`` or ``X``. The questions take any string; a lower-case ``x`` is not what a card
prints and does not count.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final, Literal

Sex = Literal["男", "女"]
SEXES: Final[tuple[Sex, ...]] = ("男", "女")

_SHAPE = re.compile(r"[0-9]{17}[0-9X]")
_FIRST_17 = re.compile(r"[0-9]{17}")
_WEIGHTS = tuple(pow(2, 17 - position, 11) for position in range(17))
#: Check character by the weighted sum modulo 11 (ISO 7064, MOD 11-2).
_CHECK = "10X98765432"


def check_digit(first17: str) -> str:
    """The check character that follows the first 17 digits.

    Raises ``ValueError`` unless ``first17`` is 17 ASCII digits.
    """
    if not _FIRST_17.fullmatch(first17):
        raise ValueError(f"a number starts with 17 digits, not {first17!r}")
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first17, strict=True))
    return _CHECK[total % 11]


def with_check_digit(first17: str) -> str:
    """The whole number for its first 17 digits; raises like ``check_digit``."""
    return first17 + check_digit(first17)


def is_valid_number(number: str) -> bool:
    """Whether shape, birth date (a day of the calendar) and check character are right.

    Whether the region exists is not asked: codes that were withdrawn long ago stay on their holders' cards.
    """
    return birth_of(number) is not None and check_digit(number[:17]) == number[17]


def birth_of(number: str) -> date | None:
    """The birth date in a number of the right shape, or ``None`` without one; the check is not looked at."""
    if not _SHAPE.fullmatch(number):
        return None
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:  # digits that name no day, such as 30 February
        return None


def sex_of(number: str) -> Sex | None:
    """The sex that the sequence gives, or ``None`` if the number has not the right shape."""
    if not _SHAPE.fullmatch(number):
        return None
    return "男" if int(number[16]) % 2 else "女"


def region_code_of(number: str) -> str | None:
    """The six-digit region code, or ``None`` if the number has not the right shape."""
    return number[:6] if _SHAPE.fullmatch(number) else None
