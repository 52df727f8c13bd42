"""The record of one Aliyun call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from mockserver.cards.model import Reading
from mockserver.contract import Violation
from mockserver.pictures import Picture
from mockserver.vendor import Call
from mockserver.vendors._aliyun.signatures import Authorization

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
