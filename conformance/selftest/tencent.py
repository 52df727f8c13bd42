"""Mutants of Tencent's IDCardOCR."""

from __future__ import annotations

from typing import Any

from conformance.selftest.wrappers import Mutant, changing_json


def _without_request_id(document: Any) -> Any:
    document["Response"].pop("RequestId", None)
    return document


MUTANTS = (
    Mutant(
        "tencent/no-request-id",
        "leaves RequestId out",
        changing_json(_without_request_id),
        caught_by=("tencent/auth/signature-v3",),
        also=("tencent/*",),
    ),
)
