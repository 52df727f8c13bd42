"""Who calls, when, and whether the signature holds (contract §2, §5 steps 3 to 7)."""

from __future__ import annotations

import base64
import datetime
import hashlib
import re
from hmac import compare_digest

from mockserver.errors import Refusal
from mockserver.mistakes import shown_pairs
from mockserver.signing.authorization import AuthorizationError
from mockserver.signing.diagnosis import Signed
from mockserver.vendors._aliyun import signatures
from mockserver.vendors._aliyun.call import AliyunCall
from mockserver.vendors._aliyun.signatures import Authorization

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
#: Parameters of which nothing is shown.
_HIDDEN = ("SecurityToken",)
#: Longest string to sign that is shown: a form can be megabytes long, and the text carries all of it, encoded twice.
_SHOWN_CHARACTERS = 16_384


def require_common(call: AliyunCall) -> None:
    """Presence of what every call must carry.

    The names under which the gateway misses an ACS3 header are inferred: those of the RPC parameters.
    """
    needed = ["AccessKeyId", "Signature", "Timestamp", "SignatureNonce"]
    if call.style == "acs3":
        call.authorization = _authorization(call)
        call.common = {
            **call.common,
            "AccessKeyId": call.authorization.access_key_id,
            "Signature": call.authorization.signature,
        }
    else:
        if call.contract.behaviour("rpc_signature_method") == "optional":
            call.common = {"SignatureMethod": signatures.HMAC_SHA1, **call.common}
        needed += ["SignatureMethod", "SignatureVersion"]
    for name in needed:
        if not call.common.get(name):
            raise Refusal(f"Missing{name}")
    if call.style == "acs3" and "x-acs-content-sha256" not in call.request.headers:
        raise Refusal("IncompleteSignature", hint="there is no header x-acs-content-sha256")


def find_account(call: AliyunCall) -> None:
    """The key must exist."""
    account = call.world.accounts.find("aliyun", "access_key_id", call.common["AccessKeyId"])
    if account is None:
        raise Refusal(
            "InvalidAccessKeyId.NotFound",
            hint="no such account here; GET /_idmock/accounts lists the credentials that work",
        )
    call.account = account


def check_token(call: AliyunCall) -> None:
    """A temporary key must come with its own token, any other without one."""
    account, accounts = call.customer, call.world.accounts
    token, sent = account.credentials.get("security_token"), call.common.get("SecurityToken")
    if token is not None and not sent:
        raise Refusal("MissingSecurityToken", hint=f"account {account.name} is temporary and needs its token")
    if sent and not (token is not None and compare_digest(sent.encode("utf-8", "replace"), token.encode())):
        if accounts.find("aliyun", "security_token", sent) is not None:
            raise Refusal("InvalidSecurityToken.MismatchWithAccessKey", hint="the token is another account's")
        raise Refusal("InvalidSecurityToken.Malformed", hint=f"not the token of account {account.name}")


def check_time(call: AliyunCall) -> None:
    """The time must be of the one form, and within the window around the server's clock, on either side."""
    text = call.common["Timestamp"]
    if not _TIME.fullmatch(text):
        raise Refusal("InvalidTimeStamp.Format", hint="the form is YYYY-MM-DDThh:mm:ssZ, in UTC")
    try:
        sent = datetime.datetime.fromisoformat(text).timestamp()
    except ValueError as error:
        raise Refusal("InvalidTimeStamp.Format", hint=str(error)) from None
    call.signed_at = sent
    age = call.request.received - sent
    if abs(age) > call.contract.limit("signature_window_seconds"):
        side = "before" if age > 0 else "after"
        raise Refusal(
            "InvalidTimeStamp.Expired",
            hint=f"the request is signed {abs(age):.0f} s {side} the server's time",
        )


def check_signature_method(call: AliyunCall) -> None:
    """One method in each style; for the RPC style one version too."""
    if call.authorization is not None:
        method, known = call.authorization.algorithm, signatures.ACS3
    else:
        method, known = call.common["SignatureMethod"], signatures.HMAC_SHA1
    if method != known:
        raise Refusal("InvalidSignatureMethod", hint=f"only {known} is checked here")
    if call.style == "rpc" and call.common["SignatureVersion"] != signatures.VERSION:
        raise Refusal("InvalidSignatureVerssion", hint=f"the version is {signatures.VERSION}")


def check_signature(call: AliyunCall) -> None:
    """Recompute the signature over what was sent, with the Host header as it came, port included."""
    if call.authorization is not None:
        _check_acs3(call, call.authorization)
    else:
        _check_rpc(call)


def check_content_md5(call: AliyunCall) -> None:
    """A Content-MD5 is looked at when it is there. A body too long to keep is not: its size is refused instead."""
    request = call.request
    sent = request.headers.get("content-md5")
    if sent is None or request.body_bytes > len(request.body):
        return
    expected = base64.b64encode(hashlib.md5(request.body, usedforsecurity=False).digest()).decode()
    if sent.strip() != expected:
        raise Refusal("ContentMD5NotMatched", hint=f"the MD5 of the body is {expected}")


def check_nonce(call: AliyunCall) -> None:
    """A nonce is used up by the first request whose signature holds, whatever becomes of that request.

    Its hash is remembered: a nonce out of a form may be megabytes long, and need not be UTF-8.
    """
    nonce = call.common["SignatureNonce"].encode("utf-8", "surrogateescape")
    key = f"{call.customer.vendor}/{call.customer.name}/nonce/{hashlib.sha256(nonce).hexdigest()}"
    lifetime = call.contract.limit("nonce_lifetime_seconds")
    if not call.world.state.first_use(key, call.world.clock.now(), lifetime):
        raise Refusal("SignatureNonceUsed", hint="every attempt needs a nonce of its own, retries too")


def _authorization(call: AliyunCall) -> Authorization:
    header = call.request.headers.get("authorization")
    if not header:
        return Authorization(signatures.ACS3, "", "", "")
    try:
        return signatures.parse_authorization(header)
    except AuthorizationError as error:
        raise Refusal(
            "IncompleteSignature",
            hint=f"{error.element} of the Authorization header is absent or malformed",
        ) from None


def _check_acs3(call: AliyunCall, sent: Authorization) -> None:
    request = call.request
    if call.contract.behaviour("unsigned_acs_headers") == "refused":
        unsigned = [h for h in request.headers if h.startswith("x-acs-") and h not in sent.signed_names]
        if unsigned:
            raise Refusal("IncompleteSignature", hint=f"{unsigned[0]} is not among the signed headers")
    body_hash, pairs = payload_hash(call), tuple(signed_query(call))
    canonical = signatures.acs3_canonical_request(
        request.method, pairs, request.headers, sent.signed_headers, body_hash
    )
    to_sign = signatures.acs3_string_to_sign(canonical)
    expected = signatures.acs3_signature(call.customer.credentials["access_key_secret"], to_sign)
    announced = request.headers["x-acs-content-sha256"]
    signed = compare_digest(expected, sent.signature) or _holds_with_sorted_values(
        call, sent, pairs, body_hash
    )
    holds = signed and announced == body_hash
    shown_query, shown = shown_pairs(call, pairs, _HIDDEN), canonical
    if shown_query != pairs:
        shown = signatures.acs3_canonical_request(
            request.method, shown_query, request.headers, sent.signed_headers, body_hash
        )
    shown = _shown(call, shown)
    call.signed = Signed(shown, to_sign, holds)
    if holds:
        return
    if announced == body_hash:
        hint = f"the signature is not that of the canonical request {shown}"
    else:
        hint = f"x-acs-content-sha256 is not the hash of the body, which is {body_hash}"
    raise Refusal(
        "SignatureDoesNotMatch",
        details={"string_to_sign": to_sign, "canonical_request": canonical[:_SHOWN_CHARACTERS]},
        hint=hint,
    )


def _holds_with_sorted_values(
    call: AliyunCall, sent: Authorization, pairs: signatures.Pairs, body_hash: str
) -> bool:
    """Whether the signature is that of a request in which a signed header came several times.

    Its values are signed in their own order, and the server in front of us has joined them in that of the request.
    """
    headers, several = dict(call.request.headers), False
    for name in sent.signed_names:
        values = headers.get(name, "").split(",")
        if len(values) > 1:
            several, headers[name] = True, ",".join(sorted(value.strip() for value in values))
    if not several:
        return False
    canonical = signatures.acs3_canonical_request(
        call.request.method, pairs, headers, sent.signed_headers, body_hash
    )
    secret = call.customer.credentials["access_key_secret"]
    expected = signatures.acs3_signature(secret, signatures.acs3_string_to_sign(canonical))
    return compare_digest(expected, sent.signature)


def _check_rpc(call: AliyunCall) -> None:
    to_sign = signatures.rpc_string_to_sign(call.request.method, call.pairs)
    expected = signatures.rpc_signature(call.customer.credentials["access_key_secret"], to_sign)
    sent = call.common["Signature"].encode("utf-8", "surrogateescape")
    holds = compare_digest(expected.encode(), sent)
    pairs = tuple(call.pairs)
    shown_as = shown_pairs(call, pairs, _HIDDEN)
    shown = to_sign if shown_as == pairs else signatures.rpc_string_to_sign(call.request.method, shown_as)
    call.signed = Signed(None, shown, holds)
    if not holds:
        raise Refusal(
            "SignatureDoesNotMatch",
            "rpc",
            {"string_to_sign": to_sign[:_SHOWN_CHARACTERS]},
            hint="the message shows the string to sign",
        )


def _shown(call: AliyunCall, canonical: str) -> str:
    """To be shown: without the token, which is nobody's to see."""
    token = call.common.get("SecurityToken")
    return canonical.replace(token, "<security token>") if token else canonical


def payload_hash(call: AliyunCall) -> str:
    """The body's hash. For a body too long to keep what the client says: that is signed, and the size refused later."""
    request = call.request
    if request.body_bytes > len(request.body):
        return request.headers["x-acs-content-sha256"]
    if not request.body:
        return signatures.EMPTY_HASH
    call.body_digest = hashlib.sha256(request.body).hexdigest()
    return call.body_digest


def signed_query(call: AliyunCall) -> signatures.Pairs:
    """An ACS3 signature covers a form through the hash of the body, not as parameters."""
    return signatures.decoded_pairs(call.request.query) if call.form else call.pairs
