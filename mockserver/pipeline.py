"""How one request walks through a vendor: its steps in order, the first refusal wins.

A vendor is a tuple of steps; **the order of that tuple is the vendor's error precedence**. A step takes the call,
fills in what it found out, and returns nothing; the last one returns the answer. A step that raises `Refusal` ends
the walk, and one place here turns the refusal into the vendor's envelope.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from mockserver.errors import Refusal
from mockserver.request import Answer, Request

if TYPE_CHECKING:
    from mockserver.accounts import Account
    from mockserver.contract import Contract, ErrorRow
    from mockserver.world import World

access_log = logging.getLogger("idmock.access")
log = logging.getLogger("idmock")

_HINT_CHARACTERS = 1500
_UNPRINTABLE = re.compile(r"[^ -~]")


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
    #: Key of the place among the calls in flight that this call holds; left when the answer is made.
    held: str | None = None
    hint: str | None = None

    @property
    def customer(self) -> Account:
        """The authenticated account: for the steps behind authentication."""
        if self.account is None:
            raise LookupError("a step that needs the account stands before the one that finds it")
        return self.account

    def message_details(self) -> dict[str, object]:
        """What the message of any row may show, whatever the refusal was about."""
        return {"request_id": self.request.id}


CallT = TypeVar("CallT", bound=Call)


@dataclass(frozen=True, slots=True)
class Client:
    """How the vendor's own client is pointed at the mock.

    ``environment`` maps variables to templates and ``snippet`` is one, in the syntax of `string.Template`; both know
    ``$url``, ``$authority`` (host and port) and the account's credentials. A variable whose credential the account
    does not have is left out.

    ``call`` sends one picture as the vendor's client would (URL of the mock, account, bytes), asking for both sides
    where one call can, and returns what the answer holds of ``name``, ``birth`` and ``number``, and of ``authority``
    and ``validity``, as the vendor spells them (two ends of validity joined by a dash). It raises RuntimeError with
    the vendor's code for an error answer.
    """

    environment: Mapping[str, str]
    snippet: str
    call: Callable[[str, Account, bytes], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Vendor(Generic[CallT]):
    """All that the server knows of a vendor beside the data in ``schemas/<name>/``.

    ``open`` starts the call record; ``steps`` are walked in order; ``refuse`` renders a row of the catalogue, whose
    message is already filled in, as the vendor's error answer. ``internal_error`` is the code that the client sees
    when this server itself is at fault.
    """

    name: str
    open: Callable[[Request, World, Contract], CallT]
    steps: tuple[Callable[[CallT], Answer | None], ...]
    refuse: Callable[[CallT, ErrorRow, str], Answer]
    internal_error: str
    client: Client


def answer(vendor: Vendor[CallT], contract: Contract, world: World, request: Request) -> Answer:
    """Walk one request through its vendor and return what goes out.

    Never raises: a fault of our own becomes the vendor's internal error, an ERROR line with the traceback, and a
    count in ``/_idmock/health`` that the test suite asserts to be zero.
    """
    started = time.perf_counter()
    call = vendor.open(request, world, contract)
    try:
        out, rule = _outcome(vendor, call)
    except Exception:
        world.own_faults.add()
        log.exception("request %s to %s failed in the mock itself", request.id, vendor.name)
        out, rule = _refuse(vendor, call, Refusal(vendor.internal_error, hint="a fault of the mock itself"))
    finally:
        if call.held is not None:
            world.state.leave(call.held)
    _log_line(vendor.name, call, out, started)
    return _named(out, call, rule)


def _outcome(vendor: Vendor[CallT], call: CallT) -> tuple[Answer, ErrorRow | None]:
    """The answer, and the row that it renders if it is a refusal."""
    try:
        return _walk(vendor, call), None
    except Refusal as refusal:
        return _refuse(vendor, call, refusal)


def _walk(vendor: Vendor[CallT], call: CallT) -> Answer:
    for step in vendor.steps:
        out = step(call)
        if out is not None:
            return out
    raise RuntimeError(f"{vendor.name}: the last step returned no answer")


def _refuse(vendor: Vendor[CallT], call: CallT, refusal: Refusal) -> tuple[Answer, ErrorRow]:
    row = call.contract.error(refusal.code, refusal.variant)
    if call.taken_from is not None and not row.billed:
        call.world.state.give_call_back(call.taken_from)
        call.taken_from = None
    call.hint = refusal.hint or call.hint
    message = row.text(call.language, refusal.details, **call.message_details())
    return vendor.refuse(call, row, _as_utf8(message)), row


def _as_utf8(message: str) -> str:
    """A message may quote what the client sent: bytes of it that are not UTF-8 are shown as replacement characters."""
    return message.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _log_line(vendor: str, call: Call, out: Answer, started: float) -> None:
    """One line a call, without anything that the client sent: no picture, no parameter, no key."""
    access_log.info(
        "%s %s account=%s code=%s status=%d ms=%.1f request=%s",
        vendor,
        call.operation,
        call.account.name if call.account else "-",
        out.code,
        out.status,
        (time.perf_counter() - started) * 1000,
        call.request.id,
    )


def _named(out: Answer, call: Call, rule: ErrorRow | None) -> Answer:
    """Add the headers that name the mock."""
    extra = [("X-IDMock-Request", call.request.id)]
    if rule is not None:
        extra.append(("X-IDMock-Rule", rule.rule))
        if call.hint:
            extra.append(("X-IDMock-Hint", _header_text(call.hint)))
    return Answer(out.status, out.headers + tuple(extra), out.body, out.code)


def _header_text(text: str) -> str:
    """One line of printable ASCII and of bounded length, whatever a hint quotes: no client stumbles over it, and no
    client can put a header of its own into the answer."""
    shown = text if len(text) <= _HINT_CHARACTERS else text[:_HINT_CHARACTERS] + "..."
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), shown)
