"""Server-sent events: a list that is sent anew whenever it is another.

Looking is cheap, so a stream looks several times a second instead of being told. Being told would need a lock and a
wake-up in every vendor's request for the sake of pages that are rarely open, and would be of no use where entries come
from another worker by way of Redis.

Each stream holds one of the threads that serve vendors' clients. So there are few seats, a stream gives its own back
after a while (browsers come again by themselves, with the id of the last event), and at once when its client has gone
or the server is told to end.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

#: Streams of this process at a time; whoever gets none asks instead. A browser opens at most six connections to a
#: server: two are left for its other pages, however many of its windows show the journal.
SEATS = 4
#: How often a stream looks whether there is something new, and how soon after one list it makes the next: while clients
#: send hundreds of requests a second, a list a second is as much as anybody can read.
LOOK_SECONDS = 0.25
GAP_SECONDS = 1.0
#: After so long without anything to say it says that it is there; a page asks by itself after ten seconds of silence.
BEAT_SECONDS = 3.0
#: The longest that one answer goes on.
LIFE_SECONDS = 60.0
#: How soon a client comes again when its stream has ended, and when there was no seat for it.
RETURN_MS = 500
RETRY_SECONDS = 30

_BEAT = b"event: beat\ndata: .\n\n"
#: Nothing on the wire; but the server hands it on, and so finds out whether there is still somebody to hand it to.
_NOTHING = b""
#: What ends a line of an event stream, and nothing else does.
_LINE_END = re.compile(r"\r\n|\r|\n")


class Shown(NamedTuple):
    """A list as it is to be shown."""

    #: Another one for every other list; on one line.
    mark: str
    html: str


def events(
    look: Callable[[], object],
    show: Callable[[str], Shown | None],
    seen: str,
    now: Callable[[], float],
    wait: Callable[[float], bool],
) -> Iterator[bytes]:
    """An event stream of a list, until ``wait`` says that the server ends or `LIFE_SECONDS` are over.

    ``look`` gives another value whenever the list may be another; ``show`` the list, or None when its mark is the given
    one; ``seen`` is the mark of the list that the client has. ``now`` is monotonic and ``wait`` waits for so many
    seconds, both in real time whatever the server's clock is set to.
    """
    began = spoken = now()
    last_look, last_list = None, -math.inf
    yield b"retry: %d\n%b" % (RETURN_MS, _BEAT)
    while now() - began < LIFE_SECONDS:
        shown, looked = None, look()
        if looked != last_look and now() - last_list >= GAP_SECONDS:
            last_look, last_list = looked, now()
            shown = show(seen)
        if shown is not None:
            seen, spoken = shown.mark, now()
            yield _message(shown)
        elif now() - spoken >= BEAT_SECONDS:
            spoken = now()
            yield _BEAT
        else:
            yield _NOTHING
        if wait(LOOK_SECONDS):
            return


def _message(shown: Shown) -> bytes:
    lines = (f"id: {shown.mark}", *(f"data: {line}" for line in _LINE_END.split(shown.html)), "", "")
    return "\n".join(lines).encode()
