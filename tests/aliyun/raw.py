"""Requests by hand, for what no SDK sends. Signs by the contract's text, apart from the server's own code."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

from mockserver.accounts import Account
from mockserver.testing import MockServer
from tests import wire

EMPTY = hashlib.sha256(b"").hexdigest()
FORM = "application/x-www-form-urlencoded"


class Reply(wire.Reply):
    """An answer, read as its content type says."""

    @property
    def xml(self) -> ElementTree.Element:
        return ElementTree.fromstring(self.body)

    @property
    def members(self) -> dict[str, str]:
        """The members of the body, JSON or XML, in their order."""
        if self.headers["Content-Type"].startswith("text/xml"):
            return {child.tag: child.text or "" for child in self.xml}
        return self.json

    @property
    def code(self) -> str | None:
        return self.members.get("Code")


class Raw(wire.Raw):
    """A request before it is sent."""

    def send(self, mock: wire.Server) -> Reply:
        """Send over a real socket."""
        return Reply(*self.exchange(mock))


def target_of(query: str, path: str = "/") -> str:
    """What stands in the request line."""
    return f"{path}?{query}" if query else path


def iso(timestamp: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(timestamp))


def rfc3986(text: str) -> str:
    return quote(text, safe="~")


@dataclass(frozen=True)
class Acs3:
    """An ACS3 request before it is signed; each part can be told otherwise than a client would."""

    account: Account
    host: str
    timestamp: float
    pairs: Sequence[tuple[str, str]] = ()
    body: bytes = b""
    method: str = "POST"
    content_type: str | None = "application/octet-stream"
    #: Added or replaced before signing; None leaves one out.
    headers: Mapping[str, str | None] = field(default_factory=dict)
    secret: str | None = None
    #: Names in the order in which they are listed; all of the headers, sorted, unless given.
    signed: Sequence[str] | None = None
    #: The query on the wire; Python's spelling unless given.
    query: str | None = None
    path: str = "/"

    def request(self) -> Raw:
        """Signed: the listed headers are in sorted order in the canonical request, whatever the list's order."""
        keys = self.account.credentials
        payload = hashlib.sha256(self.body).hexdigest()
        chosen: dict[str, str | None] = {
            "host": self.host,
            "x-acs-action": "RecognizeIdcard",
            "x-acs-version": "2021-07-07",
            "x-acs-date": iso(self.timestamp),
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-content-sha256": payload,
            "accept": "application/json",
            "content-type": self.content_type if self.body else None,
            "x-acs-security-token": keys.get("security_token"),
            **self.headers,
        }
        headers = {name: value for name, value in chosen.items() if value is not None}
        listed = list(self.signed) if self.signed is not None else sorted(headers)
        query = "&".join(f"{rfc3986(k)}={rfc3986(v)}" for k, v in sorted(self.pairs))
        lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(listed))
        hashed = headers.get("x-acs-content-sha256", payload)
        canonical = "\n".join([self.method, "/", query, lines, ";".join(listed), hashed])
        to_sign = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        secret = self.secret or keys["access_key_secret"]
        signature = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
        headers["Authorization"] = (
            f"ACS3-HMAC-SHA256 Credential={keys['access_key_id']},SignedHeaders={';'.join(listed)},"
            f"Signature={signature}"
        )
        query = urlencode(self.pairs) if self.query is None else self.query
        return Raw(self.method, target_of(query, self.path), headers, self.body)

    def send(self, mock: MockServer) -> Reply:
        return self.request().send(mock)


def acs3(mock: MockServer, account: Account, body: bytes = b"", /, **more: Any) -> Acs3:
    """A request to a mock, at the mock's time; ``more`` are fields of `Acs3`."""
    settings = {"host": mock.authority, "timestamp": mock.clock.now(), "body": body, **more}
    return Acs3(account, **settings)


def rpc(
    mock: MockServer,
    account: Account,
    business: Mapping[str, str] | None = None,
    *,
    common: Mapping[str, str | None] | None = None,
    method: str = "POST",
    form: bool = False,
    body: bytes = b"",
    content_type: str | None = None,
    secret: str | None = None,
    timestamp: float | None = None,
) -> Raw:
    """An RPC request: parameters in the query, or in a form. ``common`` replaces parameters, None leaving one out;
    a Signature among them is sent in place of the right one."""
    keys = account.credentials
    common = dict(common or {})
    signature = common.pop("Signature", "")
    chosen: dict[str, str | None] = {
        "Action": "RecognizeIdcard",
        "Version": "2021-07-07",
        "Format": "JSON",
        "AccessKeyId": keys["access_key_id"],
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": uuid.uuid4().hex,
        "Timestamp": iso(mock.clock.now() if timestamp is None else timestamp),
        "SecurityToken": keys.get("security_token"),
        **(business or {}),
        **common,
    }
    sent = {name: value for name, value in chosen.items() if value is not None}
    if signature == "":
        signature = rpc_signature(method, sent, secret or keys["access_key_secret"])
    if signature is not None:
        sent["Signature"] = signature
    encoded, headers = urlencode(sent), {"Host": mock.authority}
    if form:
        return Raw(method, "/", {**headers, "Content-Type": FORM}, encoded.encode())
    if content_type is not None:
        headers["Content-Type"] = content_type
    return Raw(method, target_of(encoded), headers, body)


def rpc_signature(method: str, parameters: Mapping[str, str], secret: str) -> str:
    """The signature over parameters by the contract's §2.2."""
    query = "&".join(f"{rfc3986(k)}={rfc3986(v)}" for k, v in sorted(parameters.items()))
    to_sign = f"{method}&%2F&{rfc3986(query)}"
    mac = hmac.new(f"{secret}&".encode(), to_sign.encode(), hashlib.sha1)
    return base64.b64encode(mac.digest()).decode()
