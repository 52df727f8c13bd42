"""Any decoded picture to plain grey or RGB."""

from __future__ import annotations

from typing import Literal

from PIL import Image

Mode = Literal["L", "RGB"]

_WHITE = 255
#: EXIF orientation -> what turns the stored pixels into the picture as shown.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def swaps_sides(orientation: int) -> bool:
    """Whether an EXIF orientation exchanges width and height."""
    return orientation >= 5


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """The picture as shown: its EXIF orientation applied."""
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def plain(image: Image.Image, mode: Mode) -> Image.Image:
    """The picture in ``mode``: deep samples scaled to 8 bits, transparency laid over white, CMYK converted."""
    if image.mode.startswith(("I", "F")):
        image = _eight_bits(image)
    elif image.mode == "LAB":
        image = image.convert("RGB")
    if _is_transparent(image):
        image = _over_white(image)
    # A copy even when nothing changes: what leaves here is an Image, no longer tied to its file.
    return image.copy() if image.mode == mode else image.convert(mode)


def _is_transparent(image: Image.Image) -> bool:
    return "transparency" in image.info or image.mode in ("LA", "PA", "RGBA", "La", "RGBa")


def _over_white(image: Image.Image) -> Image.Image:
    if image.mode in ("La", "RGBa"):
        image = image.convert({"La": "LA", "RGBa": "RGBA"}[image.mode])
    layer = image.convert("RGBA")
    ground = Image.new("RGB", layer.size, (_WHITE, _WHITE, _WHITE))
    ground.paste(layer, mask=layer.getchannel("A"))
    return ground


def _eight_bits(image: Image.Image) -> Image.Image:
    """16-bit, 32-bit and floating point samples to mode L.

    Such files do not say where white is, so it is taken from their range: 1, 255 or 65535, whichever is the first to
    hold all samples (1 for floats only), and anything else is stretched over its own range.
    """
    wide = image.convert("I") if image.mode.startswith("I") else image
    low, high = wide.getextrema()
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        raise TypeError(f"a picture of mode {image.mode} has more than one channel")
    whites = (1, 255, 65535) if image.mode == "F" else (255, 65535)
    white = next((white for white in whites if high <= white), None)
    if low < 0 or white is None:
        spread = float(high) - float(low)
        factor = _WHITE / spread if spread > 0 else 0.0
        offset = -float(low) * factor
    else:
        factor, offset = _WHITE / white, 0.0
    return wide.point(lambda value: value * factor + offset).convert("L")
