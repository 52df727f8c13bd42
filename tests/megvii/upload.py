"""Uploads as the vendor's page and its users send them: with `requests`, or as a body written out by hand."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from mockserver.accounts import Account
from mockserver.testing import MockServer
from tests.wire import Reply, call_wsgi

PATH = "/faceid/v3/ocridcard"
CRLF = b"\r\n"


class OcrError(Exception):
    """What a client of the page makes of an answer that is not 200: status, the error's text, request id."""

    def __init__(self, reply: requests.Response) -> None:
        if reply.status_code == 413:  # never JSON
            self.text, self.request_id = reply.text, None
        else:
            body = reply.json()
            self.text = body["error"] if "error" in body else body["error_message"]
            self.request_id = body.get("request_id")
        super().__init__(f"{reply.status_code} {self.text} {self.request_id}")
        self.reply = reply

    @property
    def code(self) -> str:
        """The part of the text that names the kind of error."""
        return str(self.text).partition(":")[0]


def post(
    mock: MockServer,
    account: Account,
    image: bytes | None,
    parameters: Mapping[str, Any] | None = None,
    *,
    path: str = PATH,
    omit: tuple[str, ...] = (),
) -> requests.Response:
    """One upload; ``parameters`` are added to the credentials, or stand in their place."""
    data = {**account.credentials, **(parameters or {})}
    files = {} if image is None or "image" in omit else {"image": ("card.jpg", image)}
    texts = {name: (None, value) for name, value in data.items() if name not in omit}
    return requests.post(mock.url + path, files={**texts, **files}, timeout=30)


def read(mock: MockServer, account: Account, image: bytes, **parameters: str) -> dict[str, Any]:
    """The answer to an upload. Raises OcrError for any status but 200."""
    reply = post(mock, account, image, parameters)
    if reply.status_code != 200:
        raise OcrError(reply)
    answer: dict[str, Any] = reply.json()
    return answer


def mint(mock: MockServer, state: str = "active", **limits: int) -> Account:
    """A new account of a server, which only the test knows."""
    name = uuid.uuid4().hex
    account = Account(
        "megvii", name, state, {"api_key": f"MOCK{name}", "api_secret": f"secret-{name}"}, {**limits}
    )
    mock.world.accounts.add(account)
    return account


@dataclass(frozen=True)
class Part:
    """One part of a body written by hand: its header lines and its bytes."""

    headers: tuple[bytes, ...]
    data: bytes


def text_part(name: str, value: str, *more: bytes) -> Part:
    return Part((b'Content-Disposition: form-data; name="%b"' % name.encode(), *more), value.encode())


def file_part(
    data: bytes, *more: bytes, disposition: bytes = b'form-data; name="image"; filename="a.jpg"'
) -> Part:
    return Part((b"Content-Disposition: " + disposition, *more), data)


def body_of(parts: list[Part], boundary: bytes = b"XX") -> bytes:
    """A multipart body as RFC 7578 has it."""
    out = b"".join(
        b"--" + boundary + CRLF + CRLF.join(part.headers) + CRLF + CRLF + part.data + CRLF for part in parts
    )
    return out + b"--" + boundary + b"--" + CRLF


def call_app(
    mock: MockServer,
    body: bytes,
    content_type: str | None = "multipart/form-data; boundary=XX",
    *,
    method: str = "POST",
    path: str = PATH,
    query: str = "",
) -> Reply:
    """Hand one request to the application: for many requests, and for bodies that no library sends."""
    headers = {"Host": mock.authority}
    if content_type is not None:
        headers["Content-Type"] = content_type
    return call_wsgi(mock.app.wsgi_app, method, path, query, headers, body)
