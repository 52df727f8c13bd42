"""The client: a process of its own, so that it shares no interpreter lock with whoever starts and watches servers."""

from __future__ import annotations

from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self

from loadtests.wire import Measured, RawRequest, send_all

#: Connections that are kept and used at a time, each waiting for an answer before it sends again.
CONNECTIONS = 4


class Client:
    """Sends batches of requests in a closed loop and says what they took."""

    def __enter__(self) -> Self:
        # Not forked: the process that starts it has threads, and what they hold would be held for ever.
        context = get_context("spawn")
        self._there, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._there.close()
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()

    def send(self, address: tuple[str, int], requests: Sequence[RawRequest], expect: bytes) -> Measured:
        """As `loadtests.wire.send_all`. Raises OSError, and EOFError when the client's process has ended."""
        self._there.send((address, requests, expect))
        outcome: Measured | OSError = self._there.recv()
        if isinstance(outcome, OSError):
            raise outcome
        return outcome


def _work(there: Connection) -> None:
    while True:
        try:
            address, requests, expect = there.recv()
        except EOFError:  # nobody wants anything any more
            return
        try:
            there.send(send_all(address, requests, connections=CONNECTIONS, expect=expect))
        except OSError as error:
            there.send(error)
