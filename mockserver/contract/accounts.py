"""The ready-made accounts of ``fixtures/accounts.json``, checked against the vendors' contracts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mockserver.contract.credentials import MARK
from mockserver.contract.crosscheck import is_account_state
from mockserver.contract.files import broken, check_format, read_json
from mockserver.contract.model import Contract
from mockserver.data import data_path

#: The file in a vendor's folder that holds accounts of its own.
OWN_FILE = "accounts.json"


def load_accounts(path: Path | None = None, root: Path | None = None) -> list[dict[str, Any]]:
    """The accounts of all vendors, in the order of the file; `check_accounts` compares them with the
    contracts.

    ``path`` is ``fixtures/accounts.json`` and ``root`` is ``schemas/`` unless given; the format lies beside the
    former. A vendor may bring accounts of
    its own as ``schemas/<vendor>/accounts.json``, so that one more vendor needs no shared file. Raises ContractError
    for a name or a credential that a vendor has twice and for credentials without the mark.
    """
    shared = path or data_path("fixtures", "accounts.json")
    own = sorted((root or data_path("schemas")).glob(f"*/{OWN_FILE}"))
    files = {shared.name: shared} | {f"{file.parent.name}/{file.name}": file for file in own}
    taken: set[tuple[str, str, str]] = set()
    rows: list[dict[str, Any]] = []
    for name, file in files.items():
        data = read_json(file, name)
        check_format(data, name, shared.with_name("accounts.schema.json"))
        for index, row in enumerate(data["accounts"]):
            _check_own(row, taken, name, ("accounts", index))
        rows += data["accounts"]
    return rows


def check_accounts(
    rows: Sequence[Mapping[str, Any]], contracts: Mapping[str, Contract], file: str = "accounts.json"
) -> None:
    """Check the accounts of the vendors in ``contracts``; ``file`` is what messages call their file.

    Raises ContractError for a state or a limit that the vendor does not have, and for an account that a
    trigger asks for and that is missing.
    """
    for index, row in enumerate(rows):
        contract = contracts.get(row["vendor"])
        if contract is not None:
            _check_row(row, contract, file, ("accounts", index))
    for contract in contracts.values():
        _check_triggers(contract, {r["state"] for r in rows if r["vendor"] == contract.vendor}, file)


def _check_row(row: Mapping[str, Any], contract: Contract, file: str, path: tuple[str | int, ...]) -> None:
    if not is_account_state(contract, row["state"]):
        raise broken(file, (*path, "state"), f"{contract.vendor} has no account state {row['state']!r}")
    unknown = row["credentials"].keys() - contract.operation.get("credentials", row["credentials"]).keys()
    if unknown:
        raise broken(file, (*path, "credentials", min(unknown)), f"{contract.vendor} has no such credential")
    for limit in row["limits"]:
        if limit not in contract.operation["account_limits"]:
            raise broken(file, (*path, "limits", limit), f"accounts of {contract.vendor} have no such limit")


def _check_own(
    row: Mapping[str, Any], taken: set[tuple[str, str, str]], file: str, path: tuple[str | int, ...]
) -> None:
    vendor = row["vendor"]
    if not any(MARK in value for value in row["credentials"].values()):
        raise broken(file, (*path, "credentials"), f"no value holds the word {MARK}")
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
