"""Writes the tables of conformance/README.md anew: clauses by vendor and level, and the mutants.

python tools/conformance_readme.py
"""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from conformance.cases import load_cases
from conformance.data import HERE
from conformance.dialect import vendors
from conformance.model import LEVELS
from conformance.selftest.__main__ import main as selftest


def counts() -> str:
    """Clauses of each vendor, all of them and by level."""
    lines = ["| vendor | clauses | must | should | may |", "| --- | --- | --- | --- | --- |"]
    for vendor in vendors():
        levels = [case.level for case in load_cases(vendor)]
        lines.append(
            f"| `{vendor}` | {len(levels)} | {' | '.join(str(levels.count(name)) for name in LEVELS)} |"
        )
    return "\n".join(lines) + "\n"


def mutants() -> str:
    """What the self-test prints."""
    return CliRunner().invoke(selftest, ["--markdown"], catch_exceptions=False).output


def write(path: Path) -> None:
    """Replace what stands between each pair of markers."""
    text = path.read_text("utf-8")
    for name, table in (("counts", counts()), ("mutants", mutants())):
        before, start, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- /{name} -->")
        if not (start and end):
            raise SystemExit(f"{path} has no place for {name}")
        text = before + start + table + end + after
    path.write_text(text, "utf-8")


if __name__ == "__main__":
    write(HERE / "README.md")
