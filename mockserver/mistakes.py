"""Parts of a signed text as clients get them wrong, whatever the scheme: material for a vendor's attempts.

Everything here yields plain tuples of a key of `mockserver.signing.diagnosis.MISTAKES`, one clause that says what was
done, and the part as it is then.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import permutations
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import orjson

from mockserver.records.masking import shortened

if TYPE_CHECKING:
    from mockserver.vendor import Call

#: A longer body is not serialised again: that costs more than the answer is worth.
_BODY_BYTES = 2_000_000
#: Secrets of other accounts that are tried.
_OTHERS = 500
#: Of more lines not every order is tried: 120 there are of these.
_PERMUTED_LINES = 5

#: Names and values, a line each, of which nothing is to be hidden by what they are made of: as in most requests.
_PLAIN = re.compile(r"[A-Za-z0-9_.:-]{0,64}(?:\n[A-Za-z0-9_.:-]{0,64})*")
_MANY_DIGITS = re.compile(r"[0-9]{14}")

#: Names and values of header lines, in order.
Lines = tuple[tuple[str, str], ...]
Pairs = tuple[tuple[str, str], ...]


class Encoding(NamedTuple):
    """A way to write a name or a value into a query; ``encode`` takes it decoded, other bytes as surrogates."""

    mistake: str
    says: str
    encode: Callable[[str], str]


def encode(text: str, safe: str = "") -> str:
    """As RFC 3986 says, but for the characters that are ``safe``."""
    return quote(text, safe=safe, errors="surrogateescape")


def _as_form(text: str) -> str:
    return encode(text).replace("%20", "+")


def _as_java(text: str) -> str:
    return encode(text, "*").replace("%20", "+").replace("~", "%7E")


def _lower_case(text: str) -> str:
    whole = encode(text)
    return "".join(part if i == 0 else part[:2].lower() + part[2:] for i, part in enumerate(whole.split("%")))


def _percents(encoding: Callable[[str], str]) -> Callable[[str], str]:
    """An encoding that keeps the percent signs of what it encodes."""
    return lambda text: "%".join(encoding(part) for part in text.split("%"))


#: What is wrong, beside nothing, with the way in which values are written.
ENCODINGS = (
    Encoding("encoded-twice", "names and values were percent-encoded twice", lambda t: encode(encode(t))),
    Encoding("not-encoded", "names and values were not percent-encoded", lambda text: text),
    Encoding("space-as-plus", "a space was signed as + and not as %20", _as_form),
    Encoding("space-as-plus", "values were encoded as in a form: + for a space, * bare, ~ as %7E", _as_java),
    Encoding(
        "space-as-plus",
        "a form's encoding: + for a space, ~ as %7E",
        lambda t: _as_form(t).replace("~", "%7E"),
    ),
    Encoding("not-encoded", "* was signed as it is, not as %2A", lambda text: encode(text, "*")),
    Encoding("not-encoded", "* was signed bare, a space as +", lambda t: encode(t, "*").replace("%20", "+")),
    Encoding("not-encoded", "! ' ( ) * were signed as they are", lambda text: encode(text, "!'()*")),
    Encoding("not-encoded", "/ was signed as it is, not as %2F", lambda text: encode(text, "/")),
    Encoding("not-encoded", ": was signed as it is, not as %3A", lambda text: encode(text, ":")),
    Encoding("not-encoded", ": and / were signed as they are", lambda text: encode(text, ":/")),
    Encoding("not-encoded", "/ was signed as it is, ~ as %7E", lambda t: encode(t, "/").replace("~", "%7E")),
    Encoding("query", "~ was signed as %7E", lambda text: encode(text).replace("~", "%7E")),
    Encoding("query", "percent-encoding was signed in lower case", _lower_case),
    Encoding("not-encoded", "a value that has percent signs was taken for encoded", _percents(encode)),
)


def secrets(secret: str) -> Iterator[tuple[str, str, str]]:
    """The secret with something before or behind it."""
    for text, what in (("\n", "a line feed"), ("\r\n", "a line end"), (" ", "a space"), ("\t", "a tab")):
        yield "key-whitespace", f"{what} behind the secret", secret + text
        yield "key-whitespace", f"{what} before the secret", text + secret
    for mark in ("'", '"'):
        yield "wrong-key", f"the secret with its quotes ({mark})", f"{mark}{secret}{mark}"
    yield "wrong-key", "the secret in lower case", secret.lower()
    yield "wrong-key", "the secret in capitals", secret.upper()


def wrong_secrets(call: Call, name: str) -> Iterator[tuple[str, str, str]]:
    """What else stands among the account's credentials, and then the secrets, by this name, of other accounts."""
    own = call.customer
    for other, value in own.credentials.items():
        if other != name:
            yield "wrong-key", f"the account's {other} was used in place of {name}", value
    for account in call.world.accounts.select(own.vendor)[:_OTHERS]:
        if account.name != own.name:
            says = f"the secret of account {account.name} with the id of {own.name}"
            yield "wrong-key", says, account.credentials[name]


def hosts(received: str, platform: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """What may have been signed in place of the ``received`` Host: ``platform`` are the vendor's own hosts."""
    name, _, port = received.partition(":")
    local = ("localhost", "127.0.0.1", "[::1]", "0.0.0.0")  # noqa: S104  a text, nothing listens here
    candidates = [name, *platform, *local, *(f"{host}:{port}" for host in local if port)]
    candidates += [f"{name}:80", f"{name}:443", f"http://{received}", f"https://{received}", received.upper()]
    for host in dict.fromkeys((*candidates, "")):
        if host != received:
            yield "host", f"{host or 'no host'} was signed, the Host header is {shortened(received)}", host


def line_forms(lines: Lines) -> Iterator[tuple[str, str, Lines]]:
    """Header lines written otherwise."""
    capitals = tuple((name.title(), value) for name, value in lines)
    yield "header-form", "names were signed in capitals", capitals
    yield "header-form", "names were signed in capitals, sorted as such", tuple(sorted(capitals))
    yield "header-form", "there is a space behind the colon", tuple((n, f" {v}") for n, v in lines)
    yield "header-form", "values were signed in lower case", tuple((n, v.lower()) for n, v in lines)


def line_orders(lines: Lines) -> Iterator[tuple[str, str, Lines]]:
    """Header lines in another order, every order when they are few."""
    yield "unsorted", "the header lines are in the opposite order", tuple(reversed(lines))
    if len(lines) <= _PERMUTED_LINES:
        for order in permutations(lines):
            shown = ", ".join(name for name, _ in order)
            yield "unsorted", f"the header lines are in the order {shown}", order


def bodies(body: bytes) -> Iterator[tuple[str, str, bytes]]:
    """The body in other forms than it was sent in; not of one that is very long."""
    yield "body", "an empty body was signed", b""
    if len(body) > _BODY_BYTES:
        return
    yield "body", "a line feed behind the body was signed", body + b"\n"
    yield "body", "white space around the body was sent and not signed", body.strip()
    yield "body", "the body was encoded in Base64 before it was hashed", base64.b64encode(body)
    yield "body", "the body was percent-encoded before it was hashed", quote(body, safe="").encode()
    try:
        value: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return
    yield "body", "the JSON text was encoded as JSON once more", json.dumps(body.decode()).encode()
    for how, separators in {"with": (", ", ": "), "without": (",", ":")}.items():
        for ascii_only, letters in ((True, "\\u escapes"), (False, "UTF-8")):
            for ordered, order in ((False, "in the order sent"), (True, "sorted")):
                text = json.dumps(value, ensure_ascii=ascii_only, separators=separators, sort_keys=ordered)
                says = f"JSON {how} spaces, in {letters}, members {order}, was signed"
                yield "body", says, text.encode("utf-8", "surrogatepass")


def body_hashes(body: bytes) -> Iterator[tuple[str, str, str]]:
    """What may stand in place of the body's SHA-256 in hexadecimal; cheap ones first."""
    digest = hashlib.sha256(body)
    hexadecimal = digest.hexdigest()
    yield "body-hash", "the hash is in capitals", hexadecimal.upper()
    yield "body-hash", "the hash is in Base64, not in hexadecimal", base64.b64encode(digest.digest()).decode()
    in_base64 = base64.b64encode(hexadecimal.encode()).decode()
    yield "body-hash", "the hexadecimal hash is in Base64 on top", in_base64
    yield "body-hash", "the hash itself was hashed", hashlib.sha256(hexadecimal.encode()).hexdigest()
    yield "body-hash", "nothing stands for the body's hash", ""
    yield "body-hash", "UNSIGNED-PAYLOAD was signed and not announced", "UNSIGNED-PAYLOAD"
    unsigned = hashlib.sha256(b"UNSIGNED-PAYLOAD").hexdigest()
    yield "body-hash", "the hash of UNSIGNED-PAYLOAD was signed", unsigned
    if len(body) <= _BODY_BYTES:
        yield "body-hash", "SHA-1 of the body", hashlib.sha1(body, usedforsecurity=False).hexdigest()
        yield "body-hash", "MD5 of the body", hashlib.md5(body, usedforsecurity=False).hexdigest()
    for mistake, says, other in bodies(body):
        yield mistake, says, hashlib.sha256(other).hexdigest()


def shown_pairs(call: Call, pairs: Sequence[tuple[str, str]], hidden: Sequence[str] = ()) -> Pairs:
    """Parameters for a signed text that is to be shown: in place of a picture, of what is secret, of a number or an
    address that is not to be written down whole, a note of its length, in characters that no scheme encodes."""
    if not pairs:
        return ()
    own = tuple(call.secrets().values())
    whole = "\n".join([text for pair in pairs for text in pair])
    plain = _PLAIN.fullmatch(whole) and not _MANY_DIGITS.search(whole) and not any(s in whole for s in own)
    if plain and not any(name in hidden for name, _ in pairs):
        return tuple(pairs)

    def shown(text: str) -> str:
        allowed = shortened(text) == text and not any(secret in text for secret in own)
        return text if allowed else _left_out(text)

    return tuple((shown(name), _left_out(value) if name in hidden else shown(value)) for name, value in pairs)


def _left_out(text: str) -> str:
    return f"...{len(text)}-characters..."
