"""Check every contract with every edition, and the accounts: ``python -m mockserver.contract``.

Prints one line per vendor; exits 1 with the file, the place and the rule of the first mistake.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from mockserver.contract import (
    available_editions,
    available_vendors,
    check_accounts,
    load_accounts,
    load_contract,
)
from mockserver.contract.files import check_schema, read_json
from mockserver.data import data_path
from mockserver.errors import MockError


def check_all(root: Path | None = None, accounts: Path | None = None) -> list[str]:
    """Load everything there is under ``root`` (``schemas/``) and the accounts; one line per vendor.

    Raises ContractError.
    """
    root = root or data_path("schemas")
    accounts = accounts or data_path("fixtures", "accounts.json")
    for path in (*sorted(root.glob("*.schema.json")), accounts.with_name("accounts.schema.json")):
        check_schema(read_json(path), path.name)
    contracts = {vendor: load_contract(vendor, root=root) for vendor in available_vendors(root)}
    lines = []
    rows = load_accounts(accounts, root)
    check_accounts(rows, contracts, accounts.name)
    for vendor, contract in contracts.items():
        editions = available_editions(vendor, root)
        for edition in editions:
            check_accounts(rows, {vendor: load_contract(vendor, (edition,), root)}, accounts.name)
        count = sum(row["vendor"] == vendor for row in rows)
        lines.append(
            f"{vendor}: {len(contract.errors)} error rows, {len(contract.limits)} limits, "
            f"{len(contract.behaviours)} behaviours, {len(contract.constraints)} constraints, "
            f"{count} accounts, editions: {', '.join(editions) or 'none'}"
        )
    return lines


def main() -> int:
    """Print the lines, or the first mistake; the exit code."""
    try:
        lines = check_all()
    except MockError as error:
        click.echo(f"contract: {error}", err=True)
        return 1
    for line in lines:
        click.echo(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
