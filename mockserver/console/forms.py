"""A form as it was sent, and what is wrong with each of its fields."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from mockserver.console.texts import Texts

_WHOLE = re.compile(r"[+-]?[0-9]{1,15}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,9})?", re.ASCII)


@dataclass(slots=True)
class Form:
    """Texts by field, and one sentence for each field that cannot be used; that of the empty name is the form's own.

    A method that reads a field returns None for one that is empty, and for one that is wrong, whose sentence is then
    among ``errors``.
    """

    sent: Mapping[str, str]
    texts: Texts
    errors: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.sent.get(name, "").strip()

    def text(self, name: str, longest: int) -> str | None:
        """A text of at most so many characters, none of which is a control character."""
        value = self[name]
        if len(value) > longest or any(ord(c) < 32 or ord(c) == 127 for c in value):
            self.errors[name] = self.texts("forms.text", longest=longest)
            return None
        return value or None

    def whole(self, name: str, low: int, high: int) -> int | None:
        """A whole number within bounds."""
        value = self[name]
        if value and not (_WHOLE.fullmatch(value) and low <= int(value) <= high):
            self.errors[name] = self.texts("forms.whole", low=low, high=high)
            return None
        return int(value) if value else None

    def number(self, name: str, low: float, high: float) -> float | None:
        """A number within bounds."""
        value = self[name]
        if value and not (_DECIMAL.fullmatch(value) and low <= float(value) <= high):
            self.errors[name] = self.texts("forms.number", low=f"{low:g}", high=f"{high:g}")
            return None
        return float(value) if value else None

    def choice(self, name: str, options: Collection[str]) -> str | None:
        """One of the options."""
        value = self[name]
        if value and value not in options:
            self.errors[name] = self.texts("forms.choice", options=", ".join(options))
            return None
        return value or None
