"""What well-known mistakes would have made of a signature that does not hold (see `mockserver.signing.diagnosis`).

Here for ACS3-HMAC-SHA256; `explain_rpc` has the mistakes with the RPC style. Each attempt makes one mistake and is
right in everything else.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from mockserver import mistakes
from mockserver.clock import CHINA
from mockserver.mistakes import Lines
from mockserver.signing.diagnosis import Attempt, Explanation
from mockserver.vendors._aliyun import access, signatures
from mockserver.vendors._aliyun.call import AliyunCall
from mockserver.vendors._aliyun.explain_rpc import rpc_attempts
from mockserver.vendors._aliyun.signatures import Authorization

#: What clients and the libraries under them write.
_CONTENT_TYPES = (
    "application/octet-stream",
    "application/json",
    "application/json; charset=utf-8",
    "application/json;charset=utf-8",
    "application/x-www-form-urlencoded",
    "image/jpeg",
    "",
)
_ACCEPTED = ("application/json", "*/*", "application/xml", "")


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that goes into an ACS3 signature, each part on its own so that one can be wrong."""

    method: str
    path: str
    query: str
    #: Names and values of the header lines, in order.
    lines: Lines
    signed_headers: str
    payload_hash: str
    secret: str
    line_end: str = "\n"
    #: The empty line behind the header lines.
    gap: bool = True
    #: Behind the canonical request, and behind the string to sign.
    tail: str = ""
    text_tail: str = ""
    #: In front of the hash in the string to sign.
    head: str = f"{signatures.ACS3}\n"
    #: What stands there for the canonical request: "sha256", "sha1", "base64", "text".
    digest: str = "sha256"

    def text(self) -> bytes:
        """The string to sign."""
        end = self.line_end
        lines = "".join(f"{name}:{value}{end}" for name, value in self.lines)
        parts = (self.method, self.path, self.query, lines if self.gap else lines.removesuffix(end))
        canonical = end.join((*parts, self.signed_headers, self.payload_hash)) + self.tail
        return (self.head + self._digest(canonical.encode("latin-1", "replace")) + self.text_tail).encode()

    def signature(self) -> str:
        """Lower-case hexadecimal."""
        return hmac.digest(self.secret.encode(), self.text(), "sha256").hex()

    def _digest(self, canonical: bytes) -> str:
        if self.digest == "text":
            return canonical.decode("latin-1")
        if self.digest == "base64":
            return base64.b64encode(hashlib.sha256(canonical).digest()).decode()
        return hashlib.new(self.digest, canonical, usedforsecurity=False).hexdigest()


#: A mistake, in one clause what it was, and the recipe that makes it.
Try = tuple[str, str, Recipe]


def explain(call: AliyunCall) -> Explanation:
    """Attempts for a call whose signature, of either style, was checked."""
    if call.authorization is None:
        return Explanation(call.common["Signature"], rpc_attempts(call))
    return Explanation(call.authorization.signature, _attempts(call, call.authorization))


def _attempts(call: AliyunCall, sent: Authorization) -> Iterator[Attempt]:
    right = _right(call, sent)
    if call.request.headers["x-acs-content-sha256"] != right.payload_hash:
        says = "the hash of the body was signed, x-acs-content-sha256 announces another"
        yield Attempt("body-hash", says, right.signature())
        yield from _announced(call, right)
    for aspect in (_keys, _hosts, _headers, _times, _forms, _paths, _queries, _bodies, _others, _orders):
        for mistake, says, recipe in aspect(call, right):
            if recipe != right:
                yield Attempt(mistake, says, recipe.signature())
    says = "key and text of the HMAC are exchanged"
    yield Attempt("key-prefix", says, hmac.digest(right.text(), right.secret.encode(), "sha256").hex())


def _right(call: AliyunCall, sent: Authorization) -> Recipe:
    """What the server itself computes."""
    request = call.request
    names = sorted(sent.signed_headers.lower().split(";"))
    return Recipe(
        method=request.method,
        path="/",
        query=signatures.canonical_query(access.signed_query(call)),
        lines=tuple((name, request.headers.get(name, "").strip()) for name in names),
        signed_headers=sent.signed_headers,
        payload_hash=access.payload_hash(call),
        secret=call.customer.credentials["access_key_secret"],
    )


def _announced(call: AliyunCall, right: Recipe) -> Iterator[Attempt]:
    """What the header x-acs-content-sha256 is the hash of, when it is signed and not that of the body."""
    announced = call.request.headers["x-acs-content-sha256"]
    signature = replace(right, payload_hash=announced).signature()
    for mistake, says, digest in mistakes.body_hashes(call.request.body):
        if digest == announced:
            yield Attempt(mistake, f"{says}, and announced in x-acs-content-sha256", signature)
    yield Attempt("body", "x-acs-content-sha256 is the hash of another body than was sent", signature)


def _keys(call: AliyunCall, right: Recipe) -> Iterable[Try]:
    for mistake, says, secret in mistakes.secrets(right.secret):
        yield mistake, says, replace(right, secret=secret)
    says = "'&' behind the secret, which belongs to the RPC style"
    yield "key-prefix", says, replace(right, secret=f"{right.secret}&")
    for prefix in ("ACS3", "acs3", "aliyun_v4", "AWS4", "TC3"):
        yield "key-prefix", f"{prefix!r} before the secret", replace(right, secret=prefix + right.secret)


def _hosts(call: AliyunCall, right: Recipe) -> Iterable[Try]:
    for mistake, says, host in mistakes.hosts(call.request.host, platform_hosts(call)):
        yield mistake, says, _with_header(right, "host", host)


def platform_hosts(call: AliyunCall) -> list[str]:
    """The product's own hosts, a pattern's star standing for the region of the first of them."""
    own: str = call.contract.operation["host"]
    region = own.split(".")[1]
    return [own, *(h.replace("*", region) for h in call.contract.operation["product_hosts"])]


def _headers(call: AliyunCall, right: Recipe) -> Iterable[Try]:
    sent = dict(right.lines)
    for name, known in (("content-type", _CONTENT_TYPES), ("accept", _ACCEPTED)):
        for value in (*known, sent.get(name, "").partition(";")[0]):
            says = f"{name} {value!r} was signed, {sent.get(name, '')!r} was sent"
            yield "headers", says, _with_header(right, name, value)
    untrimmed = tuple((name, call.request.headers.get(name, "")) for name, _ in right.lines)
    yield "header-form", "white space around values was signed", replace(right, lines=untrimmed)
    for name in sent:
        without = tuple(line for line in right.lines if line[0] != name)
        says = f"{name} is among SignedHeaders and was not signed"
        yield "headers", says, replace(right, lines=without)
        yield "headers", f"{name} was signed without its value", _with_header(right, name, "")
    for name in ("host", "x-acs-date", "x-acs-action", "x-acs-version", "x-acs-content-sha256"):
        if name not in sent:
            lines = tuple(sorted((*right.lines, (name, call.request.headers.get(name, "")))))
            says = f"{name} was signed and is not among SignedHeaders"
            yield "headers", says, replace(right, lines=lines)


def _times(call: AliyunCall, right: Recipe) -> Iterable[Try]:
    sent = datetime.datetime.fromisoformat(call.common["Timestamp"])
    for says, text in spellings_of_time(sent):
        yield "timestamp", f"{says} was signed as x-acs-date", _with_header(right, "x-acs-date", text)


def spellings_of_time(sent: datetime.datetime) -> Iterator[tuple[str, str]]:
    """Other times, and other forms of the same time, than were sent."""
    for seconds in (-1, 1, -2, 2):
        other = sent + datetime.timedelta(seconds=seconds)
        yield f"a time {seconds:+d} s from the one that was sent", other.strftime("%Y-%m-%dT%H:%M:%SZ")
    yield "the time of China", sent.astimezone(CHINA).strftime("%Y-%m-%dT%H:%M:%SZ")
    yield "a time with milliseconds", sent.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    yield "a time without a Z", sent.strftime("%Y-%m-%dT%H:%M:%S")
    yield "a time with +00:00", sent.strftime("%Y-%m-%dT%H:%M:%S+00:00")
    yield "a time without separators", sent.strftime("%Y%m%dT%H%M%SZ")
    yield "a time as HTTP has it", time.strftime("%a, %d %b %Y %H:%M:%S GMT", sent.utctimetuple())
    yield "Unix seconds", str(int(sent.timestamp()))
    yield "Unix milliseconds", f"{int(sent.timestamp())}000"


def _forms(call: AliyunCall, right: Recipe) -> Iterable[Try]:
    names = right.signed_headers.lower().split(";")
    values = dict(right.lines)
    as_listed = replace(right, lines=tuple((name, values[name]) for name in names))
    yield "unsorted", "the header lines are in the order of SignedHeaders, not sorted", as_listed
    listed = ";".join(sorted(names))
    if listed != right.signed_headers:
        sorted_list = replace(right, signed_headers=listed)
        says = "a sorted list of lower-case names was signed, SignedHeaders has it otherwise"
        yield "unsorted", says, sorted_list
    for joint, what in ((",", "commas"), ("; ", "semicolons and spaces"), ("\n", "line feeds")):
        says = f"the names of the signed headers were joined by {what}"
        yield "header-form", says, replace(right, signed_headers=joint.join(names))
    yield "header-form", "the names of the signed headers are not there", replace(right, signed_headers="")
    for mistake, says, lines in mistakes.line_forms(right.lines):
        yield mistake, says, replace(right, lines=lines)
        capitals = ";".join(name for name, _ in lines)
        yield mistake, f"{says}, in their list too", replace(right, lines=lines, signed_headers=capitals)
    yield "line-ends", "the empty line behind the headers is missing", replace(right, gap=False)
    yield "line-ends", "lines end in CR LF", replace(right, line_end="\r\n")
    yield "line-ends", "a line feed ends the canonical request", replace(right, tail="\n")
    yield "line-ends", "a line feed ends the string to sign", replace(right, text_tail="\n")
    yield "line-ends", "no line feed behind the algorithm", replace(right, head=signatures.ACS3)
    yield "digest", "the string to sign does not begin with the algorithm", replace(right, head="")
    says = "the canonical request itself was signed, with no algorithm before it"
    yield "digest", says, replace(right, head="", digest="text")
    for digest, what in (
        ("text", "itself, not its hash,"),
        ("base64", "hashed in Base64"),
        ("sha1", "as SHA-1"),
    ):
        yield "digest", f"the canonical request {what} was signed", replace(right, digest=digest)


def _paths(call: AliyunCall, right: Recipe) -> Iterable[Try]:
    for path in ("", "//", "%2F", "/api", f"/{call.common['Action']}"):
        yield "path", f"the path {path!r} was signed in place of '/'", replace(right, path=path)
    for method in ("POST", "GET", "PUT", "post", "get"):
        yield "method", f"{method} was signed", replace(right, method=method)


def _queries(call: AliyunCall, right: Recipe) -> Iterable[Try]:
    pairs, sent = list(access.signed_query(call)), call.request.query
    if not sent:
        as_form = signatures.canonical_query(signatures.decoded_pairs(call.request.body.decode("latin-1")))
        if call.form:
            yield "query", "the fields of the form were signed as a query", replace(right, query=as_form)
        return
    yield "query", "no query was signed", replace(right, query="")
    for mistake, says, encode in mistakes.ENCODINGS:
        query = "&".join(f"{encode(name)}={encode(value)}" for name, value in sorted(pairs))
        wire = query.encode("utf-8", "surrogateescape").decode("latin-1")
        yield mistake, says, replace(right, query=wire)
    for says, order in (
        ("parameters were signed in the order in which they were sent", pairs),
        ("parameters were sorted without regard to case", sorted(pairs, key=lambda pair: pair[0].lower())),
    ):
        query = "&".join(f"{signatures.encode(name)}={signatures.encode(value)}" for name, value in order)
        yield "unsorted", says, replace(right, query=query)
    yield "query", "the query was signed as it was sent", replace(right, query=sent)
    yield "query", "a ? before the query was signed", replace(right, query=f"?{right.query}")
    bare = "&".join(part.removesuffix("=") for part in right.query.split("&"))
    yield "query", "an empty value was signed without its =", replace(right, query=bare)
    for pair in pairs:
        query = signatures.canonical_query(other for other in pairs if other is not pair)
        yield "query", f"the parameter {pair[0][:40]} was not signed", replace(right, query=query)


def _bodies(call: AliyunCall, right: Recipe) -> Iterable[Try]:
    for mistake, says, digest in mistakes.body_hashes(call.request.body):
        yield mistake, f"{says} in the canonical request", replace(right, payload_hash=digest)


def _others(call: AliyunCall, right: Recipe) -> Iterable[Try]:
    for mistake, says, secret in mistakes.wrong_secrets(call, "access_key_secret"):
        yield mistake, says, replace(right, secret=secret)


def _orders(call: AliyunCall, right: Recipe) -> Iterable[Try]:
    for mistake, says, lines in mistakes.line_orders(right.lines):
        yield mistake, says, replace(right, lines=lines)


def _with_header(recipe: Recipe, name: str, value: str) -> Recipe:
    lines = tuple((n, value if n == name else v) for n, v in recipe.lines)
    return replace(recipe, lines=lines)
