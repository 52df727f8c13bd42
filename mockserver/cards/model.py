"""What a card says, and what was seen of it in a picture.

Coordinates are pixels, origin at the top left, y downwards. "Card pixels" are positions on a card of
CARD_WIDTH x CARD_HEIGHT (85.6 x 54 mm at 300 dpi); "picture pixels" are positions in the picture as it is
shown, that is with its EXIF orientation applied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mockserver.cards.geometry import Quad, Transform

Side = Literal["front", "back"]

CARD_WIDTH = 1012
CARD_HEIGHT = 638

#: Fields in printing order. Dates are ISO (``1987-01-02``); an open end of validity is ``长期``; the nation
#: is without 族.
FRONT_FIELDS = ("name", "sex", "nation", "birth", "address", "id_number")
BACK_FIELDS = ("authority", "valid_from", "valid_until")

LONG_TERM = "长期"

#: What a picture cannot show by its pixels, so the code on the specimen says it.
FLAGS = (
    "temporary",  # a temporary identity card
    "photocopy",  # a photocopy of a card
    "screen",  # re-photographed from a screen
    "edited",  # digitally altered
    "occluded",  # something covers part of the card
    "unreadable",  # a card is there, none of its text can be read
    "fails",  # recognition fails for no visible reason
    "slow",  # recognition takes long
)


@dataclass(frozen=True, slots=True)
class Card:
    """One side of a card as printed: vendor-neutral field values and the flags its code carries."""

    side: Side
    fields: Mapping[str, str]
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sighting:
    """One card found in a picture.

    ``corners`` are the card's corners (top-left, top-right, bottom-right, bottom-left as printed on the card)
    and may lie outside the picture. ``boxes`` holds a quad in picture pixels, in the same corner order, for
    the printed value of every field of the side, plus ``portrait`` on the front. On the back ``valid_from`` and
    ``valid_until`` share the line ``validity``, which has a box too; the parts of a birth date are also there as
    ``birth_year``, ``birth_month`` and ``birth_day``, unless the card prints something that is no date.
    """

    card: Card
    to_picture: Transform
    corners: Quad
    boxes: Mapping[str, Quad]
    #: Clockwise turn of the card in the picture, degrees in [0, 360).
    rotation: float
    #: 0-100, lower is blurrier; what the picture shows, whatever made it so.
    quality: int
    #: Share of the card's area that lies outside the picture, 0-1.
    outside: float
    #: Share of the picture's area that the card takes, 0-1.
    coverage: float
    #: Length of the card's longer side in picture pixels.
    width_px: float
    #: No colour on the card: a black-and-white copy or picture.
    grey: bool
    #: Places that glare covers: field names, ``portrait``, ``emblem`` or ``other``.
    glare: frozenset[str]


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was read from one picture; sightings are sorted by card area, largest first.

    Among cards of about the same size fronts come before backs, then upper ones before lower ones.
    """

    width: int
    height: int
    sightings: tuple[Sighting, ...]

    def of_side(self, side: Side) -> tuple[Sighting, ...]:
        return tuple(s for s in self.sightings if s.card.side == side)
