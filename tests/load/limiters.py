"""Limiters, right and wrong, for the tests of their verification: as models, and what a run with one would see."""

from __future__ import annotations

import math
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random

from conformance.model import Answer
from loadtests.limiter.beats import Phase, Volley
from loadtests.limiter.seen import Observation
from loadtests.outcome import Kind, Outcome

OK = Outcome(Kind.ACCEPTED, status=200)
THROTTLED = Outcome(Kind.THROTTLED, "RequestLimitExceeded", 200)
REFUSAL = Answer(
    200,
    [("Content-Type", "application/json")],
    b'{"Response":{"Error":{"Code":"RequestLimitExceeded","Message":"Too many."},"RequestId":"%b"}}'
    % b"0d5f3b4e-7a3c-4a53-9f1e-1d5f60b7c2aa",
)
#: (account, seconds) -> whether the call passes.
Limiter = Callable[[str, float], bool]


def windows(limit: int, seconds: float = 1.0, phase: float = 0.0) -> Limiter:
    """So many in each stretch of time; stretches follow each other without a gap."""
    counts: dict[tuple[str, int], int] = defaultdict(int)

    def passes(account: str, now: float) -> bool:
        window = account, math.floor((now - phase) / seconds)
        counts[window] += 1
        return counts[window] <= limit

    return passes


def first_call_windows(limit: int, seconds: float = 1.0) -> Limiter:
    """A counter that expires so long after its first call."""
    begun: dict[str, float] = {}
    counts: dict[str, int] = {}

    def passes(account: str, now: float) -> bool:
        if now >= begun.get(account, -math.inf) + seconds:
            begun[account], counts[account] = now, 0
        counts[account] += 1
        return counts[account] <= limit

    return passes


def sliding(limit: int, seconds: float = 1.0, *, counts_refused: bool = False) -> Limiter:
    """A log of the time that has just gone by."""
    log: dict[str, list[float]] = defaultdict(list)

    def passes(account: str, now: float) -> bool:
        log[account] = [moment for moment in log[account] if moment > now - seconds]
        free = len(log[account]) < limit
        if free or counts_refused:
            log[account].append(now)
        return free

    return passes


def bucket(limit: int, burst: int | None = None, rate: float | None = None) -> Limiter:
    """A bucket that gains ``rate`` tokens a second, up to ``burst``."""
    most, gain = float(burst or limit), rate or float(limit)
    kept: dict[str, tuple[float, float]] = {}

    def passes(account: str, now: float) -> bool:
        tokens, at = kept.get(account, (most, now))
        tokens = min(most, tokens + gain * (now - at))
        kept[account] = (tokens - 1, now) if tokens >= 1 else (tokens, now)
        return tokens >= 1

    return passes


def shared(limiter: Limiter) -> Limiter:
    """One limit for everybody."""
    return lambda account, now: limiter("everybody", now)


def never_again(limiter: Limiter) -> Limiter:
    """Whoever was refused once is refused for ever."""
    lost: set[str] = set()

    def passes(account: str, now: float) -> bool:
        if account not in lost and not limiter(account, now):
            lost.add(account)
        return account not in lost

    return passes


def locked(limiter: Limiter) -> Limiter:
    """For several threads."""
    lock = threading.Lock()

    def passes(account: str, now: float) -> bool:
        with lock:
            return limiter(account, now)

    return passes


@dataclass
class Network:
    """Delays in seconds: of sending, and between sending and answer; log-normal around the answers' median."""

    seed: int
    late: float = 0.003
    median: float = 0.008
    sigma: float = 0.5
    _random: Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)

    def delay(self) -> float:
        return self._random.uniform(0, self.late)

    def latency(self) -> float:
        return self._random.lognormvariate(math.log(self.median), self.sigma)

    def part(self) -> float:
        """Where between sending and answer the limiter is met."""
        return self._random.random()


def run(phases: Iterable[Phase], limiter: Limiter, network: Network) -> dict[str, list[Observation]]:
    """What a run against a limiter sees: each volley begins its pause after the last answer of the one before."""
    now = 100.0 + network.part()
    seen = {}
    for phase in phases:
        seen[phase.name] = []
        for number, volley in enumerate(phase.volleys):
            found = _volley(number, volley, now + volley.pause_seconds, limiter, network)
            seen[phase.name] += found
            now = max(o.answered for o in found)
    return seen


def _volley(
    number: int, volley: Volley, begin: float, limiter: Limiter, network: Network
) -> list[Observation]:
    calls = []
    for beat in volley.beats:
        intended = begin + beat.after_seconds
        sent = intended + network.delay()
        took = network.latency()
        calls.append((sent + took * network.part(), beat.account, intended, sent, sent + took))
    found = []
    for met, account, intended, sent, answered in sorted(calls):
        passed = limiter(account, met)
        found.append(
            Observation(
                account,
                number,
                intended,
                sent,
                answered,
                OK if passed else THROTTLED,
                None if passed else REFUSAL,
            )
        )
    return found
