"""What is written down of each request: enough to see what happened and why, nothing that is anybody's to keep.

An entry is a JSON object. Always there: ``id`` (that of ``X-IDMock-Request``), ``received`` (Unix time by the server's
clock), ``vendor``, ``operation``, ``account`` (``-`` when nobody was recognised), ``code`` (``ok`` for a success),
``status``, ``method``, ``host``, ``path``, ``request_bytes``, ``answer_bytes``, ``ms`` (until the answer was made) and
``steps_us`` (microseconds by the name of the vendor's step; both are real time, whatever the clock is set to). Where
there is such a thing: ``rule`` (the row of the catalogue), ``hint``, ``picture`` (``sha256``, ``bytes``, ``format``,
``width``, ``height``, and ``card_px``, the longer side of the largest card that was found), ``parameters`` (masked),
``payload`` and ``proof`` (marks that tell whether two requests are the same and were signed anew), ``query`` (what kind
of value each of its parameters has; for all three see `mockserver.records.traces`), ``signature`` (``holds``,
``string_to_sign``, ``canonical_request``, ``diagnosis``), ``faults`` (ids of those that acted) and ``own_fault`` (the
request failed in the mock itself).

Every request is written down and few entries are read. So a request leaves a draft, and who reads it pays for the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from mockserver.records.masking import clipped, masked_parameters, masked_text, without_secrets
from mockserver.records.traces import payload_mark, query_kinds

if TYPE_CHECKING:
    from mockserver.cards.model import Reading
    from mockserver.contract import ErrorRow
    from mockserver.pictures import Picture
    from mockserver.request import Answer
    from mockserver.signing.diagnosis import Diagnosis, Signed
    from mockserver.state import Labels
    from mockserver.vendor import Call

#: The account of a request that nobody was recognised by.
NOBODY = "-"
#: Bytes that a character takes in JSON at most: as an escape.
_ESCAPE = 6
#: Bytes of an entry beside its texts, and of each step and fault in it, at most.
_FRAME, _ITEM = 1024, 80


class Draft(NamedTuple):
    """What an entry is made of. Small, and from the start without pictures and secrets; ID numbers and the like are
    masked when it is composed."""

    id: str
    #: Vendor, account and code.
    labels: Labels
    received: float
    operation: str
    status: int
    #: Method, host and path, none of them long.
    target: tuple[str, str, str]
    request_bytes: int
    answer_bytes: int
    #: Names of the vendor's steps, and the marks of the call.
    steps: Sequence[str]
    marks: Sequence[float]
    rule: str | None
    hint: str | None
    #: What is said of the picture, the parameters, the payload, the proof and the query, as JSON.
    facts: bytes
    #: Whether the signature holds, the string to sign, the canonical request.
    signed: tuple[bool, str, str | None] | None
    diagnosis: Diagnosis | None
    faults: Sequence[str]
    own_fault: bool

    @property
    def at_most(self) -> int:
        """Bytes that the entry cannot exceed as JSON. What masking adds is less than what escapes are reckoned with."""
        _, to_sign, canonical = self.signed or (False, "", None)
        characters = sum(map(len, self.labels)) + sum(map(len, self.target)) + len(self.operation)
        characters += len(self.rule or "") + len(self.hint or "") + len(to_sign) + len(canonical or "")
        if self.diagnosis is not None:
            characters += len(self.diagnosis.text)
        items = len(self.steps) + len(self.faults)
        return _FRAME + _ESCAPE * characters + _ITEM * items + len(self.facts)

    def compose(self) -> dict[str, Any]:
        """The entry."""
        (vendor, account, code), (method, host, path), marks = self.labels, self.target, self.marks
        entry: dict[str, Any] = {
            "id": self.id,
            "received": self.received,
            "vendor": vendor,
            "operation": self.operation,
            "account": account,
            "code": code,
            "status": self.status,
            "method": masked_text(method),
            "host": masked_text(host),
            "path": masked_text(path),
            "request_bytes": self.request_bytes,
            "answer_bytes": self.answer_bytes,
            "ms": round((marks[-1] - marks[0]) * 1000, 3),
            "steps_us": {
                name: int((end - start) * 1e6)
                for name, start, end in zip(self.steps, marks, marks[1:-1], strict=False)
            },
        }
        if self.rule is not None:
            entry["rule"] = self.rule
        if self.hint:
            entry["hint"] = masked_text(self.hint)
        entry |= orjson.loads(self.facts)
        if self.signed is not None:
            entry["signature"] = self._signature(*self.signed)
        if self.faults:
            entry["faults"] = self.faults
        if self.own_fault:
            entry["own_fault"] = True
        return entry

    def _signature(self, holds: bool, to_sign: str, canonical: str | None) -> dict[str, Any]:
        shown: dict[str, Any] = {"holds": holds, "string_to_sign": masked_text(to_sign)}
        if canonical is not None:
            shown["canonical_request"] = masked_text(canonical)
        if self.diagnosis is not None:
            shown["diagnosis"] = {"mistake": self.diagnosis.mistake, "says": self.diagnosis.text}
        return shown


def line_of(vendor: str, call: Call, out: Answer) -> str:
    """The log's line: vendor, operation, account, what it got, and how long that took.

    Nothing that the client sent is in it: no picture, no parameter, no key.
    """
    account = call.account.name if call.account else "-"
    milliseconds = (call.marks[-1] - call.marks[0]) * 1000
    return (
        f"{vendor} {call.operation} account={account} code={out.code} status={out.status} "
        f"ms={milliseconds:.1f} request={call.request.id}"
    )


def draft_of(
    call: Call, answer: Answer, rule: ErrorRow | None, steps: Sequence[str], diagnosis: Diagnosis | None
) -> Draft:
    """The draft of a call that has been answered; ``steps`` are the names of the vendor's steps in order."""
    request, account, secrets = call.request, call.account, call.secrets()
    return Draft(
        id=request.id,
        labels=(call.contract.vendor, account.name if account is not None else NOBODY, answer.code),
        received=request.received,
        operation=call.operation,
        status=answer.status,
        target=(clipped(request.method), clipped(request.host), clipped(request.path)),
        request_bytes=request.body_bytes,
        answer_bytes=len(answer.body),
        steps=steps,
        marks=call.marks,
        rule=rule.rule if rule is not None else None,
        hint=without_secrets(call.hint, secrets) if call.hint else None,
        facts=orjson.dumps(_facts(call, secrets)),
        signed=_signed(call.signed, secrets) if call.signed is not None else None,
        diagnosis=diagnosis,
        faults=call.intervention.ids if call.intervention is not None else (),
        own_fault=call.failed,
    )


def _facts(call: Call, secrets: Mapping[str, str]) -> dict[str, Any]:
    """What is made of things that are too large, or too secret, to be kept."""
    facts: dict[str, Any] = {}
    if call.picture is not None:
        facts["picture"] = _picture(call.picture, call.reading)
    parameters, payload, proof = call.sent_parameters(), call.payload(), call.proof()
    if parameters:
        facts["parameters"] = masked_parameters(parameters)
    if payload:
        facts["payload"] = payload_mark(payload)
    if proof is not None:
        facts["proof"] = proof
    if call.request.query:
        facts["query"] = query_kinds(call.request.query, secrets)
    return facts


def _picture(picture: Picture, reading: Reading | None) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "sha256": picture.digest,
        "bytes": picture.byte_length,
        "format": picture.format,
        "width": picture.width,
        "height": picture.height,
    }
    if reading is not None and reading.sightings:
        shown["card_px"] = int(reading.sightings[0].width_px)
    return shown


def _signed(signed: Signed, secrets: Mapping[str, str]) -> tuple[bool, str, str | None]:
    canonical = signed.canonical_request
    shown = None if canonical is None else without_secrets(canonical, secrets)
    return signed.holds, without_secrets(signed.string_to_sign, secrets), shown
