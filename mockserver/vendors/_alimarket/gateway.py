"""What the gateway asks of any request before it asks who calls (contract §1, §4 steps 1 and 2, §6.1)."""

from __future__ import annotations

import re

from mockserver.errors import Refusal
from mockserver.steps import refuse_past_limit
from mockserver.vendors._alimarket.call import MarketCall
from mockserver.vendors._alimarket.signatures import shown

#: A percent sign that two hexadecimal digits do not follow.
LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
#: Colon, space and end of line.
_AROUND_HEADER = 4
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MEDIA_TYPE = re.compile(r"\s*[\w!#$&^.+*-]+/[\w!#$&^.+*-]+\s*(;.*)?", re.ASCII)


def check_size(call: MarketCall) -> None:
    """Neither the body may be too long nor the URL, which is measured together with the headers."""
    request = call.request
    refuse_past_limit(call, "max_body_bytes", request.body_bytes)
    url = len(request.path) + 1 + len(request.query)
    headers = sum(len(name) + len(value) + _AROUND_HEADER for name, value in request.headers.items())
    refuse_past_limit(call, "max_url_and_header_bytes", url + headers)


def check_url(call: MarketCall) -> None:
    """The query must be percent-encoded properly, the path must be text."""
    request = call.request
    if LONE_PERCENT.search(request.query):
        raise Refusal("I400RU", details={"reason": "illegal percent-encoding"})
    if not request.path.isascii():
        try:
            request.path.encode("latin-1").decode("utf-8")  # servers hand the path's bytes over as Latin-1
        except UnicodeError:
            raise Refusal("I400PA", details={"reason": "not UTF-8"}) from None
    if _CONTROL.search(request.path):
        raise Refusal("I400PA", details={"reason": "control character"})


def find_api(call: MarketCall) -> None:
    """The method must be one of HTTP's, the host one of the API's, and path and method published."""
    request, operation = call.request, call.contract.operation
    if request.method not in operation["http_methods"]:
        raise Refusal("I405UM", details={"reason": _quoted(call, request.method)})
    # Any other host is this server's own, under which the API is reached as well.
    host = request.host.partition(":")[0]
    if call.contract.is_vendor_host(host) and host not in operation["api_hosts"]:
        raise Refusal("I404DO", details={"domain": _quoted(call, host)})
    if request.path != operation["path"] or request.method not in operation["methods"]:
        reason = _quoted(call, f"{request.method} {request.path}")
        raise Refusal("I404NF", details={"reason": reason}, hint=f"there is only POST {operation['path']}")
    call.operation = operation["action"]


def check_stage(call: MarketCall) -> None:
    """A stage that is named must be one of the gateway's, and the API be published to it."""
    sent, contract = call.request.headers.get("x-ca-stage"), call.contract
    if sent is None:
        return
    stage = sent.upper()
    if stage not in contract.operation["stages"]:
        raise Refusal("I400SG", hint=f"X-Ca-Stage is one of {', '.join(contract.operation['stages'])}")
    published = contract.behaviour("published_stages")
    if stage not in published:
        reason = _quoted(call, f"{call.request.method} {call.request.path} {stage}")
        raise Refusal(
            "I404NF", details={"reason": reason}, hint=f"the API is published to {', '.join(published)} only"
        )


def check_content_type(call: MarketCall) -> None:
    """A media type that is named must be of the form of one; which one it is matters to the seller only."""
    named = call.request.headers.get("content-type")
    if named is not None and not _MEDIA_TYPE.fullmatch(named):
        raise Refusal("I400CT", details={"reason": _quoted(call, named)})


def _quoted(call: MarketCall, text: str) -> str:
    """What the client sent, for a message in a header."""
    return shown(text, int(call.contract.limit("max_detail_bytes")))
