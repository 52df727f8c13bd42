"""The record of one Megvii call."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mockserver.cards.model import Reading, Sighting
from mockserver.contract import Violation
from mockserver.pictures import Picture
from mockserver.vendor import Call


@dataclass(slots=True)
class MegviiCall(Call):
    """What the steps find out, in the order in which they do."""

    #: When the call was opened; seconds of a clock that nobody sets, for ``time_used`` alone.
    started: float = field(default_factory=time.perf_counter)
    #: Text arguments by name: parts without a filename, or fields of a form.
    texts: Mapping[str, str] = field(default_factory=dict)
    #: Uploads by name: parts with a filename.
    files: Mapping[str, bytes] = field(default_factory=dict)
    #: The first constraint of the request schema that the arguments break.
    violation: Violation | None = None
    picture: Picture | None = None
    reading: Reading | None = None
    #: The one card that the answer is about.
    sighting: Sighting | None = None

    @property
    def request_id(self) -> str:
        """Unix seconds of the arrival, a comma, a lower-case UUID: the one that ``X-IDMock-Request`` carries."""
        return f"{int(self.request.received)},{self.request.id}"

    @property
    def time_used(self) -> int:
        """Milliseconds since the call was opened."""
        return round((time.perf_counter() - self.started) * 1000)

    @property
    def card(self) -> tuple[Picture, Reading, Sighting]:
        """Picture, reading and card: for the steps behind recognition."""
        if self.picture is None or self.reading is None or self.sighting is None:
            raise LookupError("a step that needs the card stands before the one that finds it")
        return self.picture, self.reading, self.sighting

    def message_details(self) -> dict[str, object]:
        """Messages show nothing but the name of an argument, which the refusal itself knows."""
        return {}

    def sent_parameters(self) -> Mapping[str, Any]:
        """Texts and uploads."""
        return {**self.texts, **self.files}

    def payload(self) -> str | bytes:
        """The upload: the body around it has a boundary that is drawn anew for every request."""
        return self.files.get("image", b"")
