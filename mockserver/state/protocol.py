"""What every kind of state can do. Each method is one atomic step, whoever else calls at the same time.

Keys of counts begin with the account (``vendor/name/...``), so accounts never see each other's. Times are Unix seconds
of the server's clock and are passed in. A state that lies outside this process raises `StateUnavailable` from any
method when it cannot be reached.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, TypeAlias

from mockserver.errors import MockError

#: After this many seconds a place among the calls in flight is free again whoever took it: no answer takes as long.
LEASE_SECONDS = 120.0


class StateUnavailable(MockError):
    """The place where state is kept does not answer: one sentence that says which, and why."""


class Lease(NamedTuple):
    """A place among the calls in flight: whose, and which."""

    key: str
    token: str


#: Vendor, account and code of a journal entry.
Labels: TypeAlias = tuple[str, str, str]


class Draft(Protocol):
    """A journal entry that is composed when it is wanted, as most never are; nothing of it changes meanwhile."""

    @property
    def id(self) -> str:
        """Unique."""

    @property
    def labels(self) -> Labels:
        """What it is found by and counted under."""

    @property
    def at_most(self) -> int:
        """Bytes that the entry cannot exceed as JSON; the draft itself takes no more memory than about that."""

    def compose(self) -> Mapping[str, Any]:
        """The entry: JSON values only, the id and the labels among them."""


class State(Protocol):
    """Counts and leases of limits, small documents that say how the server is set, and the journal."""

    # limits

    def count_in_window(self, key: str, now: float, window_seconds: int = 1) -> int:
        """Count this call and return how many the window that holds ``now`` has seen, this one included.

        Windows are fixed and aligned to the epoch: "calls within the current second".
        """

    def take_call(self, key: str, calls: int) -> bool:
        """Take one of the ``calls`` that there are in all; False when none is left."""

    def give_call_back(self, key: str) -> None:
        """Undo one ``take_call``: the call was not billed."""

    def number(self, key: str) -> int:
        """The next of the numbers 1, 2, 3 ... of a key; each is given out once. For sequences and seeded draws."""

    def enter(self, key: str, limit: int, lease_seconds: float = LEASE_SECONDS) -> Lease | None:
        """Begin a call when fewer than ``limit`` are in flight, else None; every lease needs one ``leave``.

        ``lease_seconds`` are of real time, whatever the server's clock is set to.
        """

    def leave(self, lease: Lease) -> None:
        """End a call that ``enter`` began."""

    def first_use(self, key: str, now: float, keep_seconds: float) -> bool:
        """Whether ``key`` (a nonce, say) has not been seen in the last ``keep_seconds``; it counts as seen now."""

    def add_failure(self, key: str, now: float, keep_seconds: float) -> int:
        """Count one more failure in a row and return how many that makes; all are forgotten after ``keep_seconds``
        without another one."""

    def failures(self, key: str, now: float) -> int:
        """How many failures in a row there are; asking does not count."""

    def end_failures(self, key: str) -> None:
        """Forget the failures of a key, as after a success."""

    def forget(self, prefix: str) -> None:
        """Forget the counts of all keys that begin so: an account whose limits were set anew, a removed fault.

        Calls in flight end by themselves.
        """

    # documents

    def put(self, kind: str, key: str, value: Mapping[str, Any]) -> None:
        """Set a document: JSON values only. One that is replaced keeps its place in the order.

        When this returns, every worker sees it. That may take some hundredths of a second, so it is for what people
        and tests set; what changes with each request belongs into the counts above.
        """

    def delete(self, kind: str, key: str) -> bool:
        """Remove a document, with the certainty of ``put``; False when there is none."""

    def all(self, kind: str) -> Mapping[str, Mapping[str, Any]]:
        """All documents of a kind in the order in which they came; not to be changed."""

    def version(self, kind: str) -> int:
        """A number that changes with any document of the kind. Cheap enough for every request.

        A reader that caches asks for the version before it asks for the documents.
        """

    def kinds(self) -> list[str]:
        """The kinds of which there are documents, sorted."""

    # journal

    def append(self, draft: Draft, leaving: Lease | None = None) -> None:
        """Add an entry to the journal, and end the call of a lease with it.

        The oldest entries go when there are too many or they are too long together.
        """

    def entries(
        self,
        limit: int = 100,
        *,
        vendor: str | None = None,
        account: str | None = None,
        code: str | None = None,
    ) -> list[dict[str, Any]]:
        """The newest entries that are still held, newest first, narrowed by what is given."""

    def entry(self, id: str) -> dict[str, Any] | None:
        """The entry of an id, if it is still held."""

    def count(self, *, vendor: str | None = None, account: str | None = None, code: str | None = None) -> int:
        """How many entries were added since the last ``clear``, those that are no longer held included."""

    def counts(self) -> Mapping[tuple[str, str, str], int]:
        """The same for each vendor, account and code."""

    def newest(self) -> tuple[str, int]:
        """The id of the newest entry, empty when there is none, and how many are held.

        For those who look often: it costs a request nothing, asking is cheap, and whenever entries came or were
        cleared, at least one of the two is another than before.
        """

    def clear(self, *, vendor: str | None = None, account: str | None = None) -> None:
        """Forget entries and their counts: all, or those of a vendor and an account."""

    # all of it

    def reset(self) -> None:
        """Forget everything but the calls in flight, which end by themselves."""

    def close(self) -> None:
        """Give back connections, if there are any. The state can be used again afterwards."""
