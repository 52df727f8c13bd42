"""New accounts, and other states and limits for those there are. The contract says what a vendor's accounts can be."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from mockserver.accounts import Account, Accounts
from mockserver.contract import Contract
from mockserver.contract.credentials import generate_set
from mockserver.contract.crosscheck import is_account_state
from mockserver.errors import MockError

#: Accounts that may be set at a time.
_AT_MOST = 10_000
#: A few draws find credentials that nobody has, or the pattern has too few.
_DRAWS = 100


class MintError(MockError):
    """The account cannot be had: one sentence that says why."""


def mint(accounts: Accounts, contract: Contract, wanted: Mapping[str, Any]) -> Account:
    """A new account from ``state`` (default: active), ``limits`` and ``name``, none of which has to be there.

    It has the limits of the ready-made account of its state, overridden by those that are given. Raises MintError for
    a state or a limit that the vendor does not have, a name that is taken, and a vendor whose ``operation.json`` does
    not say what credentials look like.
    """
    state = wanted.get("state", "active")
    name = wanted.get("name") or f"minted-{uuid.uuid4().hex[:12]}"
    _check(contract, state, wanted.get("limits", {}))
    if accounts.named(contract.vendor, name) is not None:
        raise MintError(f"{contract.vendor} has an account {name!r} already")
    if accounts.set_count() >= _AT_MOST:
        raise MintError(f"{_AT_MOST} accounts were minted; remove some, or reset")
    like = accounts.ready_made(contract.vendor, state)
    account = Account(
        contract.vendor,
        name,
        state,
        _new_credentials(accounts, contract, state),
        {**(like.limits if like else {}), **wanted.get("limits", {})},
    )
    accounts.set(account)
    return account


def change(accounts: Accounts, contract: Contract, account: Account, wanted: Mapping[str, Any]) -> Account:
    """An account with another ``state`` or other ``limits``; what is not given stays. Its counts begin anew.

    Credentials stay as they are, unless the state needs one more or knows one less. Raises MintError like `mint`.
    """
    state, limits = wanted.get("state", account.state), wanted.get("limits", account.limits)
    _check(contract, state, limits)
    credentials = account.credentials
    if state != account.state:
        fresh = _new_credentials(accounts, contract, state)
        credentials = {name: account.credentials.get(name, value) for name, value in fresh.items()}
    changed = Account(account.vendor, account.name, state, credentials, limits)
    accounts.set(changed)
    return changed


def _check(contract: Contract, state: str, limits: Mapping[str, int]) -> None:
    if not is_account_state(contract, state):
        known = ", ".join((*contract.operation["plain_states"], *contract.account_states))
        raise MintError(f"{contract.vendor} has no state {state!r}; there are: {known}, answers-<row>")
    known_limits = contract.operation["account_limits"]
    for name in limits:
        if name not in known_limits:
            has = ", ".join(known_limits) or "none"
            raise MintError(f"accounts of {contract.vendor} have no limit {name!r}; they have: {has}")


def _new_credentials(accounts: Accounts, contract: Contract, state: str) -> Mapping[str, str]:
    """Credentials of the kinds that the ready-made account of the state has, none of them anybody else's."""
    rows = contract.operation.get("credentials")
    if rows is None:
        raise MintError(f"operation.json of {contract.vendor} does not say what credentials look like")
    like = accounts.ready_made(contract.vendor, state) or accounts.ready_made(contract.vendor, "active")
    names = list(like.credentials) if like is not None else list(rows)
    for _ in range(_DRAWS):
        drawn = generate_set(rows, names)
        if not any(accounts.find(contract.vendor, name, value) for name, value in drawn.items()):
            return drawn
    raise MintError(f"the patterns of {contract.vendor}'s credentials leave none that is not taken")
