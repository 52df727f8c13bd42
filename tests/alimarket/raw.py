"""Requests to the marketplace API written out byte for byte, and a signer of the tests' own.

The signer follows §2.2 of the contract and shares no code with the server's verifier.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from mockserver.accounts import Account
from mockserver.testing import MockServer
from tests import wire
from tests.triggers import encoded

PATH = "/idcard/ocr"
HOST = "idc.market.alicloudapi.com"
JSON = "application/json; charset=utf-8"
FORM = "application/x-www-form-urlencoded; charset=utf-8"


class Reply(wire.Reply):
    """An answer of the gateway or the seller."""

    @property
    def code(self) -> str | None:
        """The gateway's code, else the seller's ``status`` as text."""
        return self.headers.get("x-ca-error-code") or (str(self.json["status"]) if self.body else None)

    @property
    def message(self) -> str:
        return str(self.json["msg"]) if self.body else self.headers["x-ca-error-message"]

    @property
    def data(self) -> dict[str, str]:
        """The fields of a success."""
        assert self.body, self.headers
        assert self.json["status"] == 200, self.json
        fields: dict[str, str] = self.json["data"]
        return fields


@dataclass(frozen=True)
class Raw(wire.Raw):
    """A request before it is sent."""

    target: str = PATH

    def send(self, mock: wire.Server) -> Reply:
        """Send over a real socket."""
        return Reply(*self.exchange(mock))


def plain(parameters: object = None, **headers: str) -> Raw:
    """A JSON call without credentials; ``X_Ca_Key`` stands for the header ``X-Ca-Key``."""
    body = json.dumps({} if parameters is None else parameters).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Raw(headers={"Content-Type": JSON, **named}, body=body)


def app_code(account: Account, parameters: object = None, **headers: str) -> Raw:
    """A JSON call with the account's AppCode."""
    return plain(parameters, Authorization=f"APPCODE {account.credentials['app_code']}", **headers)


def image_call(mock: MockServer, account: Account, specimen: str = "front") -> Raw:
    """An ordinary call with a specimen as Base64."""
    return app_code(account, {"image": encoded(mock.specimen(specimen))})


def string_to_sign(request: Raw, names: Sequence[str]) -> str:
    """What the client signs; ``names`` are the signed headers, spelled as the request spells them."""
    sent = {name.lower(): value for name, value in request.headers.items()}
    lines = [request.method] + [sent.get(n, "") for n in ("accept", "content-md5", "content-type", "date")]
    lines += [f"{name}:{sent.get(name.lower(), '')}" for name in sorted(names)]
    path, _, query = request.target.partition("?")
    found = parse_qsl(query, keep_blank_values=True)
    if sent.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        found = parse_qsl(request.body.decode(), keep_blank_values=True) + found
    first = dict(reversed(found))
    shown = "&".join(f"{k}={first[k]}" if first[k] else k for k in sorted(first))
    return "\n".join([*lines, f"{path}?{shown}" if shown else path])


def sign(
    request: Raw,
    key: str,
    secret: str,
    *,
    ca: Mapping[str, str],
    listed: Sequence[str] | None = None,
    algorithm: str = "sha256",
) -> Raw:
    """The request with the headers ``ca``, all signed, and the signature.

    ``listed`` is the order of ``X-Ca-Signature-Headers`` where it is not that of the signed text.
    """
    style = next(iter(ca), "X-Ca-")
    own = "x-ca-key" if style.islower() else "X-Ca-Key"
    signed = {own: key, **ca}
    out = request.with_headers(signed)
    text = string_to_sign(out, list(signed))
    mac = hmac.new(secret.encode(), text.encode(), getattr(hashlib, algorithm)).digest()
    return out.with_headers(
        {
            "X-Ca-Signature-Headers": ",".join(listed or sorted(signed)),
            "X-Ca-Signature": base64.b64encode(mac).decode(),
        }
    )


def content_md5(body: bytes) -> str:
    return base64.b64encode(hashlib.md5(body).digest()).decode()
