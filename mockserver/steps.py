"""Steps that vendors share. What differs between vendors is data: ``operation.json`` and ``limits.json``."""

from __future__ import annotations

from collections.abc import Callable

from mockserver.errors import Refusal
from mockserver.vendor import Call


def refuse_by_state(stage: str) -> Callable[[Call], None]:
    """A step that refuses the account when its state says so at this stage.

    The vendor's ``account_states`` say which state refuses where and with which code. At the stage ``account`` the
    generic states ``answers-<code>`` refuse too, with any code of the catalogue.
    """

    def step(call: Call) -> None:
        account = call.customer
        ruling = call.contract.account_states.get(account.state)
        if ruling is not None and ruling.stage == stage:
            raise Refusal(ruling.code, ruling.variant, hint=f"account {account.name} is {account.state}")
        if stage == "account" and account.answers is not None:
            raise Refusal(account.answers, hint=f"account {account.name} always answers this")

    step.__name__ = f"refuse_by_state_{stage}"
    step.__doc__ = f"What the account's state refuses at the stage of {stage}."
    return step


def throttle_per_second(call: Call) -> None:
    """Count the account's calls of this operation in the current second, and refuse past its limit.

    The refused call is counted as well, so the message can say ``21`` where the limit is ``20``. The account's own
    ``requests_per_second`` overrides the vendor's.
    """
    account, name = call.customer, "requests_per_second"
    limit = account.limits.get(name, call.contract.limit(name))
    key = f"{account.vendor}/{account.name}/{call.operation}"
    count = call.world.state.count_in_window(key, call.world.clock.now())
    if count > limit:
        hint = f"account {account.name} may make {limit} a second"
        raise _past_account_limit(call, name, hint, count=count, limit=limit)


def take_from_quota(call: Call) -> None:
    """Take one of the account's remaining calls, if they are counted; an answer that is not billed gives it back."""
    account = call.customer
    calls = account.limits.get("calls_left")
    if calls is None:
        return
    key = f"{account.vendor}/{account.name}/calls"
    if not call.world.state.take_call(key, calls):
        hint = f"account {account.name} had {calls} calls, all are used"
        raise _past_account_limit(call, "calls_left", hint)
    call.taken_from = key


def hold_slot(call: Call) -> None:
    """Keep one of the account's places for calls in flight until the answer is made.

    The account's own ``concurrency`` overrides the vendor's; a vendor without such a limit has no such step.
    """
    account, name = call.customer, "concurrency"
    own = account.limits.get(name)
    limit = int(call.contract.limit(name)) if own is None else own
    key = f"{account.vendor}/{account.name}/in-flight"
    call.held = call.world.state.enter(key, limit)
    if call.held is None:
        hint = f"account {account.name} has {limit} in flight"
        raise _past_account_limit(call, name, hint, limit=limit)


def refuse_past_limit(call: Call, name: str, measured: float) -> None:
    """Refuse with the row that ``limits.json`` names when ``measured`` is more than the limit allows."""
    limit = call.contract.limits[name]
    if measured > limit.value:
        if limit.code is None:
            raise LookupError(f"limits.json: {name} names no error")
        raise Refusal(limit.code, limit.variant, hint=f"{measured} is past {name} = {limit.value}")


def _past_account_limit(call: Call, name: str, hint: str, **details: object) -> Refusal:
    """The refusal with the row that ``operation.json`` names for a limit of the account."""
    row = call.contract.operation["account_limits"][name]
    return Refusal(row["code"], row.get("variant"), details, hint=hint)
