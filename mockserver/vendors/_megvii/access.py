"""Who calls (contract §2): a key and its secret, both plain text."""

from __future__ import annotations

from hmac import compare_digest

from mockserver.errors import Refusal
from mockserver.vendors._megvii.call import MegviiCall


def find_account(call: MegviiCall) -> None:
    """The key must exist and the secret be the key's; which of the two is wrong is not said."""
    account = call.world.accounts.find("megvii", "api_key", call.texts["api_key"])
    if account is None:
        raise Refusal(
            "AUTHENTICATION_ERROR",
            hint="no such key here; GET /_idmock/accounts lists the credentials that work",
        )
    sent = call.texts["api_secret"].encode("utf-8", "surrogateescape")
    if not compare_digest(sent, account.credentials["api_secret"].encode()):
        raise Refusal("AUTHENTICATION_ERROR", hint=f"not the secret of account {account.name}")
    call.account = account
