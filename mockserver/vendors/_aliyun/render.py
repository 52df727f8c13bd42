"""The envelopes: success and error, as JSON or XML, and the headers around them (contract §3.1, §6.1, §6.2)."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from xml.sax.saxutils import escape

import orjson

from mockserver.contract import ErrorRow
from mockserver.request import Answer
from mockserver.vendors._aliyun import data
from mockserver.vendors._aliyun.call import AliyunCall

_JSON = ("Content-Type", "application/json;charset=utf-8")
_XML = ("Content-Type", "text/xml;charset=utf-8")  # exactly: the SDKs parse an XML error under no other type
_OPEN_TO_BROWSERS = (("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", "*"))
_HOST = re.compile(r"[a-z0-9.-]+")
_GZIP = re.compile(r"gzip(?!\s*;\s*q=0(\.0*)?\s*$)\s*(;.*)?")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def error(call: AliyunCall, row: ErrorRow, message: str) -> Answer:
    """Five members, whose order tells the gateway from the product behind it, in XML another one."""
    contract = call.contract
    operation, host = contract.operation, call.request.host.partition(":")[0]
    named = contract.is_vendor_host(host) and _HOST.fullmatch(host)
    values = {
        "RequestId": call.request.id,
        "HostId": host if named else operation["host"],
        "Code": row.code,
        "Message": message,
        "Recommend": contract.behaviour("recommend_url").format(
            code=row.code, product=operation["service"], request_id=call.request.id
        ),
    }
    if call.xml:
        body = _xml("Error", values, operation["xml_error_members"], unescaped=("Recommend",))
    else:
        gateway = row.family in operation["gateway_families"]
        members = operation["gateway_error_members" if gateway else "product_error_members"]
        body = orjson.dumps({name: values[name] for name in members})
    headers = _headers(call, body, with_etag=contract.behaviour("etag_on_errors"))
    wait = contract.behaviour("retry_after_ms")
    if row.family == "throttling" and wait:
        headers.append(("x-acs-retry-after", str(wait)))
    return _answer(call, row.http_status, headers, body, row.code)


def success(call: AliyunCall) -> Answer:
    """``{"RequestId","Data"}``, Data being JSON in a string, as a rule with sorted members at every level."""
    if call.picture is None:
        raise LookupError("success is rendered before the picture is taken in")
    asked = [name for name in ("OutputFigure", "OutputQualityInfo") if call.switch(name)]
    text = call.world.recogniser.derived(call.picture, f"aliyun data {asked}", lambda: _data(call))
    values = {"RequestId": call.request.id, "Data": text}
    root = call.contract.behaviour("xml_success_root")
    body = _xml(root, values, values) if call.xml else orjson.dumps(values)
    return _answer(call, 200, _headers(call, body, with_etag=True), body)


def _data(call: AliyunCall) -> str:
    """Depends on the picture and on the two switches that `data` asks for, on nothing else of the call."""
    inner = data.result(call)
    in_order = call.contract.behaviour("data_members") == "sorted"
    if call.contract.behaviour("data_separators") == "spaced":
        return json.dumps(inner, ensure_ascii=False, sort_keys=in_order)
    return orjson.dumps(inner, option=orjson.OPT_SORT_KEYS if in_order else None).decode()


def etag(body: bytes) -> str:
    """The gateway's etag: first digit of N, the MD5 of the body in Base64 without its padding, last digit of N.

    N is the length of the text in UTF-16 units, as Java counts it.
    """
    length = str(len(body.decode().encode("utf-16-le")) // 2)
    digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
    return f"{length[0]}{digest.rstrip('=')}{length[-1]}"


def _headers(call: AliyunCall, body: bytes, *, with_etag: bool) -> list[tuple[str, str]]:
    """Headers in the order of captured answers. Those about the connection are the server's own business."""
    request_id = call.request.id
    headers = [_XML if call.xml else _JSON]
    if _is_long(call, body):
        headers.append(("Vary", "Accept-Encoding"))
    headers += (
        *_OPEN_TO_BROWSERS,
        ("x-acs-request-id", request_id),
        # The gateway's two ids have nothing in common; ours is made of the other so that it costs no randomness.
        ("x-acs-trace-id", hashlib.md5(request_id.encode(), usedforsecurity=False).hexdigest()),
    )
    if with_etag:
        headers.append(("etag", etag(body)))
    return headers


def _answer(
    call: AliyunCall, status: int, headers: list[tuple[str, str]], body: bytes, code: str = "ok"
) -> Answer:
    """Long answers are compressed for clients that take it; the etag is that of the plain text."""
    if _is_long(call, body) and _takes_gzip(call.request.headers.get("accept-encoding", "")):
        headers.append(("Content-Encoding", "gzip"))
        body = zlib.compress(body, 1, wbits=31)
    return Answer(status, tuple(headers), body, code)


def _is_long(call: AliyunCall, body: bytes) -> bool:
    """Whether an answer, before it is compressed, is long enough to be."""
    return len(body) >= call.contract.limit("compressed_from_bytes")


@lru_cache(maxsize=256)
def _takes_gzip(accept_encoding: str) -> bool:
    """Whether gzip is listed by its name, and not with a weight of nought."""
    return any(_GZIP.fullmatch(coding.strip()) for coding in accept_encoding.lower().split(","))


def _xml(
    root: str, values: Mapping[str, str], members: Iterable[str], unescaped: Sequence[str] = ()
) -> bytes:
    """One element per member; those that are ``unescaped`` are character data as they stand, and hold no ``]]>``.

    Characters that XML cannot hold are replaced: a message may show what was sent.
    """
    texts = {
        name: f"<![CDATA[{values[name]}]]>" if name in unescaped else escape(_NOT_XML.sub("?", values[name]))
        for name in members
    }
    inner = "".join(f"<{name}>{text}</{name}>" for name, text in texts.items())
    return f"<?xml version='1.0' encoding='UTF-8'?><{root}>{inner}</{root}>".encode()
