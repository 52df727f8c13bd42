"""The order of the tests names files that there are, and keeps those apart that would disturb each other."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from tests.order import LONG, MEASURE_TIME, Scheduling, by_length

ROOT = Path(__file__).parent.parent


def test_every_file_is_there() -> None:
    """One that is renamed would lose its place."""
    named = (*MEASURE_TIME, *LONG)
    assert len(set(named)) == len(named)
    assert [file for file in named if not (ROOT / file).is_file()] == []


def test_long_files_come_first() -> None:
    """Tests of one file keep their order."""
    ids = ["tests/test_a.py::z", f"{LONG[1]}::b", f"{LONG[1]}::a", f"{MEASURE_TIME[0]}::x", f"{LONG[0]}::y"]
    items = [SimpleNamespace(nodeid=name) for name in ids]
    by_length(items)  # type: ignore[arg-type]
    assert [item.nodeid for item in items] == [ids[3], ids[4], ids[1], ids[2], ids[0]]


def test_what_measures_time_is_one_unit() -> None:
    """Given to one process; any other file is a unit of its own."""
    unit = Scheduling._split_scope
    scopes = [unit(None, f"{file}::TestX::test_y[a::b]") for file in (*MEASURE_TIME, *LONG)]  # type: ignore[arg-type]
    assert len(set(scopes[: len(MEASURE_TIME)])) == 1
    assert scopes[len(MEASURE_TIME) :] == list(LONG)
