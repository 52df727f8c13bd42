"""`make bench`: what the mock costs beside a bare Flask handler, both measured in the same run.

Absolute figures belong to a machine; the ratio is what the project holds itself to: 0.65 for the first vendor and 0.6
for every other, of a bare handler on the same bytes, with a picture that was seen before. Rounds alternate between the
two servers, so that a machine that slows down slows both.
"""

from __future__ import annotations

import io
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import click
import psutil

from loadtests.overhead import measure_overhead
from loadtests.wire import Measured, RawRequest, capture, send_all
from mockserver import vendors
from mockserver.accounts import Account
from mockserver.cards.named import load_specimens
from mockserver.cards.read import read_picture
from mockserver.contract import load_accounts
from mockserver.pictures import open_picture

PICTURE_BYTES = 45_000  # 60 KB as Base64
CONNECTIONS = 4
#: Rounds in which a request's limits and journal are left out in turn.
_OVERHEAD_ROUNDS = 15
_ACCEPT_ENCODING = re.compile(rb"\r\naccept-encoding:[^\r]*\r\n", re.IGNORECASE)


@contextmanager
def server(command: list[str]) -> Iterator[tuple[tuple[str, int], psutil.Process]]:
    """A server process: its address, once it has printed its ready line, and the process."""
    with subprocess.Popen(  # noqa: S603  our own modules under our own interpreter
        [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            found = re.search(r"http://\S+", line)
            if found is None:
                raise click.ClickException(f"{' '.join(command)} did not start")
            parts = urlsplit(found[0])
            yield (parts.hostname or "", parts.port or 0), psutil.Process(process.pid)
        finally:
            process.terminate()


@contextmanager
def peak_memory(process: psutil.Process) -> Iterator[list[float]]:
    """Samples the memory of a process and its children, in MB without shared pages counted twice; yields the peak."""
    peak, done = [0.0], threading.Event()

    def sample() -> None:
        while not done.wait(0.05):
            try:
                family = [process, *process.children(recursive=True)]
                peak[0] = max(peak[0], sum(p.memory_full_info().pss for p in family) / 1e6)
            except psutil.Error:
                return

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()


def seconds_to_ready() -> float:
    """From starting the command to its first answered request."""
    started = time.perf_counter()
    with server(["-m", "mockserver", "serve", "--port", "0"]):
        return time.perf_counter() - started


def first_reading_ms() -> float:
    """The median time to read a 1600 x 1200 JPEG that was not seen before."""
    from PIL import Image

    with Image.open(load_specimens()["front"].image_path) as front:
        picture = Image.new("RGB", (1600, 1200), (120, 110, 100))
        picture.paste(front, (180, 170))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=85)
    times = []
    for _ in range(15):
        started = time.perf_counter()
        read_picture(open_picture(buffer.getvalue()))
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


def requests_of(vendor: str, account: Account, picture: bytes, count: int) -> list[RawRequest]:
    """Signed requests of a vendor's client, each with a nonce of its own where the vendor has such."""
    call = vendors.load(vendor).client.call
    captured = capture(lambda url: call(url, account, picture), count)
    # Answers are wanted plain, so that the expected name can be looked for without unpacking them.
    return [RawRequest(_ACCEPT_ENCODING.sub(b"\r\n", r.head), r.body) for r in captured]


def measure(vendor: str, account: Account, picture: bytes, count: int, rounds: int) -> str:
    """One row of the table: bare and mock in turn on the same bytes, medians over the rounds."""
    requests = requests_of(vendor, account, picture, count * rounds)
    bare_runs: list[Measured] = []
    mock_runs: list[Measured] = []
    with (
        server(["-m", "loadtests.bench_server", "bare"]) as (bare_address, _),
        server(["-m", "loadtests.bench_server", "mock"]) as (mock_address, process),
        peak_memory(process) as peak,
    ):
        # Both see the picture and their code paths once before anything counts.
        warm = requests_of(vendor, account, picture, 50)
        send_all(bare_address, warm, connections=CONNECTIONS, expect=b"ok")
        send_all(mock_address, warm, connections=CONNECTIONS, expect=b"")
        name = load_specimens()["front"].cards[0].card.fields["name"].encode()
        for i in range(rounds):
            batch = requests[i * count : (i + 1) * count]
            bare_runs.append(send_all(bare_address, batch, connections=CONNECTIONS, expect=b"ok"))
            mock_runs.append(send_all(mock_address, batch, connections=CONNECTIONS, expect=name))
    wrong = sum(n for run in mock_runs for outcome, n in run.outcomes.items() if outcome != "200 ok")
    if wrong:
        raise click.ClickException(f"{vendor}: {wrong} answers were not the card: {mock_runs[0].outcomes}")
    ratios = [m.per_second / b.per_second for b, m in zip(bare_runs, mock_runs, strict=True)]
    middle = sorted(mock_runs, key=lambda run: run.per_second)[rounds // 2]
    return (
        f"{vendor:<10} {len(requests[0].body):>8} {statistics.median(b.per_second for b in bare_runs):>8.0f} "
        f"{middle.per_second:>8.0f} {statistics.median(ratios):>6.2f} {middle.percentile_ms(0.5):>7.2f} "
        f"{middle.percentile_ms(0.99):>7.2f} {peak[0]:>8.0f}"
    )


def overhead(vendor: str, account: Account, picture: bytes, count: int) -> str:
    """One row: a request with its limits and its journal entry, and without."""
    found = measure_overhead(vendor, requests_of(vendor, account, picture, count), _OVERHEAD_ROUNDS)
    return (
        f"{vendor:<10} limits and journal: {found.difference:+6.1f} µs a request "
        f"({found.with_state:.0f} with, {found.without:.0f} without; one thread, no network)"
    )


def specimen_of_size() -> bytes:
    """The specimen ``front`` as a JPEG of 45 KB: scaled and re-encoded down, then padded behind its end."""
    from PIL import Image

    with Image.open(load_specimens()["front"].image_path) as front:
        small = front.resize((front.width * 2 // 3, front.height * 2 // 3), Image.Resampling.LANCZOS)
        for quality in range(85, 20, -5):
            buffer = io.BytesIO()
            small.save(buffer, "JPEG", quality=quality)
            if buffer.tell() <= PICTURE_BYTES:
                return buffer.getvalue().ljust(PICTURE_BYTES, b"\0")
    raise click.ClickException(f"the specimen does not fit into {PICTURE_BYTES} bytes")


@click.command()
@click.option("--vendor", "chosen", multiple=True, help="Only this vendor. Repeatable.")
@click.option("--requests", "count", default=1500, show_default=True, help="Requests per round and server.")
@click.option("--rounds", default=5, show_default=True)
def main(chosen: tuple[str, ...], count: int, rounds: int) -> None:
    """Print one row per vendor, what limits and journal cost in it, then start-up and first reading."""
    picture = specimen_of_size()
    active = {row["vendor"]: Account(**row) for row in load_accounts() if row["state"] == "active"}
    click.echo(
        "vendor     body, B  bare/s   mock/s  ratio  p50 ms  p99 ms  peak MB   (one worker, cached picture)"
    )
    for vendor in chosen or vendors.names():
        click.echo(measure(vendor, active[vendor], picture, count, rounds))
    for vendor in chosen or vendors.names():
        click.echo(overhead(vendor, active[vendor], picture, count))
    ready = [seconds_to_ready() for _ in range(5)]
    click.echo(f"first answer after idmock serve: {statistics.median(ready) * 1000:.0f} ms (median of 5)")
    click.echo(f"first reading of a 1600 x 1200 JPEG: {first_reading_ms():.1f} ms (median of 15)")


if __name__ == "__main__":
    main()
