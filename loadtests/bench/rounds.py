"""Measuring: in every round the same bytes go to each server in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from loadtests.bench.calls import Batches
from loadtests.bench.client import Client
from loadtests.bench.servers import DidNotStart, Recipe, Running, running, watched
from loadtests.wire import Measured, RawRequest


class WrongAnswer(Exception):
    """A server answered something else than it was asked for: a fast wrong answer is none."""


@dataclass(frozen=True)
class Entry:
    """One row that is wanted."""

    name: str
    recipe: Recipe
    #: The server sees a new picture in every request.
    unseen: bool = False
    #: Why it cannot be measured.
    absent: str | None = None
    #: When it does not start, its row says so; without this, nothing is measured.
    optional: bool = False


@dataclass
class Row:
    """An entry and what came of it, round by round."""

    entry: Entry
    server: Running | None
    #: Why there is no server.
    absent: str | None = None
    runs: list[Measured] = field(default_factory=list)


@contextmanager
def started(entries: Sequence[Entry], first: RawRequest, folder: Path) -> Iterator[list[Row]]:
    """Start the servers, one after the other; their logs go into ``folder``, and they end behind the block.

    Raises DidNotStart for one that is not optional.
    """
    with ExitStack() as held:
        rows = []
        for place, entry in enumerate(entries):
            server, absent = None, entry.absent
            if absent is None:
                try:
                    server = held.enter_context(running(entry.recipe, first, folder / f"{place}.log"))
                except DidNotStart as error:
                    if not entry.optional:
                        raise
                    absent = str(error)
            rows.append(Row(entry, server, absent))
        yield rows


def measure(
    rows: Sequence[Row], batches: Batches, client: Client, progress: Callable[[], object] = lambda: None
) -> None:
    """Warm every server up with the first batch, then add one run of each other batch to each row that has a server.

    Who comes first changes from round to round, lest one server always runs behind the same other. Raises WrongAnswer,
    and OSError when a connection fails.
    """
    present = [(row, row.server) for row in rows if row.server is not None]
    for row, server in present:
        for _ in range(row.entry.recipe.warm_ups):
            _run(row.entry, server, _batch(batches, row.entry, 0), client)
        server.cpu_seconds = 0.0
        progress()
    for number in range(1, len(batches.seen)):
        shift = number % len(present)
        for row, server in (*present[shift:], *present[:shift]):
            row.runs.append(_run(row.entry, server, _batch(batches, row.entry, number), client))
            progress()


def _batch(batches: Batches, entry: Entry, number: int) -> Sequence[RawRequest]:
    return (batches.unseen if entry.unseen else batches.seen)[number]


def _run(entry: Entry, server: Running, requests: Sequence[RawRequest], client: Client) -> Measured:
    batch = [entry.recipe.adapt(request) for request in requests]
    with watched(server):
        run = client.send(server.address, batch, entry.recipe.expect)
    if set(run.outcomes) != {"200 ok"}:
        raise WrongAnswer(f"{entry.name}: not every answer was as expected: {dict(run.outcomes)}")
    return run
