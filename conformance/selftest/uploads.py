"""Parts of the multipart bodies that pass a mutant by."""

from __future__ import annotations

import io
import re
from dataclasses import replace

from PIL import Image

from conformance.selftest.wrappers import Sent

_BOUNDARY = re.compile(r'boundary="?([^"]+)"?')


def part(sent: Sent, name: str) -> bytes | None:
    """The bytes of the first part of that name, None when there is none or the body has no parts."""
    span = _span(sent, name)
    return None if span is None else sent.body[slice(*span)]


def with_part(sent: Sent, name: str, data: bytes) -> Sent:
    """The request with other bytes in a part. Raises ValueError when it has no such part."""
    span = _span(sent, name)
    if span is None:
        raise ValueError(f"no part {name!r}")
    return replace(sent, body=sent.body[: span[0]] + data + sent.body[span[1] :])


def picture_size(sent: Sent, name: str = "image") -> tuple[int, int] | None:
    """Width and height of the picture in a part, None when there is none."""
    try:
        with Image.open(io.BytesIO(part(sent, name) or b"")) as image:
            return image.size
    except OSError:
        return None


def _span(sent: Sent, name: str) -> tuple[int, int] | None:
    boundary = _BOUNDARY.search(sent.headers.get("content-type", ""))
    head = re.search(rb'form-data; name="%b"[^\0]*?\r\n\r\n' % re.escape(name).encode(), sent.body)
    if boundary is None or head is None:
        return None
    return head.end(), sent.body.find(f"\r\n--{boundary[1]}".encode(), head.end())
