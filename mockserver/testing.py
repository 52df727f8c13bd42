"""The mock inside a test: a server on a free port in this process, and what a test asks of it.

`pytest` finds the fixtures of `mockserver.pytest_plugin` by itself; this class is for everything else.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from mockserver.accounts import Account
from mockserver.app import create_app
from mockserver.cards.named import load_specimens
from mockserver.clock import Clock
from mockserver.settings import Settings
from mockserver.threaded import ThreadedServer

if TYPE_CHECKING:
    from mockserver.world import World


class MockServer:
    """A running mock. Use as a context manager, or call ``close``.

    ``clock`` and ``sleep`` put time into the test's hands: windows pass and slow recognitions end when it says so.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.clock = clock or Clock()
        self.app = create_app(settings, clock=self.clock, sleep=sleep)
        self._server = ThreadedServer(self.app, "127.0.0.1")

    @property
    def world(self) -> World:
        """Accounts, state, clock: what the steps see."""
        world: World = self.app.extensions["idmock"]
        return world

    @property
    def authority(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._server.port}"

    @property
    def url(self) -> str:
        return f"http://{self.authority}"

    def endpoint(self, vendor: str) -> str:
        """The base URL for a vendor; all share one port.

        Raises LookupError for a vendor that is not served.
        """
        if not self.world.accounts.select(vendor):
            raise LookupError(f"vendor {vendor!r} is not served here")
        return self.url

    def account(self, vendor: str, state: str = "active") -> Account:
        """A ready-made account. Raises LookupError naming the states there are."""
        return self.world.accounts.of_state(vendor, state)

    def specimen(self, name: str) -> bytes:
        """The file of a named specimen. Raises LookupError naming the specimens there are."""
        found = load_specimens().get(name)
        if found is None:
            raise LookupError(f"no specimen {name!r}; there are: {', '.join(load_specimens())}")
        return found.image_path.read_bytes()

    def close(self) -> None:
        """Stop the server."""
        self._server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
