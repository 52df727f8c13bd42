"""The one place that reads the time, so that every window, expiry and validity check can be moved."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable

#: Chinese civil time: what "today" is for a validity period, whatever the host's zone. No daylight saving.
CHINA = datetime.timezone(datetime.timedelta(hours=8))


class Clock:
    """Unix time in seconds, with a source that tests replace."""

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._shift = 0.0
        self._frozen: float | None = None

    def now(self) -> float:
        """Seconds since the epoch, shifted or frozen as set."""
        if self._frozen is not None:
            return self._frozen
        return self._source() + self._shift

    def today(self) -> datetime.date:
        """The date in China at ``now()``."""
        return datetime.datetime.fromtimestamp(self.now(), CHINA).date()

    def freeze(self, at: float | None = None) -> None:
        """Stop at ``at`` (default: now); later shifts move the frozen time."""
        self._frozen = self.now() if at is None else at

    def shift(self, seconds: float) -> None:
        """Move forwards, or backwards for a negative number, from wherever the clock stands."""
        if self._frozen is not None:
            self._frozen += seconds
        else:
            self._shift += seconds

    def reset(self) -> None:
        """Follow the source again."""
        self._shift = 0.0
        self._frozen = None
