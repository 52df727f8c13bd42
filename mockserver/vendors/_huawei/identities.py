"""What IAM knows of an account: its domain, its user, and a project in each region.

Only the project of the first region stands in the account's credentials. All other ids are derived from them, so that
every worker and every restart gives the same ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from mockserver.accounts import Account


def domain_id(account: Account) -> str:
    return derived("domain", account.credentials["domain"])


def user_id(account: Account) -> str:
    return derived("user", account.credentials["domain"], account.credentials["username"])


def project_id(account: Account, region: str, home: str) -> str:
    """The account's project in a region; ``home`` is the region of the project that its credentials name."""
    own = account.credentials["project_id"]
    return own if region == home else derived("project", own, region)


def sub_project_id(account: Account, region: str, regions: Sequence[str], name: str) -> str:
    """A project that the account created in a region. The id says whose it is and where, so none has to be kept."""
    own = account.credentials["project_id"]
    return (
        f"{_sub_project_prefix(account)}{regions.index(region):02x}{derived('sub-project', own, name)[:22]}"
    )


def region_of(account: Account, project: str, regions: Sequence[str]) -> str | None:
    """The region whose project of the account this is, None for a project that is not the account's.

    The first of ``regions`` is the one of the project in the account's credentials.
    """
    for region in regions:  # in nearly every call the first one it is
        if project_id(account, region, regions[0]) == project:
            return region
    prefix = _sub_project_prefix(account)
    if project.startswith(prefix):
        index = int(project[len(prefix) : len(prefix) + 2], 16)
        return regions[index] if index < len(regions) else None
    return None


def token_key(account: Account) -> bytes:
    """What the account's tokens are signed with."""
    keys = account.credentials
    return f"{keys['sk']}\n{keys['password']}".encode()


def _sub_project_prefix(account: Account) -> str:
    return derived("sub-projects", account.credentials["project_id"])[:8]


def derived(*parts: str) -> str:
    """An id of the vendor's form, 32 hexadecimal digits, that the same parts always give."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
