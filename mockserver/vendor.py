"""What a vendor is, and the record of one call to it: the words in which vendors and the pipeline speak.

Declarations only; how a call walks through a vendor stands in `mockserver.pipeline`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from mockserver.accounts import Account
    from mockserver.cards.model import Reading
    from mockserver.contract import Contract, ErrorRow
    from mockserver.faults.intervention import Intervention
    from mockserver.pictures import Picture
    from mockserver.request import Answer, Request
    from mockserver.signing.diagnosis import Explanation, Signed
    from mockserver.state import Lease
    from mockserver.world import World


@dataclass(slots=True)
class Call:
    """One request on its way; a vendor adds slots of its own in a subclass."""

    request: Request
    world: World
    contract: Contract
    account: Account | None = None
    #: Of the vendor's messages; None until the client has said, which lets each row choose its own default.
    language: str | None = None
    operation: str = "-"
    #: Key of the quota that this call was taken from; given back when the answer is not billed.
    taken_from: str | None = None
    #: The place among the calls in flight that this call holds; left when the answer is made.
    held: Lease | None = None
    hint: str | None = None
    #: The picture that was sent, once it was taken in.
    picture: Picture | None = None
    #: What was read from it.
    reading: Reading | None = None
    #: What the server computed for a signed call.
    signed: Signed | None = None
    #: What faults do to the call, when there are any.
    intervention: Intervention | None = None
    #: The mock itself failed on the call.
    failed: bool = False
    #: When the walk began, when each step ended, and when the answer was made; seconds of a clock that nobody sets.
    marks: list[float] = field(default_factory=list)

    @property
    def customer(self) -> Account:
        """The authenticated account: for the steps behind authentication."""
        if self.account is None:
            raise LookupError("a step that needs the account stands before the one that finds it")
        return self.account

    def message_details(self) -> dict[str, object]:
        """What the message of any row may show, whatever the refusal was about."""
        return {"request_id": self.request.id}

    def sent_parameters(self) -> Mapping[str, Any]:
        """The operation's parameters as far as they have been read, for the journal, which masks them."""
        return {}

    def payload(self) -> str | bytes:
        """What the call is about, the same however often and whenever it is signed; empty when that is not to be
        remembered. A vendor whose bodies carry signatures or random boundaries has the picture in its place."""
        return self.request.body or self.request.query

    def proof(self) -> Mapping[str, Any] | None:
        """`mockserver.records.traces.proof_marks` of the client's signature; None for a call without one."""
        return None

    def secrets(self) -> Mapping[str, str]:
        """Those of the account's credentials that nobody is to see, by their names."""
        if self.account is None:
            return {}
        public = self.contract.public_credentials
        return {name: value for name, value in self.account.credentials.items() if name not in public}


CallT = TypeVar("CallT", bound=Call)


@dataclass(frozen=True, slots=True)
class Sending:
    """A request as a client sends it."""

    method: str
    #: Path, and query if there is one, as in the request line.
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Client:
    """How the vendor's own client is pointed at the mock.

    ``environment`` maps variables to templates and ``snippet`` is one, in the syntax of `string.Template`; both know
    ``$url``, ``$authority`` (host and port), ``$scheme`` and the account's credentials. A variable whose credential
    the account does not have is left out.

    ``call`` sends one picture as the vendor's client would (URL of the mock, account, bytes), asking for both sides
    where one call can, and returns what the answer holds of ``name``, ``birth`` and ``number``, and of ``authority``
    and ``validity``, as the vendor spells them (two ends of validity joined by a dash). It raises RuntimeError with
    the vendor's code for an error answer.

    ``sending``, where the vendor has it, is the request that takes one picture to the mock at ``authority`` (host and
    port), signed at ``now`` (Unix seconds) with the keys of ``account``. ``parameters`` are the vendor's own, those of
    the request's schema beside the picture, with values of the types that the schema declares.
    """

    environment: Mapping[str, str]
    snippet: str
    call: Callable[[str, Account, bytes], Mapping[str, str]]
    #: Variables that the vendor's client needs behind the proxy beside those that every client reads; templates that
    #: know ``$bundle``, the file of authorities.
    behind_proxy: Mapping[str, str] = field(default_factory=dict)
    #: Called with account, authority, picture, parameters and now.
    sending: Callable[[Account, str, bytes, Mapping[str, Any], float], Sending] | None = None


@dataclass(frozen=True, slots=True)
class Vendor(Generic[CallT]):
    """All that the server knows of a vendor beside the data in ``schemas/<name>/``.

    ``open`` starts the call record; ``steps`` are walked in order; ``refuse`` renders a row of the catalogue, whose
    message is already filled in, as the vendor's error answer. ``internal_error`` is the code that the client sees
    when this server itself is at fault.

    ``explain``, where the vendor has it, is asked about a refused call whose ``signed`` does not hold: it gives the
    signature that was sent and what well-known mistakes would have made of it.
    """

    name: str
    open: Callable[[Request, World, Contract], CallT]
    steps: tuple[Callable[[CallT], Answer | None], ...]
    refuse: Callable[[CallT, ErrorRow, str], Answer]
    internal_error: str
    client: Client
    explain: Callable[[CallT], Explanation] | None = None

    def order(self) -> list[dict[str, str]]:
        """The steps in their order, which decides between errors: ``step`` and what it ``does``, one line each."""
        return [
            {"step": step.__name__, "does": (step.__doc__ or "").strip().partition("\n")[0]}
            for step in self.steps
        ]
