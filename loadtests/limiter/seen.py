"""Calls as the limiter may have met them.

A limiter decides at some moment between a call's sending and its answer, by a clock that nobody else sees. So the judge
never asks when that was. It asks whether *any* moments within those bounds, and any position of the windows, make the
answers those of a right limiter. What then is wrong was wrong whatever the network did, and what noise could explain
is never held against anybody: with enough of it wrong limiters can be explained as well, and nothing was shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from conformance.model import Answer
from loadtests.limiter.rules import Promise, Rules
from loadtests.outcome import Kind, Outcome

#: Seconds by which each bound is widened: the clocks of both sides drift apart during a run, by 500 ppm when one is
#: being set right, and windows are tried at positions so far from each other.
SLACK_SECONDS = 0.005


class Fate(Enum):
    """What the limiter did with a call."""

    PASSED = auto()
    REFUSED = auto()
    #: Something else ended it, before the limiter or behind it: it may have been counted.
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Sight:
    """One call: the limiter met it at ``earliest`` at the soonest and ``latest`` at the latest, in seconds."""

    earliest: float
    latest: float
    fate: Fate

    @property
    def may_have_passed(self) -> bool:
        return self.fate is not Fate.REFUSED


@dataclass(frozen=True, slots=True)
class Observation:
    """One call of a run; times are seconds since the run began.

    ``account`` is "a" or "b", ``volley`` the number of the calls that it was sent together with.
    """

    account: str
    volley: int
    intended: float
    sent: float
    answered: float
    outcome: Outcome
    #: Of a call that was not accepted.
    answer: Answer | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Readings:
    """How outcomes are read.

    ``codes`` are those that the limit is documented to answer with. ``noise`` are labels of errors that come without
    any excess too; other errors that come with it are the limiter's, by another name.
    """

    codes: frozenset[str] = frozenset()
    noise: frozenset[str] = frozenset()

    def fate(self, outcome: Outcome) -> Fate:
        if outcome.kind is Kind.ACCEPTED:
            return Fate.PASSED
        if self.is_throttle(outcome):
            return Fate.REFUSED
        is_noise = outcome.kind is Kind.NO_ANSWER or outcome.label in self.noise
        return Fate.UNKNOWN if is_noise else Fate.REFUSED

    def is_throttle(self, outcome: Outcome) -> bool:
        """Whether the vendor itself calls this a limit."""
        return outcome.kind is Kind.THROTTLED or (outcome.kind is Kind.REFUSED and outcome.code in self.codes)

    def sights(self, observations: Iterable[Observation]) -> tuple[Sight, ...]:
        """The calls in the order of their sending."""
        found = [
            Sight(o.sent - SLACK_SECONDS, o.answered + SLACK_SECONDS, self.fate(o.outcome))
            for o in observations
        ]
        return tuple(sorted(found, key=lambda sight: sight.earliest))


@dataclass(frozen=True, slots=True)
class Misfit:
    """By how much calls differ from what a limiter could have done; none of it is left to noise."""

    #: Calls that passed beyond what it can let through.
    too_many: int = 0
    #: Calls that it could not have refused, or places that it could not have left empty.
    too_few: int = 0
    #: Where its windows begin, in seconds from a whole one of the run's clock, if it has such.
    phase: float | None = None

    @property
    def fits(self) -> bool:
        return self.size == 0

    @property
    def size(self) -> int:
        return self.too_many + self.too_few


def of_fate(calls: Sequence[Sight], *fates: Fate) -> list[Sight]:
    return [call for call in calls if call.fate in fates]


@dataclass(frozen=True)
class Seen:
    """The calls of a limit's verification by phase, and how their outcomes are read."""

    promise: Promise
    #: What was verified: the promised limit, or an account's own lower one.
    limit: int
    rules: Rules
    phases: Mapping[str, Sequence[Observation]]
    readings: Readings

    def of(self, phase: str, *volleys: int, account: str | None = None) -> list[Observation]:
        """A phase's calls, of some volleys or all, of one account or all."""
        return [
            o
            for o in self.phases.get(phase, ())
            if (not volleys or o.volley in volleys) and account in (None, o.account)
        ]

    def sights(self, phase: str, *volleys: int, account: str | None = None) -> tuple[Sight, ...]:
        """The same as the limiter may have met them."""
        return self.readings.sights(self.of(phase, *volleys, account=account))
