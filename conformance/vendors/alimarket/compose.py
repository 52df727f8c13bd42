"""Requests to the marketplace's ``/idcard/ocr``, called with an AppCode or signed with AppKey and AppSecret."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote, urlencode

from conformance.dialect import Call
from conformance.model import Request
from conformance.values import credential
from conformance.vendors.alimarket.signers import METHODS, Pair, content_md5, sign, string_to_sign

PATH = "/idcard/ocr"
JSON = "application/json; charset=utf-8"
FORM = "application/x-www-form-urlencoded; charset=utf-8"


def compose(call: Call) -> Request:
    """A request with the credentials of its transport. Raises NotApplicable when the account lacks one."""
    scheme, _, form = (call.transport or "appcode-json").partition("-")
    content_type, body = _BODIES[form.removeprefix("query-")](call.parameters)
    query = _pairs(call.sign.get("query", []))
    if form.startswith("query-"):
        query.append((call.sign.get("query_name", "AppCode"), _app_code(call)))
    target = call.path or PATH
    if query:
        target += ("&" if "?" in target else "?") + urlencode(query, quote_via=quote)
    request = Request(
        call.method or "POST",
        target,
        {"Host": call.hosts["ocr"], "Accept": "application/json", "Content-Type": content_type},
        body if call.body is None else call.body,
    )
    if scheme == "signature":
        return _signed(call, request, query)
    if scheme == "appcode" and not form.startswith("query-"):
        word = call.sign.get("word", "APPCODE ")
        request = request.with_headers({"Authorization": word + _app_code(call)})
    elif "header_app_code" in call.sign:
        request = request.with_headers({"Authorization": f"APPCODE {call.sign['header_app_code']}"})
    return request.with_headers(call.signed_headers)


def _app_code(call: Call) -> str:
    return str(call.sign.get("app_code") or credential(call.account, "app_code"))


def _signed(call: Call, request: Request, query: Sequence[Pair]) -> Request:
    """The request with the headers of a signature; what the options leave wrong is wrong before it is signed."""
    options = call.sign
    is_form = request.headers["Content-Type"] == FORM
    headers: dict[str, str | None] = {
        "X-Ca-Key": options.get("app_key") or credential(call.account, "app_key"),
        "X-Ca-Timestamp": str(int((call.now + options.get("timestamp_offset_s", 0)) * 1000)),
        "X-Ca-Nonce": str(uuid.uuid4()),
        "X-Ca-Signature-Method": options.get("method"),
        "Content-MD5": None if is_form or not request.body else content_md5(request.body),
    }
    request = request.with_headers(headers).with_headers(call.signed_headers)
    listed = options.get("listed")
    if listed is None:
        listed = sorted(name for name in request.headers if name.lower().startswith("x-ca-"))
    if options.get("lower_case"):
        listed = [name.lower() for name in listed]
    path, _, sent_query = request.target.partition("?")
    parameters = [*_form(request.body.decode() if is_form else ""), *(query or _form(sent_query))]
    text = string_to_sign(request.method, path, request.headers, listed, parameters)
    secret = options.get("key") or credential(call.account, "app_secret")
    signature = sign(secret, text, _known(request.headers.get("X-Ca-Signature-Method")))
    if options.get("corrupt"):
        signature = ("A" if signature[0] != "A" else "B") + signature[1:]
    request = request.with_headers(
        {"X-Ca-Signature-Headers": ",".join(listed) or None, "X-Ca-Signature": signature}
    )
    return _with_lower_case_names(request) if options.get("lower_case") else request


def _known(method: str | None) -> str:
    """The method, or for one that there is not the usual one: some signature has to stand there."""
    return method if method in METHODS else next(iter(METHODS))


def _with_lower_case_names(request: Request) -> Request:
    return replace(request, headers={name.lower(): value for name, value in request.headers.items()})


def _pairs(query: Mapping[str, str] | Sequence[Sequence[str]]) -> list[Pair]:
    """A query given as an object, or as pairs where a name is there twice."""
    items = query.items() if isinstance(query, Mapping) else query
    return [(name, value) for name, value in items]


def _form(text: str) -> list[Pair]:
    """The parameters of a form as the gateway decodes them."""
    pairs = (item.partition("=") for item in text.split("&") if item)
    return [(_decoded(name), _decoded(value)) for name, _, value in pairs]


def _decoded(text: str) -> str:
    return unquote(text.replace("+", " "), errors="surrogateescape")


def _json_body(parameters: Mapping[str, Any]) -> tuple[str, bytes]:
    return JSON, json.dumps(parameters, ensure_ascii=False, separators=(",", ":")).encode()


def _form_body(parameters: Mapping[str, Any]) -> tuple[str, bytes]:
    return FORM, urlencode(parameters, quote_via=quote).encode()


def _multipart_body(parameters: Mapping[str, Any]) -> tuple[str, bytes]:
    boundary = f"----idmock{secrets.token_hex(12)}"
    parts = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in parameters.items()
    )
    return f"multipart/form-data; boundary={boundary}", f"{''.join(parts)}--{boundary}--\r\n".encode()


_BODIES: Mapping[str, Callable[[Mapping[str, Any]], tuple[str, bytes]]] = {
    "json": _json_body,
    "form": _form_body,
    "multipart": _multipart_body,
}
