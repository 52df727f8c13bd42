"""What `make bench` and `make bench-peers` have in common: their options, a run with progress, the report."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from loadtests.bench.calls import Batches, batches_of
from loadtests.bench.client import Client
from loadtests.bench.machine import describe_machine, load_now
from loadtests.bench.results import RESULTS, write_section
from loadtests.bench.rounds import Entry, Row, WrongAnswer, measure, started
from loadtests.bench.servers import DidNotStart
from loadtests.bench.table import LEGEND

#: A new picture costs some twenty times as much as one that was seen before.
_UNSEEN_SHARE = 8
#: Many and short: what else runs on the machine then spoils some rounds, and the median is of the others.
_ROUNDS = 11
_QUICK_ROUNDS = 3
_QUICK_REQUESTS = 100


class CannotRun(click.ClickException):
    """Nothing was measured, or not what was to be measured: exit code 2."""

    exit_code = 2


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    rounds: int
    #: Requests for each server in each round.
    requests: int
    #: Those for a server that sees new pictures; 0 where there is none.
    unseen: int

    def batches(self, vendor: str) -> Batches:
        """The requests of a vendor for all rounds."""
        return batches_of(vendor, self.requests, self.unseen, self.rounds)


def options(*, requests: int, unseen: bool) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The options of both commands, which the function gets as ``plan`` and ``write``.

    ``requests`` is the default, ``unseen`` whether there are new pictures.
    """

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        @click.option(
            "--rounds",
            type=click.IntRange(1),
            help=f"Rounds; those of one vendor have to end in five minutes. [default: {_ROUNDS}]",
        )
        @click.option(
            "--requests",
            type=click.IntRange(4),
            help=f"Requests for each server in a round. [default: {requests}]",
        )
        @click.option("--quick", is_flag=True, help=f"{_QUICK_ROUNDS} rounds of {_QUICK_REQUESTS} requests.")
        @click.option("--write", is_flag=True, help=f"Write the result into {RESULTS.name} too.")
        @functools.wraps(function)
        def command(*, rounds: int | None, quick: bool, write: bool, **others: Any) -> None:
            count = others.pop("requests") or (_QUICK_REQUESTS if quick else requests)
            new = max(4, count // _UNSEEN_SHARE) if unseen else 0
            function(
                plan=Plan(rounds or (_QUICK_ROUNDS if quick else _ROUNDS), count, new), write=write, **others
            )

        return command

    return decorate


@contextmanager
def cannot_run() -> Iterator[None]:
    """Turn what keeps a run from its end into one sentence and exit code 2."""
    try:
        yield
    except (DidNotStart, WrongAnswer, OSError, EOFError) as error:
        raise CannotRun(str(error) or type(error).__name__) from error


@contextmanager
def run_rows(title: str, entries: Sequence[Entry], batches: Batches, folder: Path) -> Iterator[list[Row]]:
    """Start the servers, measure them, and show the rows while the servers still run.

    Raises DidNotStart, WrongAnswer, and OSError for a connection.
    """
    with TemporaryDirectory(dir=folder) as logs, Client() as client:
        _say(f"{title}: starting {len(entries)} servers")
        with started(entries, batches.first, Path(logs)) as rows:
            steps = len(batches.seen) * sum(row.server is not None for row in rows)
            with click.progressbar(length=steps, label=title, file=sys.stderr) as bar:
                measure(rows, batches, client, lambda: bar.update(1))
            yield rows


def report(
    section: str, text: str, plan: Plan, remarks: Sequence[str], versions: Sequence[str], *, write: bool
) -> None:
    """Print the result with what belongs to it, and put it into RESULTS.md if that is wanted."""
    new = f" ({plan.unseen} with new pictures)" if plan.unseen else ""
    header = [
        describe_machine(),
        *versions,
        f"{plan.rounds} rounds of {plan.requests} requests{new}; load of the machine at the end: {load_now()}.",
    ]
    whole = "\n\n".join(("  \n".join(header), text, LEGEND, *remarks))
    click.echo(whole)
    if write:
        write_section(section, whole)
        _say(f"written to {RESULTS}")


def _say(line: str) -> None:
    click.echo(line, err=True)
