"""What a server remembers between requests, behind one interface.

protocol  what every kind of state can do        memory   the state of one process
journal   the ring of its journal                redis    the state that workers and hosts share
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mockserver.errors import ConfigError
from mockserver.state.memory import MemoryState
from mockserver.state.protocol import Draft, Labels, Lease, State, StateUnavailable

if TYPE_CHECKING:
    from mockserver.settings import Settings

__all__ = ["Draft", "Labels", "Lease", "MemoryState", "State", "StateUnavailable", "open_state"]


def open_state(settings: Settings) -> State:
    """The state that the settings name: ``memory``, or a Redis by its URL.

    Raises ConfigError for any other text, for a Redis that does not answer, and when its client is not installed.
    """
    bounds = settings.journal_entries, settings.journal_bytes
    if settings.state == "memory":
        return MemoryState(*bounds)
    if not settings.state.startswith(("redis://", "rediss://")):
        raise ConfigError(
            f"state {settings.state!r} is neither memory nor of the form redis://host:port/db", option="state"
        )
    try:
        from mockserver.state.redis import RedisState
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"a state in Redis needs the package {error.name}: pip install 'idcard-mock[redis]'"
        ) from None
    try:
        state = RedisState(settings.state, *bounds)
        state.ping()
    except (ValueError, StateUnavailable) as error:
        raise ConfigError(str(error), option="state") from None
    return state
