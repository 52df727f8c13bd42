"""One immutable view of a request, and the answer to it.

Signatures are computed over what was sent, so nothing here is decoded, re-ordered or normalised: ``target`` and
``query`` are the characters of the request line, ``body`` the bytes behind the headers (transfer coding removed).
"""

from __future__ import annotations

import os
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl

from werkzeug.wsgi import get_input_stream

if TYPE_CHECKING:
    from mockserver.wire import Wire

FORM = "application/x-www-form-urlencoded"

_CHUNK = 256 * 1024
#: A length of so many digits is longer than any body that is kept.
_LENGTH_DIGITS = 12
#: What is read and thrown away behind an oversized body, so that a client that sends everything before it reads
#: gets its answer instead of a reset connection.
_DRAIN_BYTES = 64 * 1024 * 1024


#: Ids are to be unlike each other and protect nothing, so the operating system is asked once a process: each time it
#: is asked the interpreter is let go of, and on a busy server getting it back takes longer than making the id.
_ids = random.Random()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_ids.seed)


def new_id() -> str:
    """A random UUID of version 4, as text."""
    return str(uuid.UUID(int=_ids.getrandbits(128), version=4))


@dataclass(frozen=True)
class Request:
    """What the client sent. Header names are lower case; a repeated header is joined with commas by the server."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    #: Length of the whole body in bytes; greater than ``len(body)`` when it was too long to keep.
    body_bytes: int
    #: Unix time of arrival, by the server's clock.
    received: float
    id: str = field(default_factory=new_id)

    @property
    def host(self) -> str:
        """The Host header as sent, lower case, port included when the client sent one."""
        return self.headers.get("host", "").lower()

    @property
    def media_type(self) -> str:
        """The Content-Type without its parameters, lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @cached_property
    def query_parameters(self) -> Mapping[str, str]:
        """Decoded query parameters; the last of a repeated name wins."""
        return decode_pairs(self.query)

    @cached_property
    def form_parameters(self) -> Mapping[str, str]:
        """Decoded form fields of a url-encoded body, empty for any other body."""
        if self.media_type != FORM or self.body_bytes > len(self.body):
            return {}
        return decode_pairs(self.body.decode("latin-1"))


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete response: status, headers in order, body bytes."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    #: The vendor's code that goes into the log and the metrics; ``ok`` for a success.
    code: str = "ok"
    #: How the answer is spoiled on its way, by a fault.
    wire: Wire | None = None


def utf8(text: str) -> str:
    """What the client meant by a header, a query or a form that came with one character per byte, as WSGI has it.

    Bytes that are not UTF-8 stay as surrogates.

    >>> utf8("\\xe8\\xba\\xab")
    '身'
    """
    return text if text.isascii() else text.encode("latin-1", "replace").decode("utf-8", "surrogateescape")


def pairs(text: str) -> list[tuple[str, str]]:
    """The pairs of a query or a url-encoded form in their order; a name without a value has the empty one.

    ``text`` holds one character per byte. Percent-encoded or not, bytes are read as `utf8` does.
    """
    return parse_qsl(utf8(text), keep_blank_values=True, encoding="utf-8", errors="surrogateescape")


def decode_pairs(text: str) -> dict[str, str]:
    """The same by name, the last of a repeated one.

    >>> decode_pairs("CardSide=%E6%AD%A3+%E9%9D%A2")
    {'CardSide': '正 面'}
    """
    return dict(pairs(text))


def read_request(environ: Mapping[str, Any], *, keep_bytes: int, received: float) -> Request:
    """Build the view of one WSGI request, keeping at most ``keep_bytes`` of its body.

    A longer body is counted and thrown away, so that its size can be refused without its memory being paid.
    """
    headers = {name: environ[variable] for variable, name in _headers_among(tuple(environ))}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]
    body, size = _read_body(environ, keep_bytes)
    return Request(
        method=environ["REQUEST_METHOD"],
        path=environ.get("PATH_INFO", "/") or "/",
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        body=body,
        body_bytes=size,
        received=received,
    )


@lru_cache(maxsize=64)
def _headers_among(variables: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The variables that hold headers, each with the header's name: ``HTTP_X_ACS_DATE`` and ``x-acs-date``.

    Servers put the process's own variables beside them, which are many, and a client sends the same headers each time.
    """
    return tuple((v, v[5:].replace("_", "-").lower()) for v in variables if v.startswith("HTTP_"))


def _read_body(environ: Mapping[str, Any], keep_bytes: int) -> tuple[bytes, int]:
    stream = get_input_stream(cast("dict[str, Any]", environ))
    declared = environ.get("CONTENT_LENGTH") or ""
    # Of a length that is none, or too long to be read as a number, the stream decides.
    if declared.isdecimal() and len(declared) < _LENGTH_DIGITS and int(declared) <= keep_bytes:
        body = stream.read()
        return body, len(body)
    body = stream.read(keep_bytes + 1)
    if len(body) <= keep_bytes:
        return body, len(body)
    size = len(body)
    while size < _DRAIN_BYTES and (chunk := stream.read(_CHUNK)):
        size += len(chunk)
    return b"", size
