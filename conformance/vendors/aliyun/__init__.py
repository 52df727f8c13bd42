"""Alibaba Cloud OCR `RecognizeIdcard`, version 2021-07-07: how it is called and how its answers are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.dialect import Dialect
from conformance.vendors.aliyun.compose import compose
from conformance.vendors.aliyun.reading import AGREEMENTS, read


def usual(picture: bytes) -> Mapping[str, Any]:
    """The picture is the body; an RPC call may have it there too."""
    return {"body": picture}


DIALECT = Dialect(
    vendor="aliyun",
    hosts={"ocr": "ocr-api.cn-hangzhou.aliyuncs.com"},
    compose=compose,
    read=read,
    usual=usual,
    agreements=AGREEMENTS,
    secret_names=frozenset(
        {
            "authorization",
            "x-acs-security-token",
            "x-acs-accesskey-id",
            "accesskeyid",
            "securitytoken",
            "signature",
        }
    ),
    throttle_codes=frozenset({"Throttling.User", "Throttling.Api", "Throttling"}),
)
