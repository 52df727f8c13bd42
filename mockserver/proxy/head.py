"""The first lines of a request to a proxy, and where it wants to go (RFC 9112 §3.2, RFC 9110 §9.3.6)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

#: Longer than any client's, shorter than anything that would hurt.
MOST_BYTES = 64 * 1024
_LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP/1\.[01]")
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})")
#: Headers between a client and its proxy, which nobody behind it needs.
_HOP_BY_HOP = ("proxy-connection", "proxy-authorization", "connection", "keep-alive")


class BadHead(ValueError):
    """No request to a proxy; says in one sentence what it should have been."""


@dataclass(frozen=True)
class Head:
    """A request's first lines. ``lines`` are its header lines as they came, without line ends."""

    method: str
    host: str
    port: int
    #: What a server is asked for, "" for a tunnel.
    target: str
    lines: tuple[bytes, ...]

    @property
    def is_tunnel(self) -> bool:
        return self.method == "CONNECT"

    def for_server(self) -> bytes:
        """The same request as a server gets it; one connection carries one request."""
        kept = [
            line
            for line in self.lines
            if line.partition(b":")[0].strip().lower().decode("latin-1") not in _HOP_BY_HOP
        ]
        first = f"{self.method} {self.target} HTTP/1.1".encode("latin-1")
        return b"\r\n".join([first, *kept, b"Connection: close", b"", b""])


def parse(data: bytes) -> Head:
    """The head of a request, up to and without its empty line. Raises BadHead."""
    first, *lines = data.split(b"\r\n")
    found = _LINE.fullmatch(first.decode("latin-1"))
    if found is None:
        raise BadHead("this is a proxy for HTTP/1.1: a request begins with a method, an address and HTTP/1.1")
    method, target = found.groups()
    if method == "CONNECT":
        host, port = _authority(target)
        return Head(method, host, port, "", tuple(lines))
    host, port, path = _absolute(target)
    return Head(method, host, port, path, tuple(lines))


def _authority(text: str) -> tuple[str, int]:
    found = _AUTHORITY.fullmatch(text)
    if found is None or not 0 < int(found[2]) < 65536:
        raise BadHead(f"CONNECT wants host:port, not {text[:100]!r}")
    return found[1].strip("[]").lower(), int(found[2])


def _absolute(target: str) -> tuple[str, int, str]:
    """Host, port and path of ``http://host/path``."""
    try:
        parts = urlsplit(target)
        host, port = parts.hostname, parts.port or 80
    except ValueError:
        raise BadHead(f"{target[:100]!r} is no address") from None
    if parts.scheme != "http" or not host:
        raise BadHead(
            "this is a proxy: set it as HTTPS_PROXY or HTTP_PROXY of a client; the mock itself is at another port"
        )
    path = target.partition("://")[2]
    slash = min((i for i in (path.find("/"), path.find("?")) if i >= 0), default=-1)
    rest = path[slash:] if slash >= 0 else "/"
    return host.lower(), port, rest if rest.startswith("/") else f"/{rest}"
