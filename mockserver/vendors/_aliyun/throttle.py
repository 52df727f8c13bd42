"""How many calls a second (contract §8): the vendor says ten, and not how a second is measured."""

from __future__ import annotations

from mockserver.errors import Refusal
from mockserver.steps import throttle_per_second
from mockserver.vendors._aliyun.call import AliyunCall

_LIMIT = "requests_per_second"


def throttle(call: AliyunCall) -> None:
    """Refuse a call past the account's limit, in seconds of the clock or in the last second of each call."""
    if call.contract.behaviour("rate_window") == "rolling-second":
        _within_the_last_second(call)
    else:
        throttle_per_second(call)


def _within_the_last_second(call: AliyunCall) -> None:
    """A log of the last second as places, of which a call that passes keeps one for a second; a refused one none.

    There are as many places as calls are allowed, and all are looked at before a call is refused.
    """
    account, state, now = call.customer, call.world.state, call.world.clock.now()
    limit = int(account.limits.get(_LIMIT, call.contract.limit(_LIMIT)))
    key = f"{account.vendor}/{account.name}/{call.operation}/place"
    if not any(state.first_use(f"{key}/{place}", now, 1.0) for place in range(limit)):
        code = call.contract.operation["account_limits"][_LIMIT]["code"]
        raise Refusal(code, hint=f"account {account.name} may make {limit} within any second")
