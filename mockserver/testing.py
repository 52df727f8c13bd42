"""The mock inside a test: a server on a free port in this process, and what a test asks of it.

`pytest` finds the fixtures of `mockserver.pytest_plugin` by itself; this class is for everything else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from mockserver.accounts import Account, minting
from mockserver.app import create_app
from mockserver.cards.named import load_specimens
from mockserver.clock import Clock
from mockserver.serving.threaded import ThreadedServer
from mockserver.settings import Settings

if TYPE_CHECKING:
    from mockserver.contract import Contract
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
        self._contract(vendor)
        return self.url

    def account(self, vendor: str, state: str = "active") -> Account:
        """A ready-made account. Raises LookupError naming the states there are."""
        return self.world.accounts.of_state(vendor, state)

    def mint(
        self,
        vendor: str,
        state: str = "active",
        limits: Mapping[str, int] | None = None,
        *,
        name: str | None = None,
    ) -> Account:
        """A new account, with limits, faults and journal of its own.

        Raises LookupError for a vendor that is not served and MintError for a state or limit that it does not have.
        """
        wanted = {"state": state, "limits": limits or {}} | ({"name": name} if name else {})
        return minting.mint(self.world.accounts, self._contract(vendor), wanted)

    def remove(self, account: Account) -> None:
        """Take a minted account back, with its counts; what it did stays in the journal."""
        self.world.accounts.remove(account.vendor, account.name)

    def journal(
        self,
        vendor: str | None = None,
        account: Account | str | None = None,
        code: str | None = None,
        limit: int = 100,
    ) -> list[dict[str, Any]]:
        """Entries of requests that were answered, the newest first; see `mockserver.records.journal`.

        An ``Account`` stands for its vendor too, a name for the account of that name at any vendor.
        """
        if isinstance(account, Account):
            vendor, account = account.vendor, account.name
        return self.world.state.entries(limit, vendor=vendor, account=account, code=code)

    def fault(self, **fault: Any) -> SetFault:
        """Set a fault: members as in ``schemas/fault.schema.json``, where ``account`` may be an `Account`.

        As a context manager the fault ends with its block. Raises FaultError.
        """
        account = fault.get("account")
        if isinstance(account, Account):
            fault |= {"vendor": account.vendor, "account": account.name}
        return SetFault(self.world, self.world.set_fault(fault))

    def reset(self) -> None:
        """Everything as at start: counts, faults, minted accounts, the clock, the journal."""
        self.world.reset()

    def specimen(self, name: str) -> bytes:
        """The file of a named specimen. Raises LookupError naming the specimens there are."""
        found = load_specimens().get(name)
        if found is None:
            raise LookupError(f"no specimen {name!r}; there are: {', '.join(load_specimens())}")
        return found.image_path.read_bytes()

    def close(self) -> None:
        """Stop the server."""
        self.world.ending.set()
        self._server.close()
        self.world.state.close()

    def _contract(self, vendor: str) -> Contract:
        found = self.world.contracts.get(vendor)
        if found is None:
            raise LookupError(f"vendor {vendor!r} is not served here")
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class SetFault:
    """A fault that a test has set."""

    def __init__(self, world: World, document: Mapping[str, Any]) -> None:
        self._world = world
        self.id: str = document["id"]
        #: Of its probability and latencies, so that a run can be repeated.
        self.seed: int = document["seed"]

    def remove(self) -> None:
        """End the fault; one that was removed otherwise is no mistake."""
        self._world.faults.remove(self.id)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()
