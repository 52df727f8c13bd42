"""Who calls, and whether the signature holds (contract §2, §5 steps 7-10, §9.5)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from hmac import compare_digest

from mockserver.accounts import Account
from mockserver.errors import Refusal
from mockserver.signing.authorization import AuthorizationError
from mockserver.signing.diagnosis import Signed
from mockserver.vendors._tencent import signatures
from mockserver.vendors._tencent.call import TencentCall
from mockserver.vendors._tencent.signatures import Authorization


def check_authorization(call: TencentCall) -> None:
    """The Authorization header must conform, and its scope must name the product.

    The Node and the Java SDK take the service name from the endpoint, so against ``127.0.0.1:4590`` they sign for the
    service ``127``. The default scope check takes that too, as long as the Host is not a vendor's; the edition
    ``strict-scope`` refuses it, as production does.
    """
    if call.style != "v3":
        return
    header = call.request.headers["authorization"]
    try:
        call.authorization = signatures.parse_authorization(header)
    except AuthorizationError as error:
        raise Refusal(
            "AuthFailure.InvalidAuthorization",
            "format",
            {"element": error.element},
            hint=f"{error.element} of the Authorization header is absent or malformed",
        ) from None
    service = call.authorization.service
    if service not in _services(call):
        raise Refusal(
            "AuthFailure.InvalidAuthorization",
            details={"element": "Service"},
            hint=f"signed for service {service!r}, this one is {call.contract.operation['service']!r}",
        )


def check_window(call: TencentCall) -> None:
    """The timestamp must lie within the window around the server's clock, on either side."""
    age = int(call.request.received) - int(call.common["Timestamp"])
    window = call.contract.limit("signature_window_seconds")
    if abs(age) > window or (
        abs(age) == window and not call.contract.behaviour("signature_window_inclusive")
    ):
        raise Refusal(
            "AuthFailure.SignatureExpire",
            hint=f"the request is signed {abs(age)} s {'before' if age > 0 else 'after'} the server's time",
        )


def find_account(call: TencentCall) -> None:
    """The secret id must exist, and a temporary one must come with its token."""
    secret_id = call.authorization.secret_id if call.authorization else call.common["SecretId"]
    account = call.world.accounts.find("tencent", "secret_id", secret_id)
    if account is None:
        raise Refusal(
            "AuthFailure.SecretIdNotFound",
            hint="no such account here; GET /_idmock/accounts lists the credentials that work",
        )
    if "token" in account.credentials and not call.common.get("Token"):
        raise Refusal(
            "AuthFailure.SecretIdNotFound", hint=f"account {account.name} is temporary and needs its token"
        )
    call.account = account


def check_token(call: TencentCall) -> None:
    """A token must be the account's own; a key that is not temporary has none. An empty token is none."""
    sent, token = call.common.get("Token"), call.customer.credentials.get("token")
    if token is None and call.contract.behaviour("token_of_a_permanent_key") == "ignored":
        return
    if sent and not (token is not None and compare_digest(_bytes(sent), _bytes(token))):
        raise Refusal("AuthFailure.TokenFailure", hint=f"not the token of account {call.customer.name}")


def check_signature(call: TencentCall) -> None:
    """Recompute the signature over what was sent, for each host line that an official SDK may have signed."""
    account = call.customer
    if call.authorization is not None:
        shown = _check_tc3(call, account, call.authorization)
    else:
        shown = _check_v1(call, account)
    if shown is not None:
        reason = f"{call.hint}; " if call.hint else ""
        raise Refusal(
            "AuthFailure.SignatureFailure",
            hint=f"{reason}the signature is not that of the string to sign: {shown}",
        )


def _check_tc3(call: TencentCall, account: Account, sent: Authorization) -> str | None:
    """None when the signature holds, otherwise the server's string to sign."""
    request, timestamp = call.request, call.common["Timestamp"]
    date = signatures.utc_date(int(timestamp))
    key = signatures.tc3_signing_key(account.credentials["secret_key"], date, sent.service)
    body_hash = payload_hash(call)
    query = request.query if request.method == "GET" else ""
    shown: str | None = None
    spellings = signatures.tc3_spellings(request.headers, sent.signed_headers)
    for host, headers in ((h, s) for h in hosts(call) for s in spellings):
        canonical = signatures.tc3_canonical_request(
            request.method, query, {**headers, "host": host}, sent.signed_headers, body_hash
        )
        to_sign = signatures.tc3_string_to_sign(timestamp, date, sent.service, canonical)
        # The date of the scope is signed too: a header that claims another one is not what was signed.
        holds = sent.date == date and compare_digest(signatures.tc3_signature(key, to_sign), sent.signature)
        if holds or shown is None:
            call.signed = Signed(canonical, to_sign, holds)
        if holds:
            return None
        shown = shown or to_sign
    if sent.date != date:
        call.hint = f"the credential scope says {sent.date}, the timestamp is {date} in UTC"
    return shown


def _check_v1(call: TencentCall, account: Account) -> str | None:
    """None when the signature holds, otherwise the server's string to sign."""
    method = call.common.get("SignatureMethod", "HmacSHA1")
    sent = _bytes(call.common["Signature"])
    shown: str | None = None
    for host in hosts(call):
        for parameters in signatures.v1_spellings(call.signed_parameters):
            to_sign = signatures.v1_string_to_sign(call.request.method, host, parameters)
            expected = signatures.v1_signature(account.credentials["secret_key"], to_sign, method)
            holds = compare_digest(expected.encode(), sent)
            if holds or shown is None:
                abridged = signatures.v1_string_to_sign(call.request.method, host, _abridged(parameters))
                call.signed = Signed(None, abridged, holds)
                shown = abridged
            if holds:
                return None
    return shown


def _abridged(parameters: Mapping[str, str]) -> dict[str, str]:
    """To be shown: without the picture and the token, which are nobody's to see."""
    return {
        name: value if len(value) <= 64 and name != "Token" else f"<{len(value)} characters>"
        for name, value in parameters.items()
    }


def payload_hash(call: TencentCall) -> str:
    request = call.request
    if request.headers.get("x-tc-content-sha256") == signatures.UNSIGNED_PAYLOAD:
        return hashlib.sha256(signatures.UNSIGNED_PAYLOAD.encode()).hexdigest()
    return hashlib.sha256(request.body if request.method == "POST" else b"").hexdigest()


def _bytes(text: str) -> bytes:
    """A parameter as it was sent, be it UTF-8 or not."""
    return text.encode("utf-8", "surrogateescape")


def hosts(call: TencentCall) -> Iterator[str]:
    """Host lines to try: as received, without the port (Node), and the service's own (a proxied SDK)."""
    received = call.request.headers.get("host", "")
    yield received
    if call.contract.behaviour("signed_host") == "strict":
        return
    bare = received.rpartition(":")[0] if received.rpartition(":")[2].isdigit() else received
    if bare != received:
        yield bare
    own = call.contract.operation["host"]  # signed by a client that comes through a proxy
    if own not in (received, bare):
        yield own


def well_known_hosts(call: TencentCall) -> Iterator[str]:
    """Hosts that a client may have signed by mistake: the platform's own, and other names of this server."""
    received = call.request.headers.get("host", "")
    name, port, service = (
        received.partition(":")[0],
        received.partition(":")[2],
        call.contract.operation["service"],
    )
    yield name
    yield call.contract.operation["host"]
    for pattern in call.contract.recognised_by["hosts"]:
        domain = pattern.removeprefix("*.")
        yield f"{service}.{domain}"
        yield domain
        yield from (f"{service}.{region}.{domain}" for region in call.contract.operation["platform_regions"])
        yield f"{service}.intl.{domain}"
    for other in ("localhost", "127.0.0.1", "[::1]", "0.0.0.0"):  # noqa: S104  a text, nothing listens here
        yield other
        if port:
            yield f"{other}:{port}"
    for default in ("80", "443"):
        yield f"{name}:{default}"
    yield f"http://{received}"
    yield f"https://{received}"
    yield received.upper()
    yield ""


def _services(call: TencentCall) -> tuple[str, ...]:
    own: str = call.contract.operation["service"]
    host = call.request.host
    if call.contract.behaviour("host_scope") == "strict" or call.contract.is_vendor_host(host):
        return (own,)
    return (own, host.partition(".")[0])
