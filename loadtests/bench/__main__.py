"""`make bench`: the five vendors beside a bare Flask handler, and what pictures, journal, Redis and workers change."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from loadtests.bench.calls import Batches
from loadtests.bench.command import Plan, cannot_run, options, report, run_rows
from loadtests.bench.entries import HELD, UNSEEN, entries_for
from loadtests.bench.machine import version_line
from loadtests.bench.reading import first_reading_ms
from loadtests.bench.rounds import Row
from loadtests.bench.store import ABSENT, BINARY, redis_is_there, redis_running
from loadtests.bench.table import HEADINGS, as_table, cells, figures_of
from loadtests.overhead import measure_overhead
from mockserver import vendors

_OVERHEAD_ROUNDS = 15
_NOT_INCLUDED = """\
Every server is a process of its own on loopback, with its stderr in a file (a terminal is slower), and the client is
another one, with four connections in a closed loop: it shares the machine's processors with the server. The mock is
`idmock serve` with its log line for every call and the limits of the account raised beyond reach. *bare Flask* takes
the same bytes in behind the same server, hashes them, decodes JSON and Base64 or the multipart, and answers: no
signature, no limits, no journal, no line. A *new picture* is read from its pixels; the others were seen before."""


def below(ratios: dict[str, float], floor: float) -> str | None:
    """One sentence about the vendors whose ratio is below the floor; None when there is none."""
    found = [f"{vendor} {ratio:.2f}" for vendor, ratio in ratios.items() if ratio < floor]
    return f"below {floor:.2f} of the bare handler: {', '.join(found)}" if found else None


@contextmanager
def _redis(folder: Path) -> Iterator[str | None]:
    if not redis_is_there():
        click.echo(f"no rows with Redis: {ABSENT}", err=True)
        yield None
        return
    with redis_running(folder) as address:
        yield address


def _vendor_lines(vendor: str, rows: Sequence[Row]) -> list[tuple[str, ...]]:
    return [(vendor, *cells(row, rows[0].runs)) for row in rows]


def _overhead(vendor: str, batches: Batches) -> str:
    requests = [request for batch in batches.seen for request in batch]
    found = measure_overhead(vendor, requests, _OVERHEAD_ROUNDS)
    return (
        f"* {vendor}: limits, journal and log line {found.difference:+.0f} µs a request "
        f"({found.with_state:.0f} with, {found.without:.0f} without; one thread, no network)"
    )


def _first_answers(*rows: Row) -> list[float]:
    return [row.server.first_answer_s for row in rows if row.server is not None]


def _starts(seconds: dict[str, list[float]]) -> Iterator[str]:
    for name, found in seconds.items():
        yield (
            f"* first answer of {name}, from the command: {statistics.median(found):.2f} s "
            f"(median of {len(found)} starts, {min(found):.2f} to {max(found):.2f})"
        )


def _reading() -> str:
    return f"* a 1600 × 1200 JPEG that is new: read in {first_reading_ms():.0f} ms"


@click.command()
@click.option("--vendor", "chosen", multiple=True, type=click.Choice(vendors.names()), help="Repeatable.")
@click.option("--at-least", "floor", type=float, help="Exit 1 when the mock's ratio is below this anywhere.")
@options(requests=200, unseen=True)
def main(chosen: tuple[str, ...], floor: float | None, plan: Plan, write: bool) -> None:
    """Measure the mock beside a bare Flask handler, in interleaved rounds, and print one table."""
    lines: list[tuple[str, ...]] = []
    costs: list[str] = []
    ratios: dict[str, float] = {}
    starts: dict[str, list[float]] = {"idmock serve": [], "bare Flask": []}
    with cannot_run(), TemporaryDirectory(prefix="idmock-bench-") as name, _redis(Path(name)) as redis:
        for vendor in chosen or vendors.names():
            batches = plan.batches(vendor)
            with run_rows(vendor, entries_for(vendor, redis), batches, Path(name)) as rows:
                lines += _vendor_lines(vendor, rows)
                by_name = {row.entry.name: row for row in rows}
                ratios[vendor] = figures_of(by_name[HELD].runs, rows[0].runs).ratio
                starts["idmock serve"] += _first_answers(by_name[HELD], by_name[UNSEEN])
                starts["bare Flask"] += _first_answers(rows[0])
            costs.append(_overhead(vendor, batches))
    text = "\n\n".join(
        (
            as_table(("vendor", *HEADINGS), lines, left=2),
            "\n".join((*costs, *_starts(starts), _reading())),
        )
    )
    versions = [version_line([BINARY, "--version"])] if redis_is_there() else []
    report("bench", text, plan, [_NOT_INCLUDED], versions, write=write)
    failure = below(ratios, floor) if floor is not None else None
    if failure:
        click.echo(failure, err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
