"""Invented addresses below a real region.

The chip of a card stores 35 characters of address, so no address is longer. The word parts are in
``fixtures/names/places.json``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from random import Random

from mockserver.cards.regions import Region
from mockserver.data import data_path

MAX_ADDRESS = 35
#: What ``long`` promises.
MIN_LONG_ADDRESS = 30

#: Share of addresses in a town's streets rather than in a village, by the kind of place.
_IN_STREETS = {"district": 1.0, "市": 0.6, "other": 0.25}
#: Share of county addresses that name the city above the county too.
_WITH_CITY = 0.33
_LONGEST_VILLAGE_TAIL = 16


def make_address(rng: Random, region: Region, *, long: bool = False) -> str:
    """An address that starts with the region's names; at most ``MAX_ADDRESS`` characters.

    ``long`` names every level and fills at least ``MIN_LONG_ADDRESS`` characters, which takes all the lines
    that a card has for it.
    """
    if long:
        return _long_address(rng, region)
    head = region.short_name
    fits = len(region.full_name) + _LONGEST_VILLAGE_TAIL <= MAX_ADDRESS
    if rng.random() < _WITH_CITY and fits:
        head = region.full_name
    if rng.random() < _IN_STREETS[_kind(region)]:
        return head + _street_tail(rng, MAX_ADDRESS - len(head))
    return head + _village_tail(rng, region)


def _kind(region: Region) -> str:
    if region.is_district or region.county is None:
        return "district"
    return "市" if region.county.endswith("市") else "other"


def _street_tail(rng: Random, room: int) -> str:
    if rng.random() < 0.5:
        start = _road(rng)
    else:
        start = rng.choice(_parts()["subdistricts"]) + "街道" + rng.choice(_parts()["estates"])
    return start + _first_that_fits(_dwellings(rng), room - len(start))


def _village_tail(rng: Random, region: Region) -> str:
    group_and_door = f"{rng.randint(1, 18)}组{rng.randint(1, 168)}号"
    if region.county is not None and region.county.endswith("旗"):
        pasture, settlement = rng.sample(_parts()["pastures"], 2)
        return f"{pasture}苏木{settlement}嘎查{rng.randint(1, 168)}号"
    town = rng.choice(_parts()["towns"]) + rng.choice(("镇", "镇", "乡"))
    return town + _village(rng) + group_and_door


def _village(rng: Random) -> str:
    if rng.random() < 0.6:
        name = rng.choice(_parts()["village_families"]) + rng.choice(_parts()["village_endings"])
    else:
        name = rng.choice(_parts()["village_roots"]) + rng.choice(_parts()["village_stems"])
    return name if name.endswith("村") else name + "村"


def _long_address(rng: Random, region: Region) -> str:
    head = region.full_name
    slots = {
        "subdistrict": rng.choice(_parts()["subdistricts"]) + "街道",
        "community": rng.choice(_parts()["communities"]) + "社区",
        "road": _road(rng),
        "estate": rng.choice(_parts()["estates"]),
        "dwelling": _dwellings(rng)[0],
    }
    # The order in which parts are wanted is not the order in which they are written.
    chosen = set()
    room = MAX_ADDRESS - len(head)
    for slot in ("road", "dwelling", "estate", "subdistrict", "community"):
        if len(slots[slot]) <= room:
            chosen.add(slot)
            room -= len(slots[slot])
    return head + "".join(text for slot, text in slots.items() if slot in chosen)


def _road(rng: Random) -> str:
    return rng.choice(_parts()["roads"]) + rng.choice(_parts()["road_kinds"]) + f"{rng.randint(1, 288)}号"


def _dwellings(rng: Random) -> Sequence[str]:
    """One dwelling written in three ways, longest first."""
    building, entrance = rng.randint(1, 26), rng.randint(1, 4)
    room = f"{rng.randint(1, 18)}{rng.randint(1, 4):02}室"
    return f"{building}号楼{entrance}单元{room}", f"{building}幢{room}", f"{building}幢"


def _first_that_fits(texts: Sequence[str], room: int) -> str:
    return next((text for text in texts if len(text) <= room), "")


@cache
def _parts() -> Mapping[str, Sequence[str]]:
    parts: Mapping[str, Sequence[str]] = json.loads(
        data_path("fixtures", "names", "places.json").read_text(encoding="utf-8")
    )
    return parts
