"""Signs requests as they go out, for tests that send what an OpenAPI document describes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.auth import AuthBase

from conformance.model import Request
from conformance.vendors.tencent.signers import Tc3
from mockserver.accounts import Account
from mockserver.vendors._aliyun.client import acs3_headers
from mockserver.vendors._huawei.client import signed_headers

Headers = Callable[[requests.PreparedRequest, Account, float], Mapping[str, str]]


class Signed(AuthBase):
    """Adds the headers that a vendor's function makes at ``now()``, Unix seconds, with the account's keys."""

    def __init__(self, headers: Headers, account: Account, now: Callable[[], float]) -> None:
        self._headers = headers
        self._account = account
        self._now = now

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        for name, value in self._headers(request, self._account, self._now()).items():
            request.headers[name] = value
        return request


def signed(vendor: str, account: Account, now: Callable[[], float]) -> Signed | None:
    """How requests to the vendor are signed; None where credentials travel in the body."""
    return Signed(_HEADERS[vendor], account, now) if vendor in _HEADERS else None


def _bytes(request: requests.PreparedRequest) -> bytes:
    body = request.body or b""
    return body.encode() if isinstance(body, str) else bytes(body)


def _tencent(request: requests.PreparedRequest, account: Account, now: float) -> Mapping[str, str]:
    kept = {k: v for k, v in request.headers.items() if k.lower() != "authorization"}
    content_type = kept.get("Content-Type", "application/x-www-form-urlencoded")
    signer = Tc3(account.credentials["secret_id"], account.credentials["secret_key"], int(now))
    sent = Request(
        str(request.method),
        request.path_url,
        {**kept, "Host": urlsplit(str(request.url)).netloc, "Content-Type": content_type,
         "X-TC-Timestamp": str(signer.timestamp)},
        _bytes(request),
    )  # fmt: skip
    return signer.sign(sent).headers


def _aliyun(request: requests.PreparedRequest, account: Account, now: float) -> Mapping[str, str]:
    parts = urlsplit(str(request.url))
    pairs = tuple(parse_qsl(parts.query, keep_blank_values=True))
    return acs3_headers(account, parts.netloc, _bytes(request), pairs, now)


def _huawei(request: requests.PreparedRequest, account: Account, now: float) -> Mapping[str, str]:
    parts = urlsplit(str(request.url))
    if parts.query:  # what the function signs has none
        return {}
    return signed_headers(account, str(request.method), parts.path, parts.netloc, _bytes(request), now)


def _alimarket(request: requests.PreparedRequest, account: Account, now: float) -> Mapping[str, str]:
    return {"Authorization": f"APPCODE {account.credentials['app_code']}"}


_HEADERS: Mapping[str, Headers] = {
    "tencent": _tencent,
    "aliyun": _aliyun,
    "huawei": _huawei,
    "alimarket": _alimarket,
}
