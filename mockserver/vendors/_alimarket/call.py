"""The record of one call of the marketplace API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.cards.model import Reading, Sighting
from mockserver.pictures import Picture
from mockserver.records.traces import proof_marks
from mockserver.request import FORM
from mockserver.vendor import Call
from mockserver.vendors._alimarket.signatures import DEFAULT_METHOD, METHODS


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

    def proof(self) -> Mapping[str, Any] | None:
        """From the headers of a call with AppKey and signature; an AppCode proves nothing about a request."""
        if self.app_key is None:
            return None
        headers = self.request.headers
        sent = headers.get("x-ca-timestamp", "")
        signed_at = int(sent) / 1000 if sent.isascii() and sent.isdecimal() and len(sent) < 16 else None
        method = headers.get("x-ca-signature-method") or DEFAULT_METHOD
        return proof_marks(
            method if method in METHODS else "unknown",
            headers.get("x-ca-signature", ""),
            signed_at,
            headers.get("x-ca-nonce", ""),
            covers_payload=bool(headers.get("content-md5")) or self.request.media_type == FORM,
        )
