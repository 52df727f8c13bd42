"""Who calls, and whether the signature holds (contract §2, §4 steps 3 to 5).

An AppCode stands for the app by itself. An app may sign instead, with its key and secret; a call with both is judged
by its AppCode (inferred: neither scheme is said to come first).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hmac import compare_digest

from mockserver.errors import Refusal
from mockserver.mistakes import shown_pairs
from mockserver.request import FORM, pairs
from mockserver.signing.diagnosis import Signed
from mockserver.vendors._alimarket import signatures
from mockserver.vendors._alimarket.call import MarketCall
from mockserver.vendors._alimarket.gateway import LONE_PERCENT

#: The word in capitals, one space, the code.
_APP_CODE = re.compile(r"APPCODE (\S+)")
_DIGITS = re.compile(r"[0-9]{1,19}")


def find_credentials(call: MarketCall) -> None:
    """There must be an AppCode, or an AppKey with a signature."""
    headers, behaviour = call.request.headers, call.contract.behaviour
    if behaviour("app_code") == "accepted":
        call.app_code = _app_code(call)
        if call.app_code is not None:
            return
    call.app_key = headers.get("x-ca-key") or None
    if call.app_key is None:
        if behaviour("app_code") == "refused":
            raise Refusal("I400MH", "key", {"header": "X-Ca-Key"}, hint="this API takes signatures only")
        raise Refusal("A400MA", hint=_why_no_credentials(call))
    if not headers.get("x-ca-signature"):
        raise Refusal("I400MH", "signature", {"header": "X-Ca-Signature"})


def find_account(call: MarketCall) -> None:
    """The AppCode or the AppKey must be that of an app."""
    if call.app_code is not None:
        credential, sent, unknown = "app_code", call.app_code, call.contract.behaviour("unknown_app_code")
    else:
        credential, sent, unknown = "app_key", call.app_key or "", "A400IK"
    call.account = call.world.accounts.find("alimarket", credential, sent)
    if call.account is None:
        raise Refusal(unknown, hint="no such app here; GET /_idmock/accounts lists the credentials that work")


def check_timestamp(call: MarketCall) -> None:
    """The timestamp of a signed call, in milliseconds, must lie within the window on either side."""
    sent = call.request.headers.get("x-ca-timestamp")
    if call.app_key is None or sent is None:
        return
    if not _DIGITS.fullmatch(sent):
        raise Refusal("S403TE", "not-a-number", hint="X-Ca-Timestamp is a Unix time in milliseconds")
    age = int(call.request.received * 1000) - int(sent)
    window = call.contract.limit("signature_window_seconds") * 1000
    if abs(age) > window or (
        abs(age) == window and not call.contract.behaviour("signature_window_inclusive")
    ):
        late = f"{abs(age)} ms {'before' if age > 0 else 'after'} the server's time"
        raise Refusal("S403TE", hint=f"signed {late}; the unit is milliseconds")


def check_nonce(call: MarketCall) -> None:
    """The nonce of a signed call must be fresh; it counts as used from here on, whatever becomes of the call."""
    if call.app_key is None:
        return
    nonce = call.request.headers.get("x-ca-nonce")
    if not nonce:
        if call.contract.behaviour("nonce") == "required":
            raise Refusal("I400NC")
        return
    key = f"{call.customer.vendor}/{call.customer.name}/nonce/{nonce}"
    lifetime = call.contract.limit("nonce_lifetime_seconds")
    if not call.world.state.first_use(key, call.world.clock.now(), lifetime):
        raise Refusal("S403NU", hint=f"the nonce was used within the last {lifetime} seconds")


def check_digest(call: MarketCall) -> None:
    """The Content-MD5 of a signed call must be that of the body."""
    sent = call.request.headers.get("content-md5")
    if call.app_key is None or not sent:
        return
    if sent != signatures.content_md5(call.request.body):
        raise Refusal(
            "I400I5", hint="Content-MD5 is Base64 of the 16 bytes of the body's MD5, not of its hex digits"
        )


def check_signature(call: MarketCall) -> None:
    """Rebuild the string to sign from what was sent and compare the signatures."""
    if call.app_key is None:
        return
    headers, method = call.request.headers, signature_method(call)
    if method not in signatures.METHODS:
        details = {"header": "X-Ca-Signature-Method", "reason": "unsupported"}
        raise Refusal("I400HD", details=details, hint=f"one of {', '.join(signatures.METHODS)}")
    parameters = signed_parameters(call)
    to_sign = _string_to_sign(call, parameters)
    expected = signatures.signature(call.customer.credentials["app_secret"], to_sign, method)
    holds = compare_digest(expected.encode(), headers["x-ca-signature"].encode("latin-1", "replace"))
    shown_as = shown_pairs(call, parameters)
    shown = to_sign if list(shown_as) == parameters else _string_to_sign(call, shown_as)
    call.signed = Signed(None, shown, holds)
    if not holds:
        quoted = signatures.shown(to_sign, int(call.contract.limit("max_detail_bytes")))
        raise Refusal(
            "A403IS",
            details={"string_to_sign": quoted},
            hint="compare your string to sign with the one in the message, where # stands for a line break",
        )


def signature_method(call: MarketCall) -> str:
    """The name of the algorithm, be it one that there is or not."""
    return call.request.headers.get("x-ca-signature-method") or signatures.DEFAULT_METHOD


def signed_parameters(call: MarketCall) -> list[tuple[str, str]]:
    """Those of form and query; of a name that is there twice the first is signed."""
    request = call.request
    parameters = pairs(request.query)
    if request.media_type == FORM:
        form = request.body.decode("latin-1")
        if LONE_PERCENT.search(form):
            raise Refusal("I400BD", details={"reason": "illegal form"})
        # In the official clients a form field hides a query parameter of its name.
        parameters = pairs(form) + parameters
    return parameters


def signed_names(call: MarketCall) -> list[str]:
    """The names of the signed headers as the client spells them, in the order in which they are signed."""
    never = call.contract.operation["unsigned_headers"]
    return signatures.signed_names(call.request.headers.get("x-ca-signature-headers", ""), never)


def _string_to_sign(call: MarketCall, parameters: Iterable[tuple[str, str]]) -> str:
    request = call.request
    resource = signatures.path_and_parameters(request.path, parameters)
    return signatures.string_to_sign(request.method, request.headers, signed_names(call), resource)


def _app_code(call: MarketCall) -> str | None:
    """The AppCode of the header, else that of the query."""
    request = call.request
    match = _APP_CODE.fullmatch(request.headers.get("authorization", ""))
    if match:
        return match[1]
    if request.query and call.contract.behaviour("app_code_in_query") == "accepted":
        sent = request.query_parameters
        for name in call.contract.operation["app_code_parameters"]:
            if sent.get(name):
                return sent[name]
    return None


def _why_no_credentials(call: MarketCall) -> str:
    if "authorization" in call.request.headers:
        return "the Authorization header is the word APPCODE in capitals, one space, and the code"
    return "there is no Authorization: APPCODE and no X-Ca-Key"
