"""What the rows of ``errors.json`` have in common when a test produces them through a client.

Each vendor has ``tests/<vendor>/client.py`` with one function ``produce(mock, row) -> Outcome`` that makes the call
which the row's trigger describes, through the vendor's own SDK wherever the SDK can make it.
"""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from mockserver.contract import ErrorRow, Trigger
    from mockserver.testing import MockServer


@dataclass(frozen=True)
class Outcome:
    """What the client saw: status and rule from the response, code and message as its own exception has them."""

    status: int
    code: str
    message: str
    request_id: str | None
    #: ``X-IDMock-Rule``: the row that answered.
    rule: str | None


def image_of(mock: MockServer, trigger: Trigger) -> bytes:
    """The picture that a trigger sends: its specimen, or what ``image`` says in its place."""
    recipe = trigger.image or {}
    if "bytes" in recipe:
        return str(recipe["bytes"]).encode()
    if "blank" in recipe:
        buffer = io.BytesIO()
        Image.new("RGB", tuple(recipe["blank"]), "white").save(buffer, "PNG")
        return buffer.getvalue()
    data = mock.specimen(trigger.specimen)
    if "file_bytes" in recipe:
        return data.ljust(recipe["file_bytes"], b"\0")
    if "encoded_bytes" in recipe:
        return data.ljust(recipe["encoded_bytes"] // 4 * 3, b"\0")
    return data


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def message_pattern(row: ErrorRow, language: str | None) -> re.Pattern[str]:
    """The row's message with anything in place of its placeholders."""
    parts = re.split(r"(\{\w+\})", row.message(language))
    return re.compile("".join(".+" if p.startswith("{") else re.escape(p) for p in parts), re.DOTALL)
