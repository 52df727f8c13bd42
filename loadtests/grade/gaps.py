"""How a client waits after it was throttled: chains of waits, and what they say."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from loadtests.grade.run import Run, Sent
from loadtests.grade.verdict import Word, by_share


@dataclass(frozen=True, slots=True)
class Chain:
    """One request that was throttled, and what became of it: every attempt but the last was throttled."""

    attempts: tuple[Sent, ...]

    @property
    def waits(self) -> tuple[float, ...]:
        """Seconds from each throttled answer to the next attempt."""
        steps = pairwise(self.attempts)
        return tuple(max(0.0, after.received - before.ended) for before, after in steps)


@dataclass(frozen=True, slots=True)
class Waits:
    """What the waits of a run say, and the figures that say so."""

    word: Word
    text: str
    numbers: Mapping[str, float]


def chains(run: Run) -> list[Chain]:
    """The chains that can be told apart.

    With one worker whatever it sends next is the next attempt, be it the same picture or not. With more, the next
    request about the same is, unless several workers may have sent that.
    """
    if run.parallel <= 1:
        return _chains_of(run.sent)
    alone = [group for subject, group in run.by_subject.items() if not run.is_shared[subject]]
    return [chain for group in alone for chain in _chains_of(group)]


def _chains_of(sent: Sequence[Sent]) -> list[Chain]:
    found: list[Chain] = []
    open_chain: list[Sent] = []
    for one in sent:
        if open_chain or one.outcome == "throttled":
            open_chain.append(one)
        if one.outcome != "throttled" and open_chain:
            found.append(Chain(tuple(open_chain)))
            open_chain = []
    if len(open_chain) > 1:
        found.append(Chain(tuple(open_chain)))
    return found


def judge_waits(
    waits: Sequence[Sequence[float]], window_seconds: float, thresholds: Mapping[str, float]
) -> Waits:
    """What chains of waits (seconds) say of a client; each chain has at least one.

    A wait below ``storm_wait_ms`` is none. Beyond that the waits of a chain have to grow, by ``growth_ratio`` from the
    first to the longest of the later ones, or be as long as the vendor's window, in which case growing brings nothing.
    A chain of one wait says nothing about growth.
    """
    every = [wait for chain in waits for wait in chain]
    storms = sum(wait * 1000 < thresholds["storm_wait_ms"] for wait in every)
    steady = [chain for chain in waits if _is_steady(chain, window_seconds, thresholds["growth_ratio"])]
    long = [chain for chain in waits if len(chain) > 1]
    in_a_row = max((len(chain) for chain in waits), default=0)
    numbers = {
        "waits": len(every),
        "median_wait_ms": round(median(every) * 1000, 1),
        "shortest_wait_ms": round(min(every) * 1000, 1),
        "waits_below_storm_ms": storms,
        "chains": len(waits),
        "chains_that_do_not_grow": len(steady),
        "most_refusals_in_a_row": in_a_row,
    }
    word = by_share(
        storms, len(every), poor=thresholds["poor_storm_share"], bad=thresholds["bad_storm_share"]
    )
    if word != "good":
        below = f"less than {thresholds['storm_wait_ms']:g} ms"
        return Waits(word, f"{storms} of {len(every)} waits after a throttled answer were {below}", numbers)
    if steady and len(steady) >= thresholds["poor_steady_share"] * len(long):
        longest = max(len(chain) for chain in steady)
        word = "bad" if longest >= thresholds["bad_in_a_row_count"] else "poor"
        text = f"in {len(steady)} of {len(long)} series of refusals the waits did not grow, up to {longest} in a row"
        return Waits(word, text, numbers)
    text = f"{len(every)} waits after throttled answers, the median {numbers['median_wait_ms']:g} ms"
    return Waits("good", text, numbers)


def _is_steady(chain: Sequence[float], window_seconds: float, growth_ratio: float) -> bool:
    """Whether the waits stay as short as they began."""
    if len(chain) < 2 or min(chain) >= window_seconds:
        return False
    return max(chain[1:]) < growth_ratio * chain[0]


def attempts_in_window(window_seconds: float, first_wait_seconds: float) -> int:
    """How many attempts one worker makes in a window at most when it waits so long before the second and twice as long
    before each further one.

    >>> attempts_in_window(1, 0.1)  # at once, and after 0.1, 0.3 and 0.7 s
    4
    """
    return 1 + int(math.log2(window_seconds / first_wait_seconds + 1))


def beyond_each(refused: Iterable[Sent], window_seconds: float, allowed: int) -> list[Sent]:
    """The throttled requests of each window of the vendor's that come after so many."""
    windows: dict[int, list[Sent]] = defaultdict(list)
    for one in refused:
        windows[int(one.received // window_seconds)].append(one)
    return [one for window in windows.values() for one in window[allowed:]]


def herds(found: Iterable[Chain], together_seconds: float, at_least: int) -> list[list[tuple[float, float]]]:
    """Groups of at least so many whose throttled answers lie within ``together_seconds`` of the first: the moment of
    each, and the wait from it to the next attempt, in seconds."""
    starts = sorted(
        (before.ended, wait)
        for chain in found
        for before, wait in zip(chain.attempts, chain.waits, strict=False)
    )
    groups: list[list[tuple[float, float]]] = []
    for ended, wait in starts:
        if groups and ended - groups[-1][0][0] <= together_seconds:
            groups[-1].append((ended, wait))
        else:
            groups.append([(ended, wait)])
    return [group for group in groups if len(group) >= at_least]
