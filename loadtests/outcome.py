"""What came of one call, judged from its body: a vendor's error under HTTP 200 is an error all the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from conformance.dialect import Dialect
from conformance.errors import Misshapen
from conformance.model import Answer


class Kind(StrEnum):
    """The classes that a load run counts apart."""

    #: The vendor's success.
    ACCEPTED = "accepted"
    #: Refused because it came too soon, by one of the codes that the vendor has for that.
    THROTTLED = "throttled"
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


def judge(dialect: Dialect, answer: Answer) -> Outcome:
    """The outcome of a call that was answered."""
    try:
        reading = dialect.read(answer)
    except Misshapen as error:
        return Outcome(Kind.UNREADABLE, f"HTTP {answer.status}: {error}", answer.status)
    except ValueError:
        # The parser's own words quote the body, which would make a class of every answer.
        return Outcome(Kind.UNREADABLE, f"HTTP {answer.status}: no JSON", answer.status)
    if reading.ok:
        return Outcome(Kind.ACCEPTED, status=answer.status)
    kind = Kind.THROTTLED if reading.code in dialect.throttle_codes else Kind.REFUSED
    return Outcome(kind, reading.code or "(no code)", answer.status, reading.message)


def unanswered(error: BaseException) -> Outcome:
    """The outcome of a call whose connection failed: the class of the failure, since its text names addresses."""
    return Outcome(Kind.NO_ANSWER, type(error).__name__)


def masked(text: str, secrets: Iterable[str]) -> str:
    """A text with every secret in it replaced."""
    for secret in sorted({s for s in secrets if s}, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text
