"""The record of one Tencent call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mockserver.cards.model import Reading, Sighting
from mockserver.contract import Violation
from mockserver.records.traces import proof_marks
from mockserver.vendor import Call
from mockserver.vendors._tencent.signatures import DIGESTS, TC3, UNSIGNED_PAYLOAD, Authorization

#: Where the common parameters stand: in ``X-TC-*`` headers (signature v3), or among the business parameters (v1).
Style = Literal["v3", "v1"]


@dataclass(slots=True)
class TencentCall(Call):
    """What the steps find out, in the order in which they do."""

    style: Style = "v3"
    #: Common parameters by their unprefixed names: Action, Version, Timestamp, Region, Language, Token, and for v1
    #: also Nonce, SecretId, Signature, SignatureMethod.
    common: Mapping[str, str] = field(default_factory=dict)
    #: The parsed Authorization header of a v3 call.
    authorization: Authorization | None = None
    #: Every v1 parameter as it was sent, for the signature.
    signed_parameters: Mapping[str, str] = field(default_factory=dict)
    #: Business parameters by name; nested where the client sent them nested.
    parameters: dict[str, Any] = field(default_factory=dict)
    #: The business parameters came as text (query, form, multipart), which has no booleans of its own.
    as_text: bool = False
    #: The first constraint of the request schema that the parameters break.
    violation: Violation | None = None
    #: Config after parsing: only keys that are known and true or false.
    config: Mapping[str, bool] = field(default_factory=dict)
    reading: Reading | None = None
    front: Sighting | None = None
    back: Sighting | None = None

    def message_details(self) -> dict[str, object]:
        """The permission message also names the action."""
        operation = self.contract.operation
        return {
            "request_id": self.request.id,
            "service": operation["service"],
            "action": operation["action"],
        }

    def sent_parameters(self) -> Mapping[str, Any]:
        """The business parameters."""
        return self.parameters

    def payload(self) -> str | bytes:
        """The body; of a v1 call, where signature and nonce stand beside it, the picture or its address."""
        if self.style == "v3":
            return self.request.body or self.request.query
        picture = self.parameters.get("ImageBase64") or self.parameters.get("ImageUrl") or ""
        return picture if isinstance(picture, str) else ""

    def proof(self) -> Mapping[str, Any] | None:
        """From the Authorization header, or from a v1 call's parameters."""
        sent = self.common.get("Timestamp", "")
        signed_at = int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 12 else None
        if self.authorization is not None:
            covers = self.request.headers.get("x-tc-content-sha256") != UNSIGNED_PAYLOAD
            return proof_marks(TC3, self.authorization.signature, signed_at, covers_payload=covers)
        signature = self.common.get("Signature")
        if self.style == "v3" or not signature:
            return None
        method = self.common.get("SignatureMethod", "HmacSHA1")
        return proof_marks(
            method if method in DIGESTS else "unknown", signature, signed_at, self.common.get("Nonce", "")
        )
