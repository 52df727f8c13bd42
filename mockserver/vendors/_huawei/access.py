"""Who calls, how often, and for which project (contract §2, §5, §8)."""

from __future__ import annotations

import math
from hmac import compare_digest
from typing import NoReturn
from urllib.parse import parse_qsl, urlencode

from mockserver.accounts import Account
from mockserver.errors import Refusal
from mockserver.mistakes import shown_pairs
from mockserver.signing.authorization import AuthorizationError
from mockserver.signing.diagnosis import Signed
from mockserver.vendors._huawei import identities, signatures, tokens
from mockserver.vendors._huawei.call import HuaweiCall
from mockserver.vendors._huawei.signatures import Authorization
from mockserver.vendors._huawei.tokens import TokenError

#: Characters of a line of the canonical request that a hint shows whole.
_HINT_LINE = 200
#: Headers of which nothing is shown.
_HIDDEN = ("x-security-token", "x-auth-token", "x-subject-token", "cookie")
_PERIODS = {1: "1 second", 60: "1 minute"}


def identify(call: HuaweiCall) -> None:
    """Find the account by the signature's access key or by the token, whichever the request is made with."""
    header = call.request.headers.get("authorization", "")
    token = call.request.headers.get("x-auth-token", "")
    both = bool(header and token)
    if both and call.contract.behaviour("both_auth_headers") == "signature":
        token = ""
    if token:
        _by_token(call, token)
    elif not header:
        _refuse_token(call, "no-token", "neither Authorization nor X-Auth-Token was sent")
    elif header.startswith((f"{signatures.ALGORITHM} ", *signatures.OTHER_ALGORITHMS)):
        _by_access_key(call, header)
    else:  # observed: a Bearer token is taken for a token that cannot be read
        _refuse_token(call, "decrypt-token", f"Authorization does not begin with {signatures.ALGORITHM}")


def check_signature(call: HuaweiCall) -> None:
    """For a signed call: the key is not locked, the time is about right, and the signature holds."""
    if call.authorization is None:
        return
    account, state = call.customer, call.world.state
    limit, now = call.contract.limit, call.world.clock.now()
    failures = f"{account.vendor}/{account.name}/wrong-signatures"
    if state.failures(failures, now) > limit("wrong_signatures_in_a_row"):
        raise Refusal("APIG.0301", "ak-locked", hint=f"locked for {limit('access_key_lock_seconds')} s")
    _check_window(call)
    sent, request = call.authorization, call.request
    digest = signatures.payload_hash(request.headers, request.body)
    canonical = signatures.canonical_request(
        request.method, request.path, request.query, request.headers, sent.signed_headers, digest
    )
    to_sign = signatures.string_to_sign(request.headers["x-sdk-date"], canonical)
    expected = signatures.signature(account.credentials["sk"], to_sign)
    holds = compare_digest(expected, sent.signature)
    shown = _shown(call, sent, digest) if _is_confidential(call) else canonical
    call.signed = Signed(shown, to_sign, holds)
    if holds:
        state.end_failures(failures)
        return
    state.add_failure(failures, now, limit("access_key_lock_seconds"))
    raise Refusal(
        "APIG.0301",
        "signature",
        {"canonical_request": canonical.replace("\n", "|")},
        hint=f"the server's canonical request, a bar for each line end: {_abridged(shown)}",
    )


def throttle(call: HuaweiCall) -> None:
    """Count the account's calls in the current period; its own ``requests_per_second`` overrides the vendor's."""
    account, name = call.customer, "requests_per_second"
    seconds = int(call.contract.limit("throttle_window_seconds"))
    limit = account.limits.get(name, int(call.contract.limit(name))) * seconds
    key = f"{account.vendor}/{account.name}/{call.operation}"
    count = call.world.state.count_in_window(key, call.world.clock.now(), seconds)
    period = _PERIODS.get(seconds, f"{seconds} second")
    call.policy = f"remain:{max(0, limit - count)},limit:{limit},time:{period}"
    if count > limit:
        rule = call.contract.operation["account_limits"][name]["code"]
        hint = f"account {account.name} may make {limit} calls in {period}"
        raise Refusal(rule, details={"limit": limit, "period": period}, hint=hint)


def check_project(call: HuaweiCall) -> None:
    """The token must be for a project, and the path must name it; a signed call may name any of its own.

    The first that is done behind the gateway.
    """
    account, project = call.customer, call.project_id
    call.forwarded = call.world.clock.now()
    if call.claims is not None and call.claims.project_id is None:
        raise Refusal("ModelArts.0212", hint="ask for a token with a project as its scope")
    if project is None or call.contract.behaviour("foreign_project") == "accepted":
        return
    if call.claims is not None:
        own = call.claims.project_id == project
    else:
        regions = call.contract.operation["platform_regions"]
        region = identities.region_of(account, project, regions)
        own = region is not None and call.region in (None, region)
    if not own:
        raise Refusal("ModelArts.4203", hint=f"the path names a project that is not account {account.name}'s")


def _is_confidential(call: HuaweiCall) -> bool:
    """Whether there may be something in the canonical request that is nobody's to see."""
    return bool(call.request.query) or not call.request.headers.keys().isdisjoint(_HIDDEN)


def _shown(call: HuaweiCall, sent: Authorization, digest: str) -> str:
    """The canonical request without what is nobody's to see."""
    request = call.request
    headers = {n: f"<{len(v)} characters>" if n in _HIDDEN else v for n, v in request.headers.items()}
    pairs = parse_qsl(request.query, keep_blank_values=True, encoding="latin-1")
    query = urlencode(shown_pairs(call, pairs), encoding="latin-1")
    return signatures.canonical_request(
        request.method, request.path, query, headers, sent.signed_headers, digest
    )


def _abridged(canonical: str) -> str:
    """For a hint: on one line, and of long lines, such as that of a security token, the beginning only."""
    lines = canonical.split("\n")
    return "|".join(line if len(line) <= _HINT_LINE else f"{line[:40]}..." for line in lines)


def _by_access_key(call: HuaweiCall, header: str) -> None:
    try:
        sent = call.authorization = signatures.parse_authorization(header)
    except AuthorizationError as error:
        raise Refusal("APIG.0305", hint=f"{error.element} of Authorization is absent or malformed") from None
    signed_at = signatures.parse_moment(call.request.headers.get("x-sdk-date", ""))
    if signed_at is None:
        raise Refusal("APIG.0305", hint="X-Sdk-Date is not of the form 20250101T000000Z")
    call.signed_at = signed_at
    account = call.world.accounts.find("huawei", "ak", sent.access_key)
    if account is None:
        raise Refusal(
            "APIG.0301",
            "ak-not-exist",
            {"ak": sent.access_key},
            hint="no such account here; GET /_idmock/accounts lists the credentials that work",
        )
    _check_security_token(call, account)
    call.account = account


def _check_security_token(call: HuaweiCall, account: Account) -> None:
    """A temporary key comes with its security token, and no other key with one."""
    token, sent = account.credentials.get("security_token"), call.request.headers.get("x-security-token")
    if token is not None and not sent:
        hint = f"account {account.name} is temporary and needs its X-Security-Token"
        raise Refusal("APIG.0301", "ak-not-exist", hint=hint)
    if sent and not (token is not None and compare_digest(sent.encode(), token.encode())):
        raise Refusal("APIG.0301", "decrypt-token", hint=f"not the security token of account {account.name}")


def _by_token(call: HuaweiCall, text: str) -> None:
    try:
        token = tokens.read(text)
    except TokenError as error:
        _refuse_token(call, "decrypt-token", str(error))
    account = call.world.accounts.find("huawei", "username", token.claims.username)
    if account is None or not token.is_signed_with(identities.token_key(account)):
        _refuse_token(
            call, "decrypt-token", "no account here has issued the token, or its password was changed"
        )
    if token.claims.expires <= call.world.clock.now():
        if call.endpoint == "iam":
            raise Refusal("401", "unauthenticated", hint="the token has expired")
        if call.contract.behaviour("expired_token") == "APIG.0307":
            raise Refusal("APIG.0307", hint="the token has expired")
        expires = tokens.iso_time(token.claims.expires)
        raise Refusal("APIG.0301", "token-expired", {"expires_at": expires}, hint="ask for a new token")
    if call.region is not None and token.claims.region not in (None, call.region):
        raise Refusal("APIG.0307", hint=f"the token is for {token.claims.region}, the host for {call.region}")
    call.account, call.claims = account, token.claims


def _refuse_token(call: HuaweiCall, variant: str, hint: str) -> NoReturn:
    """IAM has one answer of its own for all that is wrong with a token."""
    if call.endpoint == "iam":
        raise Refusal("401", "unauthenticated", hint=hint)
    raise Refusal("APIG.0301", variant, hint=hint)


def _check_window(call: HuaweiCall) -> None:
    # in whole seconds, as both times are written: 900 are within the window and 901 are not, on either side
    age = math.floor(call.request.received) - call.signed_at
    if abs(age) > call.contract.limit("signature_window_seconds"):
        date, server = call.request.headers["x-sdk-date"], signatures.moment(call.request.received)
        when = f"{abs(age)} s {'before' if age > 0 else 'after'}"
        raise Refusal(
            "APIG.0301",
            "signature-expired",
            {"signature_time": date, "server_time": server},
            hint=f"the request is signed {when} the server's time",
        )
