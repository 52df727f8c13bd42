"""From a raw request to common and business parameters (contract §1.3, §3, §5 steps 1-6)."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from mockserver.errors import Refusal
from mockserver.request import FORM, Request, decode_pairs
from mockserver.steps import refuse_past_limit
from mockserver.vendors._tencent.call import Style, TencentCall
from mockserver.vendors._tencent.signatures import DIGESTS

#: Common parameters by the header that carries them in signature v3.
HEADERS = {
    "Action": "x-tc-action",
    "Version": "x-tc-version",
    "Timestamp": "x-tc-timestamp",
    "Region": "x-tc-region",
    "Language": "x-tc-language",
    "Token": "x-tc-token",
}
#: Names that are never business parameters in a v1 request.
COMMON = frozenset(HEADERS) | {"Nonce", "SecretId", "Signature", "SignatureMethod", "RequestClient"}

#: Headers that only a call in the manner of signature v3 has.
_MARKS = ("authorization", HEADERS["Action"], HEADERS["Version"], HEADERS["Timestamp"])
_LANGUAGES = {"zh-CN": "zh", "en-US": "en"}
_JSON = "application/json"
_MULTIPART = "multipart/form-data"
_DIGITS = re.compile(r"[0-9]{1,19}")


def check_method(call: TencentCall) -> None:
    """Only GET and POST are spoken."""
    call.style = _style(call.request)
    call.common = _common(call.style, call.request)
    language = call.common.get("Language") or call.request.headers.get(HEADERS["Language"], "")
    call.language = _LANGUAGES.get(language)
    known = call.contract.operation
    if call.common.get("Action") == known["action"]:
        call.operation = known["action"]
    if call.request.method not in known["methods"]:
        raise Refusal("UnsupportedProtocol")


def check_size(call: TencentCall) -> None:
    """The size limit depends on how the request is signed: the old signature stops at 1 MB."""
    request = call.request
    if request.method == "GET":
        refuse_past_limit(call, "max_query_bytes", len(request.query))
    else:
        refuse_past_limit(call, f"max_request_bytes_{call.style}", request.body_bytes)


def parse(call: TencentCall) -> None:
    """Take the business parameters out of the query, the form or the JSON body."""
    request = call.request
    multipart = request.media_type == _MULTIPART
    call.as_text = call.style == "v1" or request.method == "GET" or multipart
    if call.style == "v1":
        sent = request.query_parameters if request.method == "GET" else request.form_parameters
        if any("=" not in pair for pair in _pairs(request) if pair):
            raise Refusal("InvalidParameter", "url-form")
        call.signed_parameters = sent
        call.parameters = _unflatten({k: v for k, v in sent.items() if k not in COMMON})
    elif request.method == "GET":
        call.parameters = _unflatten(decode_pairs(request.query))
    elif multipart:
        call.parameters = _multipart(call)
    elif request.media_type == _JSON or not request.body:
        call.parameters = _json_object(request.body)


def require_common(call: TencentCall) -> None:
    """Presence of the common parameters: Timestamp is looked for first (observed on the OCR host)."""
    needed = ["Timestamp", "Action", "Version"]
    if call.style == "v1":
        needed += ["SecretId", "Nonce", "Signature"]
    elif not call.request.headers.get("authorization"):
        needed.append("Authorization")
    for name in needed:
        if not call.common.get(name):
            raise Refusal("MissingParameter", details={"parameter": name})


def check_common_types(call: TencentCall) -> None:
    """Timestamp and Nonce are whole numbers, SignatureMethod is one of two."""
    for name in ("Timestamp", "Nonce"):
        value = call.common.get(name)
        if value is not None and not _DIGITS.fullmatch(value):
            raise Refusal("InvalidParameter", "nonce", {"parameter": name})
    method = call.common.get("SignatureMethod", "HmacSHA1")
    if call.style == "v1" and method not in DIGESTS:
        raise Refusal("InvalidParameterValue", details={"parameter": "SignatureMethod", "value": method})


def check_action(call: TencentCall) -> None:
    """The product must exist, then the version for the product, then the action for the version."""
    known = call.contract.operation
    version, action = call.common["Version"], call.common["Action"]
    service, versions = _product(call)
    hint = None
    if service != known["service"]:
        hint = f"this is the host of {service}; {known['action']} is at {known['host']}, and all that is served here"
    if version not in versions:
        raise Refusal("NoSuchVersion", details={"version": version, "service": service}, hint=hint)
    if call.request.host.partition(":")[0] in known["hosts_without_action"]:
        hint = "the international catalogue has RecognizeMainlandIDCardOCR in its place, which is not served here"
    if action != known["action"] or hint:
        details = {"action": action, "service": service, "version": version}
        hint = hint or f"the only action that is served here is {known['action']}"
        raise Refusal("InvalidAction", details=details, hint=hint)


def check_content_type(call: TencentCall) -> None:
    """A body must be of a media type that the action takes.

    Not before the action is known, since the refusal speaks of it; until then the body of another type is left alone.
    """
    request = call.request
    if call.style == "v1" or request.method == "GET" or not request.body:
        return
    taken = {_JSON, _MULTIPART} if call.contract.behaviour("multipart") == "accept" else {_JSON}
    if request.media_type not in taken:
        raise Refusal(
            "UnsupportedProtocol",
            "content-type",
            {"media_type": request.media_type},
            hint=f"this action takes {_JSON}, or a form or query with an HmacSHA1 or HmacSHA256 signature",
        )


def check_region(call: TencentCall) -> None:
    """A region must be sent, be known, and be offered for the action."""
    region = call.common.get("Region")
    operation = call.contract.operation
    if region is None:
        if operation["region_required"]:
            raise Refusal("MissingParameter", details={"parameter": "Region"})
        return
    if region in operation["regions"]:
        return
    if region in operation["platform_regions"]:
        raise Refusal("UnsupportedRegion", hint=f"offered: {', '.join(operation['regions'])}")
    name = "X-TC-Region" if call.style == "v3" else "Region"
    raise Refusal("InvalidParameterValue", "region", {"parameter": name})


def _product(call: TencentCall) -> tuple[str, Sequence[str]]:
    """The product that the host names, by its first label on a host of the platform, and the product's versions."""
    operation = call.contract.operation
    service: str = operation["service"]
    label = call.request.host.partition(".")[0]
    if not call.contract.is_vendor_host(call.request.host) or label == service:
        return service, (operation["version"],)
    others = (entry.split("/") for entry in operation["other_products"])
    versions = [version for product, version in others if product == label]
    if not versions:
        raise Refusal("NoSuchProduct", hint=f"{label} is no product here; the only one is {service}")
    return label, versions


def _style(request: Request) -> Style:
    """v3 when something of it is there that every such call has.

    A form or query does not become one by a stray header, such as the ``X-TC-Language`` of a client that always sends
    it.
    """
    return "v3" if any(name in request.headers for name in _MARKS) else "v1"


def _common(style: Style, request: Request) -> Mapping[str, str]:
    if style == "v3":
        return {name: request.headers[h] for name, h in HEADERS.items() if h in request.headers}
    sent = request.query_parameters if request.method == "GET" else request.form_parameters
    return {name: value for name, value in sent.items() if name in COMMON}


def _pairs(request: Request) -> list[str]:
    """The pieces of a v1 request's query or form, still encoded."""
    if request.method == "GET":
        return request.query.split("&")
    return request.body.decode("latin-1").split("&") if request.media_type == FORM else []


def _json_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a v3 body; an empty body is an empty object."""
    if not body:
        return {}
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refusal("InvalidParameter", "body") from None
    if not isinstance(value, dict):
        raise Refusal("InvalidParameter", "body", hint="the JSON body must be an object")
    return value


def _multipart(call: TencentCall) -> dict[str, Any]:
    """One part per parameter. Documented for some actions only: see `check_content_type`."""
    from werkzeug.formparser import FormDataParser
    from werkzeug.http import parse_options_header

    media_type, options = parse_options_header(call.request.headers["content-type"])
    try:
        _, form, files = FormDataParser(silent=False).parse(
            io.BytesIO(call.request.body), media_type, len(call.request.body), options
        )
    except ValueError:
        raise Refusal("InvalidRequest") from None
    if not form and not files:
        raise Refusal("InvalidRequest", hint="the multipart body has no part")
    return dict(form.items()) | {name: part.read().decode("latin-1") for name, part in files.items()}


def _unflatten(pairs: Mapping[str, str]) -> dict[str, Any]:
    """Undo the SDKs' flattening of nested values: ``Config.Quality=True`` is a member of an object ``Config``.

    >>> _unflatten({"Config.Quality": "True", "CardSide": "FRONT"})
    {'Config': {'Quality': 'True'}, 'CardSide': 'FRONT'}
    """
    nested: dict[str, Any] = {}
    for name, value in pairs.items():
        head, dot, tail = name.partition(".")
        if not dot or not tail or isinstance(nested.get(head), str):
            nested[name] = value
        else:
            nested.setdefault(head, {})[tail] = value
    return nested
