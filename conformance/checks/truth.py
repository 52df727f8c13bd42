"""What an expectation may refer to: the pictures that were sent, and what they show."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from conformance.checks.formats import fill
from conformance.errors import NotApplicable
from conformance.model import Account
from conformance.pictures import CardTruth, Picture


@dataclass(frozen=True)
class Truth:
    """The pictures of a call in the order in which it sends them, and the account that called."""

    pictures: tuple[Picture, ...] = ()
    account: Account | None = field(default=None, repr=False)

    def picture(self, index: int = 0) -> Picture:
        """Raises NotApplicable when the call sent none."""
        if index >= len(self.pictures):
            raise NotApplicable("the call sends no picture whose truth is known")
        return self.pictures[index]

    def card(self, argument: dict[str, Any]) -> CardTruth:
        """The card that ``side`` names ("front" by default) in the picture ``picture`` (the first by default)."""
        return self.picture(argument.get("picture", 0)).card(argument.get("side", "front"))

    def credential(self, name: str) -> str:
        """A credential of the account that called. Raises NotApplicable when it was not given."""
        given = {} if self.account is None else self.account.credentials
        if name not in given:
            raise NotApplicable(f"the caller's {name} is not known")
        return given[name]

    def text(self, template: str) -> str:
        """A template filled from all cards of the first picture. Raises NotApplicable for a field nobody gave."""
        fields = {
            name: value for card in reversed(self.picture().cards) for name, value in card.fields.items()
        }
        try:
            return fill(template, fields)
        except KeyError as missing:
            raise NotApplicable(f"the picture's truth has no {missing}") from None
