"""A signature of the gateway's as a sum of parts, so that one of them can be wrong (see `explain`)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from mockserver.mistakes import Lines, Pairs


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that goes into a signature, each part on its own so that one can be wrong."""

    method: str
    #: Accept, Content-MD5, Content-Type, Date; None for a line that is not there at all.
    fixed: tuple[str | None, ...]
    #: Names and values of the header lines, in order.
    lines: Lines
    path: str
    #: Decoded, in order.
    parameters: Pairs
    secret: str
    digest: str
    line_end: str = "\n"
    #: Behind the header lines, and behind everything.
    gap: str = ""
    tail: str = ""
    #: Whether an empty value leaves an equals sign.
    equals: bool = False

    def text(self) -> bytes:
        """The string to sign."""
        end = self.line_end
        head = end.join((self.method, *(line for line in self.fixed if line is not None)))
        headers = "".join(f"{name}:{value}{end}" for name, value in self.lines)
        shown = (f"{n}={v}" if v or self.equals else n for n, v in self.parameters)
        resource = f"{self.path}?{'&'.join(shown)}" if self.parameters else self.path
        text = f"{head}{end}{headers}{self.gap}{resource}{self.tail}"
        return text.encode("utf-8", "surrogateescape")

    def mac(self) -> bytes:
        return hmac.digest(self.secret.encode(), self.text(), self.digest)


#: A mistake, in one clause what it was, and the recipe that makes it.
Try = tuple[str, str, Recipe]
