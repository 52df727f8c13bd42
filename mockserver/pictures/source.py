"""Pixels of one picture, asked for several times in a row."""

from __future__ import annotations

from PIL import Image

from mockserver.pictures.intake import Picture
from mockserver.pictures.pixels import Mode

#: Formats that decode to a smaller size at less cost: decoding again at the right size beats keeping pixels.
_SCALABLE = frozenset({"JPEG"})


class PixelSource:
    """The pixels of a picture for the time of one reading.

    A format that can only be decoded whole is decoded once and kept; drop the source and the pixels are gone.
    Not for sharing between threads.
    """

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.width = picture.width
        self.height = picture.height
        self.longer = max(picture.width, picture.height)
        self._whole: dict[Mode, Image.Image] = {}

    def pixels(self, mode: Mode, at_least: int | None = None) -> Image.Image:
        """As Picture.pixels, and raises as that does; the image may be shared and is not to be changed."""
        if self.picture.format in _SCALABLE:
            return self.picture.pixels(mode, at_least)
        if "RGB" not in self._whole:
            self._whole["RGB"] = self.picture.pixels("RGB")
        if mode not in self._whole:
            self._whole[mode] = self._whole["RGB"].convert(mode)
        return self._whole[mode]
