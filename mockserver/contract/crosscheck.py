"""What the files of a contract say about each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.contract.credentials import MARK, generate
from mockserver.contract.files import broken
from mockserver.contract.model import Contract, rule_id

#: A state of this form makes every authenticated call of an account end in the rule that it names.
ANSWERS = "answers-"


def check_references(contract: Contract, files: Mapping[str, str]) -> None:
    """Check that every row, state, language, region and value that is named exists.

    ``files`` are the names that messages call the parts by. Raises ContractError.
    """
    for part, path, rule in _named_rules(contract):
        if rule not in contract.errors:
            raise broken(files[part], path, f"errors.json has no row {rule}")
    _check_operation(contract, files["operation"])
    for index, row in enumerate(contract.errors.values()):
        if not is_account_state(contract, row.trigger.account):
            raise broken(
                files["errors"],
                ("errors", index, "trigger", "account"),
                f"operation.json has no account state {row.trigger.account!r}",
            )


def is_account_state(contract: Contract, state: str) -> bool:
    """Whether an account of this vendor can be in a state."""
    if state.startswith(ANSWERS):
        return state.removeprefix(ANSWERS) in contract.errors
    return state in contract.account_states or state in contract.operation["plain_states"]


def _named_rules(contract: Contract) -> Iterator[tuple[str, tuple[str | int, ...], str]]:
    """Every mention of a row: part, place, rule."""
    for row in contract.limits.values():
        if row.code is not None:
            yield "limits", ("limits", row.name, "error"), rule_id(row.code, row.variant)
    for state in contract.account_states.values():
        yield "operation", ("account_states", state.name), rule_id(state.code, state.variant)
    for name, limit in contract.operation["account_limits"].items():
        yield "operation", ("account_limits", name), rule_id(limit["code"], limit.get("variant"))
    for constraint in contract.constraints:
        if constraint.answer is not None:
            rule = rule_id(constraint.answer["code"], constraint.answer.get("variant"))
            yield "request", (*constraint.path, "x-error", constraint.keyword), rule


def _check_operation(contract: Contract, file: str) -> None:
    operation = contract.operation
    if operation["languages"]["default"] not in operation["languages"]["offered"]:
        raise broken(file, ("languages", "default"), "the default is not among those offered")
    both = operation["plain_states"].keys() & contract.account_states.keys()
    if both:
        raise broken(file, ("plain_states", min(both)), "the state is also one of account_states")
    if "active" not in operation["plain_states"]:
        raise broken(file, ("plain_states",), "an account needs the state active")
    _check_credentials(operation.get("credentials", {}), file)
    strange = [r for r in operation.get("regions", ()) if r not in operation.get("platform_regions", ())]
    if strange:
        raise broken(file, ("regions",), f"{strange[0]!r} is none of platform_regions")
    for choice in contract.behaviours.values():
        if choice.options and choice.value not in choice.options:
            raise broken(
                file, ("behaviour", choice.name, "value"), f"{choice.value!r} is none of its options"
            )
    _check_provenance(operation, file)


def _check_credentials(rows: Mapping[str, Any], file: str) -> None:
    for name, row in rows.items():
        patterns: dict[tuple[str, ...], str] = {("pattern",): row["pattern"]}
        patterns |= {("beside", other): pattern for other, pattern in row.get("beside", {}).items()}
        for place, pattern in patterns.items():
            try:
                generate(pattern)
            except ValueError as error:
                raise broken(file, ("credentials", name, *place), str(error)) from None
        for other in row.get("beside", {}):
            if other not in rows:
                raise broken(file, ("credentials", name, "beside", other), "there is no such credential")
    if rows and not any(MARK in row["pattern"] for row in rows.values()):
        raise broken(file, ("credentials",), f"no pattern holds the word {MARK}")


def _check_provenance(operation: Mapping[str, Any], file: str) -> None:
    provenance = operation.get("provenance", {})
    for member in provenance:
        if member not in operation:
            raise broken(file, ("provenance", member), "there is no such member")
    for member, value in operation.items():
        needs = member == "region_required" or (isinstance(value, list) and member != "methods")
        if needs and member not in provenance:
            raise broken(file, (member,), "provenance does not say where it comes from")
