"""Ways to make a right implementation wrong: WSGI middleware around it, which changes what passes by.

A mutant changes answers (`changing_answers`), requests on their way in (`changing_requests`), or tries a refused
request again after repairing it (`forgiving`): that is how an implementation comes to ignore a signature or a limit
without being edited. `Purse` keeps the credentials that the implementation minted, so that a repair can sign.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_to_bytes
from wsgiref.util import setup_testing_defaults

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Paths of the implementation's own controls, which a mutant leaves alone.
ADMIN = "/_idmock/"


@dataclass(frozen=True)
class Sent:
    """A request as it came in. ``headers`` by lower-case name; ``path`` percent-encoded."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def target(self) -> str:
        return self.path + (f"?{self.query}" if self.query else "")

    def with_header(self, name: str, value: str | None) -> Sent:
        """One header set, or with None removed."""
        kept = {key: text for key, text in self.headers.items() if key != name.lower()}
        return replace(self, headers=kept if value is None else {**kept, name.lower(): value})


@dataclass(frozen=True)
class Reply:
    """An answer on its way out."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        """The body parsed, None when it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def with_header(self, name: str, value: str | None) -> Reply:
        """One header set in its place, or with None removed."""
        changed = [(key, value if key.lower() == name.lower() else text) for key, text in self.headers]
        headers = [(key, text) for key, text in changed if text is not None]
        if value is not None and self.header(name) is None:
            headers.append((name, value))
        return replace(self, headers=headers)

    def with_body(self, body: bytes) -> Reply:
        return replace(self, body=body).with_header("Content-Length", str(len(body)))

    def with_json(self, document: Any) -> Reply:
        """Another document, written like the vendors do: UTF-8, and as compact as the body was."""
        compact = b'": ' not in self.body[:200]
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":") if compact else None)
        return self.with_body(text.encode() + (b"\n" if self.body.endswith(b"\n") else b""))


@dataclass
class Purse:
    """Credentials that passed by when the implementation minted them."""

    accounts: list[dict[str, Any]] = field(default_factory=list)

    def learn(self, sent: Sent, reply: Reply) -> None:
        if sent.path == f"{ADMIN}accounts" and sent.method == "POST" and reply.status == 201:
            self.accounts.append(reply.json)

    def owner(self, name: str, value: str) -> dict[str, Any] | None:
        """The account whose credential ``name`` is ``value``."""
        found = (a for a in reversed(self.accounts) if a["credentials"].get(name) == value)
        return next(found, None)


Implementation = Callable[[Sent], Reply]
#: (implementation, request, purse) -> the mutant's answer.
Behaviour = Callable[[Implementation, Sent, Purse], Reply]


@dataclass(frozen=True)
class Mutant:
    """An implementation that is wrong in one way."""

    #: vendor/words
    id: str
    #: What it does wrong, as a sentence about it.
    says: str
    behave: Behaviour = field(repr=False)
    #: Cases that must fail with it, each of them.
    caught_by: tuple[str, ...]
    #: Patterns of ids of other cases that fail with it too; any other failure means that the suite blames too widely.
    also: tuple[str, ...] = ()

    @property
    def vendor(self) -> str:
        return self.id.partition("/")[0]

    def around(self, application: WSGIApplication) -> WSGIApplication:
        """The mutant of a running application; its controls stay as they are."""
        purse = Purse()

        def mutant(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            sent = _read(environ)
            if sent.path.startswith(ADMIN):
                reply = _call(application, environ, sent)
                purse.learn(sent, reply)
            else:
                reply = self.behave(lambda other: _call(application, environ, other), sent, purse)
            start_response(f"{reply.status} {reply.reason}", reply.headers)
            return [reply.body]

        return mutant


def changing_answers(change: Callable[[Sent, Reply], Reply | None]) -> Behaviour:
    """Answers changed on their way out; None leaves one as it is."""

    def behave(implementation: Implementation, sent: Sent, purse: Purse) -> Reply:
        reply = implementation(sent)
        return change(sent, reply) or reply

    return behave


def changing_json(change: Callable[[Any], Any]) -> Behaviour:
    """JSON answers changed: ``change`` returns the new document, or None to leave the answer as it is."""

    def changed(sent: Sent, reply: Reply) -> Reply | None:
        document = reply.json
        new = None if document is None else change(document)
        return None if new is None else reply.with_json(new)

    return changing_answers(changed)


def changing_requests(change: Callable[[Sent, Purse], Sent | None]) -> Behaviour:
    """Requests changed on their way in; None leaves one as it is."""

    def behave(implementation: Implementation, sent: Sent, purse: Purse) -> Reply:
        return implementation(change(sent, purse) or sent)

    return behave


def forgiving(is_refusal: Callable[[Reply], bool], repair: Callable[[Sent, Purse], Sent | None]) -> Behaviour:
    """A refused request is repaired and tried again: the refusal never happens."""

    def behave(implementation: Implementation, sent: Sent, purse: Purse) -> Reply:
        reply = implementation(sent)
        if not is_refusal(reply):
            return reply
        repaired = repair(sent, purse)
        return reply if repaired is None else implementation(repaired)

    return behave


def _read(environ: WSGIEnvironment) -> Sent:
    """The request of an environ, its body read to the end."""
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH")
    }
    chunked = "chunked" in headers.get("transfer-encoding", "")
    length = int(headers.get("content-length") or 0)
    stream = environ["wsgi.input"]
    body = stream.read() if chunked else stream.read(length) if length else b""
    path = quote(environ.get("PATH_INFO", "/").encode("latin-1"), safe="/:@!$&'()*+,;=~")
    return Sent(environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), headers, body)


def _call(application: WSGIApplication, environ: WSGIEnvironment, sent: Sent) -> Reply:
    """The application's answer to a request that came with this environ, or one made from it."""
    kept = {
        name: value
        for name, value in environ.items()
        if not name.startswith("HTTP_")
        and name not in ("CONTENT_TYPE", "CONTENT_LENGTH", "REQUEST_URI", "RAW_URI")
    }
    headers = {k: v for k, v in sent.headers.items() if k not in ("transfer-encoding", "content-length")}
    named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    if "HTTP_CONTENT_TYPE" in named:
        named["CONTENT_TYPE"] = named.pop("HTTP_CONTENT_TYPE")
    inner: dict[str, Any] = {
        **kept,
        **named,
        "REQUEST_METHOD": sent.method,
        "PATH_INFO": unquote_to_bytes(sent.path).decode("latin-1"),
        "QUERY_STRING": sent.query,
        "REQUEST_URI": sent.target,
        "RAW_URI": sent.target,
        "wsgi.input": io.BytesIO(sent.body),
    }
    if sent.body or "content-length" in sent.headers:
        inner["CONTENT_LENGTH"] = str(len(sent.body))
    return _answer(application, inner)


def call(application: WSGIApplication, method: str, path: str, document: Any = None) -> Reply:
    """An application's answer to a request with a JSON document that does not come over a socket."""
    body = b"" if document is None else json.dumps(document).encode()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    setup_testing_defaults(environ)
    return _answer(application, environ)


def _answer(application: WSGIApplication, environ: WSGIEnvironment) -> Reply:
    seen: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, found: list[tuple[str, str]], _: Any = None) -> Callable[[bytes], object]:
        seen.append((status, found))
        return lambda data: None

    result = application(environ, start_response)
    try:
        body = b"".join(result)
    finally:
        if hasattr(result, "close"):
            result.close()
    status, found = seen[-1]
    code, _, reason = status.partition(" ")
    return Reply(int(code), reason, list(found), body)
