"""A run of the client: its requests in order, made comparable."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from loadtests.grade.facts import Facts, Outcome


@dataclass(frozen=True, eq=False)
class Sent:
    """One request and its answer, as the journal has them; ``entry`` is the whole of it. Equal to itself alone."""

    entry: Mapping[str, Any]
    outcome: Outcome
    #: What the request was about: the same for two requests with the same picture. None when it is not known.
    subject: str | None

    @property
    def id(self) -> str:
        return str(self.entry["id"])

    @property
    def received(self) -> float:
        """Unix time of arrival in seconds, by the mock's clock."""
        return float(self.entry["received"])

    @property
    def ended(self) -> float:
        """When its answer was made, on the same clock."""
        return self.received + float(self.entry["ms"]) / 1000

    @property
    def code(self) -> str:
        return str(self.entry["code"])

    @property
    def rule(self) -> str:
        """The row of errors.json that answered, or the code where there is none."""
        return str(self.entry.get("rule", self.entry["code"]))

    @property
    def picture(self) -> Mapping[str, Any] | None:
        """``sha256``, ``bytes``, ``format``, ``width``, ``height``, perhaps ``card_px``."""
        return self.entry.get("picture")

    @property
    def proof(self) -> Mapping[str, Any]:
        """Marks of the signature; empty for a request without one."""
        found: Mapping[str, Any] = self.entry.get("proof", {})
        return found

    @property
    def is_forced(self) -> bool:
        """A fault that somebody has set acted on the answer, so that it says nothing about the request."""
        return bool(self.entry.get("faults"))


@dataclass(frozen=True)
class Run:
    """What is judged."""

    #: In the order of their arrival.
    sent: Sequence[Sent]
    facts: Facts
    #: How many workers call at a time; None for as many as were seen to.
    told_parallel: int | None = None
    #: Why times cannot be judged, None when they can.
    no_times: str | None = None
    #: Why the client's clock cannot be compared with the mock's, None when it can.
    no_clock: str | None = None

    @cached_property
    def most_in_flight(self) -> int:
        """How many requests were being answered at a time at most."""
        return most_at_a_time((one.received, one.ended) for one in self.sent)

    @property
    def parallel(self) -> int:
        """How many workers the client has."""
        return self.told_parallel or self.most_in_flight

    @cached_property
    def by_subject(self) -> Mapping[str, Sequence[Sent]]:
        """Requests about the same, in order."""
        groups: dict[str, list[Sent]] = defaultdict(list)
        for one in self.sent:
            if one.subject is not None:
                groups[one.subject].append(one)
        return groups

    @cached_property
    def is_shared(self) -> Mapping[str, bool]:
        """Subjects that several workers may have sent at the same time, so that a retry cannot be told from another
        worker's request: with one worker none, with more those of which there was more than one call."""
        return {
            subject: self.parallel > 1 and _calls(group) > 1 for subject, group in self.by_subject.items()
        }


def _calls(group: Sequence[Sent]) -> int:
    """How many calls the requests about one subject were at least: each answer but a throttled one ends one."""
    ended = sum(one.outcome != "throttled" for one in group)
    return ended + (group[-1].outcome == "throttled")


def build_run(entries: Sequence[Mapping[str, Any]], facts: Facts, **known: Any) -> Run:
    """Entries of the journal, the newest first, as a run; ``known`` are further members of `Run`."""
    ordered = list(reversed(entries))
    ordered.sort(key=lambda entry: entry["received"])
    pictures = {
        entry["payload"]: entry["picture"]["sha256"]
        for entry in ordered
        if "payload" in entry and "picture" in entry
    }
    sent = [
        Sent(
            entry,
            facts.outcome(entry.get("rule"), entry["code"], entry["status"]),
            _subject(entry, pictures),
        )
        for entry in ordered
    ]
    if len(sent) > 1 and sent[0].received == sent[-1].received:
        known.setdefault("no_times", "the mock's clock stood still during the run")
    return Run(sent, facts, **known)


def most_at_a_time(spans: Iterable[tuple[float, float]]) -> int:
    """How many spans (begin and end) overlap at most; one that ends when another begins does not overlap it, and one
    without a length overlaps nothing.

    >>> most_at_a_time([(0, 2), (1, 3), (2, 4)])
    2
    """
    steps = sorted(step for begin, end in spans if begin < end for step in ((begin, 1), (end, -1)))
    most = now = 0
    for _, step in steps:
        now += step
        most = max(most, now)
    return most


def _subject(entry: Mapping[str, Any], pictures: Mapping[int, str]) -> str | None:
    """The picture's digest. A request that was refused before its picture was taken in has that of another request
    with the same payload; where there is none, the payload stands for itself."""
    if "picture" in entry:
        return str(entry["picture"]["sha256"])
    payload = entry.get("payload")
    if payload is None:
        return None
    return pictures.get(payload, f"payload {payload}")
