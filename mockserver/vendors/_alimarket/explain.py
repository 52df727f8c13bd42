"""What well-known mistakes would have made of a signature that does not hold (see `mockserver.signing.diagnosis`).

The gateway signs a text of lines, of which the empty ones count too, and takes most values verbatim: clients go wrong
with the number of line feeds, with what their HTTP library adds behind their back, and by encoding. Each attempt makes
one mistake and is right in everything else.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from urllib.parse import quote

from mockserver import mistakes
from mockserver.mistakes import Lines, Pairs
from mockserver.request import FORM, pairs, utf8
from mockserver.signing.diagnosis import Attempt, Explanation
from mockserver.vendors._alimarket import access, signatures
from mockserver.vendors._alimarket.call import MarketCall
from mockserver.vendors._alimarket.recipe import Recipe, Try

#: What clients and the libraries under them write.
_ACCEPTED = ("*/*", "application/json", "application/json; charset=utf-8", "")
_CONTENT_TYPES = (
    "application/json",
    "application/json; charset=utf-8",
    "application/json; charset=UTF-8",
    "application/json;charset=utf-8",
    "application/json;charset=UTF-8",
    FORM,
    f"{FORM}; charset=utf-8",
    f"{FORM}; charset=UTF-8",
    "application/octet-stream; charset=utf-8",
    "",
)
#: The fixed lines behind the method, in order.
_FIXED = ("Accept", "Content-MD5", "Content-Type", "Date")


def explain(call: MarketCall) -> Explanation:
    """Attempts for a call whose signature was checked."""
    return Explanation(call.request.headers["x-ca-signature"], _attempts(call))


def _attempts(call: MarketCall) -> Iterator[Attempt]:
    right = _right(call)
    yield from _as_sent(right)
    aspects = (_keys, _digests, _line_ends, _fixed, _headers, _forms, _resource, _parameters, _times, _others)
    for aspect in (*aspects, _orders):
        for mistake, says, recipe in aspect(call, right):
            if recipe != right:
                yield Attempt(mistake, says, base64.b64encode(recipe.mac()).decode())


def _right(call: MarketCall) -> Recipe:
    """What the server itself computes."""
    request = call.request
    sent = {name: utf8(value) for name, value in request.headers.items()}
    return Recipe(
        method=request.method.upper(),
        fixed=tuple(sent.get(name.lower(), "") for name in _FIXED),
        lines=tuple((name, sent.get(name.lower(), "")) for name in access.signed_names(call)),
        path=request.path,
        parameters=_sorted(signatures.first_of_each(access.signed_parameters(call))),
        secret=call.customer.credentials["app_secret"],
        digest=signatures.METHODS[access.signature_method(call)],
    )


def _as_sent(right: Recipe) -> Iterator[Attempt]:
    """The right signature in another spelling."""
    mac = right.mac()
    encoded = base64.b64encode(mac).decode()
    yield Attempt("signature-form", "hexadecimal in place of Base64", mac.hex())
    yield Attempt("signature-form", "hexadecimal in capitals in place of Base64", mac.hex().upper())
    in_base64 = base64.b64encode(mac.hex().encode()).decode()
    yield Attempt("signature-form", "Base64 of the hexadecimal digits", in_base64)
    yield Attempt("signature-form", "the URL-safe alphabet of Base64", base64.urlsafe_b64encode(mac).decode())
    yield Attempt("signature-form", "it was percent-encoded", quote(encoded, safe=""))
    yield Attempt("signature-form", "without the = at its end", encoded.rstrip("="))


def _keys(call: MarketCall, right: Recipe) -> Iterable[Try]:
    for mistake, says, secret in mistakes.secrets(right.secret):
        yield mistake, says, replace(right, secret=secret)
    yield "key-prefix", "'&' behind the secret", replace(right, secret=f"{right.secret}&")
    yield "wrong-key", "no secret was used", replace(right, secret="")


def _digests(call: MarketCall, right: Recipe) -> Iterable[Try]:
    for name in ("sha256", "sha1", "md5", "sha512"):
        says = f"HMAC with {name} was used, X-Ca-Signature-Method says {access.signature_method(call)}"
        yield "digest", says, replace(right, digest=name)


def _line_ends(call: MarketCall, right: Recipe) -> Iterable[Try]:
    for index, name in enumerate(_FIXED):
        fixed = (*right.fixed[:index], None, *right.fixed[index + 1 :])
        says = f"the line of {name} is missing, its line feed too"
        yield "line-ends", says, replace(right, fixed=fixed)
    filled = tuple(line or None for line in right.fixed)
    yield "line-ends", "empty lines are missing, their line feeds too", replace(right, fixed=filled)
    none = (None,) * len(_FIXED)
    yield "line-ends", "the lines of Accept to Date are missing", replace(right, fixed=none)
    yield "line-ends", "an empty line stands behind the headers", replace(right, gap="\n")
    yield "line-ends", "a line feed ends the string to sign", replace(right, tail="\n")
    yield "line-ends", "lines end in CR LF", replace(right, line_end="\r\n")
    yield "line-ends", "lines end in #, as the message shows them", replace(right, line_end="#")
    yield "line-ends", "lines end in a backslash and an n", replace(right, line_end="\\n")
    yield "line-ends", "an empty line is one too many behind Date", replace(right, fixed=(*right.fixed, ""))
    last_name, last_value = right.lines[-1] if right.lines else ("", "")
    if right.lines:
        merged = replace(right, lines=right.lines[:-1], path=f"{last_name}:{last_value}{right.path}")
        yield "line-ends", "no line feed stands between the headers and the path", merged


def _fixed(call: MarketCall, right: Recipe) -> Iterable[Try]:
    """Accept and Content-Type by themselves and together, then Content-MD5 and Date."""
    accept, md5, content_type, date = right.fixed
    shown = f"Accept {accept!r} and Content-Type {content_type!r} were sent"
    short = (content_type or "").partition(";")[0]
    for one, other in product((accept, *_ACCEPTED), (content_type, *_CONTENT_TYPES, short)):
        says = f"Accept {one!r} and Content-Type {other!r} were signed, {shown}"
        yield "headers", says, replace(right, fixed=(one, md5, other, date))
    body = call.request.body
    digest = hashlib.md5(body, usedforsecurity=False)
    in_base64 = signatures.content_md5(body)
    for says, text in (
        ("no Content-MD5 was signed", ""),
        ("the body's MD5 was signed and not sent", in_base64),
        ("MD5 in hexadecimal was signed", digest.hexdigest()),
        ("MD5 in hexadecimal, in Base64 on top, was signed", _base64(digest.hexdigest())),
        ("the MD5 of nothing was signed", signatures.content_md5(b"")),
    ):
        yield "body-hash", says, replace(right, fixed=(accept, text, content_type, date))
    if date:
        yield "headers", "no Date was signed", replace(right, fixed=(accept, md5, content_type, ""))
    for mistake, says, other_body in mistakes.bodies(body):
        text = signatures.content_md5(other_body)
        yield mistake, f"{says}, as Content-MD5", replace(right, fixed=(accept, text, content_type, date))


def _headers(call: MarketCall, right: Recipe) -> Iterable[Try]:
    """Header lines that should not be there, or should."""
    yield "headers", "no header line was signed", replace(right, lines=())
    for index, (name, _) in enumerate(right.lines):
        lines = right.lines[:index] + right.lines[index + 1 :]
        says = f"{name[:40]} is in X-Ca-Signature-Headers and was not signed"
        yield "headers", says, replace(right, lines=lines)
    listed = {name.lower() for name, _ in right.lines}
    sent = {n: utf8(v) for n, v in call.request.headers.items() if n not in listed}
    for spelling, what in ((str.lower, "in lower case"), (str.title, "in capitals")):
        own = [n for n in sent if n.startswith("x-ca-") and not n.startswith("x-ca-signature")]
        groups = [own, [*own, "x-ca-signature-headers"], [*own, "x-ca-signature-method"]]
        groups += [[name] for name in sent]
        for group in groups:
            lines = _added(right, {name: sent.get(name, "") for name in group}, spelling)
            shown = ", ".join(group)[:80]
            says = f"{shown}, named {what}, signed and not listed in X-Ca-Signature-Headers"
            yield "headers", says, replace(right, lines=lines)


def _added(right: Recipe, more: Mapping[str, str], spelling: Callable[[str], str]) -> Lines:
    return tuple(sorted((*right.lines, *((spelling(name), value) for name, value in more.items()))))


def _forms(call: MarketCall, right: Recipe) -> Iterable[Try]:
    for mistake, says, lines in mistakes.line_forms(right.lines):
        yield mistake, says, replace(right, lines=lines)
    lower = tuple((name.lower(), value) for name, value in right.lines)
    says = "names were signed in lower case, and X-Ca-Signature-Headers lists them otherwise"
    yield "header-form", says, replace(right, lines=lower)
    yield "header-form", f"{says}, sorted as such", replace(right, lines=tuple(sorted(lower)))
    trimmed = tuple((name, value.strip()) for name, value in right.lines)
    yield (
        "header-form",
        "values were signed without the white space around them",
        replace(right, lines=trimmed),
    )
    listed = [n.strip() for n in call.request.headers.get("x-ca-signature-headers", "").split(",")]
    values = dict(right.lines)
    as_listed = tuple((name, values[name]) for name in listed if name in values)
    says = "the header lines are in the order of X-Ca-Signature-Headers, not sorted"
    yield "unsorted", says, replace(right, lines=as_listed)
    any_case = tuple(sorted(right.lines, key=lambda line: line[0].lower()))
    yield "unsorted", "names were sorted without regard to case", replace(right, lines=any_case)


def _resource(call: MarketCall, right: Recipe) -> Iterable[Try]:
    path, host = right.path, call.request.headers.get("host", "")
    for other in (f"{path}/", path.removeprefix("/"), "/", "", quote(path, safe=""), f"{host}{path}"):
        yield "path", f"the path {other[:80]!r} was signed", replace(right, path=other)
    yield "path", "the whole URL was signed as the path", replace(right, path=f"http://{host}{path}")
    yield "path", "the whole URL was signed as the path", replace(right, path=f"https://{host}{path}")
    for method in ("POST", "GET", "post", "get", "Post"):
        yield "method", f"{method} was signed", replace(right, method=method)


def _parameters(call: MarketCall, right: Recipe) -> Iterable[Try]:
    in_query = pairs(call.request.query)
    if call.request.media_type != FORM:
        as_form = f"the body was signed as a parameter {'body'!r}"
        text = call.request.body.decode("utf-8", "surrogateescape")
        yield "query", as_form, replace(right, parameters=(*right.parameters, ("body", text)))
    if not right.parameters:
        return
    yield "query", "neither query nor form was signed", replace(right, parameters=())
    query_alone = _sorted(signatures.first_of_each(in_query))
    yield "query", "the fields of the form were not signed", replace(right, parameters=query_alone)
    sent = access.signed_parameters(call)
    form_alone = _sorted(signatures.first_of_each([pair for pair in sent if pair not in in_query]))
    yield "query", "the parameters of the query were not signed", replace(right, parameters=form_alone)
    last = _sorted(dict(sent))
    says = "of a name that is there twice the other value was signed"
    yield "query", says, replace(right, parameters=last)
    every = tuple(sorted(sent))
    yield "query", "every value of a name that is there twice was signed", replace(right, parameters=every)
    yield "query", "an empty value was signed with an =", replace(right, equals=True)
    filled = tuple(pair for pair in right.parameters if pair[1])
    yield "query", "parameters with an empty value were not signed", replace(right, parameters=filled)
    yield (
        "unsorted",
        "parameters are in the order in which they were sent",
        replace(right, parameters=tuple(signatures.first_of_each(sent).items())),
    )
    any_case = tuple(sorted(right.parameters, key=lambda pair: pair[0].lower()))
    yield "unsorted", "parameters were sorted without regard to case", replace(right, parameters=any_case)
    yield from _encoded(right)


def _encoded(right: Recipe) -> Iterable[Try]:
    once = tuple((mistakes.encode(n), mistakes.encode(v)) for n, v in right.parameters)
    says = "values were percent-encoded before they were signed"
    yield "encoded-twice", says, replace(right, parameters=once)
    spaces = tuple((n.replace(" ", "+"), v.replace(" ", "+")) for n, v in right.parameters)
    yield (
        "space-as-plus",
        "a + that was sent, a space therefore, was signed",
        replace(right, parameters=spaces),
    )
    for mistake, how, encode in mistakes.ENCODINGS:
        written = tuple((encode(name), encode(value)) for name, value in right.parameters)
        named = mistake if mistake == "space-as-plus" else "encoded-twice"
        yield named, f"values were encoded before they were signed: {how}", replace(right, parameters=written)


def _times(call: MarketCall, right: Recipe) -> Iterable[Try]:
    for index, (name, value) in enumerate(right.lines):
        if name.lower() == "x-ca-timestamp" and value.isdigit():
            for says, text in (
                ("in seconds", value[:-3]),
                ("with three more digits", f"{value}000"),
                *((f"{step:+d} ms from the one sent", str(int(value) + step)) for step in range(-20, 21)),
            ):
                lines = (*right.lines[:index], (name, text), *right.lines[index + 1 :])
                yield "timestamp", f"a time {says} was signed", replace(right, lines=lines)


def _others(call: MarketCall, right: Recipe) -> Iterable[Try]:
    for mistake, says, secret in mistakes.wrong_secrets(call, "app_secret"):
        yield mistake, says, replace(right, secret=secret)


def _orders(call: MarketCall, right: Recipe) -> Iterable[Try]:
    for mistake, says, lines in mistakes.line_orders(right.lines):
        yield mistake, says, replace(right, lines=lines)


def _sorted(parameters: Mapping[str, str]) -> Pairs:
    return tuple(sorted(parameters.items()))


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
