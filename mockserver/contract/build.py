"""From checked JSON to the values of the model."""

from __future__ import annotations

import string
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mockserver.contract.files import broken
from mockserver.contract.model import (
    AccountState,
    Choice,
    ErrorRow,
    Limit,
    Trigger,
)


def limits(data: Mapping[str, Any]) -> Mapping[str, Limit]:
    """The rows of ``limits.json`` by name."""
    out = {}
    for name, row in data["limits"].items():
        error = row.get("error", {})
        rest = {key: value for key, value in row.items() if key != "error"}
        out[name] = Limit(name, **rest, code=error.get("code"), variant=error.get("variant"))
    return MappingProxyType(out)


def choices(data: Mapping[str, Any]) -> Mapping[str, Choice]:
    """The member ``behaviour`` of ``operation.json``."""
    return MappingProxyType(
        {
            name: Choice(name, **{**row, "options": tuple(row.get("options", ()))})
            for name, row in data["behaviour"].items()
        }
    )


def account_states(data: Mapping[str, Any]) -> Mapping[str, AccountState]:
    """The states that ``operation.json`` refuses."""
    return MappingProxyType(
        {name: AccountState(name, **{"variant": None, **row}) for name, row in data["account_states"].items()}
    )


def error_rows(data: Mapping[str, Any], languages: Mapping[str, Any], file: str) -> Mapping[str, ErrorRow]:
    """The rows of ``errors.json`` by rule id.

    Raises ContractError for a rule that is there twice and for a message whose languages or placeholders are
    not those that the vendor and the row declare.
    """
    out: dict[str, ErrorRow] = {}
    for index, row in enumerate(data["errors"]):
        built = _error_row(row, languages, file, ("errors", index))
        if built.rule in out:
            raise broken(file, ("errors", index), f"the rule {built.rule} is there twice")
        out[built.rule] = built
    return MappingProxyType(out)


def _error_row(
    row: Mapping[str, Any], languages: Mapping[str, Any], file: str, path: tuple[str | int, ...]
) -> ErrorRow:
    messages = _by_language(row, "message", languages, file, path)
    confidences = row["message_confidence"]
    if isinstance(confidences, str):
        confidences = dict.fromkeys(messages, confidences)
    if confidences.keys() != messages.keys():
        raise broken(file, (*path, "message_confidence"), "one text or the languages of the message")
    details = row.get("details", {})
    used = set().union(*(_placeholders(m, file, (*path, "message")) for m in messages.values()))
    if used != details.keys():
        odd = ", ".join(sorted(used ^ details.keys()))
        raise broken(file, (*path, "details"), f"the message's placeholders and these differ: {odd}")
    trigger = row["trigger"]
    return ErrorRow(
        code=row["code"],
        variant=row.get("variant"),
        http_status=row["http_status"],
        messages=MappingProxyType(messages),
        default_language=languages["default"],
        when=row["when"],
        source=row["source"],
        confidence=row["confidence"],
        message_confidence=MappingProxyType(confidences),
        trigger=Trigger(**{**trigger, "omit": tuple(trigger.get("omit", ()))}),
        details=MappingProxyType(details),
        description=row.get("description"),
        family=row.get("family"),
        billed=row.get("billed", False),
    )


def _by_language(
    row: Mapping[str, Any], member: str, languages: Mapping[str, Any], file: str, path: tuple[str | int, ...]
) -> dict[str, str]:
    value = row[member]
    if isinstance(value, str):
        return {"*": value}
    if value.keys() != set(languages["offered"]):
        raise broken(file, (*path, member), f"one text, or one for each of {', '.join(languages['offered'])}")
    return dict(value)


def _placeholders(template: str, file: str, path: tuple[str | int, ...]) -> set[str]:
    """Names in braces; what else ``str.format`` knows is refused: positions, attributes, conversions."""
    try:
        fields = [part[1:] for part in string.Formatter().parse(template) if part[1] is not None]
    except ValueError as error:
        raise broken(file, path, f"a lone brace is written twice: {error}") from None
    for name, form, conversion in fields:
        if not (name or "").isidentifier() or form or conversion:
            raise broken(file, path, f"a placeholder is a name in braces, not {{{name}}}")
    return {str(name) for name, _, _ in fields}
