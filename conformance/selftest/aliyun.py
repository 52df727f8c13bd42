"""Mutants of Alibaba Cloud's RecognizeIdcard."""

from __future__ import annotations

import calendar
import hashlib
import io
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from PIL import Image

from conformance.model import Answer, Request
from conformance.selftest.wrappers import (
    ADMIN,
    Behaviour,
    Implementation,
    Mutant,
    Purse,
    Reply,
    Sent,
    changing_answers,
    forgiving,
)
from conformance.vendors.aliyun.reading import AGREEMENTS
from conformance.vendors.aliyun.signers import DIGEST, Acs3

_AUTHORIZATION = re.compile(r"ACS3-HMAC-SHA256 Credential=(?P<key>[^,]+),SignedHeaders=(?P<names>[^,]+),.*")
_DATE = "%Y-%m-%dT%H:%M:%SZ"
_REQUEST_ID = "1C7CB7DA-FA50-55D8-8D56-C82FC5634066"
_PRODUCT_ORDER = ("RequestId", "HostId", "Code", "Message", "Recommend")


def _code(reply: Reply) -> str | None:
    """The code of an error in JSON."""
    document = reply.json
    return document.get("Code") if isinstance(document, dict) else None


def _says(code: str) -> Callable[[Reply], bool]:
    return lambda reply: _code(reply) == code


def _signed(sent: Sent, credentials: Mapping[str, str]) -> Sent | None:
    """An ACS3 call signed anew, over the headers that it had signed; None for any other call."""
    found = _AUTHORIZATION.fullmatch(sent.headers.get("authorization", ""))
    if found is None:
        return None
    headers = {**sent.headers, DIGEST: hashlib.sha256(sent.body).hexdigest()}
    options = {"signed_names": found["names"].split(";")}
    signer = Acs3(credentials["access_key_id"], credentials["access_key_secret"], options)
    request = signer.sign(Request(sent.method, sent.target, headers, sent.body))
    return replace(sent, headers={name.lower(): value for name, value in request.headers.items()})


def _repaired(sent: Sent, purse: Purse) -> Sent | None:
    """Signed with the secret of the key that it names."""
    found = _AUTHORIZATION.fullmatch(sent.headers.get("authorization", ""))
    owner = found and purse.owner("access_key_id", found["key"])
    return _signed(sent, owner["credentials"]) if owner else None


def _within_16_minutes(sent: Sent, purse: Purse) -> Sent | None:
    """An ACS3 call dated now, when its own time is not further away."""
    date, now = sent.headers.get("x-acs-date"), time.time()
    if date is None or abs(calendar.timegm(time.strptime(date, _DATE)) - now) > 16 * 60:
        return None
    return _repaired(sent.with_header("x-acs-date", time.strftime(_DATE, time.gmtime(now))), purse)


def _with_fresh_nonce(sent: Sent, purse: Purse) -> Sent | None:
    return _repaired(sent.with_header("x-acs-signature-nonce", f"{time.time_ns():x}"), purse)


def _a_pixel_less(sent: Sent, purse: Purse) -> Sent | None:
    """In place of a picture with a side of 8193 pixels one with 8192."""
    with Image.open(io.BytesIO(sent.body)) as image:
        size = image.size
    if max(size) != 8193:
        return None
    out = io.BytesIO()
    Image.new("RGB", (min(size[0], 8192), min(size[1], 8192)), "white").save(out, "PNG")
    return _repaired(replace(sent, body=out.getvalue()), purse)


def _as_somebody_else(implementation: Implementation, sent: Sent) -> Reply | None:
    """What an account without limits or flaws gets for the same call."""
    headers = {"content-type": "application/json"}
    wanted = json.dumps({"vendor": "aliyun", "state": "active"}).encode()
    account = implementation(Sent("POST", f"{ADMIN}accounts", "", headers, wanted)).json
    signed = _signed(sent, account["credentials"])
    reply = None if signed is None else implementation(signed)
    implementation(Sent("DELETE", f"{ADMIN}accounts/aliyun/{account['name']}", "", {}, b""))
    return reply


def _one_more_per_second() -> Behaviour:
    """Of the calls that a key makes too many in a second the first is let through."""
    let_through: set[tuple[str | None, int]] = set()

    def behave(implementation: Implementation, sent: Sent, purse: Purse) -> Reply:
        reply = implementation(sent)
        found = _AUTHORIZATION.fullmatch(sent.headers.get("authorization", ""))
        turn = (found and found["key"], int(time.time()))
        if _code(reply) != "Throttling.User" or turn in let_through:
            return reply
        let_through.add(turn)
        return _as_somebody_else(implementation, sent) or reply

    return behave


def _picture_before_permission(implementation: Implementation, sent: Sent, purse: Purse) -> Reply:
    reply = implementation(sent)
    other = _as_somebody_else(implementation, sent) if _code(reply) == "noPermission" else None
    return other if other is not None and other.status != 200 else reply


def _sealed(reply: Reply) -> Reply:
    """With the etag of its body, so that nothing else is wrong with it."""
    etag, _ = AGREEMENTS["etag"](Answer(reply.status, reply.headers, reply.body))
    return reply.with_header("etag", etag)


def _text(change: Callable[[str], str]) -> Behaviour:
    """Bodies changed as text, JSON or XML."""

    def changed(sent: Sent, reply: Reply) -> Reply | None:
        if reply.header("Content-Encoding"):
            return None
        text = reply.body.decode()
        new = change(text)
        return None if new == text else _sealed(reply.with_body(new.encode()))

    return changing_answers(changed)


def _sides(change: Callable[[dict[str, Any]], None]) -> Behaviour:
    """Every side inside ``Data`` changed in place."""

    def changed(sent: Sent, reply: Reply) -> Reply | None:
        document = reply.json
        if not isinstance(document, dict) or "Data" not in document:
            return None
        data = json.loads(document["Data"])
        for side in data["data"].values():
            change(side)
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return _sealed(reply.with_json({**document, "Data": text}))

    return changing_answers(changed)


def _padded_day(side: dict[str, Any]) -> None:
    if birth := side["data"].get("birthDate"):
        side["data"]["birthDate"] = re.sub(r"月(\d)日", r"月0\1日", birth)
        side["prism_keyValueInfo"][3]["value"] = side["data"]["birthDate"]


def _from_the_bottom(side: dict[str, Any]) -> None:
    for entry in side["prism_keyValueInfo"]:
        points = entry.get("valuePos", [])
        entry["valuePos"] = points[2:] + points[:2]
        if not points:
            del entry["valuePos"]


def _20_px_lower(side: dict[str, Any]) -> None:
    side["sliceRect"].update({f"y{n}": side["sliceRect"][f"y{n}"] + 20 for n in range(4)})


def _width_first(side: dict[str, Any]) -> None:
    """The sizes of the portrait's box across its angle instead of along it."""
    for figure in side.get("figure", ()):
        figure["box"]["w"], figure["box"]["h"] = figure["box"]["h"], figure["box"]["w"]


def _copy_as_boolean(side: dict[str, Any]) -> None:
    if "warning" in side:
        side["warning"]["isCopy"] = bool(side["warning"]["isCopy"])


def _denied_with_403(sent: Sent, reply: Reply) -> Reply | None:
    return replace(reply, status=403, reason="Forbidden") if _code(reply) == "noPermission" else None


def _type_with_a_space(sent: Sent, reply: Reply) -> Reply | None:
    kind = reply.header("Content-Type") or ""
    return reply.with_header("Content-Type", kind.replace(";charset", "; charset"))


def _without_recommend(sent: Sent, reply: Reply) -> Reply | None:
    """As XML errors were some years ago."""
    return _sealed(reply.with_body(re.sub(rb"<Recommend>.*</Recommend>", b"", reply.body)))


def _one_request_id(sent: Sent, reply: Reply) -> Reply | None:
    """Everywhere the same, so that header, body and Recommend still agree."""
    own = reply.header("x-acs-request-id")
    if own is None or reply.header("Content-Encoding"):
        return None
    same = reply.with_body(reply.body.replace(own.encode(), _REQUEST_ID.encode()))
    return _sealed(same.with_header("x-acs-request-id", _REQUEST_ID))


def _one_order(sent: Sent, reply: Reply) -> Reply | None:
    document = reply.json
    return _sealed(reply.with_json({n: document[n] for n in _PRODUCT_ORDER})) if _code(reply) else None


def _escaped(sent: Sent, reply: Reply) -> Reply | None:
    document = reply.json
    if document is None:
        return None
    return _sealed(reply.with_body(json.dumps(document, separators=(",", ":")).encode()))


def _etag_by_bytes(sent: Sent, reply: Reply) -> Reply | None:
    etag, length = reply.header("etag"), str(len(reply.body))
    if etag is None or reply.header("Content-Encoding"):
        return None
    return reply.with_header("etag", f"{length[0]}{etag[1:-1]}{length[-1]}")


MUTANTS = (
    Mutant(
        "aliyun/ignores-the-signature",
        "takes an ACS3 call with any signature",
        forgiving(_says("SignatureDoesNotMatch"), _repaired),
        caught_by=(
            "aliyun/acs3/wrong-secret",
            "aliyun/acs3/one-character-off",
            "aliyun/acs3/query-changed",
            "aliyun/acs3/body-changed",
            "aliyun/acs3/digest-of-another-body",
        ),
        also=(
            "aliyun/acs3/*-changed",
            "aliyun/order/signature-before-*",
            "aliyun/gateway/error-members",
            "aliyun/limits/refused-signatures-do-not-count",
        ),
    ),
    Mutant(
        "aliyun/sixteen-minutes",
        "lets a time be sixteen minutes off",
        forgiving(_says("InvalidTimeStamp.Expired"), _within_16_minutes),
        caught_by=("aliyun/auth-errors/expired", "aliyun/auth-errors/too-early"),
    ),
    Mutant(
        "aliyun/ignores-the-nonce",
        "takes a nonce as often as it comes",
        forgiving(_says("SignatureNonceUsed"), _with_fresh_nonce),
        caught_by=("aliyun/auth-errors/replay", "aliyun/auth-errors/nonce-of-another-request"),
    ),
    Mutant(
        "aliyun/denied-with-403",
        "answers a missing permission with 403",
        changing_answers(_denied_with_403),
        caught_by=("aliyun/auth-errors/no-permission", "aliyun/order/permission-before-picture"),
        also=("aliyun/order/permission-before-*", "aliyun/auth-errors/no-permission-rpc"),
    ),
    Mutant(
        "aliyun/code-in-another-case",
        "writes OcrServiceNotOpen for ocrServiceNotOpen",
        _text(lambda text: text.replace("ocrServiceNotOpen", "OcrServiceNotOpen")),
        caught_by=("aliyun/limits/not-activated",),
        also=("aliyun/order/activation-before-picture",),
    ),
    Mutant(
        "aliyun/spells-a-code-right",
        "writes InvalidSignatureVersion with one s",
        _text(lambda text: text.replace("InvalidSignatureVerssion", "InvalidSignatureVersion")),
        caught_by=("aliyun/rpc/another-version",),
    ),
    Mutant(
        "aliyun/fifteen-in-the-message",
        "says 15px where the message about short sides says 5px",
        _text(lambda text: text.replace("less than 5px", "less than 15px")),
        caught_by=("aliyun/image/side-of-4-px", "aliyun/image/side-of-8193-px"),
        also=("aliyun/image/*-px", "aliyun/image/strip-of-50-to-1"),
    ),
    Mutant(
        "aliyun/padded-day",
        "writes a birth day of one digit with two",
        _sides(_padded_day),
        caught_by=("aliyun/data/birth-date-unpadded",),
        also=(
            "aliyun/data/minority-card",
            "aliyun/data/id-number-ending-in-x",
            "aliyun/data/rare-character",
            "aliyun/data/long-address",
        ),
    ),
    Mutant(
        "aliyun/points-from-the-bottom",
        "begins valuePos at the bottom right",
        _sides(_from_the_bottom),
        caught_by=("aliyun/layout/entry-positions", "aliyun/layout/entry-positions-of-the-back"),
        also=("aliyun/layout/entry-positions-turned",),
    ),
    Mutant(
        "aliyun/portrait-lying-down",
        "gives the portrait's box with w across its angle and h along it",
        _sides(_width_first),
        caught_by=(
            "aliyun/layout/figure-rectangle",
            "aliyun/layout/figure-of-a-tilted-card",
            "aliyun/layout/figure-box-of-opencv",
        ),
    ),
    Mutant(
        "aliyun/slice-rect-too-low",
        "gives the card's corners 20 pixels too low",
        _sides(_20_px_lower),
        caught_by=("aliyun/layout/slice-rect", "aliyun/layout/slice-rect-of-a-turned-card"),
        also=("aliyun/layout/slice-rect-*", "aliyun/image/resized", "aliyun/sides/both-in-their-places"),
    ),
    Mutant(
        "aliyun/content-type-with-a-space",
        "puts a space before the charset of the content type",
        changing_answers(_type_with_a_space),
        caught_by=("aliyun/response/content-type", "aliyun/gateway/error-in-xml"),
        also=(
            "aliyun/transport/*",
            "aliyun/gateway/error-is-compact-json",
            "aliyun/gateway/another-path",
            "aliyun/gateway/no-parameter-at-all",
            "aliyun/gateway/malformed-query",
            "aliyun/limits/throttled-before-the-picture",
        ),
    ),
    Mutant(
        "aliyun/xml-without-recommend",
        "leaves Recommend out of errors in XML",
        changing_answers(_without_recommend),
        caught_by=("aliyun/gateway/error-in-xml", "aliyun/gateway/no-parameter-at-all"),
    ),
    Mutant(
        "aliyun/one-request-id",
        "answers every call under one RequestId",
        changing_answers(_one_request_id),
        caught_by=("aliyun/response/request-id-differs", "aliyun/response/request-id-of-errors-differs"),
    ),
    Mutant(
        "aliyun/one-order-of-members",
        "orders the members of a gateway's error like those of the product's",
        changing_answers(_one_order),
        caught_by=("aliyun/gateway/error-members",),
    ),
    Mutant(
        "aliyun/escaped-chinese",
        "escapes Chinese in its JSON",
        changing_answers(_escaped),
        caught_by=("aliyun/response/chinese-as-it-is",),
    ),
    Mutant(
        "aliyun/etag-of-bytes",
        "counts the bytes of the body for its etag, not the characters",
        changing_answers(_etag_by_bytes),
        caught_by=("aliyun/response/etag",),
    ),
    Mutant(
        "aliyun/rare-characters-lost",
        "loses characters outside the basic plane",
        _text(lambda text: "".join(character for character in text if ord(character) < 0x10000)),
        caught_by=("aliyun/data/rare-character", "aliyun/data/rare-character-rpc"),
    ),
    Mutant(
        "aliyun/side-off-by-one",
        "takes pictures with a side of 8193 pixels",
        forgiving(_says("illegalImageSize"), _a_pixel_less),
        caught_by=("aliyun/image/side-of-8193-px", "aliyun/image/height-of-8193-px"),
    ),
    Mutant(
        "aliyun/one-more-per-second",
        "lets one call more pass per second than the limit says",
        _one_more_per_second(),
        caught_by=(
            "aliyun/limits/two-per-second",
            "aliyun/limits/ten-per-second",
            "aliyun/limits/throttled",
        ),
        also=("aliyun/limits/throttled-before-the-picture",),
    ),
    Mutant(
        "aliyun/picture-before-permission",
        "looks at the picture before it asks for the permission",
        _picture_before_permission,
        caught_by=("aliyun/order/permission-before-picture", "aliyun/order/permission-before-presence"),
    ),
    Mutant(
        "aliyun/flag-as-boolean",
        "gives isCopy as true or false",
        _sides(_copy_as_boolean),
        caught_by=("aliyun/layout/warning-members",),
        also=("aliyun/layout/warning-*", "aliyun/parameters/*", "aliyun/response/data-sorted"),
    ),
)
