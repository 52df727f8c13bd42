"""Write ``fixtures/fonts/general-standard-characters.txt`` from the Unihan database.

The Table of General Standard Chinese Characters (State Council, 2013) numbers 8,105 characters in three
levels. Unihan's ``kTGH`` property gives a character's number in it as ``2013:<number>``. Debian's
``unicode-data`` package has the file:

    python tools/standard_characters.py /usr/share/unicode/Unihan_OtherMappings.txt.bz2
"""

from __future__ import annotations

import argparse
import bz2
import re
from collections.abc import Iterable
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "fixtures" / "fonts" / "general-standard-characters.txt"

#: Title and last number of each level of the table.
LEVELS = (("level 1", 3500), ("level 2", 6500), ("level 3", 8105))
PER_LINE = 50
_ROW = re.compile(r"U\+([0-9A-F]{4,6})\tkTGH\t2013:(\d+)\b")


def numbered_characters(lines: Iterable[str]) -> dict[int, str]:
    """Number in the table → character. Raises ``ValueError`` unless all 8,105 numbers are there once."""
    table: dict[int, str] = {}
    for line in lines:
        if row := _ROW.match(line):
            number = int(row[2])
            if number in table:
                raise ValueError(f"kTGH gives number {number} twice: {table[number]} and U+{row[1]}")
            table[number] = chr(int(row[1], 16))
    expected = set(range(1, LEVELS[-1][1] + 1))
    if table.keys() != expected:
        raise ValueError(f"kTGH numbers missing: {sorted(expected - table.keys())[:10]}")
    return table


def as_text(table: dict[int, str]) -> str:
    """The list as committed: a heading per level, then the characters in table order, 50 a line."""
    out = ["# Table of General Standard Chinese Characters (2013), in table order; from Unihan, kTGH."]
    first = 1
    for title, last in LEVELS:
        out.append(f"# {title}: {first}-{last}")
        level = "".join(table[number] for number in range(first, last + 1))
        out += [level[start : start + PER_LINE] for start in range(0, len(level), PER_LINE)]
        first = last + 1
    return "\n".join(out) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("unihan", type=Path, help="the Unihan file with kTGH, .txt or .txt.bz2")
    source: Path = parser.parse_args().unihan
    raw = source.read_bytes()
    text = (bz2.decompress(raw) if source.suffix == ".bz2" else raw).decode()
    TARGET.write_text(as_text(numbered_characters(text.splitlines())), encoding="utf-8")
    print(f"wrote {TARGET}")


if __name__ == "__main__":
    main()
