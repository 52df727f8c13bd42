"""What throttling, the journal and the log's line cost a request, measured by leaving them out.

Both servers are called in this process and in turn, without a network between: the difference is some ten microseconds,
which the noise of sockets and of a second process would cover.
"""

from __future__ import annotations

import dataclasses
import io
import os
import statistics
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from loadtests.wire import RawRequest
from mockserver import vendors
from mockserver.access_log import WriteLine, write_to
from mockserver.app import VendorTraffic, create_app
from mockserver.contract import load_contract
from mockserver.frontdoor import Served, VendorDoor
from mockserver.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from flask import Flask

#: Steps that count something of an account, by what their names hold.
_COUNTING = ("throttle", "take_from_quota", "hold_slot")
_BEYOND_REACH = 1_000_000_000


@dataclasses.dataclass(frozen=True)
class Overhead:
    """Medians over the rounds, in microseconds a request."""

    with_state: float
    without: float
    #: Of the differences of each round, which is not the difference of the medians.
    difference: float


def measure_overhead(vendor: str, requests: Sequence[RawRequest], rounds: int) -> Overhead:
    """Send the requests, split over the rounds, to a server that counts and writes down and to one that does not.

    Raises RuntimeError when an answer is not 200.
    """
    with open(os.devnull, "w") as sink:  # noqa: PTH123  not a path on every system
        return _compare(whole(vendor, write_to(sink.fileno())), stateless(vendor), requests, rounds)


def _compare(
    everything: WSGIApplication, nothing: WSGIApplication, requests: Sequence[RawRequest], rounds: int
) -> Overhead:
    size = len(requests) // (rounds + 1)
    batches = [[environ_of(one) for one in requests[i * size : (i + 1) * size]] for i in range(rounds + 1)]
    on: list[float] = []
    off: list[float] = []
    for turn, batch in enumerate(batches):
        # Who goes first alternates: the second one finds the bytes in the processor's cache.
        order = ((everything, on), (nothing, off))
        for server, times in order if turn % 2 else reversed(order):
            times.append(_time(server, batch))
    on, off = on[1:], off[1:]  # the first round warms up
    differences = [a - b for a, b in zip(on, off, strict=True)]
    return Overhead(*(statistics.median(times) * 1e6 for times in (on, off, differences)))


def whole(vendor: str, write_line: WriteLine) -> WSGIApplication:
    """The mock as it is served, but for limits beyond reach."""
    return _unlimited(Settings(vendors=(vendor,)), write_line).wsgi_app


def stateless(vendor: str) -> WSGIApplication:
    """The mock without the steps that count, without a journal and without the log's lines."""
    app = _unlimited(Settings(vendors=(vendor,), journal_entries=0), lambda line: None)
    complete = vendors.load(vendor)
    steps = tuple(s for s in complete.steps if not any(name in s.__name__ for name in _COUNTING))
    served = Served(dataclasses.replace(complete, steps=steps), load_contract(vendor))
    return VendorTraffic(app.wsgi_app, VendorDoor([served]), app.extensions["idmock"])


def _unlimited(settings: Settings, write_line: WriteLine) -> Flask:
    """The mock, with every active account's limits set beyond reach."""
    app = create_app(settings, write_line=write_line)
    accounts = app.extensions["idmock"].accounts
    for account in accounts.select(state="active"):
        limits = {"requests_per_second": _BEYOND_REACH, "concurrency": _BEYOND_REACH}
        accounts.add(dataclasses.replace(account, limits=limits))
    return app


def environ_of(request: RawRequest) -> Callable[[], dict[str, Any]]:
    """Makes the WSGI environment of the request, a new one each time, as its body can be read once."""
    first, *lines = request.head.decode("latin-1").strip().split("\r\n")
    method, target, protocol = first.split(" ")
    path, _, query = target.partition("?")
    base: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_PROTOCOL": protocol,
        "wsgi.url_scheme": "http",
    }
    for line in lines:
        name, _, value = line.partition(":")
        key = name.strip().upper().replace("-", "_")
        base[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value.strip()
    return lambda: {**base, "wsgi.input": io.BytesIO(request.body)}


def _time(server: WSGIApplication, batch: Sequence[Callable[[], dict[str, Any]]]) -> float:
    """Seconds a request."""
    statuses: set[str] = set()

    def start_response(status: str, headers: object, failure: object = None) -> Any:
        statuses.add(status)

    environments = [make() for make in batch]
    started = time.perf_counter()
    for environ in environments:
        b"".join(server(environ, start_response))
    seconds = time.perf_counter() - started
    if statuses != {"200 OK"}:
        raise RuntimeError(f"not every answer was 200: {statuses}")
    return seconds / len(batch)
