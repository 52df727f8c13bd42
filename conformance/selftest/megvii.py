"""Mutants of Megvii's ocridcard."""

from __future__ import annotations

import base64
import io
import json
import time
from collections.abc import Callable
from typing import Any

from PIL import Image

from conformance.selftest.uploads import part, picture_size, with_part
from conformance.selftest.wrappers import (
    Behaviour,
    Implementation,
    Mutant,
    Purse,
    Reply,
    Sent,
    changing_answers,
    changing_json,
    forgiving,
)

_KNOWN_ID = {"request_id": "1524800000,5b1d7f2e-8a51-4c0f-9b77-0c1d9a3f6b21"}


def _says(message: str) -> Callable[[Reply], bool]:
    """Whether an answer is the error of that text."""
    return lambda reply: isinstance(reply.json, dict) and reply.json.get("error") == message


def _with_right_secret(sent: Sent, purse: Purse) -> Sent | None:
    key, secret = part(sent, "api_key"), part(sent, "api_secret")
    owner = None if key is None or secret is None else purse.owner("api_key", key.decode())
    return (
        None if owner is None else with_part(sent, "api_secret", owner["credentials"]["api_secret"].encode())
    )


def _with_right_secret_unless_image(sent: Sent, purse: Purse) -> Sent | None:
    return None if part(sent, "image") else _with_right_secret(sent, purse)


def _a_pixel_wider(sent: Sent, purse: Purse) -> Sent | None:
    """In place of a picture with a side of 399 pixels one whose sides do."""
    size = picture_size(sent)
    if size is None or min(size) != 399:
        return None
    out = io.BytesIO()
    Image.new("RGB", (max(size[0], 400), max(size[1], 400)), "white").save(out, "PNG")
    return with_part(sent, "image", out.getvalue())


def _a_byte_less(sent: Sent, purse: Purse) -> Sent | None:
    data = part(sent, "image")
    return None if data is None or len(data) != 2 * 1024 * 1024 + 1 else with_part(sent, "image", data[:-1])


def _patient(implementation: Implementation, sent: Sent, purse: Purse) -> Reply:
    """A call is tried until it is no longer one too many."""
    reply = implementation(sent)
    while _says("CONCURRENCY_LIMIT_EXCEEDED")(reply):
        time.sleep(0.05)
        reply = implementation(sent)
    return reply


def _unauthorized(sent: Sent, reply: Reply) -> Reply | None:
    if not _says("AUTHENTICATION_ERROR")(reply):
        return None
    return Reply(401, "Unauthorized", reply.headers, reply.body)


def _too_large_as_json(sent: Sent, reply: Reply) -> Reply | None:
    if reply.status != 413:
        return None
    body = json.dumps({"error": "Request Entity Too Large"}).encode()
    return reply.with_body(body).with_header("Content-Type", "application/json")


def _escaped(sent: Sent, reply: Reply) -> Reply | None:
    return None if reply.json is None else reply.with_body(json.dumps(reply.json).encode())


def _null_portrait(sent: Sent, reply: Reply) -> Reply | None:
    document = reply.json
    if part(sent, "return_portrait") != b"1" or not isinstance(document, dict) or document.get("side") != 1:
        return None
    return reply.with_json({**document, "portrait": None})


def _success(change: Callable[[dict[str, Any]], None]) -> Behaviour:
    """Successes changed in place."""

    def changed(document: Any) -> Any:
        if not isinstance(document, dict) or "result" not in document:
            return None
        change(document)
        return document

    return changing_json(changed)


def _without_full_stop(document: Any) -> Any:
    is_denied = isinstance(document, dict) and document.get("error") == "AUTHORIZATION_ERROR:DENIED."
    return {**document, "error": "AUTHORIZATION_ERROR:DENIED"} if is_denied else None


def _same_request_id(document: Any) -> Any:
    return {**document, **_KNOWN_ID} if isinstance(document, dict) and "request_id" in document else None


def _padded_day(document: dict[str, Any]) -> None:
    if document.get("birth_day", {}).get("result"):
        document["birth_day"]["result"] = document["birth_day"]["result"].zfill(2)


def _date_as_number(document: dict[str, Any]) -> None:
    if document.get("valid_date_end", {}).get("result", "").isdecimal():
        document["valid_date_end"]["result"] = int(document["valid_date_end"]["result"])


def _question_marks(document: dict[str, Any]) -> None:
    for value in document.values():
        if isinstance(value, dict) and isinstance(value.get("result"), str):
            value["result"] = "".join(c if ord(c) < 0x10000 else "?" for c in value["result"])


def _uncertain(document: dict[str, Any]) -> None:
    document["legality"]["ID_Photo"] = min(document["legality"]["ID_Photo"], 0.95)


def _clipped(document: dict[str, Any]) -> None:
    for corner in document["card_rect"].values():
        corner.update({axis: max(corner[axis], 0) for axis in ("x", "y")})


def _mirrored(document: dict[str, Any]) -> None:
    rect = document["card_rect"]
    rect["lt"], rect["rt"], rect["lb"], rect["rb"] = rect["rt"], rect["lt"], rect["rb"], rect["lb"]


def _upside_down(document: dict[str, Any]) -> None:
    portrait = document.get("portrait")
    if portrait:
        with Image.open(io.BytesIO(base64.b64decode(portrait["result"]))) as image:
            out = io.BytesIO()
            image.rotate(180).save(out, "JPEG")
        portrait["result"] = base64.b64encode(out.getvalue()).decode()


_DENIED = ("megvii/auth/disabled-key", "megvii/auth/key-without-permission")
_WRONG_PAIR = (
    "megvii/auth/wrong-secret",
    "megvii/auth/secret-off-by-one-character",
    "megvii/auth/secret-of-another-key",
)

MUTANTS = (
    Mutant(
        "megvii/wrong-pair-is-401",
        "answers a wrong pair with 401",
        changing_answers(_unauthorized),
        caught_by=(*_WRONG_PAIR, "megvii/auth/unknown-key", "megvii/errors/no-challenge"),
        also=("megvii/transport/urlencoded-credentials", "megvii/order/credentials-*", "megvii/errors/*"),
    ),
    Mutant(
        "megvii/ignores-the-secret",
        "knows callers by their key and never looks at the secret",
        forgiving(_says("AUTHENTICATION_ERROR"), _with_right_secret),
        caught_by=_WRONG_PAIR,
        also=("megvii/order/credentials-*", "megvii/errors/*"),
    ),
    Mutant(
        "megvii/image-before-credentials",
        "asks for the image before it asks who calls",
        forgiving(_says("AUTHENTICATION_ERROR"), _with_right_secret_unless_image),
        caught_by=("megvii/order/credentials-before-image",),
    ),
    Mutant(
        "megvii/denied-without-full-stop",
        "leaves the full stop of DENIED. out",
        changing_json(_without_full_stop),
        caught_by=_DENIED,
        also=("megvii/errors/no-request-id-on-denied-key",),
    ),
    Mutant(
        "megvii/same-request-id",
        "answers every request under one request_id",
        changing_json(_same_request_id),
        caught_by=("megvii/response/request-id-differs", "megvii/errors/error-request-id-differs"),
    ),
    Mutant(
        "megvii/any-portrait-flag",
        "takes every return_portrait that is not 1 for 0",
        forgiving(
            _says("BAD_ARGUMENTS: return_portrait"), lambda s, purse: with_part(s, "return_portrait", b"0")
        ),
        caught_by=("megvii/parameters/portrait-2", "megvii/parameters/portrait-true"),
        also=("megvii/parameters/portrait-*",),
    ),
    Mutant(
        "megvii/portrait-null",
        "gives null for the portrait that an emblem side has not",
        changing_answers(_null_portrait),
        caught_by=("megvii/parameters/portrait-1-emblem-side",),
    ),
    Mutant(
        "megvii/portrait-upside-down",
        "turns the portrait by 180 degrees",
        _success(_upside_down),
        caught_by=("megvii/response/portrait-shows-the-face", "megvii/response/portrait-of-turned-card"),
    ),
    Mutant(
        "megvii/side-off-by-one",
        "takes pictures with a side of 399 pixels",
        forgiving(_says("INVALID_IMAGE_SIZE: image"), _a_pixel_wider),
        caught_by=("megvii/image-limits/width-below", "megvii/image-limits/height-below"),
        also=("megvii/errors/members-of-400",),
    ),
    Mutant(
        "megvii/bytes-off-by-one",
        "takes pictures of one byte more than 2 MB",
        forgiving(lambda reply: reply.status == 413, _a_byte_less),
        caught_by=("megvii/image-limits/bytes-above",),
        also=("megvii/image-limits/too-large-media-type",),
    ),
    Mutant(
        "megvii/too-large-as-json",
        "answers what is too large in JSON",
        changing_answers(_too_large_as_json),
        caught_by=("megvii/image-limits/too-large-media-type", "megvii/image-limits/bytes-above"),
        also=("megvii/image-limits/request-above*",),
    ),
    Mutant(
        "megvii/padded-day",
        "writes a birth day of one digit with two",
        _success(_padded_day),
        caught_by=("megvii/fields/birth-day",),
        also=("megvii/fields/*",),
    ),
    Mutant(
        "megvii/date-as-number",
        "gives the end of validity as a number",
        _success(_date_as_number),
        caught_by=("megvii/fields/valid-until",),
        also=(
            "megvii/*emblem-side",
            "megvii/fields/*",
            "megvii/response/side-emblem",
            "megvii/result/expired",
        ),
    ),
    Mutant(
        "megvii/rare-characters-lost",
        "writes a question mark for a character outside the basic plane",
        _success(_question_marks),
        caught_by=("megvii/fields/name-with-rare-character",),
    ),
    Mutant(
        "megvii/escaped-chinese",
        "escapes Chinese text in its JSON",
        changing_answers(_escaped),
        caught_by=("megvii/transport/chinese-unescaped",),
    ),
    Mutant(
        "megvii/classes-do-not-sum",
        "gives classes of legality that do not sum to 1",
        _success(_uncertain),
        caught_by=("megvii/legality/sum",),
    ),
    Mutant(
        "megvii/card-rect-clipped",
        "cuts card_rect at the edge of the picture",
        _success(_clipped),
        caught_by=("megvii/rect/card-cut-off",),
    ),
    Mutant(
        "megvii/corners-mirrored",
        "swaps left and right in card_rect",
        _success(_mirrored),
        caught_by=("megvii/rect/card", "megvii/rect/card-emblem-side"),
        also=("megvii/rect/card-*",),
    ),
    Mutant(
        "megvii/calls-wait",
        "lets a call wait that is one too many, and serves it then",
        _patient,
        caught_by=("megvii/limits/second-call-at-once",),
    ),
)
