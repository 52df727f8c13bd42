"""The servers that are compared: how each is started, when it first answers, what memory it takes, how it ends."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection, create_server

import psutil
import requests

from loadtests.wire import RawRequest, exchange
from mockserver.contract import load_contract

Address = tuple[str, int]

#: The highest limit that an account may have.
_BEYOND_REACH = 1_000_000_000
_ASK_AGAIN_SECONDS = 0.005
_SAMPLE_SECONDS = 0.1
_END_SECONDS = 10.0


class DidNotStart(Exception):
    """One sentence: what it answered, and the end of what it said."""


@dataclass(frozen=True)
class Recipe:
    """How to start a server and what to expect of it."""

    #: The command that serves on a port of 127.0.0.1.
    command: Callable[[int], Sequence[str]]
    #: A text that its good answers hold.
    expect: bytes
    #: What has to be set when it runs, before anything is measured.
    prepare: Callable[[Address], None] = lambda address: None
    #: What has to be different about the requests for it.
    adapt: Callable[[RawRequest], RawRequest] = lambda request: request
    #: How often the first batch is sent before anything counts: what compiles as it runs needs thousands of requests.
    warm_ups: int = 1
    start_seconds: float = 60.0


@dataclass
class Running:
    """A server that answers."""

    address: Address
    process: psutil.Process
    #: From the command to the answer to the benchmark's own request, in seconds.
    first_answer_s: float
    #: The most memory seen by `watched` so far, in MB.
    peak_mb: float = 0.0
    #: What it computed inside of `watched` so far, in seconds of one processor.
    cpu_seconds: float = 0.0


def free_port() -> int:
    """A port of loopback that nothing listens on."""
    with create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def running(recipe: Recipe, first: RawRequest, log: Path) -> Iterator[Running]:
    """Start a server, wait until it has answered ``first``, and end it behind the block; it writes to ``log``.

    Raises DidNotStart when it ends before that, or answers with anything else for too long.
    """
    address = ("127.0.0.1", free_port())
    with log.open("ab") as written:
        started = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603  our own modules and the peers that the user asked for
            [*recipe.command(address[1])], stdin=subprocess.DEVNULL, stdout=written, stderr=written
        )
    try:
        _await_answer(recipe, process, address, recipe.adapt(first), log)
        ready = time.perf_counter() - started
        recipe.prepare(address)
        yield Running(address, psutil.Process(process.pid), ready)
    finally:
        _end(process)


def _await_answer(
    recipe: Recipe, process: subprocess.Popen[bytes], address: Address, first: RawRequest, log: Path
) -> None:
    deadline = time.monotonic() + recipe.start_seconds
    last = "nothing"
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with create_connection(address, timeout=5) as connection:
                answer = exchange(connection, first)
        except OSError:
            time.sleep(_ASK_AGAIN_SECONDS)
            continue
        if answer.status == "200" and recipe.expect in answer.body:
            return
        last = f"{answer.status} {answer.body[:200]!r}"
        time.sleep(_ASK_AGAIN_SECONDS)
    said = log.read_text("utf-8", "replace")[-500:].strip()
    raise DidNotStart(f"no good answer to the first request: {last}; the log ends: {said!r}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a server and what it has started."""
    family: list[psutil.Process] = []
    with suppress(psutil.NoSuchProcess):
        family = psutil.Process(process.pid).children(recursive=True)
    process.terminate()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _, alive = psutil.wait_procs(family, timeout=1)
    for child in alive:
        with suppress(psutil.NoSuchProcess):
            child.kill()


@contextmanager
def watched(server: Running) -> Iterator[None]:
    """Sample the memory of a server and its children inside the block, and count what they compute there."""
    done, computed = threading.Event(), cpu_seconds(server.process)

    def sample() -> None:
        while not done.wait(_SAMPLE_SECONDS):
            server.peak_mb = max(server.peak_mb, memory_bytes(server.process) / 1e6)

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        server.cpu_seconds += cpu_seconds(server.process) - computed
        server.peak_mb = max(server.peak_mb, memory_bytes(server.process) / 1e6)


def cpu_seconds(process: psutil.Process) -> float:
    """What a process and its children have computed so far, for themselves and in the kernel."""
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return sum(time.user + time.system for time in times)


def memory_bytes(process: psutil.Process) -> int:
    """Of a process and its children: all of the largest one, and of the others what they share with nobody.

    Sharing pages equally among those who have them would make a server cheaper by every other one that runs the same
    libraries. A child that has just ended counts nothing.
    """
    found = []
    for one in [process, *process.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            found.append(one.memory_full_info())
    if not found:
        return 0
    largest = max(found, key=lambda memory: memory.rss)
    return int(largest.rss + sum(memory.uss for memory in found if memory is not largest))


def python(*arguments: str) -> list[str]:
    """The command that runs a module of ours under this interpreter."""
    return [sys.executable, "-m", *arguments]


def mock(vendor: str, expect: bytes, *options: str) -> Recipe:
    """`idmock serve` as a user runs it, with the limits of the vendor's active account set beyond reach."""
    return Recipe(
        lambda port: python("mockserver", "serve", "--port", str(port), *options),
        expect,
        lambda address: lift_limits(address, vendor),
    )


def lift_limits(address: Address, vendor: str) -> None:
    """Let the vendor's account ``active`` call as often as it likes, by the mock's own surface. Raises HTTPError."""
    has = load_contract(vendor).operation["account_limits"]
    limits = {name: _BEYOND_REACH for name in ("requests_per_second", "concurrency") if name in has}
    url = f"http://{address[0]}:{address[1]}/_idmock/accounts/{vendor}/active"
    requests.put(url, json={"limits": limits}, timeout=10).raise_for_status()
