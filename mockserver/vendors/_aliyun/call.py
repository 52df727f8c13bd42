"""The record of one Aliyun call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from mockserver.cards.model import Reading
from mockserver.contract import Violation
from mockserver.pictures import Picture
from mockserver.records.traces import proof_marks
from mockserver.vendor import Call
from mockserver.vendors._aliyun.signatures import ACS3, HMAC_SHA1, Authorization

#: Where action, time and signature stand: in headers (ACS3), or among the parameters (RPC).
Style = Literal["acs3", "rpc"]


@dataclass(slots=True)
class AliyunCall(Call):
    """What the steps find out, in the order in which they do."""

    style: Style = "acs3"
    #: Every parameter of the query, then of a form, decoded and in the order sent.
    pairs: Sequence[tuple[str, str]] = ()
    #: The same by name; the last of a repeated name wins.
    sent: Mapping[str, str] = field(default_factory=dict)
    #: Whether the body holds parameters and is therefore no picture.
    form: bool = False
    #: The answer is XML rather than JSON.
    xml: bool = False
    #: Action, Version, AccessKeyId, Signature, Timestamp, SignatureNonce and what else the style has, under the
    #: names that they have as parameters.
    common: Mapping[str, str] = field(default_factory=dict)
    #: The parsed Authorization header of an ACS3 call.
    authorization: Authorization | None = None
    #: The time that was signed, Unix seconds, once it was found to be one.
    signed_at: float | None = None
    #: SHA-256 of the body, hexadecimal, once a signature has needed it.
    body_digest: str | None = None
    #: Business parameters that the operation knows, switches as booleans.
    parameters: Mapping[str, object] = field(default_factory=dict)
    #: The first constraint of the request schema that the parameters break.
    violation: Violation | None = None
    picture: Picture | None = None
    reading: Reading | None = None

    @property
    def body_bytes(self) -> int:
        """Length of the body as a picture: 0 when it holds parameters."""
        return 0 if self.form else self.request.body_bytes

    def switch(self, name: str) -> bool:
        """Whether a switch is on."""
        return self.parameters.get(name) is True

    def sent_parameters(self) -> Mapping[str, Any]:
        """The business parameters."""
        return self.parameters

    def payload(self) -> str | bytes:
        """The body, when it is the picture; otherwise the picture's address."""
        if self.request.body and not self.form:
            return self.request.body
        return self.sent.get("Url", "")

    def proof(self) -> Mapping[str, Any] | None:
        """From the Authorization header, or from an RPC call's parameters."""
        signature = self.common.get("Signature")
        if not signature:
            return None
        scheme = HMAC_SHA1 if self.style == "rpc" else ACS3
        # An RPC signature covers the query and a form, and never a picture in the body.
        covers = self.style == "acs3" or self.form or not self.request.body
        nonce = self.common.get("SignatureNonce", "")
        return proof_marks(scheme, signature, self.signed_at, nonce, covers_payload=covers)
