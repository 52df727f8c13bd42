"""A card drawn as a specimen: readable like a card, impossible to mistake for one.

Plain coloured background, a diagonal band 样本 SPECIMEN, a silhouette instead of a face, no emblem, no security
art. The same card gives the same pixels, given the same versions of Pillow and FreeType.
"""

from __future__ import annotations

from functools import cache

from PIL import Image, ImageDraw

from mockserver.cards import code, layout
from mockserver.cards.model import CARD_HEIGHT, CARD_WIDTH, Card, Side

_SIZE = (CARD_WIDTH, CARD_HEIGHT)
_LABEL_INK = (38, 104, 158)
_VALUE_INK = (28, 28, 34)
_BAND_INK = (196, 30, 58)
#: Two pastel tints: their difference is what tells a coloured card from a grey copy whatever the light, and
#: both are dark enough that glare stands out.
_LEFT_TINT = (196, 224, 238)
_RIGHT_TINT = (240, 214, 206)
_PORTRAIT_GROUND = (206, 214, 226)
_SILHOUETTE = (150, 160, 178)

#: Centre and angle of the band; on each side it runs beside the code.
_BAND: dict[Side, tuple[int, int, float]] = {"front": (330, 330, 30.0), "back": (690, 330, 24.0)}
_BAND_LENGTH, _BAND_HEIGHT = 560, 96


def draw_card(card: Card) -> Image.Image:
    """The card as an RGBA picture of 1012 x 638 with rounded, transparent corners.

    The flag ``unreadable`` smears the text beyond recognition; the other flags leave no trace in the pixels.
    Raises CodeError when the fields do not fit the code.
    """
    payload = code.encode(card)
    image = _blank(card.side).copy()
    text = _text_layer(card)
    if "unreadable" in card.flags:
        text = _smeared(text)
    image.paste(text, mask=text.getchannel("A"))
    band = _band(card.side)
    image.paste(band, mask=band.getchannel("A"))
    _paste_code(image, card.side, payload)
    image.putalpha(_outline())
    return image


@cache
def _blank(side: Side) -> Image.Image:
    """The ground of a side, everything that is the same on all cards."""
    ramp = Image.linear_gradient("L").rotate(90).resize(_SIZE)
    image = Image.composite(Image.new("RGB", _SIZE, _RIGHT_TINT), Image.new("RGB", _SIZE, _LEFT_TINT), ramp)
    if side == "front":
        left, top, _, _ = layout.PORTRAIT_BOX
        image.paste(_silhouette(), (int(left), int(top)))
    return image


def _silhouette() -> Image.Image:
    """Head and shoulders on a plain ground, as large as the portrait."""
    left, top, right, bottom = layout.PORTRAIT_BOX
    width, height = int(right - left), int(bottom - top)
    portrait = Image.new("RGB", (width, height), _PORTRAIT_GROUND)
    draw = ImageDraw.Draw(portrait)
    draw.rounded_rectangle((18, 116, width - 18, 2 * height), 90, fill=_SILHOUETTE)
    draw.ellipse(
        (width / 2 - 58, 10, width / 2 + 58, 138), fill=_SILHOUETTE, outline=_PORTRAIT_GROUND, width=4
    )
    return portrait


def _text_layer(card: Card) -> Image.Image:
    layer = Image.new("RGBA", _SIZE, (*_VALUE_INK, 0))
    draw = ImageDraw.Draw(layer)
    for run in layout.runs(card):
        ink = _LABEL_INK if run.field is None else _VALUE_INK
        draw.text((run.x, run.baseline), run.text, fill=(*ink, 255), font=layout.font(run.size), anchor="ls")
    return layer


def _smeared(text: Image.Image) -> Image.Image:
    """Text averaged over patches as large as a character: dark bars where words were."""
    coarse = text.resize((CARD_WIDTH // 30, CARD_HEIGHT // 22), Image.Resampling.BOX)
    return coarse.resize(_SIZE, Image.Resampling.BICUBIC)


@cache
def _band(side: Side) -> Image.Image:
    """The diagonal band as a translucent layer of the card's size: two rules and 样本 SPECIMEN between them."""
    x, y, angle = _BAND[side]
    strip = Image.new("RGBA", (_BAND_LENGTH, _BAND_HEIGHT), (*_BAND_INK, 22))
    draw = ImageDraw.Draw(strip)
    for rule in (3, _BAND_HEIGHT - 4):
        draw.line((0, rule, _BAND_LENGTH, rule), fill=(*_BAND_INK, 120), width=4)
    middle = (_BAND_LENGTH // 2, _BAND_HEIGHT // 2)
    draw.text(middle, "样本 SPECIMEN", fill=(*_BAND_INK, 105), font=layout.font(64), anchor="mm")
    turned = strip.rotate(angle, Image.Resampling.BICUBIC, expand=True)
    layer = Image.new("RGBA", _SIZE, (*_BAND_INK, 0))
    layer.paste(turned, (x - turned.width // 2, y - turned.height // 2))
    return layer


def _paste_code(image: Image.Image, side: Side, payload: bytes) -> None:
    left, top, right, bottom = (int(edge) for edge in layout.plate_box(side))
    image.paste((255, 255, 255), (left, top, right, bottom))
    modules = code.modules(payload)
    # Drawn large and averaged down: module edges lie at their exact places, not at the nearest pixel's.
    fine = modules.resize((modules.width * 8, modules.height * 8), Image.Resampling.NEAREST)
    size = (layout.CODE_SIZE, layout.CODE_SIZE)
    image.paste(fine.resize(size, Image.Resampling.BOX).convert("RGB"), layout.CODE_ORIGIN[side])


@cache
def _outline() -> Image.Image:
    """The card's shape with rounded corners, drawn at 4 x for smooth edges."""
    large = Image.new("L", (CARD_WIDTH * 4, CARD_HEIGHT * 4), 0)
    box = (0, 0, large.width - 1, large.height - 1)
    ImageDraw.Draw(large).rounded_rectangle(box, layout.CORNER_RADIUS * 4, fill=255)
    return large.resize(_SIZE, Image.Resampling.BOX)
