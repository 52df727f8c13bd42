"""What is written down of each request: enough to see what happened and why, nothing that is anybody's to keep.

An entry is a JSON object. Always there: ``id`` (that of ``X-IDMock-Request``), ``received`` (Unix time by the server's
clock), ``vendor``, ``operation``, ``account`` (``-`` when nobody was recognised), ``code`` (``ok`` for a success),
``status``, ``method``, ``host``, ``path``, ``request_bytes``, ``answer_bytes``, ``ms`` (until the answer was made) and
``steps_us`` (microseconds by the name of the vendor's step; both are real time, whatever the clock is set to). Where
there is such a thing: ``rule`` (the row of the catalogue), ``hint``, ``picture`` (``sha256``, ``bytes``, ``format``,
``width``, ``height``, and ``card_px``, the longer side of the largest card that was found), ``parameters`` (masked),
``payload`` and ``proof`` (marks that tell whether two requests are the same and were signed anew), ``query`` (what kind
of value each of its parameters has; for all three see `mockserver.traces`), ``signature`` (``holds``,
``string_to_sign``, ``canonical_request``, ``diagnosis``), ``faults`` (ids of those that acted) and ``own_fault`` (the
request failed in the mock itself).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mockserver.masking import masked_parameters, masked_text, shortened
from mockserver.traces import payload_mark, query_kinds

if TYPE_CHECKING:
    from mockserver.contract import ErrorRow
    from mockserver.diagnosis import Diagnosis, Signed
    from mockserver.pictures import Picture
    from mockserver.request import Answer
    from mockserver.vendor import Call

#: The account of a request that nobody was recognised by.
NOBODY = "-"


def entry_of(
    call: Call, answer: Answer, rule: ErrorRow | None, steps: Sequence[str], diagnosis: Diagnosis | None
) -> dict[str, Any]:
    """The entry of a call that has been answered; ``steps`` are the names of the vendor's steps in order."""
    request, account = call.request, call.account
    marks = call.marks
    entry: dict[str, Any] = {
        "id": request.id,
        "received": request.received,
        "vendor": call.contract.vendor,
        "operation": call.operation,
        "account": account.name if account is not None else NOBODY,
        "code": answer.code,
        "status": answer.status,
        "method": shortened(request.method),
        "host": shortened(request.host),
        "path": shortened(request.path),
        "request_bytes": request.body_bytes,
        "answer_bytes": len(answer.body),
        "ms": round((marks[-1] - marks[0]) * 1000, 3),
        "steps_us": {
            name: int((end - start) * 1e6)
            for name, start, end in zip(steps, marks, marks[1:-1], strict=False)
        },
    }
    if rule is not None:
        entry["rule"] = rule.rule
    secrets = call.secrets()
    if call.hint:
        entry["hint"] = masked_text(call.hint, secrets)
    if call.picture is not None:
        entry["picture"] = _picture(call.picture)
        if call.reading is not None and call.reading.sightings:
            entry["picture"]["card_px"] = int(call.reading.sightings[0].width_px)
    parameters = call.sent_parameters()
    if parameters:
        entry["parameters"] = masked_parameters(parameters)
    payload, proof = call.payload(), call.proof()
    if payload:
        entry["payload"] = payload_mark(payload)
    if proof is not None:
        entry["proof"] = proof
    if request.query:
        entry["query"] = query_kinds(request.query, secrets)
    if call.signed is not None:
        entry["signature"] = _signature(call.signed, diagnosis, secrets)
    if call.intervention is not None and call.intervention.ids:
        entry["faults"] = call.intervention.ids
    if call.failed:
        entry["own_fault"] = True
    return entry


def _picture(picture: Picture) -> dict[str, Any]:
    return {
        "sha256": picture.digest,
        "bytes": picture.byte_length,
        "format": picture.format,
        "width": picture.width,
        "height": picture.height,
    }


def _signature(signed: Signed, diagnosis: Diagnosis | None, secrets: Mapping[str, str]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "holds": signed.holds,
        "string_to_sign": masked_text(signed.string_to_sign, secrets),
    }
    if signed.canonical_request is not None:
        shown["canonical_request"] = masked_text(signed.canonical_request, secrets)
    if diagnosis is not None:
        shown["diagnosis"] = {"mistake": diagnosis.mistake, "says": diagnosis.text}
    return shown
