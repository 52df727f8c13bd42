"""Something that reads server-sent events as a browser does, one at a time."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

PATH = "/_idmock/console/journal/stream"
#: No test waits longer for an event than this, in seconds.
PATIENCE = 15


@dataclass
class Event:
    """One event; ``name`` is empty for the usual kind."""

    name: str = ""
    id: str = ""
    retry: str = ""
    data: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.data)


class Listener:
    """An open stream."""

    def __init__(self, url: str, query: str = "", **headers: str) -> None:
        address = urlsplit(url)
        self._connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=PATIENCE)
        self._connection.request("GET", f"{PATH}?{query}", headers=headers)
        self.reply = self._connection.getresponse()

    def event(self) -> Event | None:
        """The next event, heartbeats included; None at the end of the stream. Raises TimeoutError."""
        event, lines = Event(), 0
        while line := self.reply.readline().decode():
            name, _, value = line.rstrip("\n").partition(": ")
            if not name:
                if lines:
                    return event
                continue
            lines += 1
            if name == "data":
                event.data.append(value)
            else:
                assert name in ("id", "event", "retry"), line
                setattr(event, {"event": "name"}.get(name, name), value)
        return None

    def list(self) -> Event:
        """The next list."""
        while event := self.event():
            if not event.name:
                return event
        raise AssertionError("the stream ended without another list")

    def close(self) -> None:
        self.reply.close()
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def listening(url: str, count: int) -> Iterator[list[Listener]]:
    """So many streams, each of which has begun."""
    found = [Listener(url) for _ in range(count)]
    try:
        for one in found:
            assert one.reply.status == 200, one.reply.read()
            one.list()
        yield found
    finally:
        for one in found:
            one.close()
