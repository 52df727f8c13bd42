"""From a picture to the cards on it: our specimens by their pixels, a user's own pictures by their digest.

Also what every vendor needs to know of a sighting: which of its fields can be read at all.
"""

from __future__ import annotations

import binascii
import hashlib
import sys
from collections.abc import Callable, Collection, Mapping, Sequence

from mockserver.cards.crop import card_crop, portrait_crop
from mockserver.cards.geometry import Quad, Transform, visible_share
from mockserver.cards.layout import nominal_boxes
from mockserver.cards.model import BACK_FIELDS, CARD_HEIGHT, CARD_WIDTH, FRONT_FIELDS, Card, Reading, Sighting
from mockserver.cards.read import CardReader
from mockserver.lru import LeastRecentlyUsed
from mockserver.pictures import Picture, open_picture

#: A field is read when at least this share of its box lies inside the picture.
_LEGIBLE_SHARE = 0.8
#: Bytes of memory: what pictures that were sent as Base64 may take together, text and bytes of each, texts that follow
#: from pictures, and crops.
_DECODED_BYTES, _DERIVED_BYTES, _CROP_BYTES = 6 * 1024 * 1024, 4 * 1024 * 1024, 4 * 1024 * 1024
#: A card of which less than this share lies outside the picture is whole: the rest is arithmetic.
_WHOLE = 1e-9


class Recogniser:
    """Reads pictures and cuts crops out of them; both are remembered by the picture's digest."""

    def __init__(
        self,
        reader: CardReader,
        *,
        known: Mapping[str, Sequence[Card]] | None = None,
        sample: Callable[[str], Sequence[Card]] | None = None,
        crops: int = 64,
    ) -> None:
        """``known`` maps digests of a user's own pictures to the cards on them; ``sample`` answers for any picture
        that shows no specimen, by its digest. ``crops`` bounds the remembered crops."""
        self._reader = reader
        self._known = known or {}
        self._sample = sample
        self._opened: LeastRecentlyUsed[str, tuple[str, int, int, int]] = LeastRecentlyUsed(1024)
        self._decoded: LeastRecentlyUsed[str, Picture] = LeastRecentlyUsed(
            256, weight=_DECODED_BYTES, weigh=lambda encoded, picture: len(encoded) + picture.byte_length
        )
        self._derived: LeastRecentlyUsed[str, str] = LeastRecentlyUsed(
            1024, weight=_DERIVED_BYTES, weigh=lambda key, text: sys.getsizeof(text)
        )
        self._crops: LeastRecentlyUsed[str, bytes] = LeastRecentlyUsed(
            crops, weight=_CROP_BYTES, weigh=lambda key, crop: len(crop)
        )

    def open(
        self, data: bytes, *, formats: Collection[str], max_pixels: int, digest: str | None = None
    ) -> Picture:
        """Take in a picture as `open_picture` does; the header of one seen before is not read again.

        ``digest`` is the hexadecimal SHA-256 of the bytes, where a signature has needed it already.
        Raises PictureError.
        """
        digest = digest or hashlib.sha256(data).hexdigest()
        opened = self._opened.peek(digest)
        if opened is not None and opened[0] in formats and opened[1] * opened[2] <= max_pixels:
            return Picture(digest, len(data), *opened, data)
        picture = open_picture(data, formats=formats, max_pixels=max_pixels)
        self._opened.put(digest, (picture.format, picture.width, picture.height, picture.orientation))
        return picture

    def open_base64(self, encoded: str, *, formats: Collection[str], max_pixels: int) -> Picture:
        """Take in a picture as standard Base64; one that was sent before is neither decoded nor hashed again.

        Raises PictureError for the picture, and ValueError for text that is not standard Base64.
        """
        picture = self._decoded.peek(encoded)
        if picture is not None and picture.format in formats and picture.width * picture.height <= max_pixels:
            return picture
        if encoded.endswith("=") and (len(encoded) % 4 or encoded.endswith("===")):
            raise ValueError(
                "more padding than the last group lacks"
            )  # which the decoder's strict mode overlooks
        data = binascii.a2b_base64(encoded, strict_mode=True)
        picture = self.open(data, formats=formats, max_pixels=max_pixels)
        self._decoded.put(encoded, picture)
        return picture

    def read(self, picture: Picture) -> Reading:
        """All cards on the picture, largest first."""
        cards = self._known.get(picture.digest)
        if cards is None:
            reading = self._reader.read(picture)
            if reading.sightings or self._sample is None:
                return reading
            cards = self._sample(picture.digest)
        sightings = tuple(_whole_picture(card, picture) for card in cards)
        return Reading(picture.width, picture.height, sightings)

    def derived(self, picture: Picture, what: str, compute: Callable[[], str]) -> str:
        """A text that follows from the picture alone, such as a vendor's description of all that is on it.

        ``what`` tells one such text from another, and says all that it depends on beside the picture.
        """
        return self._derived.get(f"{picture.digest}/{what}", compute)

    def card_crop(self, picture: Picture, sighting: Sighting) -> bytes:
        """The card alone, upright and rectified, as JPEG from the uploaded pixels."""
        key = f"{picture.digest}/{sighting.card.side}/card"
        return self._crops.get(key, lambda: card_crop(picture, sighting))

    def portrait_crop(self, picture: Picture, sighting: Sighting) -> bytes:
        """The portrait alone, upright, as JPEG from the uploaded pixels."""
        key = f"{picture.digest}/{sighting.card.side}/portrait"
        return self._crops.get(key, lambda: portrait_crop(picture, sighting))


def legible_fields(sighting: Sighting, reading: Reading) -> dict[str, str]:
    """The fields as a recogniser would give them: "" for what is unreadable or lies outside the picture."""
    fields = dict(sighting.card.fields)
    if sighting.outside < _WHOLE and "unreadable" not in sighting.card.flags:
        return fields
    names = FRONT_FIELDS if sighting.card.side == "front" else BACK_FIELDS
    for name in names:
        box = sighting.boxes[name]
        lost = visible_share(box, reading.width, reading.height) < _LEGIBLE_SHARE
        if lost or "unreadable" in sighting.card.flags:
            fields[name] = ""
    return fields


def _whole_picture(card: Card, picture: Picture) -> Sighting:
    """A sighting for a picture whose content is taken on trust: the card fills it, and nothing is wrong with it."""
    w, h = float(picture.width), float(picture.height)
    corners: Quad = ((0.0, 0.0), (w, 0.0), (w, h), (0.0, h))
    to_picture = Transform.scale(w / CARD_WIDTH, h / CARD_HEIGHT)
    return Sighting(
        card=card,
        to_picture=to_picture,
        corners=corners,
        boxes={name: to_picture.apply_quad(box) for name, box in nominal_boxes(card.side).items()},
        rotation=0.0,
        quality=100,
        outside=0.0,
        coverage=1.0,
        width_px=max(w, h),
        grey=False,
        glare=frozenset(),
    )
