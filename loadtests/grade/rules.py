"""The rules by which a client is graded: ``rules.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from mockserver.contract.files import broken, check_format, read_json

FOLDER = Path(__file__).parent

Level = Literal["must", "should", "may"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that a good client does."""

    id: str
    level: Level
    says: str
    #: What happens otherwise.
    why: str
    advice: str
    #: By name, with the unit in it.
    thresholds: Mapping[str, float]
    #: Facts of the vendor that decide, such as ``limits.max_side_px``.
    uses: tuple[str, ...]

    def limits(self) -> tuple[str, ...]:
        """The names of the limits among the facts."""
        return tuple(fact.removeprefix("limits.") for fact in self.uses if fact.startswith("limits."))


@cache
def load_rules(path: Path = FOLDER / "rules.json") -> tuple[Rule, ...]:
    """All rules in their order.

    Raises ContractError naming file, JSON pointer and rule for a file that is not of its format, and for an id that is
    there twice.
    """
    document = read_json(path)
    check_format(document, path.name, FOLDER / "rules.schema.json")
    rules: dict[str, Rule] = {}
    for number, row in enumerate(document["rules"]):
        if row["id"] in rules:
            raise broken(path.name, ("rules", number, "id"), f"{row['id']} is there twice")
        rules[row["id"]] = Rule(**{**row, "uses": tuple(row["uses"])})
    return tuple(rules.values())
