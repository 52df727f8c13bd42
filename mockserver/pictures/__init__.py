"""Pictures as they arrive: recognised, bounded, decoded on request."""

from mockserver.pictures.intake import (
    ALL_FORMATS,
    DEFAULT_MAX_PIXELS,
    Picture,
    PictureError,
    Problem,
    open_picture,
)
from mockserver.pictures.source import PixelSource

__all__ = [
    "ALL_FORMATS",
    "DEFAULT_MAX_PIXELS",
    "Picture",
    "PictureError",
    "PixelSource",
    "Problem",
    "open_picture",
]
