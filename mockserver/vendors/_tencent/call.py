"""The record of one Tencent call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mockserver.cards.model import Reading, Sighting
from mockserver.contract import Violation
from mockserver.vendor import Call
from mockserver.vendors._tencent.signatures import Authorization

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
