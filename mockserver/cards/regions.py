"""The regions that identity numbers, addresses and issuing authorities name.

Data: ``fixtures/regions/regions.json``, six-digit GB/T 2260 codes whose digits tell a unit's parents.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from mockserver.data import data_path

#: Districts of these names have a bureau of their own, not a branch of the city's.
_OWN_BUREAU = ("特区",)
#: District names whose last word tells the district from its city, so the branch keeps it whole.
_KEPT_WHOLE = ("矿区", "族区")


@dataclass(frozen=True, slots=True)
class Region:
    """A unit that issues identity numbers: a county-level one, or a city that has none below it.

    ``city`` is ``None`` where the county stands directly under its province or municipality, ``county`` is
    ``None`` for a city without counties (东莞市).
    """

    code: str
    province: str
    city: str | None
    county: str | None

    @property
    def is_district(self) -> bool:
        """Whether it is a part of a city, and not a county, banner or county-level city of its own."""
        name = self.county
        return name is not None and name.endswith("区") and (self.city is not None or self.in_municipality)

    @property
    def in_municipality(self) -> bool:
        """Whether the province is a city itself (北京市)."""
        return self.province.endswith("市")

    @property
    def full_name(self) -> str:
        """All levels as an address starts: 北京市石景山区, 河北省石家庄市赵县."""
        return self.province + (self.city or "") + (self.county or "")

    @property
    def short_name(self) -> str:
        """The name without the city where a county is named without it (河北省赵县); else the full name."""
        if self.county is None or self.is_district:
            return self.full_name
        return self.province + self.county

    @property
    def authority(self) -> str:
        """The public security organ that issues cards: 赵县公安局, 北京市公安局石景山分局."""
        if self.county is None:
            return f"{self.city}公安局"
        if not self.is_district or self.county.endswith(_OWN_BUREAU):
            return f"{self.county}公安局"
        return f"{self.city or self.province}公安局{_branch(self.county)}分局"


@cache
def all_regions() -> Mapping[str, Region]:
    """Every region by code, in code order. Raises ``DataMissing`` without the data file."""
    text = data_path("fixtures", "regions", "regions.json").read_text(encoding="utf-8")
    document: dict[str, dict[str, str]] = json.loads(text)
    provinces, cities, counties = (document[level] for level in ("provinces", "cities", "counties"))
    with_counties = {code[:4] for code in counties}
    regions = [
        Region(code, provinces[_province(code)], cities.get(code[:4] + "00"), name)
        for code, name in counties.items()
    ]
    regions += [
        Region(code, provinces[_province(code)], name, None)
        for code, name in cities.items()
        if code[:4] not in with_counties
    ]
    return {region.code: region for region in sorted(regions, key=lambda region: region.code)}


def region_of(code: str) -> Region | None:
    """The region with this code, or ``None`` if no current one has it."""
    return all_regions().get(code)


def _province(code: str) -> str:
    return code[:2] + "0000"


def _branch(district: str) -> str:
    """A district's name in that of its branch: 石景山, 浦东 (新区 falls away), but 城区, 井陉矿区."""
    if len(district) == 2 or district.endswith(_KEPT_WHOLE):
        return district
    if district.endswith("新区") and len(district) > 3:
        return district.removesuffix("新区")
    return district.removesuffix("区")
