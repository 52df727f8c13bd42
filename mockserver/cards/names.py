"""Invented names of people, in the styles that are found on cards.

Han names take single-character family names by frequency and half of their given names from Faker's ``zh_CN``
data; ``fixtures/names/`` has what Faker lacks: compound family names, more characters, rare ones, and names
in the styles of other nations. Importing this module does not import Faker; drawing a Han name does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from mockserver.cards.numbers import Sex
from mockserver.data import data_path

_HAN = "han"
#: Shares of Han names, between 0 and 1.
_COMPOUND_FAMILY = 0.01
_GIVEN_FROM_FAKER = 0.5
_ONE_CHARACTER = 0.2


@dataclass(frozen=True, slots=True)
class Nation:
    """One of the 56 nations, as printed on a card (without 族)."""

    name: str
    people_thousands: int
    #: First two digits of the region codes where most of its people live; empty for anywhere.
    home: tuple[str, ...]
    #: A style of ``naming.json``, or ``han``.
    naming: str


@cache
def nations() -> Mapping[str, Nation]:
    """The 56 nations by name, the largest first. Raises ``DataMissing`` without the data file."""
    rows = _read("nations.json")["nations"]
    return {row["name"]: Nation(**{**row, "home": tuple(row["home"])}) for row in rows}


def draw_nation(rng: Random) -> Nation:
    """A nation with the probability of its share in the population."""
    table = list(nations().values())
    return rng.choices(table, weights=[nation.people_thousands for nation in table])[0]


def make_name(rng: Random, nation: Nation, sex: Sex, *, rare: bool = False) -> str:
    """A name of at most 15 characters in the nation's style.

    With ``rare`` it is a Han-style name, whatever the nation, whose two given characters are outside GB 2312;
    the second one is outside Unicode's Basic Multilingual Plane too.
    """
    if rare:
        parts = _read("han.json")
        return "".join((_family(rng), rng.choice(parts["rare"]), rng.choice(parts["rare_supplementary"])))
    if nation.naming == _HAN:
        return _family(rng) + _given(rng, sex)
    style = _read("naming.json")["styles"][nation.naming]
    first, second = style["first"][sex], style["second"][sex]
    return _joined(rng, first, style["joint"], second)


def _joined(rng: Random, first: Sequence[str], joint: str, second: Sequence[str]) -> str:
    start = rng.choice(first)
    others = [part for part in second if part != start]  # nobody is called 次仁次仁
    return start + joint + rng.choice(others) if others else start


def _family(rng: Random) -> str:
    if rng.random() < _COMPOUND_FAMILY:
        compound: dict[str, int] = _read("han.json")["compound_families"]
        return rng.choices(list(compound), weights=list(compound.values()))[0]
    return str(_faker_names(rng).last_name())


def _given(rng: Random, sex: Sex) -> str:
    if rng.random() < _GIVEN_FROM_FAKER:
        names = _faker_names(rng)
        return str(names.first_name_male() if sex == "男" else names.first_name_female())
    characters: str = _read("han.json")["given"][sex]
    return "".join(rng.sample(characters, 1 if rng.random() < _ONE_CHARACTER else 2))


def _faker_names(rng: Random) -> Any:
    """Faker's Chinese names drawn from ``rng``.

    The provider alone, without the ``Faker`` front: that loads all of Faker's providers, which takes far
    longer than drawing a name.
    """
    from faker.generator import Generator
    from faker.providers.person.zh_CN import Provider

    generator = Generator()
    generator.random = rng
    provider = Provider(generator)
    provider.__use_weighting__ = True  # by frequency, as the front would set it
    return provider


@cache
def _read(name: str) -> Any:
    return json.loads(data_path("fixtures", "names", name).read_text(encoding="utf-8"))
