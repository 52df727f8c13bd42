"""Huawei requests made by hand: for what the official SDK has no way to send, or sends differently.

The signer follows §2.1 of the contract and shares no code with the server's verifier.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote

from mockserver.accounts import Account
from mockserver.testing import MockServer
from tests import wire

JSON = "application/json"


class Reply(wire.Reply):
    """An answer of the OCR service, of IAM or of the gateway."""

    @property
    def result(self) -> dict[str, Any]:
        """What stands in the envelope of a success."""
        found: dict[str, Any] = self.json["result"]
        return found

    @property
    def code(self) -> str | None:
        """The error's code as text, whatever the shape; None for a success."""
        error = self.json.get("error")
        return str(error["code"]) if error else self.json.get("error_code")

    @property
    def message(self) -> str:
        error = self.json.get("error")
        return str(error["message"] if error else self.json["error_msg"])


class Raw(wire.Raw):
    """A request before it is sent."""

    def send(self, mock: wire.Server, *, chunks: Iterable[bytes] | None = None) -> Reply:
        """Send over a real socket; with ``chunks`` the body goes out in chunked transfer coding."""
        return Reply(*self.exchange(mock, chunks))


def path_of(account: Account) -> str:
    return f"/v2/{account.credentials['project_id']}/ocr/id-card"


def signed(
    account: Account,
    parameters: object = None,
    *,
    body: bytes | None = None,
    method: str = "POST",
    target: str | None = None,
    host: str,
    moment: float | None = None,
    headers: Mapping[str, str] | None = None,
    secret: str | None = None,
    claimed_hash: str | None = None,
) -> Raw:
    """A request signed with SDK-HMAC-SHA256.

    ``parameters`` become the JSON body unless ``body`` gives the bytes; ``target`` is path and query; ``headers`` are
    signed beside the usual ones; ``claimed_hash`` goes into ``X-Sdk-Content-Sha256`` in place of the body's.
    """
    if body is None:
        body = b"" if parameters is None else json.dumps(parameters).encode()
    path, _, query = (target or path_of(account)).partition("?")
    date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() if moment is None else moment))
    lines = {"Content-Type": JSON, "Host": host, "X-Sdk-Date": date, **(headers or {})}
    if claimed_hash is not None:
        lines["X-Sdk-Content-Sha256"] = claimed_hash
    if "security_token" in account.credentials:
        lines.setdefault("X-Security-Token", account.credentials["security_token"])
    signature = sign(method, path, query, lines, body, secret or account.credentials["sk"])
    names = ";".join(sorted(name.lower() for name in lines))
    lines["Authorization"] = (
        f"SDK-HMAC-SHA256 Access={account.credentials['ak']}, SignedHeaders={names}, Signature={signature}"
    )
    return Raw(method, f"{path}?{query}" if query else path, lines, body)


def sign(method: str, path: str, query: str, headers: Mapping[str, str], body: bytes, secret: str) -> str:
    """The signature over all of ``headers``, which hold ``X-Sdk-Date``."""
    lower = {name.lower(): value for name, value in headers.items()}
    segments = [quote(unquote(part), safe="~") for part in path.split("/")]
    uri = "/".join(segments)
    pairs = sorted(
        tuple(unquote(side) for side in pair.partition("=")[::2]) for pair in query.split("&") if pair
    )
    canonical = "\n".join(
        [
            method,
            uri if uri.endswith("/") else uri + "/",
            "&".join(f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in pairs),
            *(f"{name}:{lower[name].strip()}" for name in sorted(lower)),
            "",
            ";".join(sorted(lower)),
            lower.get("x-sdk-content-sha256") or hashlib.sha256(body).hexdigest(),
        ]
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"SDK-HMAC-SHA256\n{lower['x-sdk-date']}\n{digest}"
    return hmac.digest(secret.encode(), to_sign.encode(), "sha256").hex()


def with_token(account: Account, token: str, parameters: object) -> Raw:
    """A call that shows a token in place of a signature."""
    headers = {"Content-Type": JSON, "X-Auth-Token": token}
    return Raw("POST", path_of(account), headers, json.dumps(parameters).encode())


def login(account: Account, scope: object = None, **changes: Any) -> Raw:
    """``POST /v3/auth/tokens`` with the account's user; ``changes`` replace domain, username, password, or leave out
    the ``user``."""
    keys = {**account.credentials, **changes}
    user = {"name": keys["username"], "password": keys["password"], "domain": {"name": keys["domain"]}}
    password = {} if "user" in changes else {"user": user}
    auth: dict[str, Any] = {"identity": {"methods": ["password"], "password": password}}
    if scope is not None:
        auth["scope"] = scope
    return Raw("POST", "/v3/auth/tokens", {"Content-Type": JSON}, json.dumps({"auth": auth}).encode())


def token_of(mock: MockServer, account: Account, region: str | None = "cn-north-4") -> str:
    """Log in and return the token: for the project of ``region``, or for the account as a whole.

    Raises AssertionError when the login fails.
    """
    scope = {"domain": {"name": account.credentials["domain"]}}
    if region is not None:
        scope = {"project": {"name": region}}
    reply = login(account, scope).send(mock)
    assert reply.status == 201, reply.body
    return reply.headers["x-subject-token"]


def send(mock: MockServer, account: Account, parameters: object = None, **more: Any) -> Reply:
    """A signed call to the mock; ``more`` as for ``signed``."""
    return signed(account, parameters, host=mock.authority, **more).send(mock)


def rule(mock: MockServer, account: Account, parameters: object = None, **more: Any) -> str | None:
    """The row that answers such a call, None for a success."""
    return send(mock, account, parameters, **more).rule
