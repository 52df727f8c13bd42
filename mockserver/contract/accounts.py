"""The ready-made accounts of ``fixtures/accounts.json``, checked against the vendors' contracts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mockserver.contract.crosscheck import is_account_state
from mockserver.contract.files import broken, check_format, read_json
from mockserver.contract.model import Contract
from mockserver.data import data_path

#: Made-up credentials say so, lest somebody report them as leaked.
MARK = "MOCK"


def load_account_rows(contracts: Mapping[str, Contract], path: Path | None = None) -> list[dict[str, Any]]:
    """The accounts of the vendors in ``contracts``, in the order of the file.

    ``path`` is ``fixtures/accounts.json`` unless given; its format lies beside it. Raises ContractError for a
    state or a limit that the vendor does not have, for a name or a credential that is there twice, for
    credentials without the mark, and for an account that a trigger asks for and that is missing.
    """
    path = path or data_path("fixtures", "accounts.json")
    data = read_json(path)
    check_format(data, path.name, path.with_name("accounts.schema.json"))
    taken: set[tuple[str, str, str]] = set()
    rows = []
    for index, row in enumerate(data["accounts"]):
        contract = contracts.get(row["vendor"])
        if contract is None:
            continue
        _check_row(row, contract, path.name, ("accounts", index))
        _check_unique(row, taken, path.name, ("accounts", index))
        rows.append(row)
    for contract in contracts.values():
        _check_triggers(contract, {r["state"] for r in rows if r["vendor"] == contract.vendor}, path.name)
    return rows


def _check_row(row: Mapping[str, Any], contract: Contract, file: str, path: tuple[str | int, ...]) -> None:
    if not is_account_state(contract, row["state"]):
        raise broken(file, (*path, "state"), f"{contract.vendor} has no account state {row['state']!r}")
    for limit in row["limits"]:
        if limit not in contract.operation.account_limits:
            raise broken(file, (*path, "limits", limit), f"accounts of {contract.vendor} have no such limit")
    if not any(MARK in value for value in row["credentials"].values()):
        raise broken(file, (*path, "credentials"), f"no value holds the word {MARK}")


def _check_unique(
    row: Mapping[str, Any], taken: set[tuple[str, str, str]], file: str, path: tuple[str | int, ...]
) -> None:
    vendor = row["vendor"]
    for key, value in (("name", row["name"]), *row["credentials"].items()):
        if (vendor, key, value) in taken:
            raise broken(file, path, f"another account of {vendor} has the same {key}")
        taken.add((vendor, key, value))


def _check_triggers(contract: Contract, states: set[str], file: str) -> None:
    for row in contract.errors.values():
        if row.trigger.account not in states:
            raise broken(
                file, ("accounts",), f"{contract.vendor}: {row.rule} needs an account {row.trigger.account!r}"
            )
