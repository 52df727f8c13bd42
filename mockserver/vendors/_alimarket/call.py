"""The record of one call of the marketplace API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.cards.model import Reading, Sighting
from mockserver.pictures import Picture
from mockserver.vendor import Call


@dataclass(slots=True)
class MarketCall(Call):
    """What the steps find out, in the order in which they do.

    Either ``app_code`` or ``app_key`` is there behind the step that looks for credentials.
    """

    app_code: str | None = None
    #: Of a signed call; the signature is checked when it is there.
    app_key: str | None = None
    #: The parameter ``image`` as sent: a URL, or Base64 with or without a ``data:`` prefix.
    image: str = ""
    picture: Picture | None = None
    reading: Reading | None = None
    front: Sighting | None = None
    back: Sighting | None = None

    def sent_parameters(self) -> Mapping[str, Any]:
        """The one there is."""
        return {"image": self.image} if self.image else {}
