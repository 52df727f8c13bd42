"""HTTP written out by hand, for what no client library sends: each request goes out as it stands, over a real socket
or, where there are thousands, straight to the application.

Each vendor's ``raw`` module signs such requests and reads the answers in its own way.
"""

from __future__ import annotations

import http.client
import io
import json
import socket
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, Self

import requests
from requests.structures import CaseInsensitiveDict

#: A WSGI application.
Application = Callable[..., Iterable[bytes]]


class Server(Protocol):
    """What a request needs to know of a mock: its host and port."""

    @property
    def authority(self) -> str: ...


@dataclass(frozen=True)
class Reply:
    """An answer as it came over the wire; header names are lower case, and found in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def of(cls, answer: requests.Response) -> Self:
        """The same of an answer that came by the library `requests`."""
        return cls(answer.status_code, by_name(answer.headers.items()), answer.content)

    @property
    def json(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.body)
        return value

    @property
    def rule(self) -> str | None:
        """The row of the catalogue that answered, None for a success."""
        return self.headers.get("x-idmock-rule")


@dataclass(frozen=True)
class Raw:
    """A request before it is sent. ``target`` is what stands in the request line."""

    method: str = "POST"
    target: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def with_headers(self, changes: Mapping[str, str | None]) -> Self:
        """Headers changed or, with None, left out, whatever the case of their names."""
        changed = {name.lower() for name in changes}
        kept = {name: value for name, value in self.headers.items() if name.lower() not in changed}
        given = {name: value for name, value in changes.items() if value is not None}
        return replace(self, headers=kept | given)

    def exchange(
        self, mock: Server, chunks: Iterable[bytes] | None = None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of the answer; with ``chunks`` the body goes out in chunked transfer coding.

        Host and Content-Length are added where the request has none.
        """
        named = {name.lower() for name in self.headers}
        connection = http.client.HTTPConnection(mock.authority, timeout=20)
        try:
            connection.putrequest(self.method, self.target, skip_host=True, skip_accept_encoding=True)
            if "host" not in named:
                connection.putheader("Host", mock.authority)
            for name, value in self.headers.items():
                connection.putheader(name, value.encode("utf-8"))
            if chunks is not None:
                connection.putheader("Transfer-Encoding", "chunked")
                connection.endheaders(iter(chunks), encode_chunked=True)
            else:
                if "content-length" not in named:
                    connection.putheader("Content-Length", str(len(self.body)))
                connection.endheaders(self.body or None)
            answer = connection.getresponse()
            return answer.status, by_name(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def hand_to(self, application: Application) -> Reply:
        """The answer of an application that is called without a socket."""
        return call_wsgi(application, self.method, self.path, self.query, self.headers, self.body)


def by_name(headers: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Headers by lower-case name; they are found in any case."""
    return CaseInsensitiveDict((name.lower(), value) for name, value in headers)


def connect(mock: Server) -> socket.socket:
    """A connection to a mock, for what no HTTP client would send."""
    host, _, port = mock.authority.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=10)


def call_wsgi(
    application: Application,
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    body: bytes,
) -> Reply:
    """Call a WSGI application as a server does; ``path`` comes decoded, one character per byte."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    seen: list[tuple[int, Mapping[str, str]]] = []

    def start_response(
        status: str, sent: list[tuple[str, str]], _: object = None
    ) -> Callable[[bytes], object]:
        seen.append((int(status.split()[0]), by_name(sent)))
        return lambda data: None

    content = b"".join(application(environ, start_response))
    ((status, found),) = seen
    return Reply(status, found, content)
