"""Requests to Megvii's `ocridcard`: key, secret and picture in a multipart body, and the ways in which clients err.

There is no signature. What other vendors call options of the signer are here those of the body: who calls, and how the
parts are written (``vendor.json`` lists them under ``sign``).
"""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from conformance.dialect import Call
from conformance.model import Request
from conformance.values import credential

PATH = "/faceid/v3/ocridcard"
#: (name, value): bytes become a part with a filename, anything else a text.
Field = tuple[str, Any]

_TOKEN = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)


def compose(call: Call) -> Request:
    """A request with key and secret. Raises NotApplicable when the account lacks one."""
    who, what = _credentials(call), _fields(call.parameters)
    query = ""
    if call.transport == "query-credentials":
        query, who = f"?{urlencode(who)}", []
    if call.sign.get("image_first"):
        what.sort(key=lambda field: field[0] != "image")
        content_type, body = _WRITERS[call.transport or "multipart"](what + who, call.sign)
    else:
        content_type, body = _WRITERS[call.transport or "multipart"](who + what, call.sign)
    return Request(
        call.method or "POST",
        (call.path or PATH) + query,
        {"Host": call.hosts["ocr"], "Content-Type": content_type},
        body if call.body is None else call.body,
    ).with_headers(call.signed_headers)


def multipart(fields: Iterable[Field], options: Mapping[str, Any]) -> tuple[str, bytes]:
    """Content-Type and body of multipart/form-data (RFC 7578); names and filenames stand there in UTF-8."""
    boundary = options.get("boundary") or f"----idmock{secrets.token_hex(12)}"
    pieces: list[bytes] = []
    for name, value in fields:
        pieces += (
            f"--{boundary}\r\n".encode(),
            _part_header(name, value, options),
            _as_bytes(value),
            b"\r\n",
        )
    pieces.append(f"--{boundary}--\r\n".encode())
    shown = boundary if _TOKEN.fullmatch(boundary) else f'"{boundary}"'
    return f"multipart/form-data; boundary={shown}", b"".join(pieces)


def _part_header(name: str, value: Any, options: Mapping[str, Any]) -> bytes:
    lines = [f'Content-Disposition: form-data; name="{_escaped(name)}"']
    if isinstance(value, bytes):
        lines[0] += f'; filename="{_escaped(options.get("filename", "card.jpg"))}"'
        media_type = options.get("image_type", "image/jpeg")
    else:
        media_type = options.get("text_type")
    if media_type is not None:
        lines.append(f"Content-Type: {media_type}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _escaped(text: str) -> str:
    """As browsers write a name between quotes."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _without_boundary(fields: Iterable[Field], options: Mapping[str, Any]) -> tuple[str, bytes]:
    """A multipart body under a header that somebody set by hand."""
    return "multipart/form-data", multipart(fields, options)[1]


def _urlencoded(fields: Iterable[Field], options: Mapping[str, Any]) -> tuple[str, bytes]:
    form = urlencode([(name, _as_bytes(value)) for name, value in fields])
    return "application/x-www-form-urlencoded", form.encode()


def _json(fields: Iterable[Field], options: Mapping[str, Any]) -> tuple[str, bytes]:
    """Pictures become Base64."""
    document = {n: base64.b64encode(v).decode() if isinstance(v, bytes) else v for n, v in fields}
    return "application/json", json.dumps(document, ensure_ascii=False).encode()


_WRITERS: Mapping[str, Callable[[Iterable[Field], Mapping[str, Any]], tuple[str, bytes]]] = {
    "multipart": multipart,
    "query-credentials": multipart,
    "no-boundary": _without_boundary,
    "urlencoded": _urlencoded,
    "json": _json,
}


def _credentials(call: Call) -> list[Field]:
    """Key and secret of the account, or what the options put in their place; without one that is to be left out."""
    pair = {}
    for name in ("api_key", "api_secret"):
        pair[name] = call.sign[name] if name in call.sign else credential(call.account, name)
    if call.sign.get("corrupt"):
        pair["api_secret"] = _with_another_end(pair["api_secret"])
    return [(name, value) for name, value in pair.items() if value is not None]


def _with_another_end(text: str) -> str:
    return text[:-1] + ("0" if text[-1:] != "0" else "1")


def _fields(parameters: Mapping[str, Any]) -> list[Field]:
    """Every value of every parameter, in order; a parameter with a list of values is there that many times."""
    return [
        (name, one)
        for name, value in parameters.items()
        for one in (value if isinstance(value, list) else [value])
    ]


def _as_bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).encode()
