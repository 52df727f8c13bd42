"""The rows of the table: which servers are compared."""

from __future__ import annotations

from loadtests.bench import bare, fixed
from loadtests.bench.calls import name_on_card
from loadtests.bench.rounds import Entry
from loadtests.bench.servers import Recipe, mock, python
from loadtests.bench.store import ABSENT

#: The row that the project holds itself to, by its name.
HELD = "mock"
UNSEEN = "mock, new picture"


def bare_entry(workers: int = 1) -> Entry:
    """The ceiling."""
    name = "bare Flask" if workers == 1 else f"bare Flask, {workers} workers"
    return Entry(name, Recipe(lambda port: python("loadtests.bench.bare", str(port), str(workers)), bare.OK))


def fixed_entry() -> Entry:
    """The client's own limit."""
    return Entry("fixed answer", Recipe(lambda port: python("loadtests.bench.fixed", str(port)), fixed.OK))


def entries_for(vendor: str, redis: str | None) -> list[Entry]:
    """The rows of one vendor, the ceiling first; ``redis`` is the address of a Redis, or None where there is none."""
    name = name_on_card()
    shared = [("mock, Redis", 1, 0), ("mock, Redis, 2 workers", 2, 1)]
    return [
        bare_entry(),
        Entry(HELD, mock(vendor, name)),
        Entry(UNSEEN, mock(vendor, name), unseen=True),
        Entry("mock, no journal", mock(vendor, name, "--journal-entries", "0")),
        *(
            Entry(
                label,
                mock(vendor, name, "--workers", str(workers), "--state", f"{redis}/{database}"),
                absent=None if redis else ABSENT,
            )
            for label, workers, database in shared
        ),
        bare_entry(workers=2),
        fixed_entry(),
    ]
