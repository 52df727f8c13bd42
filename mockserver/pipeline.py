"""How one request walks through a vendor: its steps in order, the first refusal wins.

A vendor is a tuple of steps; **the order of that tuple is the vendor's error precedence**. A step takes the call,
fills in what it found out, and returns nothing; the last one returns the answer. A step that raises `Refusal` ends
the walk, and one place here turns the refusal into the vendor's envelope. Faults that somebody has set come before the
first step and, where they are for an account or an operation, behind the step that finds it out. Whatever happened is
written into the journal.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mockserver.errors import Refusal
from mockserver.faults import FaultError
from mockserver.records.journal import draft_of, line_of
from mockserver.request import Answer, Request
from mockserver.signing.diagnosis import Diagnosis, diagnose
from mockserver.state import StateUnavailable
from mockserver.vendor import Call, CallT, Vendor

if TYPE_CHECKING:
    from mockserver.contract import Contract, ErrorRow
    from mockserver.world import World

log = logging.getLogger("idmock")

_HINT_CHARACTERS = 1500
_UNPRINTABLE = re.compile(r"[^ -~]")
_FAILED = "request %s to %s failed in the mock itself"
_TEXT = (("Content-Type", "text/plain; charset=utf-8"),)


def answer(
    vendor: Vendor[CallT],
    contract: Contract,
    world: World,
    request: Request,
    unavailable: StateUnavailable | None = None,
) -> Answer:
    """Walk one request through its vendor and return what goes out.

    ``unavailable`` says that the state could not be asked for what has been set; the request is then refused like one
    whose step could not. Never raises: a fault of our own becomes the vendor's internal error, an ERROR line with the
    traceback, and a count in ``/_idmock/health`` that the test suite asserts to be zero.
    """
    call = vendor.open(request, world, contract)
    call.marks.append(time.perf_counter())
    diagnosis = None
    try:
        out, rule = _outcome(vendor, call, unavailable)
        diagnosis = _diagnosis(vendor, call)
    except FaultError as error:
        out, rule = _bad_fault(error), None
    except Exception:
        log.exception(_FAILED, request.id, vendor.name)
        _count_own_fault(call)
        out, rule = _refuse(vendor, call, Refusal(vendor.internal_error, hint="a fault of the mock itself"))
    out = _delayed(call, out)
    call.marks.append(time.perf_counter())
    try:
        _write_down(vendor, call, out, rule, diagnosis)
    except Exception:
        log.exception(_FAILED, request.id, vendor.name)
        _count_own_fault(call)
    return _named(out, call, rule)


def _count_own_fault(call: Call) -> None:
    call.world.own_faults.add()
    call.failed = True


def _outcome(
    vendor: Vendor[CallT], call: CallT, unavailable: StateUnavailable | None
) -> tuple[Answer, ErrorRow | None]:
    """The answer, and the row that it renders if it is a refusal."""
    try:
        if unavailable is not None:
            raise unavailable
        return _walk(vendor, call), None
    except Refusal as refusal:
        forced = call.intervention.refusal() if call.intervention is not None else None
        if forced is None:
            call.marks.append(time.perf_counter())  # the end of the step that refused
        return _refuse(vendor, call, forced or refusal)
    except StateUnavailable as error:
        log.warning("request %s to %s: %s", call.request.id, vendor.name, error)
        return _refuse(vendor, call, Refusal(vendor.internal_error, hint=str(error)))


def _walk(vendor: Vendor[CallT], call: CallT) -> Answer:
    mark, now = call.marks.append, time.perf_counter
    intervention = call.intervention = call.world.faults.meeting(call.contract, call.request)
    if intervention is not None:
        out = intervention.before()
        if out is not None:
            return out
    for step in vendor.steps:
        out = step(call)
        mark(now())
        if out is not None:
            return out
        if intervention is not None:
            out = intervention.meet(call.operation, call.account.name if call.account is not None else None)
            if out is not None:
                return out
    raise RuntimeError(f"{vendor.name}: the last step returned no answer")


def _refuse(vendor: Vendor[CallT], call: CallT, refusal: Refusal) -> tuple[Answer, ErrorRow]:
    row = call.contract.error(refusal.code, refusal.variant)
    if not row.billed:
        _give_back(call)
    call.hint = refusal.hint or call.hint
    message = row.text(call.language, refusal.details, **call.message_details())
    return vendor.refuse(call, row, _as_utf8(message)), row


def _give_back(call: Call) -> None:
    """Return the call to the quota that it was taken from, if it was."""
    if call.taken_from is None:
        return
    taken, call.taken_from = call.taken_from, None
    try:
        call.world.state.give_call_back(taken)
    except StateUnavailable as error:
        log.warning("request %s stays counted against its quota: %s", call.request.id, error)


def _bad_fault(error: FaultError) -> Answer:
    """The mistake is the tester's, not the client's: the mock answers in its own name."""
    return Answer(400, _TEXT, f"X-IDMock-Fault: {error}\n".encode(), "bad-fault")


def _diagnosis(vendor: Vendor[CallT], call: CallT) -> Diagnosis | None:
    """The mistake behind a signature that does not hold; also goes before everything else into the hint."""
    if vendor.explain is None or call.signed is None or call.signed.holds:
        return None
    found = diagnose(vendor.explain(call))
    if found is not None:
        call.hint = f"{found.text}; {call.hint}" if call.hint else found.text
    return found


def _delayed(call: Call, out: Answer) -> Answer:
    """Wait as faults want it, while the call still is in flight, and leave to the wire what they spoil there."""
    intervention = call.intervention
    if intervention is None:
        return out
    if intervention.latency_ms:
        call.world.sleep(intervention.latency_ms / 1000)
    return out if intervention.wire is None else replace(out, wire=intervention.wire)


@lru_cache(maxsize=64)
def _step_names(steps: tuple[Callable[..., Any], ...]) -> tuple[str, ...]:
    return tuple(step.__name__ for step in steps)


def _write_down(
    vendor: Vendor[CallT], call: CallT, out: Answer, rule: ErrorRow | None, diagnosis: Diagnosis | None
) -> None:
    """The journal's entry, which also ends the call in flight, and the log's line."""
    world = call.world
    held, call.held = call.held, None
    draft = None
    try:
        world.timings.add(vendor.name, call.marks[-1] - call.marks[0])
        world.write_line(line_of(vendor.name, call, out))
        if world.settings.journal_entries:
            draft = draft_of(call, out, rule, _step_names(vendor.steps), diagnosis)
    except Exception:
        if held is not None:
            world.state.leave(held)
        raise
    try:
        if draft is not None:
            world.state.append(draft, held)
        elif held is not None:
            world.state.leave(held)
    except StateUnavailable as error:
        log.warning("request %s is not in the journal: %s", call.request.id, error)


def _as_utf8(message: str) -> str:
    """A message may quote what the client sent: bytes of it that are not UTF-8 are shown as replacement characters."""
    return message.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _named(out: Answer, call: Call, rule: ErrorRow | None) -> Answer:
    """Add the headers that name the mock."""
    extra = [("X-IDMock-Request", call.request.id)]
    if rule is not None:
        extra.append(("X-IDMock-Rule", rule.rule))
        if call.hint:
            extra.append(("X-IDMock-Hint", _header_text(call.hint)))
    intervention = call.intervention
    if intervention is not None and intervention.ids:
        extra.append(("X-IDMock-Fault", _header_text(",".join(intervention.ids))))
    return Answer(out.status, out.headers + tuple(extra), out.body, out.code, out.wire)


def _header_text(text: str) -> str:
    """One line of printable ASCII and of bounded length, whatever a hint quotes: no client stumbles over it, and no
    client can put a header of its own into the answer."""
    shown = text if len(text) <= _HINT_CHARACTERS else text[:_HINT_CHARACTERS] + "..."
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), shown)
