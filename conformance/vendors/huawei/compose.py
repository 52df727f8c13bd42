"""Requests to Huawei Cloud OCR, signed or with a token, and to IAM, where tokens and projects come from."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from conformance.dialect import Call
from conformance.errors import SuiteError, TargetError
from conformance.model import Request
from conformance.values import credential
from conformance.vendors.huawei.signers import SdkHmac, sdk_date

#: The service whose host and path a call goes to.
OCR, IAM = "ocr", "iam"
LOGIN_PATH = "/v3/auth/tokens"
PROJECTS_PATH = "/v3/projects"
JSON = "application/json"
#: As the Python client writes it; the Node client leaves the charset out.
JSON_UTF8 = "application/json;charset=utf-8"
USER_AGENT = "huaweicloud-usdk-python/3.0; idmock-conformance"


def compose(call: Call) -> Request:
    """A request as ``call.transport`` sends it.

    Raises NotApplicable when the account lacks a credential, TargetError when IAM gives no token.
    """
    return _COMPOSERS[call.transport or "aksk"](call)


def _compose_signed(call: Call, *, like_node: bool) -> Request:
    """Signed, with the headers and the JSON of the vendor's Python client, or of its Node client."""
    separators, content_type = ((",", ":"), JSON) if like_node else ((", ", ": "), JSON_UTF8)
    headers = {
        **({} if like_node else {"User-Agent": USER_AGENT}),
        "Content-Type": content_type,
        "X-Project-Id": credential(call.account, "project_id"),
    }
    body = json.dumps(call.parameters, ensure_ascii=not like_node, separators=separators).encode()
    return _signed(call, _ocr_request(call, headers, body))


def _compose_with_token(call: Call) -> Request:
    headers = {"Content-Type": JSON, "X-Auth-Token": _token(call)}
    body = json.dumps(call.parameters, ensure_ascii=False).encode()
    return _ocr_request(call, headers, body).with_headers(call.signed_headers)


def _compose_login(call: Call) -> Request:
    body = login_body(call) if call.body is None else call.body
    headers = {"Host": call.hosts[IAM], "Content-Type": JSON}
    request = Request(call.method or "POST", call.path or LOGIN_PATH, headers, body, service=IAM)
    return request.with_headers(call.signed_headers)


def _compose_iam_signed(call: Call) -> Request:
    return _signed(call, _iam_request(call, {}))


def _compose_iam_with_token(call: Call) -> Request:
    token = _token(call)
    subject = {"X-Subject-Token": token} if call.sign.get("subject_token") else {}
    return _iam_request(call, {"X-Auth-Token": token, **subject}).with_headers(call.signed_headers)


def _ocr_request(call: Call, headers: Mapping[str, str], body: bytes) -> Request:
    path = call.path or f"/v2/{credential(call.account, 'project_id')}/ocr/id-card"
    named = {"Host": call.hosts[OCR], **headers}
    return Request(call.method or "POST", path, named, body if call.body is None else call.body, service=OCR)


def _iam_request(call: Call, headers: Mapping[str, str]) -> Request:
    """Without a body there is no Content-Type either."""
    body = call.body or b""
    named = {"Host": call.hosts[IAM], **({"Content-Type": JSON} if body else {}), **headers}
    return Request(call.method or "GET", call.path or PROJECTS_PATH, named, body, service=IAM)


def _signed(call: Call, request: Request) -> Request:
    """With a date, for a temporary key with its security token, and with the signature over all of it."""
    token = call.account.credentials.get("security_token")
    date = call.sign.get("date", sdk_date(call.now + call.sign.get("date_offset_s", 0)))
    added = {"X-Sdk-Date": date, **({"X-Security-Token": token} if token else {})}
    signer = SdkHmac(
        call.sign.get("ak") or credential(call.account, "ak"), credential(call.account, "sk"), call.sign
    )
    return signer.sign(request.with_headers({**added, **call.signed_headers}))


def login_body(call: Call) -> bytes:
    """The password method, for a token of the caller's project unless the options want another scope."""
    user = {
        "name": credential(call.account, "username"),
        "password": credential(call.account, "password"),
        "domain": {"name": credential(call.account, "domain")},
    }
    project = {"project": {"id": credential(call.account, "project_id")}}
    auth: dict[str, Any] = {
        "identity": {"methods": ["password"], "password": {"user": user}},
        "scope": call.sign.get("scope", project),
    }
    return json.dumps({"auth": auth}, ensure_ascii=False).encode()


def _token(call: Call) -> str:
    """A token that IAM gives now; of ``token_cut`` only so many characters, and at ``token_changed_at`` another one."""
    if call.exchange is None:
        raise SuiteError("a token has to be asked for, and this call cannot ask")
    headers = {"Host": call.hosts[IAM], "Content-Type": JSON}
    answer = call.exchange(Request("POST", LOGIN_PATH, headers, login_body(call), service=IAM))
    token = answer.header("X-Subject-Token")
    if answer.status != 201 or not token:
        raise TargetError(f"IAM gave no token: {answer.status} {answer.text.strip()[:200]}")
    if (at := call.sign.get("token_changed_at")) is not None:
        if at >= len(token):
            raise TargetError(f"a token of {len(token)} characters has none at {at}")
        token = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
    return token[: call.sign.get("token_cut", len(token))]


_COMPOSERS: Mapping[str, Callable[[Call], Request]] = {
    "aksk": partial(_compose_signed, like_node=False),
    "aksk-node": partial(_compose_signed, like_node=True),
    "token": _compose_with_token,
    "iam-login": _compose_login,
    "iam-aksk": _compose_iam_signed,
    "iam-token": _compose_iam_with_token,
}
