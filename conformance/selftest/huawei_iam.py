"""Mutants of the IAM calls beside Huawei's RecognizeIdCard, and of the gateway in front of both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.selftest.huawei_mistakes import says, signed_instead_of_token
from conformance.selftest.wrappers import (
    Behaviour,
    Mutant,
    Reply,
    Sent,
    changing_answers,
    changing_json,
    forgiving,
)


def _code_as_text(document: Any) -> Any:
    error = document.get("error") if isinstance(document, dict) else None
    return {"error": {**error, "code": str(error["code"])}} if error else None


def _in(name: str, change: Callable[[Any], Any]) -> Behaviour:
    """Answers with that member, which is replaced by what ``change`` makes of it."""
    return changing_json(
        lambda document: (
            {**document, name: change(document[name])}
            if isinstance(document, dict) and name in document
            else None
        )
    )


def _one_link(projects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**project, "links": {"self": project["links"]["self"]}} for project in projects]


def _by_id(regions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**region, "locales": dict.fromkeys(region["locales"], region["id"])} for region in regions]


def _without_charset(sent: Sent, reply: Reply) -> Reply | None:
    iam = reply.header("X-IAM-Trace-Id") is not None
    return reply.with_header("Content-Type", "application/json") if iam else None


def _not_repeated(sent: Sent, reply: Reply) -> Reply | None:
    return reply.with_header("X-Subject-Token", None) if sent.method == "GET" else None


def _only_not_found(document: Any) -> Any:
    error = document.get("error") if isinstance(document, dict) else None
    return {"error": {**error, "message": "Not Found"}} if error and error["code"] == 404 else None


def _always_timed(sent: Sent, reply: Reply) -> Reply | None:
    return reply.with_header("X-Apig-Latency", "13")


def _never_counted(sent: Sent, reply: Reply) -> Reply | None:
    return reply.with_header("X-Apig-RateLimit-user", None)


IAM_MUTANTS = (
    Mutant(
        "huawei/iam-code-as-text",
        "writes IAM's codes as texts",
        changing_json(_code_as_text),
        caught_by=("huawei/iam-errors/form", "huawei/iam-errors/code-is-a-number"),
        also=("huawei/iam-errors/*", "huawei/iam/create-project-*"),
    ),
    Mutant(
        "huawei/takes-any-token",
        "takes a token that it cannot read for the project's own",
        forgiving(says("APIG.0301", "decrypt token fail"), signed_instead_of_token),
        caught_by=(
            "huawei/token/unreadable",
            "huawei/token/cut-short",
            "huawei/token/changed",
            "huawei/token/changed-further-back",
        ),
        also=("huawei/token/*", "huawei/signature/temporary-key-*"),
    ),
    Mutant(
        "huawei/empty-catalogue",
        "leaves the services out of every token's answer",
        _in("token", lambda token: {**token, "catalog": []}),
        caught_by=("huawei/iam/token-catalogue",),
    ),
    Mutant(
        "huawei/token-members-by-chance",
        "puts the members of a token in another order",
        _in("token", lambda token: dict(reversed(token.items()))),
        caught_by=("huawei/iam/token-members", "huawei/iam/token-members-of-the-account"),
    ),
    Mutant(
        "huawei/token-not-repeated",
        "looks a token up and does not repeat it",
        changing_answers(_not_repeated),
        caught_by=("huawei/iam/token-looked-up",),
    ),
    Mutant(
        "huawei/only-not-found",
        "does not say which header has a token that cannot be looked up",
        changing_json(_only_not_found),
        caught_by=("huawei/iam-errors/subject-token",),
    ),
    Mutant(
        "huawei/one-link",
        "gives a project in a list one link",
        _in("projects", _one_link),
        caught_by=("huawei/iam/project-links",),
    ),
    Mutant(
        "huawei/regions-without-names",
        "has the ids of regions for their names",
        _in("regions", _by_id),
        caught_by=("huawei/iam/region-names",),
    ),
    Mutant(
        "huawei/iam-without-charset",
        "names no charset in IAM's answers",
        changing_answers(_without_charset),
        caught_by=("huawei/iam/content-type",),
    ),
    Mutant(
        "huawei/always-debugging",
        "tells everybody how long the gateway took",
        changing_answers(_always_timed),
        caught_by=("huawei/gateway/no-debugging",),
    ),
    Mutant(
        "huawei/debugging-without-limits",
        "does not tell who asks for it what is left of the calls",
        changing_answers(_never_counted),
        caught_by=("huawei/gateway/debugging",),
    ),
)
