"""``loadtests/RESULTS.md``: what the last runs with ``--write`` have shown, one section for each command."""

from __future__ import annotations

import re
from pathlib import Path

RESULTS = Path(__file__).parents[1] / "RESULTS.md"
_INTRODUCTION = """\
# Results of the benchmark

Written by `make bench ARGS=--write` and `make bench-peers ARGS=--write`, which replace their own section. Absolute
figures belong to the machine that is named; what can be compared is the ratio to the bare handler, taken in every round
anew.
"""
_ORDER = ("bench", "peers")


def write_section(name: str, text: str, path: Path = RESULTS) -> None:
    """Put a section in place of the one of the same name, ``bench`` or ``peers``, and leave the other as it is."""
    sections = read_sections(path.read_text("utf-8")) if path.exists() else {}
    sections[name] = text.strip()
    shown = (f"## {one}\n\n{sections[one]}\n" for one in _ORDER if one in sections)
    path.write_text("\n".join((_INTRODUCTION, *shown)), "utf-8")


def read_sections(document: str) -> dict[str, str]:
    """The sections by name, without their headings.

    >>> read_sections("# Title\\n\\n## bench\\n\\nfast\\n\\n## peers\\n\\nslow\\n")
    {'bench': 'fast', 'peers': 'slow'}
    """
    _, *parts = re.split(r"^## (\w+)\n", document, flags=re.MULTILINE)
    return {name: text.strip() for name, text in zip(parts[::2], parts[1::2], strict=True)}
