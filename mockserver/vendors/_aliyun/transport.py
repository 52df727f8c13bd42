"""From a raw request to parameters, and whether it is for this operation at all (contract §1, §5 steps 1 and 2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from mockserver.errors import Refusal
from mockserver.request import FORM
from mockserver.vendors._aliyun import signatures
from mockserver.vendors._aliyun.call import AliyunCall

#: Common parameters by the header that carries them in an ACS3 call.
HEADERS = {
    "Action": "x-acs-action",
    "Version": "x-acs-version",
    "Timestamp": "x-acs-date",
    "SignatureNonce": "x-acs-signature-nonce",
    "SecurityToken": "x-acs-security-token",
}
#: Parameters that only an RPC call has in its query or form.
_RPC_MARKS = frozenset({"Action", "AccessKeyId", "Signature", "SignatureNonce", "SignatureMethod"})
#: Common parameters of an RPC call; Format and RegionId are among them and of no use behind this module.
_RPC_COMMON = (*HEADERS, "AccessKeyId", "Signature", "SignatureMethod", "SignatureVersion")

#: A percent sign that two hexadecimal digits do not follow.
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")

_JSON_RANGES = frozenset({"*/*", "application/*", "application/json"})
_XML_RANGES = frozenset({"application/xml", "text/xml", "text/*"})


def parse(call: AliyunCall) -> None:
    """Which of the four shapes the request has, and its parameters.

    Clients of the RPC style send ``x-acs-*`` headers too, so the headers decide only where no parameter does.
    """
    request = call.request
    query, form = signatures.decoded_pairs(request.query), request.media_type == FORM
    fields = signatures.decoded_pairs(request.body.decode("latin-1")) if form else []
    authorization = request.headers.get("authorization", "")
    if authorization.startswith("ACS3-"):
        call.style = "acs3"
    elif any(name in _RPC_MARKS for name, _ in (*query, *fields)):
        call.style = "rpc"
    else:
        acs3 = authorization or any(name.startswith("x-acs-") for name in request.headers)
        call.style = "acs3" if acs3 else "rpc"
    if form and call.style == "acs3" and call.contract.behaviour("form_body_under_acs3") == "picture":
        form, fields = False, []
    call.form, call.pairs = form, query + fields
    call.sent = dict(call.pairs)
    call.common = _common(call)
    call.xml = _wants_xml(call)
    if call.common.get("Action") == call.contract.operation["action"]:
        call.operation = call.contract.operation["action"]


def check_product(call: AliyunCall) -> None:
    """On a host of the platform, the host must be one of the product's."""
    host = call.request.host.partition(":")[0]
    known = call.contract.operation["product_hosts"]
    if call.contract.is_vendor_host(host) and host not in known:
        raise Refusal("InvalidProduct.NotFound", hint=f"the product is at {call.contract.operation['host']}")


def check_path(call: AliyunCall) -> None:
    """There is one path. What is wrong with any other is said in XML to every client."""
    path = call.contract.operation["path"]
    if call.request.path != path:
        call.xml = True
        raise Refusal("InvalidAction.NotFound", "path", hint=f"the only path is {path}")


def check_encoding(call: AliyunCall) -> None:
    """Parameters are percent-encoded UTF-8. What is not is refused in XML, before a Format could be read."""
    request = call.request
    signed_form = call.form and call.style == "rpc"
    texts = [request.query, request.body.decode("latin-1")] if signed_form else [request.query]
    if not all(_is_well_encoded(text) for text in texts):
        call.xml = True
        raise Refusal("RequestParameterMalformed", hint="parameters must be UTF-8, percent-encoded")


def check_method(call: AliyunCall) -> None:
    """Only GET and POST are spoken."""
    if call.request.method not in call.contract.operation["methods"]:
        raise Refusal("UnsupportedHTTPMethod")


def check_format(call: AliyunCall) -> None:
    """JSON and XML are offered: an RPC call names one in Format, an ACS3 call in Accept."""
    if call.style == "rpc":
        wanted = call.sent.get("Format", "")
        if wanted and wanted.upper() not in ("JSON", "XML"):
            raise Refusal("InvalidParameter.Format", hint="Format is JSON or XML")
    elif not _accepted(call) & (_JSON_RANGES | _XML_RANGES):
        raise Refusal("InvalidParameter.Accept", hint="Accept allows neither application/json nor XML")


def check_action(call: AliyunCall) -> None:
    """The action must be named and be known, then the version.

    A request that has no common parameter at all is for no operation, rather than for one that is not named.
    """
    known, common = call.contract.operation, call.common
    if not common and "authorization" not in call.request.headers:
        raise Refusal("InvalidAction.NotFound", hint=f"the action is {known['action']}; none was named")
    if not common.get("Action"):
        raise Refusal("MissingAction")
    if common["Action"] != known["action"]:
        raise Refusal("InvalidAction.NotFound", hint=f"the only action is {known['action']}")
    if not common.get("Version"):
        raise Refusal("MissingVersion")
    if common["Version"] != known["version"]:
        raise Refusal("InvalidVersion", hint=f"the only version is {known['version']}")


def _common(call: AliyunCall) -> Mapping[str, str]:
    if call.style == "acs3":
        headers = call.request.headers
        return {name: headers[header] for name, header in HEADERS.items() if header in headers}
    return {name: call.sent[name] for name in _RPC_COMMON if name in call.sent}


def _is_well_encoded(text: str) -> bool:
    """Whether every percent escape of a query or form is one, and all of it is UTF-8."""
    if text.isascii() and "%" not in text:
        return True
    if _BROKEN_ESCAPE.search(text):
        return False
    try:
        unquote_to_bytes(text.encode("latin-1")).decode("utf-8")
    except UnicodeError:
        return False
    return True


def _wants_xml(call: AliyunCall) -> bool:
    """XML is what an RPC call gets that names no format, or one that there is not."""
    if call.style == "rpc":
        return call.sent.get("Format", "").upper() != "JSON"
    accepted = _accepted(call)
    return bool(accepted & _XML_RANGES) and not accepted & _JSON_RANGES


def _accepted(call: AliyunCall) -> frozenset[str]:
    """Media ranges of the Accept header."""
    return _media_ranges(call.request.headers.get("accept", ""))


@lru_cache(maxsize=256)
def _media_ranges(header: str) -> frozenset[str]:
    """Media ranges without their parameters; everything when the header is not there or empty."""
    if not header.strip():
        return _JSON_RANGES
    return frozenset(part.partition(";")[0].strip().lower() for part in header.split(","))
