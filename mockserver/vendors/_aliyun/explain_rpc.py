"""The well-known mistakes with the RPC style, whose signature stands among the parameters."""

from __future__ import annotations

import base64
import datetime
import hmac
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import quote

from mockserver import mistakes
from mockserver.mistakes import Pairs
from mockserver.signing.diagnosis import Attempt
from mockserver.vendors._aliyun import signatures
from mockserver.vendors._aliyun.call import AliyunCall


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that goes into an RPC signature, each part on its own so that one can be wrong."""

    method: str
    #: Between the method and the parameters, as it is signed.
    path: str
    #: Decoded, in the order in which they are signed.
    pairs: Pairs
    #: The secret and what is joined to it.
    key: str
    #: Of names and values, and of the query as a whole.
    encode: Callable[[str], str] = signatures.encode
    encode_query: Callable[[str], str] = signatures.encode
    digest: str = "sha1"
    tail: str = ""
    #: Whether an empty value leaves an equals sign.
    bare: bool = False

    def query(self) -> str:
        """The parameters as they are signed: what takes long to write when one of them is a picture."""
        pairs = ((self.encode(name), self.encode(value)) for name, value in self.pairs)
        query = "&".join(name if self.bare and not value else f"{name}={value}" for name, value in pairs)
        return self.encode_query(query)

    def writes_like(self, other: Recipe) -> bool:
        """Whether `query` is the same, as far as that can be told without writing it."""
        ways = (self.encode, self.encode_query, self.bare)
        return self.pairs is other.pairs and ways == (other.encode, other.encode_query, other.bare)

    def mac(self, query: str) -> bytes:
        """Of the string to sign around `query`."""
        text = f"{self.method}&{self.path}&{query}{self.tail}"
        data = text.encode("utf-8", "surrogateescape")
        return hmac.digest(self.key.encode("utf-8", "surrogateescape"), data, self.digest)

    def signature(self, query: str) -> str:
        """Base64."""
        return base64.b64encode(self.mac(query)).decode()


#: A mistake, in one clause what it was, and the recipe that makes it.
Try = tuple[str, str, Recipe]


def rpc_attempts(call: AliyunCall) -> Iterator[Attempt]:
    """Attempts for a call whose signature stands among its parameters."""
    pairs = tuple(sorted(pair for pair in call.pairs if pair[0] != "Signature"))
    key = f"{call.customer.credentials['access_key_secret']}&"
    right = Recipe(call.request.method, "%2F", pairs, key)
    query = right.query()
    yield from _as_sent(right.mac(query))
    for aspect in (_keys, _encodings, _parts, _times, _orders, _parameters, _others):
        for mistake, says, recipe in aspect(call, right):
            if recipe != right:
                own = query if recipe.writes_like(right) else recipe.query()
                yield Attempt(mistake, says, recipe.signature(own))


def _as_sent(mac: bytes) -> Iterator[Attempt]:
    """The right signature in another spelling: what arrives when a + is not percent-encoded, for one."""
    encoded = base64.b64encode(mac).decode()
    says = "its + was not percent-encoded and became a space"
    yield Attempt("signature-form", says, encoded.replace("+", " "))
    yield Attempt("signature-form", "it was percent-encoded twice", quote(encoded, safe=""))
    yield Attempt("signature-form", "hexadecimal in place of Base64", mac.hex())
    yield Attempt("signature-form", "hexadecimal in capitals in place of Base64", mac.hex().upper())
    in_base64 = base64.b64encode(mac.hex().encode()).decode()
    yield Attempt("signature-form", "Base64 of the hexadecimal digits", in_base64)
    yield Attempt("signature-form", "the URL-safe alphabet of Base64", base64.urlsafe_b64encode(mac).decode())
    yield Attempt("signature-form", "a line feed behind the Base64", f"{encoded}\n")
    yield Attempt("signature-form", "without the = at its end", encoded.rstrip("="))


def _keys(call: AliyunCall, right: Recipe) -> Iterable[Try]:
    secret = right.key.removesuffix("&")
    yield "key-prefix", "no & behind the secret", replace(right, key=secret)
    yield "key-prefix", "two & behind the secret", replace(right, key=f"{secret}&&")
    yield "key-prefix", "'&' before the secret, not behind it", replace(right, key=f"&{secret}")
    yield "key-prefix", "%26 in place of & behind the secret", replace(right, key=f"{secret}%26")
    token = call.common.get("SecurityToken")
    if token:
        says = "the security token behind the &, which stays without"
        yield "key-prefix", says, replace(right, key=f"{secret}&{token}")
    for mistake, says, other in mistakes.secrets(secret):
        yield mistake, says, replace(right, key=f"{other}&")
        yield mistake, f"{says}, and no &", replace(right, key=other)
    yield "key-whitespace", "white space behind the &", replace(right, key=f"{secret}& ")
    yield "key-whitespace", "a line feed behind the &", replace(right, key=f"{secret}&\n")


def _encodings(call: AliyunCall, right: Recipe) -> Iterable[Try]:
    as_is = replace(right, encode_query=_as_it_is)
    yield "not-encoded", "the query as a whole was not encoded once more", as_is
    says = "values were percent-encoded once in all, with the query as a whole"
    yield "not-encoded", says, replace(right, encode=_as_it_is)
    says = "the query as a whole was encoded twice: each value three times"
    yield "encoded-twice", says, replace(right, encode_query=_twice)
    for mistake, says, encode in mistakes.ENCODINGS:
        yield mistake, says, replace(right, encode=encode)
        yield mistake, f"{says}, in the query as a whole", replace(right, encode_query=encode)
        yield (
            mistake,
            f"{says}, in values and in the query",
            replace(right, encode=encode, encode_query=encode),
        )
    says = "the query as a whole was encoded but for its & and ="
    yield "not-encoded", says, replace(right, encode_query=_but_for_separators)
    says = "an empty value was signed without its ="
    yield "query", says, replace(right, bare=True)


def _parts(call: AliyunCall, right: Recipe) -> Iterable[Try]:
    for path in ("/", "", "%2f", "%252F", "%2F%2F", call.request.host):
        says = f"the path stands as {path[:60]!r} in the string to sign, not as '%2F'"
        yield "path", says, replace(right, path=path)
    for method in ("GET", "POST", "get", "post"):
        says = f"{method} was signed, {call.request.method} was sent"
        yield "method", says, replace(right, method=method)
    for digest, name in (("sha256", "SHA256"), ("md5", "MD5"), ("sha512", "SHA512")):
        says = f"HMAC-{name} was used, SignatureMethod says {signatures.HMAC_SHA1}"
        yield "digest", says, replace(right, digest=digest)
    yield "line-ends", "a line feed ends the string to sign", replace(right, tail="\n")
    yield "line-ends", "an & ends the string to sign", replace(right, tail="&")


def _times(call: AliyunCall, right: Recipe) -> Iterable[Try]:
    sent = datetime.datetime.fromisoformat(call.common["Timestamp"])
    for seconds in (-1, 1, -2, 2):
        text = (sent + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
        says = f"the Timestamp that was signed is {seconds:+d} s from the one that was sent"
        yield "timestamp", says, _with_value(right, "Timestamp", text)


def _orders(call: AliyunCall, right: Recipe) -> Iterable[Try]:
    as_sent = tuple(pair for pair in call.pairs if pair[0] != "Signature")
    orders: tuple[tuple[str, Pairs], ...] = (
        ("parameters were signed in the order in which they were sent", as_sent),
        ("parameters were sorted without regard to case", _any_case(right.pairs)),
        ("parameters were sorted the other way round", tuple(reversed(right.pairs))),
    )
    for says, pairs in orders:
        yield "unsorted", says, replace(right, pairs=pairs)


def _parameters(call: AliyunCall, right: Recipe) -> Iterable[Try]:
    """Parameters that were sent and not signed, one at a time, and in groups that clients add late."""
    query = {name for name, _ in signatures.decoded_pairs(call.request.query)}
    groups = (
        ("the fields of the form were not signed", tuple(p for p in right.pairs if p[0] in query)),
        ("the parameters of the query were not signed", tuple(p for p in right.pairs if p[0] not in query)),
        ("parameters with an empty value were not signed", tuple(p for p in right.pairs if p[1])),
    )
    for says, pairs in groups:
        yield "query", says, replace(right, pairs=pairs)
    for index, (name, _) in enumerate(right.pairs):
        pairs = right.pairs[:index] + right.pairs[index + 1 :]
        yield "query", f"the parameter {name[:40]} was not signed", replace(right, pairs=pairs)


def _others(call: AliyunCall, right: Recipe) -> Iterable[Try]:
    for mistake, says, secret in mistakes.wrong_secrets(call, "access_key_secret"):
        yield mistake, says, replace(right, key=f"{secret}&")


def _as_it_is(text: str) -> str:
    return text


def _twice(text: str) -> str:
    return signatures.encode(signatures.encode(text))


def _but_for_separators(text: str) -> str:
    return mistakes.encode(text, "&=")


def _any_case(pairs: Pairs) -> Pairs:
    return tuple(sorted(pairs, key=lambda pair: pair[0].lower()))


def _with_value(recipe: Recipe, name: str, value: str) -> Recipe:
    return replace(recipe, pairs=tuple((n, value if n == name else v) for n, v in recipe.pairs))
