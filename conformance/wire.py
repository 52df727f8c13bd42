"""Requests as they stand, over one connection per thread. The only module that talks to the network."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import closing
from threading import local
from typing import cast

import requests
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse
from urllib3.exceptions import HTTPError

from conformance.errors import TargetError, Unreachable
from conformance.model import Answer, Request

#: The longest body that is read, in bytes as decoded: several times what cut-out pictures of the largest cards take.
MAX_BODY = 64 * 1024 * 1024
#: An answer may take so many times as long as one wait: one that comes in drips is none.
_WAITS = 3


class Wire:
    """Sends requests to base addresses.

    ``timeout_seconds`` holds for connecting and for each wait; the body has to be there after three times that.
    """

    def __init__(self, timeout_seconds: float = 20.0, verify: bool | str = True) -> None:
        self._timeout = timeout_seconds
        self._verify = verify
        self._local = local()

    def exchange(self, base_url: str, request: Request) -> Answer:
        """The answer to a request. Raises Unreachable without a connection, TargetError without a whole answer."""
        started = time.perf_counter()
        prepared = _prepared(base_url, request)
        try:
            # The adapter alone: a session would look where a redirect leads, and keep cookies.
            reply = (
                self._session()
                .get_adapter(base_url)
                .send(
                    prepared,
                    stream=True,
                    timeout=self._timeout,
                    verify=self._verify,
                    proxies=self._proxies(base_url),
                )
            )
            body = self._body(reply, started)
        except requests.exceptions.ConnectTimeout as error:
            raise Unreachable(f"{base_url} takes no connection: {_short(error)}") from None
        except requests.exceptions.ConnectionError as error:
            if _refused(error):
                raise Unreachable(f"{base_url} takes no connection: {_short(error)}") from None
            raise TargetError(f"no answer: {_short(error)}") from None
        except (requests.exceptions.RequestException, HTTPError) as error:
            raise TargetError(f"no answer: {_short(error)}") from None
        headers = list(reply.raw.headers.items())
        return Answer(reply.status_code, headers, body, time.perf_counter() - started)

    def _body(self, reply: requests.Response, started: float) -> bytes:
        """The whole body. Raises TargetError for one that does not end in time, or is too long to be an answer."""
        body = bytearray()
        # Closed, a connection whose answer was read to its end stays open for the next call.
        with closing(cast(HTTPResponse, reply.raw)) as raw:
            while piece := raw.read1(65536, decode_content=True):
                body += piece
                if len(body) > MAX_BODY:
                    raise TargetError(f"no answer: its body is longer than {MAX_BODY >> 20} MB")
                if time.perf_counter() - started > _WAITS * self._timeout:
                    raise TargetError(f"no answer: its body did not end in {_WAITS * self._timeout:g} s")
        return bytes(body)

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
        session: requests.Session = self._local.session
        return session

    def _proxies(self, base_url: str) -> dict[str, str]:
        """The proxies of the environment, found once per address."""
        if not hasattr(self._local, "proxies"):
            self._local.proxies = {}
        if base_url not in self._local.proxies:
            found = self._session().merge_environment_settings(base_url, {}, False, None, None)["proxies"]
            self._local.proxies[base_url] = dict(found)
        proxies: dict[str, str] = self._local.proxies[base_url]
        return proxies


def _prepared(base_url: str, request: Request) -> requests.PreparedRequest:
    """The request without anything that the library would add or rewrite."""
    prepared = requests.PreparedRequest()
    prepared.method = request.method
    prepared.url = base_url.rstrip("/") + request.target
    prepared.headers = CaseInsensitiveDict(request.headers)
    prepared.headers.setdefault("User-Agent", "idmock-conformance")
    prepared.headers.setdefault("Accept-Encoding", "identity")
    if request.chunk_bytes is not None:
        prepared.headers["Transfer-Encoding"] = "chunked"
        prepared.body = _pieces(request.body, request.chunk_bytes)  # type: ignore[assignment]
    else:
        # An empty body is none: with b"" and no length the library would send it in chunked transfer coding.
        prepared.body = request.body or None
        if request.body or request.method != "GET":
            prepared.headers.setdefault("Content-Length", str(len(request.body)))
    return prepared


def _pieces(body: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def _refused(error: BaseException) -> bool:
    """Whether it was the connection that failed, rather than what went over it."""
    return "NewConnectionError" in repr(error) or "NameResolutionError" in repr(error)


def _short(error: BaseException) -> str:
    """The innermost reason, without addresses of objects."""
    inner: BaseException | None = error
    while isinstance(inner, BaseException) and (reason := getattr(inner, "reason", None) or _first(inner)):
        inner = reason
    return re.sub(r"^<?\w*Connection\w*(\(.*?\)| object at \w+>): ", "", str(inner)) or type(error).__name__


def _first(error: BaseException) -> BaseException | None:
    return error.args[0] if error.args and isinstance(error.args[0], BaseException) else None
