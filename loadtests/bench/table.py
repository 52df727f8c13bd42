"""From runs to figures, and from figures to a table."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from loadtests.bench.rounds import Row
from loadtests.wire import Measured

HEADINGS = (
    "server",
    "req/s",
    "ratio",
    "quartiles",
    "p50 ms",
    "p99 ms",
    "CPU µs",
    "peak MB",
    "first answer",
    "client",
)
LEGEND = """\
`ratio`: requests per second over those of the bare handler in the same round, median and quartiles of the rounds.
`p50`, `p99`: over the requests of all rounds. `CPU`: what the server's processes compute for a request, kernel included
and a Redis left out; other work on the machine changes it least. `peak`: memory of the largest process and what its
others share with nobody, sampled ten times a second. `first answer`: from the command to the answer to the first
request, one start each. `client`: how busy the client was, of one processor; what it can do at all is the row *fixed
answer*."""


@dataclass(frozen=True)
class Figures:
    """One row's figures; rates are requests per second."""

    per_second: float
    #: Median and quartiles of the rounds' ratios to the ceiling of the same round.
    ratio: float
    lower: float
    upper: float
    #: Over the requests of all rounds.
    p50_ms: float
    p99_ms: float
    #: How busy the client was, of one processor.
    client_share: float
    requests: int


def figures_of(runs: Sequence[Measured], ceiling: Sequence[Measured]) -> Figures:
    """Medians over the rounds. Raises ValueError when the two are not of the same rounds."""
    ratios = [run.per_second / bare.per_second for run, bare in zip(runs, ceiling, strict=True)]
    lower, ratio, upper = (
        statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
    )
    together = Measured(latencies=list(chain.from_iterable(run.latencies for run in runs)))
    return Figures(
        per_second=statistics.median(run.per_second for run in runs),
        ratio=ratio,
        lower=lower,
        upper=upper,
        p50_ms=together.percentile_ms(0.5),
        p99_ms=together.percentile_ms(0.99),
        client_share=statistics.median(run.client_share for run in runs),
        requests=len(together.latencies),
    )


def cells(row: Row, ceiling: Sequence[Measured]) -> tuple[str, ...]:
    """One line of the table, under `HEADINGS`; of a row that was not measured the reason, in place of its figures."""
    name = row.entry.name
    if row.server is None:
        return (name, f"not measured: {row.absent}", *[""] * (len(HEADINGS) - 2))
    found = figures_of(row.runs, ceiling)
    return (
        name,
        f"{found.per_second:.0f}",
        f"{found.ratio:.2f}",
        f"{found.lower:.2f} - {found.upper:.2f}",
        f"{found.p50_ms:.2f}",
        f"{found.p99_ms:.2f}",
        f"{row.server.cpu_seconds / found.requests * 1e6:.0f}",
        f"{row.server.peak_mb:.0f}",
        f"{row.server.first_answer_s:.2f} s",
        f"{found.client_share:.0%}",
    )


def as_table(headings: Sequence[str], lines: Sequence[Sequence[str]], left: int = 1) -> str:
    """A Markdown table whose columns are as wide as their widest cell, so that it is one in a terminal too.

    The first ``left`` columns are names, the others figures.

    >>> print(as_table(("server", "req/s"), [("bare", "3000")]))
    | server | req/s |
    | ------ | ----: |
    | bare   |  3000 |
    """
    # A reason in place of figures may be longer than its column.
    measured = [line for line in lines if all(line)]
    columns = zip(headings, *measured, strict=True)
    widths = [max(len(cell) for cell in column) for column in columns]
    for i in range(left):
        widths[i] = max(len(line[i]) for line in (headings, *lines))
    rule = ["-" * width if i < left else "-" * (width - 1) + ":" for i, width in enumerate(widths)]
    return "\n".join(_line(line, widths, left) for line in (headings, rule, *lines))


def _line(line: Sequence[str], widths: Sequence[int], left: int) -> str:
    aligned = (
        cell.ljust(width) if i < left else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(line, widths, strict=True))
    )
    return f"| {' | '.join(aligned)} |"
