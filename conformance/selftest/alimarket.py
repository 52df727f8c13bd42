"""Mutants of the marketplace's idcard/ocr and of the gateway before it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

from conformance.selftest.wrappers import (
    Behaviour,
    Mutant,
    Purse,
    Reply,
    Sent,
    changing_answers,
    changing_json,
    changing_requests,
    forgiving,
)

_CODE, _MESSAGE, _REQUEST_ID = "X-Ca-Error-Code", "X-Ca-Error-Message", "X-Ca-Request-Id"
_MISSING = "请求失败，缺少必要参数: image"


def _refused(code: str) -> Callable[[Reply], bool]:
    return lambda reply: reply.header(_CODE) == code


def _by_app_code(sent: Sent, purse: Purse) -> Sent | None:
    """A signed call as one of the same app with its AppCode, which nothing is asked about beyond."""
    owner = purse.owner("app_key", sent.headers.get("x-ca-key", ""))
    if owner is None:
        return None
    unsigned = {n: v for n, v in sent.headers.items() if not n.startswith("x-ca-") and n != "content-md5"}
    code = owner["credentials"]["app_code"]
    return replace(sent, headers={**unsigned, "authorization": f"APPCODE {code}"})


def _by_app_code_if_ahead(sent: Sent, purse: Purse) -> Sent | None:
    """The same for a timestamp that has still to come."""
    stamp = sent.headers.get("x-ca-timestamp", "")
    ahead = stamp.isdecimal() and int(stamp) > time.time() * 1000
    return _by_app_code(sent, purse) if ahead else None


def _any_word(sent: Sent, purse: Purse) -> Sent | None:
    words = sent.headers.get("authorization", "").split()
    return sent.with_header("Authorization", f"APPCODE {words[-1]}") if words else None


def _query_first(sent: Sent, purse: Purse) -> Sent | None:
    code = parse_qs(sent.query).get("AppCode")
    return sent.with_header("Authorization", f"APPCODE {code[0]}") if code else None


def _four_spellings(sent: Sent, purse: Purse) -> Sent | None:
    return replace(sent, query=re.sub(r"\bAPPCode=", "nothing=", sent.query))


def _with(name: str, change: Callable[[str], str]) -> Behaviour:
    """A header of every answer that has it changed."""

    def changed(sent: Sent, reply: Reply) -> Reply | None:
        value = reply.header(name)
        return None if value is None else reply.with_header(name, change(value))

    return changing_answers(changed)


def _status(code: str, status: int, reason: str) -> Behaviour:
    """Another HTTP status under one code of the gateway."""

    def changed(sent: Sent, reply: Reply) -> Reply | None:
        return replace(reply, status=status, reason=reason) if _refused(code)(reply) else None

    return changing_answers(changed)


def _with_body(sent: Sent, reply: Reply) -> Reply | None:
    code = reply.header(_CODE)
    if code is None:
        return None
    return reply.with_body(json.dumps({"code": code, "message": reply.header(_MESSAGE)}).encode())


def _octet_stream(value: str) -> str:
    return "application/octet-stream" if value == "application/oct-stream" else value


def _parameters_first(sent: Sent, reply: Reply) -> Reply | None:
    if sent.body or not _refused("A400AC")(reply):
        return None
    headers = [("Content-Type", "application/json;charset=utf-8")]
    return Reply(200, "OK", headers, b"").with_body(
        json.dumps({"status": 500, "msg": _MISSING}, ensure_ascii=False).encode()
    )


def _small_bodies_only(sent: Sent, reply: Reply) -> Reply | None:
    if len(sent.body) <= 4 * 1024 * 1024:
        return None
    headers = [(_CODE, "I413RL"), (_MESSAGE, "Request body too Large"), ("Content-Length", "0")]
    return Reply(413, "Content Too Large", headers, b"")


def _in_release(sent: Sent, purse: Purse) -> Sent | None:
    """A call of another stage sent without its stage, by AppCode, for the signature covers the stage."""
    return _by_app_code(sent.with_header("X-Ca-Stage", None), purse) if "x-ca-stage" in sent.headers else None


def _without_padding(sent: Sent, purse: Purse) -> Sent | None:
    """What is long in the suite's long requests left out."""
    return replace(sent, query="").with_header("X-Note", None)


def _data(change: Callable[[dict[str, Any]], None]) -> Behaviour:
    """``data`` of successes changed in place."""

    def changed(document: Any) -> Any:
        if not isinstance(document, dict) or not isinstance(document.get("data"), dict):
            return None
        change(document["data"])
        return document

    return changing_json(changed)


def _both(data: dict[str, Any]) -> None:
    if data["type"] == "all":
        data["type"] = "both"


def _dashes(data: dict[str, Any]) -> None:
    if "expiry_date" in data:
        data["expiry_date"] = data["expiry_date"].replace(".", "-")


def _padded(data: dict[str, Any]) -> None:
    if data.get("month"):
        data["month"], data["day"] = data["month"].zfill(2), data["day"].zfill(2)
        data["birth_date"] = f"{data['year']}年{data['month']}月{data['day']}日"


def _half_width(document: Any) -> Any:
    return {**document, "msg": _MISSING.replace("，", ",")} if document.get("msg") == _MISSING else None


_WRONG_SIGNATURES = ("alimarket/signature/wrong-secret", "alimarket/signature/off-by-one-character")

MUTANTS = (
    Mutant(
        "alimarket/ignores-the-signature",
        "takes the AppKey for proof and never computes a signature",
        forgiving(_refused("A403IS"), _by_app_code),
        caught_by=(*_WRONG_SIGNATURES, "alimarket/signature/secret-of-another-app"),
        also=(
            "alimarket/signature/server-string",
            "alimarket/signature/*-changed",
            "alimarket/signature/query-added",
            "alimarket/order/signature-before-subscription",
            "alimarket/headers/empty-body-of-signature-error",
        ),
    ),
    Mutant(
        "alimarket/ignores-the-timestamp",
        "never looks at X-Ca-Timestamp",
        forgiving(_refused("S403TE"), _by_app_code),
        caught_by=("alimarket/signature/timestamp-expired", "alimarket/signature/timestamp-in-seconds"),
        also=("alimarket/signature/timestamp-*",),
    ),
    Mutant(
        "alimarket/future-is-valid",
        "takes timestamps that lie ahead, however far",
        forgiving(_refused("S403TE"), _by_app_code_if_ahead),
        caught_by=("alimarket/signature/timestamp-ahead",),
    ),
    Mutant(
        "alimarket/ignores-the-nonce",
        "serves a nonce as often as it comes",
        forgiving(_refused("S403NU"), _by_app_code),
        caught_by=("alimarket/signature/nonce-used", "alimarket/signature/nonce-used-code"),
    ),
    Mutant(
        "alimarket/ignores-content-md5",
        "does not compare Content-MD5 with the body",
        forgiving(_refused("I400I5"), _by_app_code),
        caught_by=("alimarket/signature/body-changed", "alimarket/signature/wrong-md5"),
    ),
    Mutant(
        "alimarket/any-word-before-the-code",
        "takes an AppCode behind any word",
        forgiving(_refused("A400MA"), _any_word),
        caught_by=("alimarket/appcode/another-word", "alimarket/appcode/word-in-lower-case"),
        also=("alimarket/appcode/two-spaces", "alimarket/appcode/no-word"),
    ),
    Mutant(
        "alimarket/query-wins",
        "prefers the AppCode of the query to that of the header",
        changing_requests(_query_first),
        caught_by=("alimarket/appcode/header-wins", "alimarket/appcode/header-wins-over-wrong-query"),
    ),
    Mutant(
        "alimarket/four-spellings",
        "does not know APPCode in the query",
        changing_requests(_four_spellings),
        caught_by=("alimarket/appcode/query-mixed-case",),
    ),
    Mutant(
        "alimarket/parameters-before-credentials",
        "looks at the body before it looks at the AppCode",
        changing_answers(_parameters_first),
        caught_by=("alimarket/order/credentials-before-parameters",),
    ),
    Mutant(
        "alimarket/throttled-with-403",
        "throttles with status 403, as gateways of the older type do",
        _status("T429PA", 403, "Forbidden"),
        caught_by=("alimarket/limits/calls-per-second",),
    ),
    Mutant(
        "alimarket/without-backticks",
        "leaves the backticks out of its messages",
        _with(_MESSAGE, lambda value: value.replace("`", "")),
        caught_by=("alimarket/appcode/unknown", "alimarket/signature/server-string"),
        also=("alimarket/appcode/*", "alimarket/signature/*", "alimarket/errors/*", "alimarket/transport/*"),
    ),
    Mutant(
        "alimarket/code-in-lower-case",
        "writes the code of a subscription that has expired in lower case",
        _with(_CODE, lambda value: value.lower() if value == "B403ME" else value),
        caught_by=("alimarket/errors/package-out-of-date",),
    ),
    Mutant(
        "alimarket/body-of-gateway",
        "says the gateway's errors in a body as well",
        changing_answers(_with_body),
        caught_by=(
            "alimarket/headers/empty-body-of-gateway",
            "alimarket/headers/empty-body-of-signature-error",
        ),
        also=("alimarket/errors/*", "alimarket/order/credentials-*", "alimarket/limits/calls-per-second"),
    ),
    Mutant(
        "alimarket/octet-stream",
        "spells the media type of the gateway's errors like the registered one",
        _with("Content-Type", _octet_stream),
        caught_by=("alimarket/headers/media-type-of-gateway",),
    ),
    Mutant(
        "alimarket/same-request-id",
        "answers every request under one X-Ca-Request-Id",
        _with(_REQUEST_ID, lambda value: "7D21103B-7901-4ABC-B448-BCB14E8881D2"),
        caught_by=("alimarket/headers/request-id-differs", "alimarket/headers/error-request-id-differs"),
    ),
    Mutant(
        "alimarket/half-width-comma",
        "writes the message of a missing parameter with an ASCII comma",
        changing_json(_half_width),
        caught_by=("alimarket/parameters/absent",),
        also=(
            "alimarket/parameters/*",
            "alimarket/transport/*",
            "alimarket/signature/*",
            "alimarket/limits/*",
            "alimarket/*seller-error",
        ),
    ),
    Mutant(
        "alimarket/type-both",
        "calls the type of both sides both",
        _data(_both),
        caught_by=("alimarket/body/type-all",),
        also=(
            "alimarket/body/members-all",
            "alimarket/body/both-sides-read",
            "alimarket/body/order-of-members",
        ),
    ),
    Mutant(
        "alimarket/dates-with-dashes",
        "writes the end of validity with dashes",
        _data(_dashes),
        caught_by=("alimarket/body/expiry-date",),
        also=("alimarket/body/*",),
    ),
    Mutant(
        "alimarket/padded-month",
        "writes months and days with two digits",
        _data(_padded),
        caught_by=("alimarket/body/month", "alimarket/body/day", "alimarket/body/birth-date-unpadded"),
        also=("alimarket/body/birth-date-of-single-digits",),
    ),
    Mutant(
        "alimarket/small-bodies-only",
        "takes bodies of up to 4 MB",
        changing_answers(_small_bodies_only),
        caught_by=("alimarket/parameters/body-not-too-large",),
    ),
    Mutant(
        "alimarket/long-addresses",
        "does not measure addresses and headers",
        forgiving(_refused("I413UL"), _without_padding),
        caught_by=("alimarket/parameters/url-too-large", "alimarket/parameters/headers-too-large"),
    ),
    Mutant(
        "alimarket/every-stage",
        "finds the API in every stage",
        forgiving(_refused("I404NF"), _in_release),
        caught_by=("alimarket/signature/stage-without-the-api",),
    ),
)
