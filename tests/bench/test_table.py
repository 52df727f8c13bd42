"""The arithmetic of the benchmark's table, and what becomes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from loadtests.bench.__main__ import below
from loadtests.bench.entries import entries_for
from loadtests.bench.machine import describe_machine, processor
from loadtests.bench.results import read_sections, write_section
from loadtests.bench.rounds import Entry, Row
from loadtests.bench.servers import Recipe
from loadtests.bench.store import ABSENT
from loadtests.bench.table import HEADINGS, as_table, cells, figures_of
from loadtests.wire import Measured


def run(rate: float, milliseconds: tuple[float, ...] = (1.0,) * 10, busy: float = 0.5) -> Measured:
    """A run of this many requests a second, whose requests took so long."""
    seconds = len(milliseconds) / rate
    return Measured(seconds, [one / 1000 for one in milliseconds], client_seconds=busy * seconds)


class TestFigures:
    def test_ratio_is_taken_in_each_round(self) -> None:
        """The median of the rounds' ratios, which is not the ratio of the medians."""
        bare = [run(1000), run(2000), run(4000)]
        found = figures_of([run(900), run(1000), run(1600)], bare)
        assert found.per_second == pytest.approx(1000)
        assert (found.lower, found.ratio, found.upper) == pytest.approx((0.45, 0.5, 0.7))

    def test_single_round(self) -> None:
        """Its ratio is all there is."""
        found = figures_of([run(900)], [run(1000)])
        assert (found.lower, found.ratio, found.upper) == pytest.approx((0.9, 0.9, 0.9))

    def test_a_slow_machine_changes_no_ratio(self) -> None:
        """Both were slow in that round."""
        assert figures_of([run(600), run(6)], [run(1000), run(10)]).ratio == pytest.approx(0.6)

    def test_percentiles_are_over_all_rounds(self) -> None:
        """A slow request in one round of two is one of a hundred."""
        runs = [run(1000, (1.0,) * 50), run(1000, (1.0,) * 49 + (80.0,))]
        found = figures_of(runs, runs)
        assert (found.p50_ms, found.p99_ms, found.requests) == pytest.approx((1.0, 80.0, 100))

    def test_client(self) -> None:
        """How busy it was, in the middle round."""
        runs = [run(1000, busy=0.2), run(1000, busy=0.9), run(1000, busy=0.3)]
        assert figures_of(runs, runs).client_share == pytest.approx(0.3)

    def test_other_rounds(self) -> None:
        """Runs are compared with those of the same rounds or not at all."""
        with pytest.raises(ValueError, match="argument 2 is shorter"):
            figures_of([run(1), run(1)], [run(1)])


def test_below() -> None:
    """The floor itself is allowed; who is below is named with the figure."""
    ratios = {"tencent": 0.9, "aliyun": 0.6, "megvii": 0.594}
    assert below(ratios, 0.59) is None
    assert below(ratios, 0.6) == "below 0.60 of the bare handler: megvii 0.59"


class TestTable:
    def test_columns_are_aligned(self) -> None:
        """Names to the left, figures to the right, and a rule that says so in Markdown."""
        assert as_table(
            ("vendor", "server", "req/s"), [("a", "bare", "3000"), ("b", "mock", "9")], left=2
        ) == (
            "| vendor | server | req/s |\n"
            "| ------ | ------ | ----: |\n"
            "| a      | bare   |  3000 |\n"
            "| b      | mock   |     9 |"
        )

    def test_row_without_server_says_why(self) -> None:
        """In place of figures, and without making the other rows' columns wider."""
        row = Row(
            Entry("mock, Redis", Recipe(lambda port: [], b"")),
            None,
            "there is no redis-server on this machine",
        )
        line = cells(row, [])
        assert line[:2] == ("mock, Redis", "not measured: there is no redis-server on this machine")
        table = as_table(HEADINGS, [("bare", *["1"] * (len(HEADINGS) - 1)), line])
        heading, rule, bare, _ = table.splitlines()
        assert len(heading) == len(rule) == len(bare) < len(line[1]) + len("".join(HEADINGS))
        assert line[1] in table


def test_without_redis() -> None:
    """The rows that need one are there and say what is missing; no other row is touched."""
    absent = {entry.name: entry.absent for entry in entries_for("tencent", None) if entry.absent}
    assert absent == {"mock, Redis": ABSENT, "mock, Redis, 2 workers": ABSENT}
    assert not any(entry.absent for entry in entries_for("tencent", "redis://127.0.0.1:1"))


class TestResults:
    def test_sections_are_replaced_one_by_one(self, tmp_path: Path) -> None:
        """A second run replaces its own section; the order is always the same."""
        path = tmp_path / "RESULTS.md"
        write_section("peers", "old peers", path)
        write_section("bench", "| a table |\n\nwith text", path)
        write_section("peers", "new peers", path)
        text = path.read_text("utf-8")
        assert read_sections(text) == {"bench": "| a table |\n\nwith text", "peers": "new peers"}
        assert text.startswith("# Results of the benchmark\n")
        assert text.index("## bench") < text.index("## peers")

    def test_machine(self) -> None:
        """Date, processor and versions stand in one line."""
        line = describe_machine()
        assert processor() in line
        assert "granian" in line
        assert "\n" not in line
