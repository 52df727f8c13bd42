"""What came of one call, judged from its body: a vendor's error under HTTP 200 is an error all the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from conformance.dialect import Dialect
from conformance.errors import Misshapen
from conformance.model import Answer


class Kind(StrEnum):
    """The classes that a load run counts apart."""

    #: The vendor's success.
    ACCEPTED = "accepted"
    #: Refused because it came too soon, by one of the codes that the vendor has for that.
    THROTTLED = "throttled"
    #: The vendor's success, but not with what the picture shows: an empty one, or another caller's card.
    MISREAD = "misread"
    #: Any other error of the vendor.
    REFUSED = "refused"
    #: An answer that the vendor never gives: a load balancer's page, half a body, another vendor's envelope.
    UNREADABLE = "unreadable"
    #: No whole answer: refused or reset connection, timeout.
    NO_ANSWER = "no-answer"


@dataclass(frozen=True)
class Outcome:
    """One call's class, and the code or reason that stands in reports.

    ``status`` is HTTP's, 0 without an answer. ``message`` is the vendor's text; it can quote what the client sent, so a
    report shows it only masked.
    """

    kind: Kind
    code: str = ""
    status: int = 0
    message: str | None = None

    @property
    def label(self) -> str:
        """Kind and code as one text, by which outcomes are counted."""
        return f"{self.kind} {self.code}".rstrip()

    @classmethod
    def of_label(cls, label: str) -> Self:
        """The outcome that a label was made of, without status and message. Raises ValueError for no such kind."""
        kind, _, code = label.partition(" ")
        return cls(Kind(kind), code)


def judge(dialect: Dialect, answer: Answer, printed: str = "") -> Outcome:
    """The outcome of a call that was answered; ``printed`` is a text of the card that a success has to hold."""
    try:
        reading = dialect.read(answer)
    except Misshapen as error:
        return Outcome(Kind.UNREADABLE, f"HTTP {answer.status}: {error}", answer.status)
    except ValueError:
        # The parser's own words quote the body, which would make a class of every answer.
        return Outcome(Kind.UNREADABLE, f"HTTP {answer.status}: no JSON", answer.status)
    if reading.ok:
        if printed and printed not in _texts(reading.document):
            return Outcome(Kind.MISREAD, "not the card that was sent", answer.status)
        return Outcome(Kind.ACCEPTED, status=answer.status)
    kind = Kind.THROTTLED if reading.code in dialect.throttle_codes else Kind.REFUSED
    return Outcome(kind, reading.code or "(no code)", answer.status, reading.message)


def unanswered(error: BaseException) -> Outcome:
    """The outcome of a call whose connection failed: the class of the failure, since its text names addresses.

    Locust's client wraps a timeout into an error about the retries that it does not make.
    """
    return Outcome(Kind.NO_ANSWER, type(getattr(error, "original", None) or error).__name__)


def _texts(document: Any) -> Iterator[str]:
    """Every text in a parsed answer, wherever its vendor puts it."""
    waiting = [document]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
