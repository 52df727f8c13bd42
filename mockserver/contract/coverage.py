"""The list of everything that a contract holds its clients and its server to, with provenance."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from mockserver.contract.constraint import Constraint
from mockserver.contract.model import Contract, ErrorRow, Trigger, rule_id


def coverage(contract: Contract) -> list[dict[str, Any]]:
    """One object per rule: ``id`` (unique), ``kind``, ``says``, ``source``, ``confidence``; what else depends
    on the kind: ``trigger`` and ``message_confidence`` of an error, ``value`` of a limit, a behaviour or a
    constraint, ``rule`` (the row that answers) where there is one.
    """
    vendor = contract.vendor
    out = [_error(vendor, row) for row in contract.errors.values()]
    for limit in contract.limits.values():
        entry = _entry(
            vendor, "limit", limit.name, limit.says, limit.source, limit.confidence, value=limit.value
        )
        if limit.code is not None:
            entry["rule"] = rule_id(limit.code, limit.variant)
        out.append(entry)
    out.extend(
        _entry(vendor, "behaviour", c.name, c.says, c.source, c.confidence, value=c.value)
        for c in contract.behaviours.values()
    )
    for state in contract.account_states.values():
        rule = rule_id(state.code, state.variant)
        out.append(
            _entry(vendor, "account-state", state.name, state.says, state.source, state.confidence, rule=rule)
        )
    out.extend(
        _entry(vendor, "operation", member, **said, value=contract.operation[member])
        for member, said in contract.operation.get("provenance", {}).items()
    )
    out.extend(_constraint(vendor, c) for c in contract.constraints)
    return out


def _entry(
    vendor: str, kind: str, name: str, says: str, source: str, confidence: str, **more: Any
) -> dict[str, Any]:
    return {
        "id": f"{vendor}/{kind}/{name}",
        "kind": kind,
        "says": says,
        "source": source,
        "confidence": confidence,
        **more,
    }


def _error(vendor: str, row: ErrorRow) -> dict[str, Any]:
    return _entry(
        vendor,
        "error",
        row.rule,
        row.when,
        row.source,
        row.confidence,
        rule=row.rule,
        family=row.family,
        message_confidence=dict(row.message_confidence),
        trigger=trigger_json(row.trigger),
    )


def trigger_json(trigger: Trigger) -> dict[str, Any]:
    """A trigger as in ``errors.json``, with the defaults written out and empty members left away."""
    out: dict[str, Any] = {}
    for member in fields(trigger):
        value = getattr(trigger, member.name)
        if value is not None and value != {} and value != ():
            out[member.name] = list(value) if isinstance(value, tuple) else value
    return out


def _constraint(vendor: str, constraint: Constraint) -> dict[str, Any]:
    part = constraint.file.rpartition("/")[2].partition(".")[0]
    says = f"{part}: {constraint.keyword} of {constraint.subject}"
    name = f"{part}{constraint.pointer}"
    entry = _entry(
        vendor, "schema", name, says, constraint.source, constraint.confidence, value=constraint.value
    )
    if constraint.answer is not None:
        entry["rule"] = rule_id(constraint.answer["code"], constraint.answer.get("variant"))
    return entry
