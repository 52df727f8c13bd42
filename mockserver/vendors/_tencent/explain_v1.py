"""The well-known mistakes with the older signature, that of forms and queries."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple
from urllib.parse import quote, quote_plus

from mockserver.signing.diagnosis import Attempt
from mockserver.vendors._tencent import access, signatures
from mockserver.vendors._tencent.call import TencentCall

_DEFAULT = "HmacSHA1"


class Try(NamedTuple):
    mistake: str
    says: str
    recipe: Recipe


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that goes into a v1 signature."""

    method: str
    host: str
    path: str
    #: In the order in which they are signed.
    pairs: tuple[tuple[str, str], ...]
    secret: str
    digest: str

    def mac(self) -> bytes:
        query = "&".join(f"{name}={value}" for name, value in self.pairs)
        text = f"{self.method}{self.host}{self.path}{query}"
        data = text.encode("utf-8", "surrogateescape")
        return hmac.new(self.secret.encode(), data, signatures.DIGESTS[self.digest]).digest()


def v1_attempts(call: TencentCall, hosts: Sequence[str]) -> Iterator[Attempt]:
    """Attempts for a call whose signature stands among its parameters; ``hosts`` are those that are accepted."""
    method = call.common.get("SignatureMethod", _DEFAULT)
    secret = call.customer.credentials["secret_key"]
    rights = [
        Recipe(call.request.method, host, "/?", _signed_pairs(parameters), secret, method)
        for host in hosts
        for parameters in signatures.v1_spellings(call.signed_parameters)
    ]
    for right in rights:
        yield from _as_sent(call, right)
    for aspect in (_keys, _values, _others, _hosts, _orders):
        for right in rights:
            for mistake, says, recipe in aspect(call, right):
                yield Attempt(mistake, says, base64.b64encode(recipe.mac()).decode())


def _signed_pairs(parameters: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, value) for name, value in parameters.items() if name != "Signature"))


def _as_sent(call: TencentCall, right: Recipe) -> Iterator[Attempt]:
    """The right signature in another spelling: what arrives when a + is not percent-encoded, for one."""
    mac = right.mac()
    encoded = base64.b64encode(mac).decode()
    yield Attempt(
        "signature-form", "its + was not percent-encoded and became a space", encoded.replace("+", " ")
    )
    yield Attempt("signature-form", "it was percent-encoded twice", quote(encoded, safe=""))
    yield Attempt("signature-form", "hexadecimal in place of Base64", mac.hex())
    hexadecimal = base64.b64encode(binascii.hexlify(mac)).decode()
    yield Attempt("signature-form", "Base64 of the hexadecimal digits", hexadecimal)
    yield Attempt("signature-form", "the URL-safe alphabet of Base64", base64.urlsafe_b64encode(mac).decode())


def _keys(call: TencentCall, right: Recipe) -> Iterable[Try]:
    for text, what in (("\n", "a line feed"), ("\r\n", "a line end"), (" ", "a space"), ("\t", "a tab")):
        yield Try("key-whitespace", f"{what} behind the secret", replace(right, secret=right.secret + text))
        yield Try("key-whitespace", f"{what} before the secret", replace(right, secret=text + right.secret))
    yield Try("key-prefix", "'TC3' before the secret", replace(right, secret=f"TC3{right.secret}"))
    yield Try("key-prefix", "'&' behind the secret", replace(right, secret=f"{right.secret}&"))
    secret_id = call.customer.credentials["secret_id"]
    yield Try("wrong-key", "the secret id in place of the key", replace(right, secret=secret_id))


def _values(call: TencentCall, right: Recipe) -> Iterable[Try]:
    once = tuple((name, quote(value, safe="", errors="surrogateescape")) for name, value in right.pairs)
    plus = tuple((name, quote_plus(value, errors="surrogateescape")) for name, value in right.pairs)
    spaces = tuple((name, value.replace(" ", "+")) for name, value in right.pairs)
    yield Try(
        "encoded-twice", "values were percent-encoded before they were signed", replace(right, pairs=once)
    )
    yield Try(
        "space-as-plus",
        "values were encoded as in a form before they were signed",
        replace(right, pairs=plus),
    )
    yield Try("space-as-plus", "a + arrived as a space", replace(right, pairs=spaces))


def _others(call: TencentCall, right: Recipe) -> Iterable[Try]:
    for path in ("?", "/", "", f"{call.request.path}/?"):
        if path != right.path:
            yield Try(
                "path", f"{path!r} between host and parameters in place of '/?'", replace(right, path=path)
            )
    for method in ("GET", "POST", "get", "post"):
        if method != right.method:
            yield Try("method", f"{method} was signed", replace(right, method=method))
    for digest in signatures.DIGESTS:
        if digest != right.digest:
            says = f"{digest} was used, SignatureMethod says {right.digest}"
            yield Try("digest", says, replace(right, digest=digest))


def _hosts(call: TencentCall, right: Recipe) -> Iterable[Try]:
    for host in access.well_known_hosts(call):
        says = f"{host} was signed, the Host header is {call.request.host}"
        yield Try("host", says, replace(right, host=host))
    yield Try("host", "no host was signed", replace(right, host=""))


def _orders(call: TencentCall, right: Recipe) -> Iterable[Try]:
    values = dict(right.pairs)
    as_sent = tuple((name, values[name]) for name in call.signed_parameters if name in values)
    any_case = tuple(sorted(right.pairs, key=lambda pair: pair[0].lower()))
    yield Try(
        "unsorted",
        "parameters were signed in the order in which they were sent",
        replace(right, pairs=as_sent),
    )
    yield Try("unsorted", "parameters were sorted without regard to case", replace(right, pairs=any_case))
