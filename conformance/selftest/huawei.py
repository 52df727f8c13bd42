"""Mutants of Huawei's RecognizeIdCard and of the IAM calls beside it."""

from __future__ import annotations

import re
from typing import Any

from conformance.selftest.huawei_iam import IAM_MUTANTS
from conformance.selftest.huawei_mistakes import (
    LocksSooner,
    OneCallMore,
    dated_now,
    errors,
    in_a_smaller_copy,
    picture_first,
    refusing_fifteen_pixels,
    refusing_strange_projects,
    results,
    same_request_id,
    says,
    signed_instead_of_token,
    signed_rightly,
    upside_down,
    with_booleans,
    with_charset,
    with_status,
    without_data_prefix,
    wrong_signature,
)
from conformance.selftest.wrappers import Mutant, changing_answers, changing_json, forgiving


def _four_checks(side: dict[str, Any]) -> None:
    side.get("verification_result", {}).pop("valid_validity_period", None)


def _birth_without_number(side: dict[str, Any]) -> None:
    checks = side.get("verification_result", {})
    if "number" in side and checks.get("valid_number") is False:
        checks["valid_birth"] = True


def _share_for_glare(side: dict[str, Any]) -> None:
    scores = side.get("score_info", {})
    if "glare_score" in scores:
        scores["glare_score"] /= 100


def _from_bottom_left(side: dict[str, Any]) -> None:
    points = side.get("portrait_location")
    if points:
        side["portrait_location"] = [points[-1], *points[:-1]]


def _crop_upside_down(side: dict[str, Any]) -> None:
    if "adjusted_image" in side:
        side["adjusted_image"] = upside_down(side["adjusted_image"])


def _day_without_zero(side: dict[str, Any]) -> None:
    if "birth" in side:
        side["birth"] = re.sub(r"-0(\d)$", r"-\1", side["birth"])


def _basic_plane_only(side: dict[str, Any]) -> None:
    if "name" in side:
        side["name"] = "".join(character for character in side["name"] if character <= "\uffff")


def _null_for_empty(document: Any) -> Any:
    result = document.get("result") if isinstance(document, dict) else None
    if not result or {} not in (result.get("front"), result.get("back")):
        return None
    return {"result": {name: side or None for name, side in result.items()}}


def _portrait_of_back(document: Any) -> Any:
    result = document.get("result") if isinstance(document, dict) else None
    if not result or "portrait_image" not in result.get("front", {}):
        return None
    result["back"]["portrait_image"] = ""
    return document


def _code_first(document: dict[str, Any]) -> dict[str, Any]:
    return {name: document[name] for name in ("error_code", "error_msg", "request_id")}


MUTANTS = (
    Mutant(
        "huawei/ignores-the-signature",
        "knows callers by their access key and never looks at the signature",
        forgiving(wrong_signature, signed_rightly),
        caught_by=(
            "huawei/signature/wrong-key",
            "huawei/signature/one-character-off",
            "huawei/signature/body-changed",
            "huawei/signature/path-without-last-slash",
        ),
        also=("huawei/signature/*", "huawei/authentication/*", "huawei/order/signature-before-throttle"),
    ),
    Mutant(
        "huawei/good-for-longer",
        "takes signatures of up to 1000 seconds ago or ahead",
        forgiving(says("APIG.0301", "signature expired"), dated_now),
        caught_by=("huawei/signature/signed-too-long-ago", "huawei/signature/signed-too-far-ahead"),
    ),
    Mutant(
        "huawei/locks-sooner",
        "locks an access key after five wrong signatures in a row",
        LocksSooner(),
        caught_by=("huawei/authentication/five-failures-do-not-lock",),
        also=("huawei/authentication/locked-key",),
    ),
    Mutant(
        "huawei/token-of-the-account",
        "takes tokens that are for no project",
        forgiving(says("ModelArts.0212"), signed_instead_of_token),
        caught_by=("huawei/token/of-the-whole-account", "huawei/token/of-the-whole-account-status"),
        also=("huawei/order/token-scope-before-body",),
    ),
    Mutant(
        "huawei/one-call-more",
        "serves one call more in a second than the account may make",
        OneCallMore(),
        caught_by=("huawei/limits/too-many-calls", "huawei/limits/too-many-at-once"),
        also=("huawei/limits/*", "huawei/order/throttle-before-body"),
    ),
    Mutant(
        "huawei/throttled-with-503",
        "refuses calls that come too fast with 503",
        with_status("APIG.0308", 503, "Service Unavailable"),
        caught_by=("huawei/limits/too-many-calls",),
    ),
    Mutant(
        "huawei/picture-before-parameters",
        "decodes the picture before it looks at the other parameters",
        picture_first,
        caught_by=("huawei/order/parameters-before-format",),
        also=("huawei/order/parameters-before-download",),
    ),
    Mutant(
        "huawei/text-for-boolean",
        'takes the text "true" for true',
        forgiving(says("AIS.0101"), with_booleans),
        caught_by=(
            "huawei/parameters/return-text-location-a-text",
            "huawei/parameters/return-verification-a-text",
            "huawei/parameters/detect-glare-a-text",
        ),
        also=("huawei/parameters/*-a-text", "huawei/order/parameters-before-format"),
    ),
    Mutant(
        "huawei/takes-data-uris",
        "takes a picture with a data: prefix",
        forgiving(says("AIS.0102"), without_data_prefix),
        caught_by=("huawei/picture/data-prefix",),
    ),
    Mutant(
        "huawei/short-side-off-by-one",
        "refuses pictures with a side of 15 pixels",
        changing_answers(refusing_fifteen_pixels),
        caught_by=("huawei/picture/fifteen-pixels",),
    ),
    Mutant(
        "huawei/strict-enterprise-project",
        "refuses an enterprise project that is not written like one",
        changing_answers(refusing_strange_projects),
        caught_by=("huawei/transport/malformed-enterprise-project",),
    ),
    Mutant(
        "huawei/code-in-lower-case",
        "writes the code of a size that is not allowed in lower case",
        errors("AIS.0103", lambda document: {**document, "error_code": "ais.0103"}),
        caught_by=(
            "huawei/picture/fourteen-pixels-high",
            "huawei/picture/too-wide",
            "huawei/picture/too-high",
        ),
        also=("huawei/picture/fourteen-pixels-wide", "huawei/order/size-before-card"),
    ),
    Mutant(
        "huawei/message-without-full-stop",
        "leaves the full stop of Recognition failed. out",
        errors("AIS.0105", lambda document: {**document, "error_msg": "Recognition failed"}),
        caught_by=("huawei/service/recognition-fails",),
    ),
    Mutant(
        "huawei/gateway-code-first",
        "puts the code before the message in the gateway's errors",
        errors("APIG.", _code_first),
        caught_by=("huawei/gateway/members-in-order", "huawei/gateway/compact-with-line-feed"),
        also=("huawei/gateway/same-form-of-404", "huawei/limits/form"),
    ),
    Mutant(
        "huawei/gateway-charset",
        "names a charset in the Content-Type of the gateway's errors",
        changing_answers(with_charset),
        caught_by=("huawei/gateway/json", "huawei/gateway/same-form-of-404"),
    ),
    Mutant(
        "huawei/same-request-id",
        "answers every request under one id",
        changing_answers(same_request_id),
        caught_by=("huawei/transport/request-ids-differ", "huawei/gateway/request-ids-differ"),
    ),
    *IAM_MUTANTS,
    Mutant(
        "huawei/four-checks",
        "leaves valid_validity_period out",
        results(_four_checks),
        caught_by=("huawei/verification/members", "huawei/verification/double-back-members"),
        also=(
            "huawei/verification/*",
            "huawei/result/*everything*",
            "huawei/result/return-verification-adds",
            "huawei/result/double-members",
            "huawei/parameters/url-with-a-side",
            "huawei/scores/no-switch",
            "huawei/formats/number-ending-in-x",
        ),
    ),
    Mutant(
        "huawei/birth-without-number",
        "finds the date of birth right although the number is wrong",
        results(_birth_without_number),
        caught_by=("huawei/verification/nothing-follows-from-a-wrong-number",),
    ),
    Mutant(
        "huawei/portrait-of-emblem-side",
        "has a portrait_image in back of both sides",
        changing_json(_portrait_of_back),
        caught_by=("huawei/result/double-back-everything",),
        also=("huawei/result/double-front-everything", "huawei/result/double-portrait-image"),
    ),
    Mutant(
        "huawei/null-for-missing-side",
        "gives null for a side that is not there",
        changing_json(_null_for_empty),
        caught_by=("huawei/result/double-without-back", "huawei/result/double-without-front"),
        also=("huawei/result/double-poor-front",),
    ),
    Mutant(
        "huawei/score-as-share",
        "gives glare_score as a share of 1",
        results(_share_for_glare),
        caught_by=("huawei/scores/range", "huawei/scores/range-of-back"),
        also=(
            "huawei/scores/*",
            "huawei/result/*glare*",
            "huawei/result/*everything*",
            "huawei/result/*clean-picture",
        ),
    ),
    Mutant(
        "huawei/portrait-from-bottom-left",
        "begins portrait_location at the bottom left",
        results(_from_bottom_left),
        caught_by=("huawei/coordinates/portrait-place", "huawei/coordinates/portrait-place-tilted"),
        also=("huawei/coordinates/double-portrait-place",),
    ),
    Mutant(
        "huawei/places-in-a-copy",
        "gives places in a copy of half the size of a large picture",
        changing_answers(in_a_smaller_copy),
        caught_by=("huawei/coordinates/larger-picture",),
    ),
    Mutant(
        "huawei/crop-upside-down",
        "turns adjusted_image by 180 degrees",
        results(_crop_upside_down),
        caught_by=("huawei/result/adjusted-image", "huawei/result/adjusted-image-of-back"),
        also=("huawei/result/adjusted-image-*", "huawei/result/double-own-crops"),
    ),
    Mutant(
        "huawei/day-without-zero",
        "writes a birth day of one digit without a zero",
        results(_day_without_zero),
        caught_by=("huawei/formats/birth-of-a-single-digit-day",),
        also=("huawei/formats/*",),
    ),
    Mutant(
        "huawei/rare-characters-lost",
        "drops characters outside the basic plane",
        results(_basic_plane_only),
        caught_by=("huawei/formats/rare-characters",),
    ),
)
