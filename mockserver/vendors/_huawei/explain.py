"""What well-known mistakes would have made of a signature that does not hold (see `mockserver.signing.diagnosis`).

Each attempt makes one mistake and is right in everything else.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote

from mockserver import mistakes
from mockserver.clock import CHINA
from mockserver.mistakes import Lines
from mockserver.signing.diagnosis import Attempt, Explanation
from mockserver.vendors._huawei import signatures
from mockserver.vendors._huawei.call import HuaweiCall
from mockserver.vendors._huawei.signatures import Authorization

#: What clients and the libraries under them write.
_CONTENT_TYPES = (
    "application/json",
    "application/json; charset=utf-8",
    "application/json;charset=utf-8",
    "application/json;charset=UTF-8",
    "application/json; charset=UTF-8",
    "",
)
_ALGORITHMS = (*signatures.OTHER_ALGORITHMS, "HMAC-SHA256", "AWS4-HMAC-SHA256")


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that goes into a signature, each part on its own so that one can be wrong."""

    method: str
    path: str
    query: str
    #: Names and values of the header lines, in order.
    lines: Lines
    signed_headers: str
    payload_hash: str
    #: As it stands in the string to sign.
    date: str
    secret: str
    algorithm: str = signatures.ALGORITHM
    #: Of the canonical request, and of the string to sign.
    line_end: str = "\n"
    text_end: str = "\n"
    #: The empty line behind the header lines.
    gap: bool = True
    #: Behind the canonical request, and behind the string to sign.
    tail: str = ""
    text_tail: str = ""
    #: What stands for the canonical request in the string to sign: "sha256", "sha1", "text".
    digest: str = "sha256"

    def text(self) -> bytes:
        """The string to sign."""
        end = self.line_end
        lines = "".join(f"{name}:{value}{end}" for name, value in self.lines)
        parts = (self.method, self.path, self.query, lines if self.gap else lines.removesuffix(end))
        canonical = end.join((*parts, self.signed_headers, self.payload_hash)) + self.tail
        data = canonical.encode("latin-1", "replace")
        hashed = (
            canonical
            if self.digest == "text"
            else hashlib.new(self.digest, data, usedforsecurity=False).hexdigest()
        )
        text = self.text_end.join((self.algorithm, self.date, hashed)) + self.text_tail
        return text.encode("latin-1", "replace")

    def signature(self) -> str:
        """Lower-case hexadecimal."""
        return hmac.digest(self.secret.encode(), self.text(), "sha256").hex()


#: A mistake, in one clause what it was, and the recipe that makes it.
Try = tuple[str, str, Recipe]


def explain(call: HuaweiCall) -> Explanation:
    """Attempts for a call whose signature was checked. Raises LookupError for a call with a token."""
    if call.authorization is None:
        raise LookupError("the call is not signed")
    return Explanation(call.authorization.signature, _attempts(call, call.authorization))


def _attempts(call: HuaweiCall, sent: Authorization) -> Iterator[Attempt]:
    right = _right(call, sent)
    for aspect in (_paths, _keys, _hosts, _headers, _times, _forms, _queries, _bodies, _others, _orders):
        for mistake, says, recipe in aspect(call, right):
            if recipe != right:
                yield Attempt(mistake, says, recipe.signature())
    says = "key and text of the HMAC are exchanged"
    yield Attempt("key-prefix", says, hmac.digest(right.text(), right.secret.encode(), "sha256").hex())


def _right(call: HuaweiCall, sent: Authorization) -> Recipe:
    """What the server itself computes."""
    request = call.request
    return Recipe(
        method=request.method.upper(),
        path=signatures.canonical_uri(request.path),
        query=signatures.canonical_query(request.query),
        lines=tuple((name, request.headers.get(name, "").strip()) for name in sent.signed_headers),
        signed_headers=";".join(sent.signed_headers),
        payload_hash=signatures.payload_hash(request.headers, request.body),
        date=request.headers["x-sdk-date"],
        secret=call.customer.credentials["sk"],
    )


def _paths(call: HuaweiCall, right: Recipe) -> Iterable[Try]:
    bare, project = right.path.removesuffix("/"), call.customer.credentials["project_id"]
    known: str = call.contract.operation["path"]
    yield "path", "the path was signed without the slash at its end", replace(right, path=bare)
    yield "path", "two slashes end the path that was signed", replace(right, path=f"{right.path}/")
    yield "path", "the path was signed with its slashes as %2F", replace(right, path=quote(bare, safe=""))
    says = "the path was percent-encoded twice"
    yield "encoded-twice", says, replace(right, path=quote(right.path, safe="/"))
    decoded = call.request.path if call.request.path.endswith("/") else f"{call.request.path}/"
    yield "not-encoded", "the path was signed without percent-encoding", replace(right, path=decoded)
    candidates = {
        "the path was signed with {project_id} in it": f"{known}/",
        "the path was signed with {project_id} in it, encoded": signatures.canonical_uri(known),
        "the path was signed with the account's own project": known.replace("{project_id}", project) + "/",
        "the path was signed without the project": "/v2/ocr/id-card/",
        "the path of the former version was signed": "/v1.0/ocr/id-card/",
        "the path / was signed": "/",
        "no path was signed": "",
    }
    for says, path in candidates.items():
        yield "path", says, replace(right, path=path)
        yield "path", f"{says}, and no slash at its end", replace(right, path=path.removesuffix("/"))
    with_query = f"{bare}?{call.request.query}"
    yield "path", "the query was signed as part of the path", replace(right, path=with_query, query="")
    for method in ("POST", "GET", "PUT", "post", "get"):
        yield "method", f"{method} was signed", replace(right, method=method)


def _keys(call: HuaweiCall, right: Recipe) -> Iterable[Try]:
    for mistake, says, secret in mistakes.secrets(right.secret):
        yield mistake, says, replace(right, secret=secret)
    for prefix in ("SDK", "sdk", "HWS", "AWS4", "TC3"):
        yield "key-prefix", f"{prefix!r} before the secret", replace(right, secret=prefix + right.secret)
    yield "key-prefix", "'&' behind the secret", replace(right, secret=f"{right.secret}&")


def _hosts(call: HuaweiCall, right: Recipe) -> Iterable[Try]:
    operation = call.contract.operation
    platform = [operation["host"], "myhuaweicloud.com", "iam.myhuaweicloud.com"]
    for region in operation["platform_regions"]:
        platform += [f"{service}.{region}.myhuaweicloud.com" for service in (operation["service"], "iam")]
    for mistake, says, host in mistakes.hosts(call.request.host, platform):
        yield mistake, says, _with_header(right, "host", host)


def _headers(call: HuaweiCall, right: Recipe) -> Iterable[Try]:
    sent = dict(right.lines)
    content_type = sent.get("content-type", "")
    for value in (*_CONTENT_TYPES, content_type.partition(";")[0]):
        says = f"Content-Type {value!r} was signed, {content_type!r} was sent"
        yield "headers", says, _with_header(right, "content-type", value)
    untrimmed = tuple((name, call.request.headers.get(name, "")) for name, _ in right.lines)
    yield "header-form", "white space around values was signed", replace(right, lines=untrimmed)
    for name in sent:
        without = tuple(line for line in right.lines if line[0] != name)
        says = f"{name} is among SignedHeaders and was not signed"
        yield "headers", says, replace(right, lines=without)
        yield "headers", f"{name} was signed without its value", _with_header(right, name, "")
    for name in ("host", "x-sdk-date", "content-type", "x-project-id"):
        if name not in sent:
            lines = tuple(sorted((*right.lines, (name, call.request.headers.get(name, "")))))
            says = f"{name} was signed and is not among SignedHeaders"
            yield "headers", says, replace(right, lines=lines)


def _times(call: HuaweiCall, right: Recipe) -> Iterable[Try]:
    for says, text in _spellings_of_time(call.signed_at):
        yield "timestamp", f"{says} stands in the string to sign", replace(right, date=text)
        both = _with_header(replace(right, date=text), "x-sdk-date", text)
        yield "timestamp", f"{says} was signed as X-Sdk-Date", both
        yield "timestamp", f"{says} was signed as header", _with_header(right, "x-sdk-date", text)


def _spellings_of_time(signed_at: int) -> Iterator[tuple[str, str]]:
    sent = datetime.fromtimestamp(signed_at, UTC)
    for seconds in (-1, 1, -2, 2):
        yield f"a time {seconds:+d} s from the one that was sent", signatures.moment(signed_at + seconds)
    yield "the time of China", sent.astimezone(CHINA).strftime("%Y%m%dT%H%M%SZ")
    yield "the date alone", sent.strftime("%Y%m%d")
    yield "a time with separators", sent.strftime("%Y-%m-%dT%H:%M:%SZ")
    yield "a time without a Z", sent.strftime("%Y%m%dT%H%M%S")
    yield "a time as HTTP has it", sent.strftime("%a, %d %b %Y %H:%M:%S GMT")
    yield "Unix seconds", str(signed_at)
    yield "Unix milliseconds", f"{signed_at}000"
    yield "no time", ""


def _forms(call: HuaweiCall, right: Recipe) -> Iterable[Try]:
    in_order = tuple(sorted(right.lines))
    listed = ";".join(name for name, _ in in_order)
    yield "unsorted", "the header lines were sorted, their list was not", replace(right, lines=in_order)
    says = "the list of headers was sorted, its lines were not"
    yield "unsorted", says, replace(right, signed_headers=listed)
    both = replace(right, lines=in_order, signed_headers=listed)
    yield "unsorted", "sorted headers were signed, SignedHeaders lists them otherwise", both
    for mistake, says, lines in mistakes.line_forms(right.lines):
        yield mistake, says, replace(right, lines=lines)
        capitals = ";".join(name for name, _ in lines)
        yield mistake, f"{says}, in their list too", replace(right, lines=lines, signed_headers=capitals)
    capitals = ";".join(name.title() for name, _ in right.lines)
    says = "names were signed in capitals in the list, not in the lines"
    yield "header-form", says, replace(right, signed_headers=capitals)
    yield "line-ends", "the empty line behind the headers is missing", replace(right, gap=False)
    yield "line-ends", "the canonical request's lines end in CR LF", replace(right, line_end="\r\n")
    yield "line-ends", "all lines end in CR LF", replace(right, line_end="\r\n", text_end="\r\n")
    yield "line-ends", "a line feed ends the canonical request", replace(right, tail="\n")
    yield "line-ends", "a line feed ends the string to sign", replace(right, text_tail="\n")
    for name in _ALGORITHMS:
        says = f"{name} stands in the string to sign, {signatures.ALGORITHM} was sent"
        yield "digest", says, replace(right, algorithm=name)
    yield "digest", "the canonical request itself was signed, not its hash", replace(right, digest="text")
    yield "digest", "the canonical request was signed as SHA-1", replace(right, digest="sha1")


def _queries(call: HuaweiCall, right: Recipe) -> Iterable[Try]:
    sent = call.request.query
    if not sent:
        return
    pairs = parse_qsl(sent, keep_blank_values=True, encoding="utf-8", errors="surrogateescape")
    yield "query", "no query was signed", replace(right, query="")
    for mistake, says, encode in mistakes.ENCODINGS:
        query = "&".join(f"{encode(name)}={encode(value)}" for name, value in sorted(pairs))
        wire = query.encode("utf-8", "surrogateescape").decode("latin-1")
        yield mistake, says, replace(right, query=wire)
    for says, order in (
        ("parameters were signed in the order in which they were sent", pairs),
        ("parameters were sorted without regard to case", sorted(pairs, key=lambda pair: pair[0].lower())),
    ):
        query = "&".join(f"{mistakes.encode(name)}={mistakes.encode(value)}" for name, value in order)
        yield "unsorted", says, replace(right, query=query)
    yield "query", "the query was signed as it was sent", replace(right, query=sent)
    bare = "&".join(part.removesuffix("=") for part in right.query.split("&"))
    yield "query", "an empty value was signed without its =", replace(right, query=bare)


def _bodies(call: HuaweiCall, right: Recipe) -> Iterable[Try]:
    body = call.request.body
    own = hashlib.sha256(body).hexdigest()
    says = "the body's own hash was signed, X-Sdk-Content-Sha256 announces another"
    yield "body-hash", says, replace(right, payload_hash=own)
    for mistake, says, digest in mistakes.body_hashes(body):
        yield mistake, says, replace(right, payload_hash=digest)


def _others(call: HuaweiCall, right: Recipe) -> Iterable[Try]:
    for mistake, says, secret in mistakes.wrong_secrets(call, "sk"):
        yield mistake, says, replace(right, secret=secret)


def _orders(call: HuaweiCall, right: Recipe) -> Iterable[Try]:
    for mistake, says, lines in mistakes.line_orders(right.lines):
        yield mistake, says, replace(right, lines=lines)
        listed = ";".join(name for name, _ in lines)
        yield mistake, f"{says}, their list too", replace(right, lines=lines, signed_headers=listed)


def _with_header(recipe: Recipe, name: str, value: str) -> Recipe:
    return replace(recipe, lines=tuple((n, value if n == name else v) for n, v in recipe.lines))
