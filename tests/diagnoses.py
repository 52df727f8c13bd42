"""What the journal says about a signature that does not hold."""

from __future__ import annotations

from typing import Any

from mockserver.accounts import Account
from mockserver.signing.diagnosis import MISTAKES
from mockserver.testing import MockServer


def signature_of(mock: MockServer, account: Account) -> dict[str, Any]:
    """What the journal has of the signature of an account's last request."""
    found: dict[str, Any] = mock.journal(account=account)[0]["signature"]
    return found


def mistake(mock: MockServer, account: Account, hint: str | None = None) -> str | None:
    """The mistake that the last request was refused for, None when none was found; ``hint`` must name it first."""
    signature = signature_of(mock, account)
    assert not signature["holds"]
    found = signature.get("diagnosis")
    if found is None:
        assert hint is None or hint.partition(":")[0] not in MISTAKES
        return None
    assert found["says"].startswith(f"{found['mistake']}: {MISTAKES[found['mistake']]} (")
    assert hint is None or hint.startswith(f"{found['mistake']}: ")
    name: str = found["mistake"]
    return name
