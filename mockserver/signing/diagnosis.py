"""Why a signature does not hold: the well-known mistakes, tried one after the other.

A vendor offers attempts: what the signature would be if the client had made one certain mistake. The first attempt that
gives the client's own signature names the mistake. Attempts are made only for a request that is refused, and as many
as a bounded time allows: a form of megabytes takes a moment to write in each of a hundred ways.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import NamedTuple

#: Every mistake that has a name, and what a client does about it. Vendors add particulars.
MISTAKES: Mapping[str, str] = {
    "host": "another host was signed than the Host header names",
    "date": "the date of the credential scope is not the UTC date of the timestamp",
    "scope": "the credential scope names another service, region or terminator",
    "timestamp": "another time was signed than was sent",
    "method": "another HTTP method was signed than was used",
    "path": "another path was signed: a slash too many or too few, or encoded otherwise",
    "query": "the query was signed in another form than it was sent",
    "encoded-twice": "a value was percent-encoded twice",
    "not-encoded": "values were signed without percent-encoding",
    "space-as-plus": "a space was signed as + and not as %20",
    "unsorted": "names were not sorted as the scheme wants",
    "body": "the body that was signed is not the body that was sent",
    "body-hash": "the hash of the body was taken of something else or written in another form",
    "headers": "a signed header was sent with another value",
    "header-form": "the header lines are not in the form that the scheme wants",
    "line-ends": "a line end is missing, is one too many, or is not a line feed alone",
    "key-whitespace": "the secret has white space around it",
    "key-prefix": "the signing key is not derived as the scheme says",
    "wrong-key": "the signature was made with another secret",
    "digest": "another hash function was used than was announced",
    "signature-form": "the signature is right but was sent in another encoding",
}


#: Seconds of a processor, of this thread alone: how busy the machine is must not decide what is found.
_BUDGET_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Signed:
    """What the server computed for a signed request."""

    #: None for a scheme that has none.
    canonical_request: str | None
    string_to_sign: str
    #: Whether the signature is that of the string to sign.
    holds: bool


class Attempt(NamedTuple):
    """One mistake, and the signature that it leads to."""

    #: A key of `MISTAKES`.
    mistake: str
    #: What exactly was tried, in one clause: "the host ocr.example.com was signed".
    says: str
    signature: str


class Explanation(NamedTuple):
    """What a vendor knows of a signature that does not hold."""

    #: The signature as the client sent it.
    sent: str
    #: In the order in which they are tried; cheap ones first.
    attempts: Iterable[Attempt]


class Diagnosis(NamedTuple):
    """The mistake that reproduces the client's signature."""

    mistake: str
    says: str

    @property
    def text(self) -> str:
        """One line for a hint."""
        return f"{self.mistake}: {MISTAKES[self.mistake]} ({self.says})"


def diagnose(explanation: Explanation, spent: Callable[[], float] = time.thread_time) -> Diagnosis | None:
    """The first mistake that gives the signature that was sent, None when none does, or none that was tried in time.

    ``spent`` tells the seconds of a processor that this thread has used.
    """
    sent = explanation.sent.encode("utf-8", "surrogateescape")
    end = spent() + _BUDGET_SECONDS
    for attempt in explanation.attempts:
        if compare_digest(attempt.signature.encode("utf-8", "surrogateescape"), sent):
            return Diagnosis(attempt.mistake, attempt.says)
        if spent() > end:
            break
    return None
