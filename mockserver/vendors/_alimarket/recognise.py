"""The picture in, the cards out, or the seller's error (contract §3, §5.1, §6.2).

The seller documents one failure, the missing parameter; that others are told apart, and how, is inferred.
"""

from __future__ import annotations

from collections.abc import Iterator

from mockserver.cards.model import Reading, Side, Sighting
from mockserver.errors import Refusal
from mockserver.fetch import FetchError, FetchTooLarge
from mockserver.intake import NO_SPECIMEN, fetch, read_picture
from mockserver.pictures import Picture, PictureError, Problem
from mockserver.vendors._alimarket.call import MarketCall

FAILURE = "500"


def take_picture(call: MarketCall) -> None:
    """Fetch the picture, or decode it: a prefix ``data:...;base64,`` is cut off and not looked at."""
    try:
        if call.image[:8].lower().startswith(("http://", "https://")):
            call.picture = _open(call, _fetched(call, call.image))
        else:
            call.picture = _decoded(call)
    except PictureError as error:
        variant = "image-too-large" if error.problem is Problem.TOO_MANY_PIXELS else "image-data"
        raise Refusal(FAILURE, variant, hint=str(error)) from None


def read_cards(call: MarketCall) -> None:
    """Find the largest card of each side, and look whether it can be read."""
    reading = call.reading = read_picture(
        call, call.picture, lambda error: Refusal(FAILURE, "image-data", hint=str(error))
    )
    if not reading.sightings:
        raise Refusal(FAILURE, "no-card", hint=NO_SPECIMEN)
    call.front, call.back = _of_side(call, reading, "front"), _of_side(call, reading, "back")
    for sighting in (call.front, call.back):
        if sighting is not None:
            _check_sighting(call, sighting)


def _of_side(call: MarketCall, reading: Reading, side: Side) -> Sighting | None:
    found = reading.of_side(side)
    if len(found) > 1 and call.contract.behaviour("several_cards_of_one_side") == "refused":
        raise Refusal(FAILURE, "recognition", hint=f"the picture shows {len(found)} cards of the side {side}")
    return found[0] if found else None


def _check_sighting(call: MarketCall, sighting: Sighting) -> None:
    """Whether one card can be read, and in time."""
    flags, behaviour = sighting.card.flags, call.contract.behaviour
    if sighting.quality < behaviour("unreadable_below_quality"):
        raise Refusal(FAILURE, "recognition", hint=f"measured quality {sighting.quality}")
    if sighting.width_px < behaviour("unreadable_below_card_px"):
        raise Refusal(FAILURE, "recognition", hint=f"the card is {sighting.width_px:.0f} px wide")
    if "slow" in flags:
        call.world.sleep(behaviour("slow_recognition_seconds"))
        if behaviour("slow_recognition") == "timeout":
            raise Refusal("D504TO", hint="the specimen's recognition is slow")
    if flags & {"fails", "unreadable"}:
        raise Refusal(FAILURE, "recognition", hint=f"the specimen is {' and '.join(sorted(flags))}")


def _decoded(call: MarketCall) -> Picture:
    """The picture behind Base64. Raises PictureError."""
    sent = call.image
    encoded = sent.partition(",")[2] if sent[:5].lower() == "data:" else sent
    formats = call.contract.operation["image_formats"]
    max_pixels = int(call.contract.limit("max_image_pixels"))
    for text in _spellings(call, encoded):
        try:
            return call.world.recogniser.open_base64(text, formats=formats, max_pixels=max_pixels)
        except PictureError:
            raise
        except ValueError:  # not standard Base64
            continue
    raise Refusal(FAILURE, "image-data", hint="image is neither an http URL nor standard Base64")


def _spellings(call: MarketCall, encoded: str) -> Iterator[str]:
    yield encoded
    if call.contract.behaviour("base64") == "lenient":
        yield _mended(encoded)


def _mended(encoded: str) -> str:
    """Base64 without the line breaks that some encoders put in, and with the padding that some leave away.

    >>> _mended("QUJD\\nRA")
    'QUJDRA=='
    """
    joined = "".join(encoded.split())
    return joined + "=" * (-len(joined) % 4)


def _open(call: MarketCall, data: bytes) -> Picture:
    return call.world.recogniser.open(
        data,
        formats=call.contract.operation["image_formats"],
        max_pixels=int(call.contract.limit("max_image_pixels")),
    )


def _fetched(call: MarketCall, url: str) -> bytes:
    try:
        return fetch(call, url, int(call.contract.limit("max_download_bytes")))
    except FetchTooLarge as error:
        raise Refusal(FAILURE, "image-too-large", hint=str(error)) from None
    except FetchError as error:
        raise Refusal(FAILURE, "image-url", hint=str(error)) from None
