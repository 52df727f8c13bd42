"""The reader: which cards a picture shows, where each lies and how well it can be seen."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator

from mockserver.cards import layout, measure
from mockserver.cards.find import Found, find_codes
from mockserver.cards.geometry import DegenerateGeometry, Quad, Transform, area, box_quad, visible_share
from mockserver.cards.model import Reading, Sighting
from mockserver.cards.refine import refine
from mockserver.lru import LeastRecentlyUsed
from mockserver.pictures import Picture, PixelSource

_log = logging.getLogger(__name__)

#: Cards whose areas differ by less than this share count as equally large.
_ABOUT_AS_LARGE = 0.95
_CARD_QUAD = box_quad(layout.CARD_BOX)


class CardReader:
    """Reads pictures, and remembers what it read by the picture's digest. Safe for threads.

    A reading holds no pixels; with a card on it, it takes 8 KB.
    """

    def __init__(self, cache_entries: int = 512) -> None:
        self._readings: LeastRecentlyUsed[str, Reading] = LeastRecentlyUsed(cache_entries)

    def read(self, picture: Picture) -> Reading:
        """All cards in the picture, largest first. Raises PictureError when the picture does not decode."""
        return self._readings.get(picture.digest, lambda: read_picture(picture))


def read_picture(picture: Picture) -> Reading:
    """Read a picture without remembering it; raises as CardReader.read does."""
    source = PixelSource(picture)
    sightings: list[Sighting] = []
    for found in find_codes(source):
        try:
            sightings.append(_sighting(source, found))
        except DegenerateGeometry as error:
            _log.warning("picture %s: a card code was left out: %s", picture.digest[:12], error)
    return Reading(picture.width, picture.height, tuple(_ordered(sightings)))


def _ordered(sightings: list[Sighting]) -> Iterator[Sighting]:
    """Largest first. Cards of about one size would be ordered by noise, so among them fronts come first, then upper
    ones."""
    rest = sorted(sightings, key=lambda sighting: -area(sighting.corners))
    while rest:
        least = _ABOUT_AS_LARGE * area(rest[0].corners)
        alike = [sighting for sighting in rest if area(sighting.corners) >= least]
        yield from sorted(alike, key=lambda s: (s.card.side != "front", s.corners[0][1]))
        rest = rest[len(alike) :]


def _sighting(source: PixelSource, found: Found) -> Sighting:
    card = found.card
    refined = refine(source, found)
    to_picture = refined.to_picture
    corners = to_picture.apply_quad(_CARD_QUAD)
    boxes = layout.field_boxes(card)
    plane = measure.card_plane(source, to_picture, corners)
    visible = visible_share(corners, source.width, source.height)
    return Sighting(
        card=card,
        to_picture=to_picture,
        corners=corners,
        boxes={name: to_picture.apply_box(box) for name, box in boxes.items()},
        rotation=_rotation(to_picture),
        quality=measure.quality(refined),
        outside=1 - visible,
        coverage=visible * area(corners) / (source.width * source.height),
        width_px=_longer_side(corners),
        grey=measure.is_grey(plane),
        glare=measure.glare(plane, refined, card.side, boxes),
    )


def _rotation(to_picture: Transform) -> float:
    """The direction of the card's long middle line, clockwise from the picture's x axis, degrees in [0, 360)."""
    left, top, right, bottom = layout.CARD_BOX
    middle = (top + bottom) / 2
    (x0, y0), (x1, y1) = to_picture.apply((left, middle)), to_picture.apply((right, middle))
    return math.degrees(math.atan2(y1 - y0, x1 - x0)) % 360


def _longer_side(corners: Quad) -> float:
    """Mean length of the card's upper and lower edge."""
    top_left, top_right, bottom_right, bottom_left = corners
    return (math.dist(top_left, top_right) + math.dist(bottom_left, bottom_right)) / 2
