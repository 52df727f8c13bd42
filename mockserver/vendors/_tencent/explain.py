"""What well-known mistakes would have made of a signature that does not hold (see `mockserver.signing.diagnosis`).

Each attempt makes one mistake and is right in everything else, for every host line that the server accepts.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

import orjson

from mockserver.clock import CHINA
from mockserver.signing.diagnosis import Attempt, Explanation
from mockserver.vendors._tencent import access, signatures
from mockserver.vendors._tencent.call import TencentCall
from mockserver.vendors._tencent.explain_v1 import v1_attempts
from mockserver.vendors._tencent.signatures import Authorization

_DAY = 86_400
#: A longer body is not serialised again: that costs more than the answer is worth.
_BODY_BYTES = 2_000_000
#: Secrets of other accounts that are tried: the ones that came last.
_OTHERS = 500
#: What clients and the libraries under them write.
_CONTENT_TYPES = ("application/json", "application/json; charset=utf-8", "application/json;charset=utf-8")


class Try(NamedTuple):
    """A mistake, in one clause what it was, and the recipe that makes it."""

    mistake: str
    says: str
    recipe: Recipe


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that goes into a TC3 signature, each part on its own so that one can be wrong."""

    method: str
    path: str
    query: str
    #: Names and values of the header lines, in order.
    lines: tuple[tuple[str, str], ...]
    signed_headers: str
    payload_hash: str
    timestamp: str
    #: Of the scope in the string to sign, and of the signing key.
    date: str
    service: str
    terminator: str
    prefix: str
    secret: str
    line_end: str = "\n"
    #: The empty line behind the header lines.
    gap: bool = True

    def signature(self) -> str:
        """Lower-case hexadecimal."""
        end = self.line_end
        lines = "".join(f"{name}:{value}{end}" for name, value in self.lines)
        parts = (self.method, self.path, self.query, lines if self.gap else lines.removesuffix(end))
        canonical = end.join((*parts, self.signed_headers, self.payload_hash))
        digest = hashlib.sha256(canonical.encode("latin-1", "replace")).hexdigest()
        scope = f"{self.date}/{self.service}/{self.terminator}"
        to_sign = end.join((signatures.TC3, self.timestamp, scope, digest))
        key = self.prefix.encode() + self.secret.encode()
        for part in (self.date, self.service, self.terminator):
            key = signatures.hmac_sha256(key, part)
        return signatures.tc3_signature(key, to_sign)


def explain(call: TencentCall) -> Explanation:
    """Attempts for a call whose signature, of either family, was checked."""
    if call.authorization is None:
        return Explanation(call.common["Signature"], v1_attempts(call, list(access.hosts(call))))
    return Explanation(call.authorization.signature, _attempts(call, call.authorization))


def _attempts(call: TencentCall, sent: Authorization) -> Iterator[Attempt]:
    rights = [_right(call, sent, host) for host in access.hosts(call)]
    aspects = (_keys, _scopes, _hosts, _headers, _forms, _paths, _queries, _others, _bodies)
    for aspect in aspects:
        for right in rights:
            for mistake, says, recipe in aspect(call, sent, right):
                yield Attempt(mistake, says, recipe.signature())


def _right(call: TencentCall, sent: Authorization, host: str) -> Recipe:
    """What the server itself computes."""
    request = call.request
    headers = {**request.headers, "host": host}
    return Recipe(
        method=request.method,
        path="/",
        query=request.query if request.method == "GET" else "",
        lines=tuple((name, headers.get(name, "")) for name in sent.signed_headers),
        signed_headers=";".join(sent.signed_headers),
        payload_hash=access.payload_hash(call),
        timestamp=call.common["Timestamp"],
        date=signatures.utc_date(int(call.common["Timestamp"])),
        service=sent.service,
        terminator="tc3_request",
        prefix="TC3",
        secret=call.customer.credentials["secret_key"],
    )


def _keys(call: TencentCall, sent: Authorization, right: Recipe) -> Iterable[Try]:
    secret = right.secret
    for text, what in (("\n", "a line feed"), ("\r\n", "a line end"), (" ", "a space"), ("\t", "a tab")):
        yield Try("key-whitespace", f"{what} behind the secret", replace(right, secret=secret + text))
        yield Try("key-whitespace", f"{what} before the secret", replace(right, secret=text + secret))
    for prefix in ("", "tc3", "AWS4", "TC3 "):
        says = f"{prefix!r} before the secret in place of 'TC3'"
        yield Try("key-prefix", says, replace(right, prefix=prefix))
    yield Try("wrong-key", "the secret id in place of the key", replace(right, secret=sent.secret_id))


def _scopes(call: TencentCall, sent: Authorization, right: Recipe) -> Iterable[Try]:
    timestamp = int(right.timestamp)
    if sent.date != right.date:
        says = f"the scope of the header says {sent.date}, {right.date} was signed"
        yield Try("date", says, right)
    local = time.strftime("%Y-%m-%d", time.gmtime(timestamp + _utc_offset()))
    dates = {signatures.utc_date(timestamp + days * _DAY): f"{days:+d} day" for days in (-1, 1)}
    dates |= {sent.date: "the date of the scope", local: "the date in China"}
    for date, what in dates.items():
        if date != right.date:
            says = f"{what}, {date}, was signed; in UTC it is {right.date}"
            yield Try("date", says, replace(right, date=date))
    for service in ("ocr", "tc3", "cvm", call.request.host):
        if service != right.service:
            yield Try("scope", f"service {service!r} was signed", replace(right, service=service))
    for terminator in ("aws4_request", "TC3_request", ""):
        says = f"{terminator!r} in place of 'tc3_request'"
        yield Try("scope", says, replace(right, terminator=terminator))
    for seconds in (-1, 1, -2, 2):
        says = f"the time that was signed is {seconds:+d} s from X-TC-Timestamp"
        yield Try("timestamp", says, replace(right, timestamp=str(timestamp + seconds)))
    milliseconds = f"{right.timestamp}000"
    yield Try("timestamp", "milliseconds were signed", replace(right, timestamp=milliseconds))


def _utc_offset() -> int:
    """Seconds from UTC to the civil time of China."""
    offset = CHINA.utcoffset(None)
    return int(offset.total_seconds())


def _hosts(call: TencentCall, sent: Authorization, right: Recipe) -> Iterable[Try]:
    for host in access.well_known_hosts(call):
        changed = _with_header(right, "host", host)
        yield Try("host", f"{host} was signed, the Host header is {call.request.host}", changed)


def _headers(call: TencentCall, sent: Authorization, right: Recipe) -> Iterable[Try]:
    content_type = call.request.headers.get("content-type", "")
    for other in (*_CONTENT_TYPES, content_type.partition(";")[0], ""):
        if other != content_type:
            says = f"Content-Type {other!r} was signed, {content_type!r} was sent"
            yield Try("headers", says, _with_header(right, "content-type", other))


def _forms(call: TencentCall, sent: Authorization, right: Recipe) -> Iterable[Try]:
    in_order = tuple(sorted(right.lines))
    listed = ";".join(sorted(sent.signed_headers))
    yield Try("unsorted", "the header lines were sorted, their list was not", replace(right, lines=in_order))
    yield Try(
        "unsorted",
        "the list of headers was sorted, its lines were not",
        replace(right, signed_headers=listed),
    )
    both = replace(right, lines=in_order, signed_headers=listed)
    yield Try("unsorted", "sorted headers were signed, SignedHeaders lists them otherwise", both)
    swapped = replace(right, lines=tuple(reversed(right.lines)))
    yield Try("unsorted", "the header lines are in the opposite order", swapped)
    spaced = tuple((name, f" {value}") for name, value in right.lines)
    yield Try("header-form", "there is a space behind the colon", replace(right, lines=spaced))
    title = tuple((name.title(), value) for name, value in right.lines)
    yield Try("header-form", "names were signed in capitals", replace(right, lines=title))
    yield Try("line-ends", "the empty line behind the headers is missing", replace(right, gap=False))
    yield Try("line-ends", "lines end in CR LF", replace(right, line_end="\r\n"))


def _paths(call: TencentCall, sent: Authorization, right: Recipe) -> Iterable[Try]:
    for path in ("", "//", call.request.path, f"{call.request.path}/", "%2F"):
        if path != right.path:
            yield Try("path", f"the path {path!r} was signed in place of '/'", replace(right, path=path))
    for method in ("POST", "GET", "post", "get"):
        if method != right.method:
            yield Try("method", f"{method} was signed", replace(right, method=method))


def _queries(call: TencentCall, sent: Authorization, right: Recipe) -> Iterable[Try]:
    query = call.request.query
    if not query:
        return
    forms = (
        ("encoded-twice", "the query was encoded once more", quote(query, safe="=&-_.~")),
        ("not-encoded", "the query was signed decoded", unquote(query)),
        ("space-as-plus", "%20 was signed as +", query.replace("%20", "+")),
        ("space-as-plus", "+ was sent, %20 was signed", query.replace("+", "%20")),
        ("unsorted", "the query was sorted by name", "&".join(sorted(query.split("&")))),
        ("query", "no query was signed", ""),
        ("query", "the query was signed; with POST it is empty", query),
    )
    for mistake, says, form in forms:
        if form != right.query:
            yield Try(mistake, says, replace(right, query=form))


def _others(call: TencentCall, sent: Authorization, right: Recipe) -> Iterable[Try]:
    own = call.customer.name
    for account in call.world.accounts.select(call.customer.vendor)[-_OTHERS:]:
        if account.name != own:
            says = f"the secret of account {account.name} with the id of {own}"
            yield Try("wrong-key", says, replace(right, secret=account.credentials["secret_key"]))


def _bodies(call: TencentCall, sent: Authorization, right: Recipe) -> Iterable[Try]:
    body = call.request.body
    unsigned = hashlib.sha256(signatures.UNSIGNED_PAYLOAD.encode()).hexdigest()
    hashes = {
        "the hash of nothing was signed": hashlib.sha256(b"").hexdigest(),
        "UNSIGNED-PAYLOAD was hashed and not announced in X-TC-Content-SHA256": unsigned,
        "UNSIGNED-PAYLOAD was signed as it is": signatures.UNSIGNED_PAYLOAD,
        "the body was hashed although UNSIGNED-PAYLOAD was announced": hashlib.sha256(body).hexdigest(),
        "the hash is in capitals": right.payload_hash.upper(),
        "the hash itself was hashed": hashlib.sha256(right.payload_hash.encode()).hexdigest(),
    }
    for says, digest in hashes.items():
        if digest != right.payload_hash:
            yield Try("body-hash", says, replace(right, payload_hash=digest))
    if len(body) <= _BODY_BYTES:
        for says, other in _serialised(body):
            digest = hashlib.sha256(other).hexdigest()
            if digest != right.payload_hash:
                yield Try("body", says, replace(right, payload_hash=digest))


def _serialised(body: bytes) -> Iterator[tuple[str, bytes]]:
    """The body in the forms that other serialisers give it."""
    yield "a line feed behind the body was signed", body + b"\n"
    yield "white space around the body was sent and not signed", body.strip()
    yield "the body was percent-encoded before it was hashed", quote(body, safe="").encode()
    try:
        value: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return
    yield "the JSON text was encoded as JSON once more", json.dumps(body.decode()).encode()
    spaces: Mapping[str, tuple[str, str]] = {"with": (", ", ": "), "without": (",", ":")}
    for how, separators in spaces.items():
        for ascii_only, letters in ((True, "\\u escapes"), (False, "UTF-8")):
            for ordered, order in ((False, "in the order sent"), (True, "sorted")):
                text = json.dumps(value, ensure_ascii=ascii_only, separators=separators, sort_keys=ordered)
                says = f"JSON {how} spaces, in {letters}, members {order}, was signed"
                yield says, text.encode("utf-8", "surrogatepass")


def _with_header(recipe: Recipe, name: str, value: str) -> Recipe:
    lines = tuple((n, value if n == name else v) for n, v in recipe.lines)
    return replace(recipe, lines=lines)
