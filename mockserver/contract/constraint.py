"""One rule of a schema: where it stands, who says so, and which error a request gets that breaks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mockserver.contract.files import pointer

#: documented: the vendor's pages say so. observed: seen in real answers or in official clients. inferred: our
#: choice.
Confidence = Literal["documented", "observed", "inferred"]

#: Keywords whose value holds schemas by the names of members or definitions.
MAPS = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs"})

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Constraint:
    """One keyword of a schema that a request or an answer can break."""

    file: str
    path: Path
    keyword: str
    value: Any
    source: str
    confidence: Confidence
    #: The annotation ``x-error`` of the keyword: ``code``, ``variant``, ``stage``.
    answer: Mapping[str, str] | None
    #: True inside a keyword that is reported as a whole, such as ``anyOf``.
    enclosed: bool

    @property
    def pointer(self) -> str:
        """JSON pointer of the keyword."""
        return pointer((*self.path, self.keyword))

    @property
    def subject(self) -> str:
        """What is constrained, for people: the names of the members down to it."""
        names = [
            str(step) for before, step in zip(("", *self.path), self.path, strict=False) if before in MAPS
        ]
        return ".".join(names) or "the body"
