"""What IAM knows of an account: its domain, its user, and a project in each region.

Only the project of the first region stands in the account's credentials. All other ids are derived from them, so that
every worker and every restart gives the same ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from mockserver.accounts import Account


def domain_id(account: Account) -> str:
    return _derived("domain", account.credentials["domain"])


def user_id(account: Account) -> str:
    return _derived("user", account.credentials["domain"], account.credentials["username"])


def project_id(account: Account, region: str, home: str) -> str:
    """The account's project in a region; ``home`` is the region of the project that its credentials name."""
    own = account.credentials["project_id"]
    return own if region == home else _derived("project", own, region)


def region_of(account: Account, project: str, regions: Sequence[str]) -> str | None:
    """The region whose project of the account this is, None for a project that is not the account's.

    The first of ``regions`` is the one of the project in the account's credentials.
    """
    for region in regions:  # in nearly every call the first one it is
        if project_id(account, region, regions[0]) == project:
            return region
    return None


def token_key(account: Account) -> bytes:
    """What the account's tokens are signed with."""
    keys = account.credentials
    return f"{keys['sk']}\n{keys['password']}".encode()


def _derived(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
