"""The gateway before it asks who calls: sizes, host, path and method (contract §1, §4, §7)."""

from __future__ import annotations

import re

from mockserver.errors import Refusal
from mockserver.steps import refuse_past_limit
from mockserver.vendors._huawei.call import HuaweiCall
from mockserver.vendors._huawei.iam import OPERATIONS

#: A project id is made of letters and digits; what a client sends that never knew one, ``{project_id}``, is not.
_OCR_PATH = re.compile(r"/v2/([0-9A-Za-z_-]+)/ocr/id-card")
_LEGACY_PATH = "/v1.0/ocr/id-card"
#: ``ocr.cn-north-4.myhuaweicloud.com``, and for IAM also without a region.
_HOST = re.compile(r"(?P<service>[a-z]+)(?:\.(?P<region>[a-z]+-[a-z]+-[0-9]+))?\.myhuaweicloud\.(?:com|cn)")


def check_sizes(call: HuaweiCall) -> None:
    """URI and headers. The path is measured decoded, which is never more than what was sent."""
    request = call.request
    refuse_past_limit(call, "max_uri_bytes", len(request.path) + len(request.query) + bool(request.query))
    total = longest = 0
    for name, value in request.headers.items():
        size = len(name) + len(value)
        total += size
        longest = max(longest, size)
    refuse_past_limit(call, "max_header_bytes", longest)
    refuse_past_limit(call, "max_headers_bytes", total)


def route(call: HuaweiCall) -> None:
    """Which operation the host, the path and the method name."""
    path, method = call.request.path, call.request.method
    call.endpoint = "iam" if path.startswith(("/v3/", "/v3.0/")) else "ocr"
    if call.contract.is_vendor_host(call.request.host):
        _check_host(call)
    methods = _methods(call, path)
    if not methods:
        raise Refusal("APIG.0101", hint="the path of the operation is /v2/{project_id}/ocr/id-card")
    if method not in methods:
        raise Refusal("APIG.0101", "method", hint=f"the path takes {' and '.join(sorted(methods))}")
    call.operation = methods[method]


def check_body_size(call: HuaweiCall) -> None:
    """The gateway's own limit; the platform behind it has a lower one for the picture."""
    refuse_past_limit(call, "max_request_bytes", call.request.body_bytes)


def check_content_type(call: HuaweiCall) -> None:
    """The page demands ``application/json``; parameters of it, such as a charset, do not matter."""
    strict = call.contract.behaviour("other_content_type") == "refused"
    if strict and call.request.media_type != "application/json":
        raise Refusal("APIG.0106", hint="the Content-Type is not application/json")


def _check_host(call: HuaweiCall) -> None:
    """One of the vendor's hosts leads to one of its services, in one region; IAM also has a host for all regions."""
    match = _HOST.fullmatch(call.request.host.partition(":")[0])
    service, call.region = (match["service"], match["region"]) if match else (None, None)
    operation = call.contract.operation
    if service == "iam":
        call.endpoint = "iam"
        offered = call.region is None or call.region in operation["platform_regions"]
    else:
        call.endpoint = "ocr"
        offered = service == operation["service"] and call.region in operation["regions"]
    if not offered:
        raise Refusal("APIG.0101", hint=f"{call.request.host} does not offer the operation")


def _methods(call: HuaweiCall, path: str) -> dict[str, str]:
    """The methods that the path takes, each with its operation; none for a path that there is not."""
    if call.endpoint == "iam":
        return {method: name for (method, known), name in OPERATIONS.items() if known == path.rstrip("/")}
    operation = call.contract.operation
    match = _OCR_PATH.fullmatch(path)
    if match is not None:
        call.project_id = match[1]
    elif path != _LEGACY_PATH or call.contract.behaviour("legacy_path") == "refused":
        return {}
    return dict.fromkeys(operation["methods"], operation["action"])
