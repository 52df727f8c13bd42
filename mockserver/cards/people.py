"""Synthetic people whose cards are consistent, drawn from a seed.

Region, address, authority and number name the same place; number, birth date and sex agree; the check
character is right; the period of validity is the law's for the holder's age and includes ``today``. Nobody is
real: names and addresses are put together from word lists, and the sequence in a number is drawn from the end
of its range, so that a number that somebody holds is hit less often.

The same seed gives the same person on every machine and every day, as long as ``today`` is the same. Each
part of a person has its own random stream, so asking for a rare name does not move the address.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from mockserver.cards.addresses import make_address
from mockserver.cards.model import FLAGS, LONG_TERM, Card, Side
from mockserver.cards.names import Nation, draw_nation, make_name, nations
from mockserver.cards.numbers import SEXES, Sex, with_check_digit
from mockserver.cards.regions import Region, all_regions
from mockserver.cards.validity import TERMS, add_years, age_on, end_of

#: Cards of the present kind are issued since this day, so nothing earlier is printed on one.
FIRST_ISSUE: Final = date(2004, 3, 29)

_MAX_AGE = 120
_USUAL_AGES = (16, 80)
#: Share of a smaller nation's people that are drawn from its home provinces.
_AT_HOME = 0.85
_SEQUENCE_TENS = range(90, 100)


@dataclass(frozen=True, slots=True)
class Person:
    """What both sides of one person's card say; ``valid_until`` is ``None`` for a card without end."""

    name: str
    sex: Sex
    nation: str
    birth: date
    address: str
    id_number: str
    authority: str
    valid_from: date
    valid_until: date | None


def make_person(
    seed: int | Random,
    *,
    today: date,
    sex: Sex | None = None,
    nation: str | None = None,
    rare: bool = False,
    long_address: bool = False,
    age: int | None = None,
) -> Person:
    """The person of a seed; what is given is kept, the rest is drawn.

    ``seed`` may be a generator, of which one number is then taken. ``nation`` is as on a card (``维吾尔``),
    ``age`` is in full years on ``today``. ``rare`` gives a name with characters outside GB 2312, and
    ``long_address`` an address of 30 to 35 characters.

    Raises ``ValueError`` for a sex, nation or age that does not exist and for a ``today`` before the first
    card of the present kind was issued.
    """
    _check_request(today, sex, nation, age)
    streams = _Streams(seed.getrandbits(64) if isinstance(seed, Random) else seed)
    holder_sex: Sex = sex if sex is not None else streams("sex").choice(SEXES)
    years = age if age is not None else streams("age").randint(*_USUAL_AGES)
    people = nations()[nation] if nation is not None else draw_nation(streams("nation"))
    region = _draw_region(streams("region"), people)
    birth = _draw_birth(streams("birth"), years, today)
    valid_from, valid_until = _draw_period(streams("period"), birth, today)
    return Person(
        name=make_name(streams("name"), people, holder_sex, rare=rare),
        sex=holder_sex,
        nation=people.name,
        birth=birth,
        address=make_address(streams("address"), region, long=long_address),
        id_number=_draw_number(streams("number"), region, birth, holder_sex),
        authority=region.authority,
        valid_from=valid_from,
        valid_until=valid_until,
    )


def _check_request(today: date, sex: str | None, nation: str | None, age: int | None) -> None:
    if today < FIRST_ISSUE:
        raise ValueError(
            f"no card of the present kind is older than {FIRST_ISSUE}, so today cannot be {today}"
        )
    if sex is not None and sex not in SEXES:
        raise ValueError(f"sex is one of {', '.join(SEXES)}, not {sex!r}")
    if nation is not None and nation not in nations():
        raise ValueError(f"{nation!r} is not a nation as cards print it; they are {' '.join(nations())}")
    if age is not None and not 0 <= age <= _MAX_AGE:
        raise ValueError(f"age is from 0 to {_MAX_AGE} years, not {age}")


def front_card(person: Person, flags: Iterable[str] = ()) -> Card:
    """The side with the portrait. Raises ``ValueError`` for a flag that ``model.FLAGS`` does not have."""
    fields = {
        "name": person.name,
        "sex": person.sex,
        "nation": person.nation,
        "birth": person.birth.isoformat(),
        "address": person.address,
        "id_number": person.id_number,
    }
    return _card("front", fields, flags)


def back_card(person: Person, flags: Iterable[str] = ()) -> Card:
    """The side with the authority and the validity; raises like ``front_card``."""
    fields = {
        "authority": person.authority,
        "valid_from": person.valid_from.isoformat(),
        "valid_until": person.valid_until.isoformat() if person.valid_until else LONG_TERM,
    }
    return _card("back", fields, flags)


def _card(side: Side, fields: dict[str, str], flags: Iterable[str]) -> Card:
    kept = frozenset(flags)
    if unknown := kept.difference(FLAGS):
        raise ValueError(f"a card has no flag {', '.join(sorted(unknown))}; the flags are {', '.join(FLAGS)}")
    return Card(side=side, fields=fields, flags=kept)


@dataclass(frozen=True, slots=True)
class _Streams:
    """One random stream per part of a person, all from one seed."""

    seed: int

    def __call__(self, part: str) -> Random:
        # A string seeds through SHA-512, which is the same on every machine; hash() is not.
        return Random(f"idcard-mock {self.seed} {part}")


def _draw_region(rng: Random, nation: Nation) -> Region:
    regions = list(all_regions().values())
    if nation.home and rng.random() < _AT_HOME:
        regions = [region for region in regions if region.code.startswith(nation.home)]
    return rng.choice(regions)


def _draw_birth(rng: Random, age: int, today: date) -> date:
    """A birth date of somebody who is ``age`` years old on ``today``."""
    last = add_years(today, -age)
    first = add_years(today, -age - 1) + timedelta(days=1)
    if age_on(first, today) > age:  # first is a leap day whose birthday has come on the 28th
        first += timedelta(days=1)
    return first + timedelta(days=rng.randint(0, (last - first).days))


def _draw_period(rng: Random, birth: date, today: date) -> tuple[date, date | None]:
    """Issue and last day of a card that is valid on ``today``, every possible day of issue as likely."""
    windows = _issue_windows(birth, today)
    sizes = [(last - first).days + 1 for first, last, _ in windows]
    first, last, years = rng.choices(windows, weights=sizes)[0]
    issued = first + timedelta(days=rng.randint(0, (last - first).days))
    return issued, None if years is None else end_of(issued, years)


def _issue_windows(birth: date, today: date) -> list[tuple[date, date, int | None]]:
    """First day, last day and term of issue of the cards one can hold on ``today``, by age bracket."""
    windows = []
    later_brackets = [add_years(birth, from_age) for from_age, _ in TERMS[1:]]
    bracket_ends = [*(start - timedelta(days=1) for start in later_brackets), today]
    for (from_age, years), bracket_end in zip(TERMS, bracket_ends, strict=True):
        first = max(add_years(birth, from_age), FIRST_ISSUE)
        if years is not None:
            oldest = add_years(today, -years)
            first = max(first, oldest if end_of(oldest, years) >= today else oldest + timedelta(days=1))
        last = min(bracket_end, today)
        if first <= last:
            windows.append((first, last, years))
    return windows


def _draw_number(rng: Random, region: Region, birth: date, sex: Sex) -> str:
    last = rng.choice("13579" if sex == "男" else "02468")
    return with_check_digit(f"{region.code}{birth:%Y%m%d}{rng.choice(_SEQUENCE_TENS)}{last}")
