"""The record of one Huawei call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mockserver.cards.model import Reading, Sighting
from mockserver.pictures import Picture
from mockserver.records.traces import proof_marks
from mockserver.vendor import Call
from mockserver.vendors._huawei.signatures import ALGORITHM, Authorization
from mockserver.vendors._huawei.tokens import Claims

#: The product behind the gateway that a request is for.
Endpoint = Literal["ocr", "iam"]


@dataclass(slots=True)
class HuaweiCall(Call):
    """What the steps find out, in the order in which they do."""

    endpoint: Endpoint = "ocr"
    #: Region that the host names, None for a host that names none.
    region: str | None = None
    #: Project in the path; None on a path that has none.
    project_id: str | None = None
    #: The parsed Authorization header of a signed call.
    authorization: Authorization | None = None
    #: X-Sdk-Date of a signed call, Unix seconds.
    signed_at: int = 0
    #: What the token of a call says, when it came with one.
    claims: Claims | None = None
    #: What is left of the caller's calls in the current period, in the gateway's words; empty until they are counted.
    policy: str = ""
    #: When the gateway handed the call on to the service; None for one that never got there.
    forwarded: float | None = None
    #: The JSON object of the body.
    parameters: dict[str, Any] = field(default_factory=dict)
    picture: Picture | None = None
    reading: Reading | None = None
    front: Sighting | None = None
    back: Sighting | None = None

    @property
    def double_side(self) -> bool:
        """Both sides are asked for, each in an object of its own."""
        return self.parameters.get("side") == "double_side"

    def message_details(self) -> dict[str, object]:
        """The message about an unknown key shows the key, the one about a missing subscription the operation."""
        details: dict[str, object] = {"request_id": self.request.id, "api": self.contract.operation["action"]}
        if self.authorization is not None:
            details["ak"] = self.authorization.access_key
        elif self.account is not None:
            details["ak"] = self.account.credentials["ak"]
        return details

    def sent_parameters(self) -> Mapping[str, Any]:
        """The members of the body; of a login none, which is all credentials."""
        return self.parameters

    def payload(self) -> str | bytes:
        """The body, but for a login's, which is all credentials."""
        return self.request.body if self.endpoint == "ocr" else b""

    def proof(self) -> Mapping[str, Any] | None:
        """From the Authorization header; a token proves nothing about a request."""
        if self.authorization is None:
            return None
        covers = self.request.headers.get("x-sdk-content-sha256") != "UNSIGNED-PAYLOAD"
        return proof_marks(
            ALGORITHM, self.authorization.signature, self.signed_at or None, covers_payload=covers
        )
