"""What never stands in a report: credentials, pictures, whole ID numbers.

Everything that leaves a run passes here: curl lines, answers, expected and actual values, messages, tracebacks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import quote, quote_plus, unquote

from conformance.model import Failure, Result

HIDDEN = "***"
#: A character of Base64 as it stands, in a query, or as a JSON writer may escape it.
_SYMBOL = r"(?:[A-Za-z0-9+/_-]|%2[BbFf]|\\{1,4}/|\\{1,4}u002[BbFf])"
#: A text that could be a picture in Base64, longer than any digest: in one piece, or in lines such as MIME has them.
#: Behind its beginning the common symbols are taken many at a time: a picture can be of ten million.
_PICTURE = re.compile(
    rf"(?:{_SYMBOL}{{120}}(?:[A-Za-z0-9+/_-]++|{_SYMBOL})*+|(?:{_SYMBOL}{{60,}}(?:\\{{1,4}}[rn]|[\r\n])+)+{_SYMBOL}*)"
    r"(?:=|%3[Dd]|\\{1,4}u003[Dd]){0,2}"
)
#: Where a text was cut, what may be the beginning of an ID number, from where it says more than a region.
_CUT_NUMBER = re.compile(r"(?<!\d)(?<!\d\.)\d{7,17}$")
#: Behind what is left of a text that was cut, see `conformance.checks.operators.shortened`.
_CUT = "… ("
#: So many characters of a secret are one too.
_TELLING = 6
#: A credential of fewer characters, such as a user's name, can be a part of other words.
_WORD = 12
#: Whole ID numbers: birth date and all but the last digits are masked.
_NUMBER = re.compile(r"(?<!\d)(?<!\d\.)(\d{6})\d{8}(\d{3}[\dXx])(?![\dXx])")
#: What JSON writers escape though they need not: the slash; or, in either case of letters, what HTML gives a meaning.
_ESCAPES = (
    {ord("/"): "\\/"},
    *({ord(c): "\\u" + form.format(ord(c)) for c in "+&<>'"} for form in ("{:04x}", "{:04X}")),
    *({ord(c): "\\u" + form.format(ord(c)) for c in "&<>"} for form in ("{:04x}", "{:04X}")),
)


@dataclass(frozen=True)
class Masks:
    """What to hide: values wherever they stand, and values of headers and parameters by lower-case name."""

    secrets: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, secrets: Iterable[str], names: Iterable[str] = ()) -> Masks:
        return cls(frozenset(secrets), frozenset(name.lower() for name in names))

    def text(self, text: str) -> str:
        """The text without any of it."""
        text = self._whole(text)
        if self._values is not None:
            text = self._values.sub(HIDDEN, text)
        if self._parameters is not None:
            text = self._parameters.sub(rf"\1{HIDDEN}", text)
        text = _PICTURE.sub(lambda found: f"({len(unquote(found[0]))} characters)", text)
        return _NUMBER.sub(r"\1********\2", text)

    def _whole(self, text: str) -> str:
        """A text that was cut, perhaps more than once: the beginning of a secret or a number there is hidden."""
        *heads, tail = text.split(_CUT)
        return "".join(self._without_beginning(head) + _CUT for head in heads) + tail

    def _without_beginning(self, head: str) -> str:
        for spelling in self._spelled:
            for length in range(len(spelling) - 1, _TELLING - 1, -1):
                if head.endswith(spelling[:length]):
                    head = head[:-length] + HIDDEN
                    break
        return _CUT_NUMBER.sub(HIDDEN, head)

    def header(self, name: str, value: str) -> str:
        """A header's value; of one that gives access what is left is its scheme and what was signed."""
        return self.text(_scheme_of(value) if name.lower() in self.names else value)

    def result(self, result: Result) -> Result:
        """A result that can be shown to anybody."""
        return replace(
            result,
            reason=self.text(result.reason),
            failures=tuple(self._failure(failure) for failure in result.failures),
            request=self.text(result.request),
            answer=self.text(result.answer),
        )

    def _failure(self, failure: Failure) -> Failure:
        name = failure.at.removeprefix("header ").lower()
        expected, actual = (
            self.text(HIDDEN if name in self.names else value) for value in (failure.expected, failure.actual)
        )
        if expected == actual and failure.expected != failure.actual:
            actual += " (another one: they differ where they are masked)"
        return replace(failure, at=self.text(failure.at), expected=expected, actual=actual)

    @cached_property
    def _spelled(self) -> frozenset[str]:
        return frozenset(spelling for secret in self.secrets for spelling in _spellings(secret))

    @cached_property
    def _values(self) -> re.Pattern[str] | None:
        """Every secret as it can be written, the longest first; a short one not as a part of a longer word."""
        short = {spelling for spelling in self._spelled if len(spelling) < _WORD}
        long = _any_of(self._spelled - short, "(?:{})")
        words = _any_of(short, r"(?<![A-Za-z0-9])(?:{})(?![A-Za-z0-9])")
        found = [pattern.pattern for pattern in (long, words) if pattern is not None]
        return re.compile("|".join(found)) if found else None

    @cached_property
    def _parameters(self) -> re.Pattern[str] | None:
        """``name=`` and what follows, in a query, a form or a header of members; ``name: `` where headers are echoed.

        An Authorization header keeps its scheme, see `header`, and the members behind it have names of their own.
        """
        names = self.names - {"authorization"} | {"signature"}
        return _any_of(names, r"""((?<![\w-])(?:{})(?:=|\\?["']?: ?\\?["']?))[^&\s,;'"\\]+""", re.IGNORECASE)


def _spellings(secret: str) -> set[str]:
    """A value as it stands in JSON, by any writer, in a query, a form."""
    written = json.dumps(secret)[1:-1]
    escaped = {written.translate(table) for table in _ESCAPES}
    return {secret, written, *escaped, quote(secret), quote(secret, safe=""), quote_plus(secret)} - {""}


def _any_of(words: Collection[str], pattern: str, flags: int = 0) -> re.Pattern[str] | None:
    choices = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    return re.compile(pattern.replace("{}", choices), flags) if choices else None


def _scheme_of(value: str) -> str:
    """``TC3-HMAC-SHA256 Credential=***/2023-11-14/ocr/tc3_request, SignedHeaders=host, Signature=***`` and its kin."""
    scheme, space, rest = value.strip().partition(" ")
    if not space:
        return HIDDEN
    members = [part.strip() for part in rest.split(",")]
    return f"{scheme} {', '.join(map(_member, members))}"


def _member(member: str) -> str:
    name, equals, value = member.partition("=")
    if not equals or not value:
        return HIDDEN
    if name.lower() == "signedheaders":
        return member
    scope = value.partition("/")[2] if name.lower() == "credential" else ""
    return f"{name}={HIDDEN}" + (f"/{scope}" if scope else "")
