"""Photo-like pictures of cards, with the truth about where everything lies.

A scene is plain data (it can be written in JSON) and always gives the same pixels, given the same versions of
Pillow and FreeType. Glare and patches belong to a card and turn with it; blur and look belong to the picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Literal

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from mockserver.cards import layout
from mockserver.cards.draw import draw_card
from mockserver.cards.geometry import Box, Point, Quad, Transform, box_quad
from mockserver.cards.model import CARD_HEIGHT, CARD_WIDTH, Card

Look = Literal["colour", "grey", "photocopy", "screen"]

_CARD_QUAD = box_quad(layout.CARD_BOX)
#: Transparent margin around a card before it is warped, so that its edges are smooth.
_MARGIN = 4
_SHADOW_OFFSET, _SHADOW_BLUR, _SHADOW_STRENGTH = 6, 8, 0.35
#: Muted ground colours: wood, slate, felt, linen.
_GROUNDS = ((146, 118, 88), (98, 106, 116), (92, 112, 96), (164, 154, 136))


@dataclass(frozen=True, slots=True)
class Spot:
    """A round reflection in the card's plane: centre (card pixels) and radius of its white core."""

    centre: Point
    radius: float


@dataclass(frozen=True, slots=True)
class Patch:
    """A rounded patch of colour (RGBA) over a box on the card, in card pixels."""

    box: Box
    colour: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Placement:
    """One card in the picture.

    ``centre`` is in picture pixels, ``scale`` in picture pixels per card pixel, ``rotation`` in degrees
    clockwise; ``shifts`` moves the four corners by shares of the card's width, which gives perspective.
    """

    card: Card
    centre: Point
    scale: float = 1.0
    rotation: float = 0.0
    shifts: tuple[Point, Point, Point, Point] = ((0, 0), (0, 0), (0, 0), (0, 0))
    glare: tuple[Spot, ...] = ()
    patches: tuple[Patch, ...] = ()

    def to_picture(self) -> Transform:
        """Card pixels to picture pixels."""
        flat = (
            Transform.translate(-CARD_WIDTH / 2, -CARD_HEIGHT / 2)
            .then(Transform.scale(self.scale))
            .then(Transform.rotate(self.rotation))
            .then(Transform.translate(*self.centre))
        )
        if not any(dx or dy for dx, dy in self.shifts):
            return flat
        width = self.scale * CARD_WIDTH
        corners = flat.apply_quad(_CARD_QUAD)
        a, b, c, d = (
            (x + dx * width, y + dy * width) for (x, y), (dx, dy) in zip(corners, self.shifts, strict=True)
        )
        return Transform.from_quads(_CARD_QUAD, (a, b, c, d))


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture to be made: its size in pixels, the seed of its background, and what lies on it.

    ``blur`` is the standard deviation of a Gaussian blur in picture pixels.
    """

    width: int
    height: int
    placements: tuple[Placement, ...] = ()
    ground: int = 0
    blur: float = 0.0
    look: Look = "colour"


@dataclass(frozen=True, slots=True)
class Truth:
    """Where one card of a scene is: corners and boxes as in a Sighting, in picture pixels."""

    card: Card
    to_picture: Transform
    corners: Quad
    boxes: Mapping[str, Quad]


def compose(scene: Scene) -> tuple[Image.Image, tuple[Truth, ...]]:
    """The picture (RGB) and the truth about its cards, in the order of the placements.

    Raises CodeError when a card's fields do not fit its code.
    """
    picture = background(scene.width, scene.height, scene.ground)
    truths = []
    for placement in scene.placements:
        _lay(picture, placement)
        truths.append(truth_of(placement))
    if scene.blur:
        picture = picture.filter(ImageFilter.GaussianBlur(scene.blur))
    return _LOOKS[scene.look](picture), tuple(truths)


def truth_of(placement: Placement) -> Truth:
    """Where a placed card and its values are, without drawing anything."""
    to_picture = placement.to_picture()
    boxes = layout.field_boxes(placement.card)
    return Truth(
        card=placement.card,
        to_picture=to_picture,
        corners=to_picture.apply_quad(_CARD_QUAD),
        boxes={name: to_picture.apply_box(box) for name, box in boxes.items()},
    )


def background(width: int, height: int, seed: int) -> Image.Image:
    """An uneven surface: a muted colour with soft patches of light and a little grain."""
    rng = Random(f"ground {seed}")
    colour = rng.choice(_GROUNDS)
    patches = Image.frombytes("L", (7, 5), rng.randbytes(35)).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    grain = Image.frombytes("L", (96, 72), rng.randbytes(96 * 72)).resize(
        (width, height), Image.Resampling.BILINEAR
    )
    light = Image.blend(patches, grain, 0.15)
    dark = tuple(round(0.72 * channel) for channel in colour)
    bright = tuple(min(255, round(1.18 * channel)) for channel in colour)
    return ImageOps.colorize(light, dark, bright)


def _lay(picture: Image.Image, placement: Placement) -> None:
    """Draw a card with its shadow into the picture."""
    layer = _card_layer(placement)
    shrink = min(1.0, placement.scale)
    if shrink < 1:
        # Warping reads single pixels: a card that becomes smaller is averaged down before.
        size = (max(1, round(layer.width * shrink)), max(1, round(layer.height * shrink)))
        small = layer.resize(size, Image.Resampling.LANCZOS)
    else:
        small = layer
    from_card = Transform.translate(_MARGIN, _MARGIN).then(
        Transform.scale(small.width / layer.width, small.height / layer.height)
    )
    mapping = placement.to_picture().inverse().then(from_card)
    warped = small.transform(
        picture.size, Image.Transform.PERSPECTIVE, mapping.coefficients(), Image.Resampling.BICUBIC
    )
    alpha = warped.getchannel("A")
    shadow = ImageChops.offset(alpha.filter(ImageFilter.GaussianBlur(_SHADOW_BLUR)), 0, _SHADOW_OFFSET)
    picture.paste((0, 0, 0), mask=shadow.point(lambda value: value * _SHADOW_STRENGTH))
    picture.paste(warped, mask=alpha)


def _card_layer(placement: Placement) -> Image.Image:
    """The card with its patches and glare, RGBA, with a transparent margin in the card's own colours."""
    card = draw_card(placement.card)
    shape = card.getchannel("A")
    surface = card.convert("RGB")
    for patch in placement.patches:
        mask = Image.new("L", card.size, 0)
        ImageDraw.Draw(mask).rounded_rectangle(patch.box, 18, fill=patch.colour[3])
        surface.paste(patch.colour[:3], mask=mask)
    for spot in placement.glare:
        surface.paste((255, 255, 255), mask=_spot_mask(spot))
    size = (CARD_WIDTH + 2 * _MARGIN, CARD_HEIGHT + 2 * _MARGIN)
    # Stretched a little under the card itself: the transparent margin carries the colours of the card's edge.
    layer = surface.resize(size, Image.Resampling.BILINEAR)
    layer.paste(surface, (_MARGIN, _MARGIN))
    layer.putalpha(ImageOps.expand(shape, _MARGIN, 0))
    return layer


def _spot_mask(spot: Spot) -> Image.Image:
    """Opaque within the radius, fading out over another third of it."""
    mask = Image.new("L", (CARD_WIDTH, CARD_HEIGHT), 0)
    (x, y), reach = spot.centre, spot.radius * 1.17
    ImageDraw.Draw(mask).ellipse((x - reach, y - reach, x + reach, y + reach), fill=255)
    return mask.filter(ImageFilter.GaussianBlur(spot.radius * 0.08))


def _colour(picture: Image.Image) -> Image.Image:
    return picture


def _grey(picture: Image.Image) -> Image.Image:
    return picture.convert("L").convert("RGB")


def _photocopy(picture: Image.Image) -> Image.Image:
    """Grey, hard contrast, paper a little darker than white."""
    curve = [round(min(238.0, max(12.0, (value - 80) * 1.5))) for value in range(256)]
    return picture.convert("L").point(curve).convert("RGB")


def _screen(picture: Image.Image) -> Image.Image:
    """Fine slanted stripes, as where a camera's grid meets a screen's, and a blue cast."""
    row = Image.frombytes("L", (4, 1), bytes((255, 236, 214, 236)))
    wide = max(picture.size) * 2
    stripes = row.resize((8, 1), Image.Resampling.BICUBIC)
    tile = Image.new("L", (wide, 1))
    for x in range(0, wide, stripes.width):
        tile.paste(stripes, (x, 0))
    sheet = tile.resize((wide, wide)).rotate(17, Image.Resampling.BICUBIC)
    left, top = (wide - picture.width) // 2, (wide - picture.height) // 2
    mask = sheet.crop((left, top, left + picture.width, top + picture.height))
    cool = ImageChops.multiply(picture, Image.new("RGB", picture.size, (238, 244, 255)))
    return Image.composite(cool, Image.new("RGB", picture.size, (36, 44, 72)), mask)


_LOOKS = {"colour": _colour, "grey": _grey, "photocopy": _photocopy, "screen": _screen}
