"""A vendor's contract, read from ``schemas/<vendor>/`` and checked before anything is served.

`load_contract` reads the files, applies editions, checks them against the formats in
``schemas/*.schema.json`` and against each other, and compiles the validators once. What it returns does not
change any more. Every mistake in a file is a `ContractError` that names the file, a JSON pointer and the
rule.
"""

from mockserver.contract.accounts import check_accounts, load_accounts
from mockserver.contract.load import available_editions, available_vendors, load_contract
from mockserver.contract.model import (
    AccountState,
    Choice,
    Contract,
    ErrorRow,
    Limit,
    Trigger,
)
from mockserver.contract.request import RequestSchema, Violation
from mockserver.errors import ContractError

__all__ = [
    "AccountState",
    "Choice",
    "Contract",
    "ContractError",
    "ErrorRow",
    "Limit",
    "RequestSchema",
    "Trigger",
    "Violation",
    "available_editions",
    "available_vendors",
    "check_accounts",
    "load_accounts",
    "load_contract",
]
