"""Pictures that no specimen is."""

from __future__ import annotations

import io

from PIL import Image

from tests.triggers import encoded

MEBIBYTE = 1024 * 1024


def picture(format: str, size: tuple[int, int] = (300, 200)) -> str:
    """A plain picture as Base64."""
    buffer = io.BytesIO()
    Image.new("RGB", size, "white").save(buffer, format)
    return encoded(buffer.getvalue())
