"""The one place that reads the time, so that every window, expiry and validity check can be moved."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from mockserver.state.follower import Documents, Follower

if TYPE_CHECKING:
    from mockserver.state import State

#: Chinese civil time: what "today" is for a validity period, whatever the host's zone. No daylight saving.
CHINA = datetime.timezone(datetime.timedelta(hours=8))

_KIND, _KEY = "clock", "setting"


@dataclass(frozen=True, slots=True)
class Setting:
    """How a clock is set: it runs with a distance to its source, or it stands."""

    #: Seconds between the source and a running clock.
    shift: float = 0.0
    #: Unix time of a clock that stands.
    frozen: float | None = None


class Clock:
    """Unix time in seconds, with a source that tests replace.

    Once it keeps its setting in a state, whoever sets the clock sets it for all who share that state; they see it after
    their next ``refresh``. What it was set to before then is what a reset of the state returns to.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._setting = self._start = Setting()
        self._state: State | None = None
        self._follower: Follower | None = None

    def keep_in(self, state: State) -> None:
        """Keep the setting in ``state`` from now on."""
        self._start, self._state = self._setting, state
        self._follower = Follower(state, _KIND, self._take_over)

    def refresh(self) -> None:
        """Take over what another process, or a reset of the state, has set. Raises StateUnavailable."""
        if self._follower is not None:
            self._follower.refresh()

    def _take_over(self, documents: Documents) -> None:
        kept = documents.get(_KEY)
        self._setting = self._start if kept is None else Setting(**kept)

    @property
    def setting(self) -> Setting:
        """How the clock is set, as far as it is known since the last ``refresh``."""
        return self._setting

    def now(self) -> float:
        """Seconds since the epoch, shifted or frozen as set."""
        setting = self._setting
        return self._source() + setting.shift if setting.frozen is None else setting.frozen

    def today(self) -> datetime.date:
        """The date in China at ``now()``."""
        return datetime.datetime.fromtimestamp(self.now(), CHINA).date()

    def freeze(self, at: float | None = None) -> None:
        """Stop at ``at`` (default: now); later shifts move the frozen time."""
        self._set(replace(self._setting, frozen=self.now() if at is None else at))

    def run(self, at: float | None = None) -> None:
        """Go on from ``at`` (default: from wherever the clock stands)."""
        self._set(Setting(shift=(self.now() if at is None else at) - self._source()))

    def shift(self, seconds: float) -> None:
        """Move forwards, or backwards for a negative number, from wherever the clock stands."""
        setting = self._setting
        if setting.frozen is not None:
            self._set(replace(setting, frozen=setting.frozen + seconds))
        else:
            self._set(replace(setting, shift=setting.shift + seconds))

    def reset(self) -> None:
        """Follow the source again."""
        self._set(Setting())

    def _set(self, setting: Setting) -> None:
        if self._state is None:
            self._setting = setting
            return
        self._state.put(_KIND, _KEY, asdict(setting))
        self.refresh()
