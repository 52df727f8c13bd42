"""`make soak`: whether the memory of one worker stays small and flat over many requests with 60 KB pictures.

Pictures differ, so that every cache fills and turns over. The slope is that of a straight line through the samples
behind the first quarter, in which caches, journal and interpreter take what they need.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from loadtests.bench.calls import different, name_on_card, requests_of, specimen_of_size
from loadtests.bench.client import CONNECTIONS
from loadtests.bench.servers import memory_bytes, mock, running
from loadtests.wire import send_all
from mockserver import vendors

#: Share of the run that counts as warming up.
_WARM = 0.25


def run(vendor: str, total: int, batch: int, resend: int, pictures: int) -> Iterator[tuple[int, int, float]]:
    """Send the requests in batches; after each one: requests so far, bytes of memory, requests per second.

    Raises ClickException as soon as an answer is not the card.
    """
    name = name_on_card()
    turn = cycle(different(specimen_of_size(), pictures))
    sent = 0
    (first,) = requests_of(vendor, [specimen_of_size()])
    with (
        TemporaryDirectory(prefix="idmock-soak-") as folder,
        running(mock(vendor, name), first, Path(folder, "server.log")) as server,
    ):
        while sent < total:
            requests = requests_of(vendor, list(islice(turn, batch)))
            for _ in range(resend):
                measured = send_all(server.address, requests, connections=CONNECTIONS, expect=name)
                if set(measured.outcomes) != {"200 ok"}:
                    raise click.ClickException(
                        f"{vendor}: not every answer was the card: {measured.outcomes}"
                    )
                sent += len(requests)
                yield sent, memory_bytes(server.process), measured.per_second


@click.command()
@click.option("--vendor", type=click.Choice(vendors.names()), default="tencent", show_default=True)
@click.option("--requests", "total", default=100_000, show_default=True)
@click.option("--batch", default=1000, show_default=True, help="Requests signed at a time.")
@click.option(
    "--resend", default=10, show_default=True, help="Times each is sent; 1 where a vendor knows nonces."
)
@click.option("--pictures", default=2500, show_default=True, help="Different pictures.")
@click.option(
    "--allow", default=40.0, show_default=True, help="Slope that still is flat, in bytes a request."
)
@click.option("--most", default=120.0, show_default=True, help="Megabytes that it may take at any time.")
def main(vendor: str, total: int, batch: int, resend: int, pictures: int, allow: float, most: float) -> None:
    """Print memory as it goes, and the slope at the end; exit 1 when either is above what is allowed."""
    started = time.monotonic()
    samples: list[tuple[int, int]] = []
    for sent, size, per_second in run(vendor, total, batch, resend, pictures):
        samples.append((sent, size))
        if sent % (10 * batch) == 0:
            click.echo(f"{sent:>8} requests  {size / 1e6:7.1f} MB  {per_second:6.0f} a second")
    warm = [(sent, size) for sent, size in samples if sent >= _WARM * total]
    if len(warm) < 3:
        raise click.ClickException("too few samples for a slope: more requests, or smaller batches")
    slope, _ = statistics.linear_regression(*zip(*warm, strict=True))
    click.echo(
        f"{vendor}: {slope:+.1f} bytes a request behind the first quarter "
        f"({slope * total / 1e6:+.2f} MB over {total} requests; {warm[-1][1] / 1e6:.0f} MB at the end, "
        f"{time.monotonic() - started:.0f} s)"
    )
    if slope > allow:
        click.echo(f"above {allow:.0f} bytes a request: something is kept of every request", err=True)
        sys.exit(1)
    peak = max(size for _, size in samples) / 1e6
    if peak > most:
        click.echo(f"above {most:.0f} MB: {peak:.0f} MB at its height", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
