"""Mutants of Tencent's IDCardOCR."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PIL import Image

from conformance.selftest.tencent_calls import (
    OneMore,
    a_group_shorter,
    code_of,
    in_guangzhou,
    picture_before_side,
    refused_with,
    signed,
    signed_now,
    token_for_an_empty_one,
    unrectified,
    with_own_token,
    without_language,
    without_unknown,
)
from conformance.selftest.wrappers import (
    Behaviour,
    Mutant,
    Reply,
    Sent,
    changing_answers,
    changing_json,
    changing_requests,
    forgiving,
)


def _throttled_429(sent: Sent, reply: Reply) -> Reply | None:
    if code_of(reply) != "RequestLimitExceeded":
        return None
    return replace(reply, status=429, reason="Too Many Requests")


def _with_charset(sent: Sent, reply: Reply) -> Reply | None:
    return reply.with_header("Content-Type", "application/json; charset=utf-8")


def _escaped(sent: Sent, reply: Reply) -> Reply | None:
    return reply.with_body(json.dumps(reply.json, separators=(",", ":")).encode())


def _with_line_feed(sent: Sent, reply: Reply) -> Reply | None:
    return reply.with_body(reply.body + b"\n")


def _errors(code: str, change: Callable[[dict[str, Any]], None]) -> Behaviour:
    """What stands in the envelope of one error changed in place."""

    def changed(document: Any) -> Any:
        if document["Response"].get("Error", {}).get("Code") != code:
            return None
        change(document["Response"])
        return document

    return changing_json(changed)


def _advanced(change: Callable[[dict[str, Any]], None]) -> Behaviour:
    """What stands in AdvancedInfo changed in place."""

    def changed(document: Any) -> Any:
        inner = document["Response"]
        info = json.loads(inner.get("AdvancedInfo", "{}"))
        if not info:
            return None
        change(info)
        return {"Response": {**inner, "AdvancedInfo": json.dumps(info, separators=(",", ":"))}}

    return changing_json(changed)


def _fields(change: Callable[[dict[str, Any]], None]) -> Behaviour:
    """The fields of a success changed in place."""

    def changed(document: Any) -> Any:
        if "Name" not in document["Response"]:
            return None
        change(document["Response"])
        return document

    return changing_json(changed)


def _download_error(inner: dict[str, Any]) -> None:
    inner["Error"]["Code"] = "FailedOperation.DownloadError"


def _close_full_stop(inner: dict[str, Any]) -> None:
    inner["Error"]["Message"] = inner["Error"]["Message"].replace("` 。", "`。")


def _unsupported_operation(inner: dict[str, Any]) -> None:
    if "Content-Type" in inner["Error"]["Message"]:
        inner["Error"]["Code"] = "UnsupportedOperation"


def _described_token_error(inner: dict[str, Any]) -> None:
    inner["Error"]["Message"] = "Token error."


def _no_such_product(inner: dict[str, Any]) -> None:
    if "service=`ocr`" not in inner["Error"]["Message"]:
        inner["Error"] = {"Code": "NoSuchProduct", "Message": "The product does not exist."}


def _with_detail(inner: dict[str, Any]) -> None:
    inner["Error"]["Detail"] = "ocr:IDCardOCR"


def _error_last(document: Any) -> Any:
    inner = document["Response"]
    return (
        None
        if "Error" not in inner
        else {"Response": {"RequestId": inner["RequestId"], "Error": inner["Error"]}}
    )


def _same_request_id(document: Any) -> Any:
    document["Response"]["RequestId"] = "ab2c132e-9e1c-43d3-b0ef-9b4d80f00330"
    return document


def _text_for_quality(info: dict[str, Any]) -> None:
    if "Quality" in info:
        info["Quality"] = str(info["Quality"])


def _later_code(info: dict[str, Any]) -> None:
    if "WarnInfos" in info:
        info["WarnInfos"] = [-9109 if code == -9100 else code for code in info["WarnInfos"]]


def _upside_down(info: dict[str, Any]) -> None:
    if "IdCard" in info:
        with Image.open(io.BytesIO(base64.b64decode(info["IdCard"]))) as image:
            out = io.BytesIO()
            image.rotate(180).save(out, "JPEG")
        info["IdCard"] = base64.b64encode(out.getvalue()).decode()


def _unpadded_period(inner: dict[str, Any]) -> None:
    inner["ValidDate"] = re.sub(r"\.0", ".", inner["ValidDate"])


def _rare_characters_lost(inner: dict[str, Any]) -> None:
    inner["Name"] = "".join(character for character in inner["Name"] if ord(character) < 0x10000)


_EMBLEM_SIDE = (
    "tencent/parameters/*back*",
    "tencent/parameters/url-of-the-emblem-side",
    "tencent/response/*back*",
    "tencent/response/emblem-side-*",
    "tencent/response/authority",
    "tencent/response/validity-long-term",
    "tencent/response/both-sides*",
    "tencent/response/warn-*",
)
_SIGNATURE = (
    "tencent/auth/wrong-key",
    "tencent/auth/one-digit-wrong",
    "tencent/auth/changed-body",
    "tencent/auth/other-host-signed",
    "tencent/auth/date-of-another-day",
)

MUTANTS = (
    Mutant(
        "tencent/charset-on-the-content-type",
        "adds a charset to the Content-Type of its answers",
        changing_answers(_with_charset),
        caught_by=("tencent/endpoint/content-type-of-a-success", "tencent/endpoint/content-type-of-an-error"),
        also=("tencent/limits/no-retry-after",),
    ),
    Mutant(
        "tencent/escaped-chinese",
        "escapes Chinese text in its JSON",
        changing_answers(_escaped),
        caught_by=("tencent/endpoint/raw-utf8",),
    ),
    Mutant(
        "tencent/line-feed-at-the-end",
        "ends its bodies with a line feed",
        changing_answers(_with_line_feed),
        caught_by=("tencent/endpoint/compact-body", "tencent/endpoint/compact-error"),
    ),
    Mutant(
        "tencent/throttled-is-429",
        "answers a call beyond the rate with 429",
        changing_answers(_throttled_429),
        caught_by=("tencent/limits/limit-message", "tencent/limits/no-retry-after"),
        also=("tencent/limits/limit-message-in-chinese",),
    ),
    Mutant(
        "tencent/throttled-without-request-id",
        "leaves RequestId out of RequestLimitExceeded",
        _errors("RequestLimitExceeded", lambda inner: inner.pop("RequestId")),
        caught_by=("tencent/limits/limit-message",),
        also=("tencent/limits/limit-message-in-chinese", "tencent/limits/no-retry-after"),
    ),
    Mutant(
        "tencent/one-more-a-second",
        "lets one call more a second pass than it should",
        OneMore(),
        caught_by=("tencent/limits/slow-lane", "tencent/limits/twenty-a-second"),
        also=("tencent/limits/*",),
    ),
    Mutant(
        "tencent/code-in-other-letters",
        "spells DownLoadError as DownloadError",
        _errors("FailedOperation.DownLoadError", _download_error),
        caught_by=("tencent/parameters/url-of-an-unknown-host",),
        also=("tencent/parameters/url-*", "tencent/errors/download-message", "tencent/endpoint/escaped-json"),
    ),
    Mutant(
        "tencent/no-space-before-the-full-stop",
        "closes up the Chinese message of an unknown parameter",
        _errors("UnknownParameter", _close_full_stop),
        caught_by=("tencent/parameters/unknown-parameter-in-chinese",),
    ),
    Mutant(
        "tencent/more-in-an-error",
        "adds a member to the error of a missing permission",
        _errors("AuthFailure.UnauthorizedOperation", _with_detail),
        caught_by=("tencent/auth/no-permission-message",),
        also=("tencent/auth/no-permission*", "tencent/order/permission-before-parameters"),
    ),
    Mutant(
        "tencent/error-behind-request-id",
        "writes RequestId before Error",
        changing_json(_error_last),
        caught_by=("tencent/common/error-envelope",),
        also=("tencent/endpoint/compact-error", "tencent/auth/no-permission-message"),
    ),
    Mutant(
        "tencent/same-request-id",
        "answers every call under one RequestId",
        changing_json(_same_request_id),
        caught_by=(
            "tencent/response/request-ids-differ",
            "tencent/auth/repeated-request",
            "tencent/common/request-id-of-an-error",
        ),
        also=("tencent/auth/no-permission-message",),
    ),
    Mutant(
        "tencent/always-english",
        "does not look at X-TC-Language",
        changing_requests(without_language),
        caught_by=("tencent/common/chinese-when-asked", "tencent/auth/wrong-key-message-in-chinese"),
        also=("tencent/*-in-chinese",),
    ),
    Mutant(
        "tencent/ignores-the-signature",
        "does not look at the signature of TC3-HMAC-SHA256",
        forgiving(refused_with("AuthFailure.SignatureFailure"), signed),
        caught_by=_SIGNATURE,
        also=("tencent/auth/*", "tencent/order/signature-*", "tencent/limits/*"),
    ),
    Mutant(
        "tencent/ignores-the-timestamp",
        "takes signatures of any age",
        forgiving(refused_with("AuthFailure.SignatureExpire"), signed_now),
        caught_by=("tencent/auth/expired-timestamp", "tencent/auth/future-timestamp"),
        also=("tencent/auth/expired-timestamp-message", "tencent/order/window-*"),
    ),
    Mutant(
        "tencent/ignores-the-token",
        "does not compare tokens",
        forgiving(refused_with("AuthFailure.TokenFailure"), with_own_token),
        caught_by=("tencent/auth/temporary-key-with-wrong-token", "tencent/auth/token-of-a-permanent-key"),
        also=("tencent/auth/temporary-key-with-wrong-token-message", "tencent/order/token-before-signature"),
    ),
    Mutant(
        "tencent/empty-token-is-one",
        "takes an empty X-TC-Token for a token",
        changing_requests(token_for_an_empty_one),
        caught_by=("tencent/auth/empty-token",),
    ),
    Mutant(
        "tencent/described-token-error",
        "words a refused token as the list of error codes describes it",
        _errors("AuthFailure.TokenFailure", _described_token_error),
        caught_by=("tencent/auth/temporary-key-with-wrong-token-message",),
    ),
    Mutant(
        "tencent/media-type-as-operation",
        "refuses a media type as an operation that is not supported",
        _errors("UnsupportedProtocol", _unsupported_operation),
        caught_by=("tencent/endpoint/multipart", "tencent/endpoint/multipart-in-chinese"),
        also=("tencent/endpoint/other-media-type", "tencent/endpoint/form-under-the-newer-signature"),
    ),
    Mutant(
        "tencent/one-product",
        "knows no product beside its own",
        _errors("NoSuchVersion", _no_such_product),
        caught_by=("tencent/endpoint/host-of-another-product",),
    ),
    Mutant(
        "tencent/any-region",
        "offers the action in every region of the platform",
        forgiving(refused_with("UnsupportedRegion"), in_guangzhou),
        caught_by=("tencent/endpoint/region-not-on-the-list",),
        also=("tencent/endpoint/region-not-on-the-list-message", "tencent/endpoint/region-of-finance"),
    ),
    Mutant(
        "tencent/unknown-parameters-ignored",
        "passes over parameters that it does not know",
        forgiving(refused_with("UnknownParameter"), without_unknown),
        caught_by=("tencent/parameters/unknown-parameter",),
        also=("tencent/parameters/unknown-parameter-in-chinese", "tencent/order/*", "tencent/limits/*"),
    ),
    Mutant(
        "tencent/picture-off-by-one",
        "takes pictures of one group of Base64 more than 7M",
        forgiving(refused_with("LimitExceeded.TooLargeFileError"), a_group_shorter),
        caught_by=("tencent/parameters/image-beyond-its-limit",),
        also=("tencent/errors/large-file-message",),
    ),
    Mutant(
        "tencent/picture-before-side",
        "decodes the picture before it looks at CardSide",
        picture_before_side,
        caught_by=("tencent/order/values-before-picture",),
    ),
    Mutant(
        "tencent/rectify-off",
        "corrects nothing unless EnableRecognitionRectify is sent",
        changing_requests(unrectified),
        caught_by=("tencent/parameters/rectify-by-default",),
    ),
    Mutant(
        "tencent/text-for-quality",
        "gives Quality as a text",
        _advanced(_text_for_quality),
        caught_by=("tencent/response/quality",),
        also=(
            "tencent/response/quality-*",
            "tencent/response/advanced-info-is-*",
            "tencent/parameters/config-*",
            "tencent/auth/query-in-any-order",
        ),
    ),
    Mutant(
        "tencent/later-warning-code",
        "warns of an invalid period with the code of a later edition",
        _advanced(_later_code),
        caught_by=("tencent/response/warn-invalid-date",),
    ),
    Mutant(
        "tencent/card-upside-down",
        "gives the cut-out card upside down",
        _advanced(_upside_down),
        caught_by=("tencent/response/crop-card", "tencent/response/crop-card-rotated-180"),
        also=("tencent/response/crop-card-*", "tencent/response/crop-both"),
    ),
    Mutant(
        "tencent/unpadded-period",
        "writes ValidDate without leading zeros",
        _fields(_unpadded_period),
        caught_by=("tencent/response/validity",),
        also=(*_EMBLEM_SIDE, "tencent/parameters/config-invalid-date-*"),
    ),
    Mutant(
        "tencent/rare-characters-lost",
        "drops a character outside the basic plane",
        _fields(_rare_characters_lost),
        caught_by=("tencent/response/rare-character",),
    ),
)
