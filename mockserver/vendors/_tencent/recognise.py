"""The picture in, the cards out, or the picture's error (contract §5 steps 17 and 18)."""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.cards import numbers
from mockserver.cards.model import Reading, Side, Sighting
from mockserver.errors import Refusal
from mockserver.fetch import FetchError, FetchTooLarge
from mockserver.intake import NO_SPECIMEN, fetch, read_picture
from mockserver.pictures import PictureError, Problem
from mockserver.recognition import legible_fields
from mockserver.steps import refuse_past_limit
from mockserver.vendors._tencent.call import TencentCall
from mockserver.vendors._tencent.legibility import fields_are_withheld

_UNDECODABLE = "FailedOperation.ImageDecodeFailed"
_CODES = {
    Problem.EMPTY: "FailedOperation.EmptyImageError",
    Problem.TOO_MANY_PIXELS: "FailedOperation.ImageSizeTooLarge",
}
_SIDES: Mapping[str, Side] = {"FRONT": "front", "BACK": "back"}


def take_picture(call: TencentCall) -> None:
    """Fetch or decode the picture and look at its size and format. ``ImageUrl`` wins over ``ImageBase64``."""
    url, encoded = call.parameters.get("ImageUrl"), call.parameters.get("ImageBase64", "")
    recogniser, formats = call.world.recogniser, call.contract.operation["image_formats"]
    max_pixels = int(call.contract.limit("max_image_pixels"))
    try:
        if url:
            picture = recogniser.open(_fetched(call, url), formats=formats, max_pixels=max_pixels)
        else:
            refuse_past_limit(call, "max_encoded_image_bytes", len(encoded))
            if call.contract.behaviour("base64") == "lenient":
                encoded = _standard(encoded)
            picture = recogniser.open_base64(encoded, formats=formats, max_pixels=max_pixels)
    except PictureError as error:
        raise Refusal(_CODES.get(error.problem, _UNDECODABLE), hint=str(error)) from None
    except ValueError:
        raise Refusal(_UNDECODABLE, hint="ImageBase64 is not standard Base64") from None
    refuse_past_limit(call, "max_side_px", max(picture.width, picture.height))
    if min(picture.width, picture.height) < call.contract.limit("min_side_px"):
        raise Refusal("FailedOperation.IdCardTooSmall", hint="the picture itself is too small")
    call.picture = picture


def _standard(encoded: str) -> str:
    """Base64 without line breaks, padded to whole groups of four.

    >>> _standard("QUJD\\r\\nRA")
    'QUJDRA=='
    """
    text = encoded.replace("\r", "").replace("\n", "")
    return text + "=" * (-len(text) % 4)


def read_cards(call: TencentCall) -> None:
    """Find the card or cards that the answer is about."""
    reading = call.reading = read_picture(
        call, call.picture, lambda error: Refusal(_UNDECODABLE, hint=str(error))
    )
    if not reading.sightings:
        raise Refusal("FailedOperation.ImageNoIdCard", hint=NO_SPECIMEN)
    for side in _SIDES.values():
        if len(reading.of_side(side)) > 1:
            raise Refusal("FailedOperation.MultiCardError")
    _choose(call, reading)
    chosen = [s for s in (call.front, call.back) if s is not None]
    for sighting in chosen:
        _check_sighting(call, sighting, reading)


def _choose(call: TencentCall, reading: Reading) -> None:
    """Which sides the answer is about.

    With MultiCardDetect both; otherwise the side that was asked for, or the larger card when none was (inferred).
    """
    wanted = _SIDES.get(call.parameters.get("CardSide", ""))
    if wanted and not reading.of_side(wanted):
        raise Refusal("FailedOperation.CardSideError", hint=f"the picture shows no {wanted}")
    both = len(reading.sightings) > 1
    if call.config.get("MultiCardDetect"):
        chosen = reading.sightings
    elif both and call.contract.behaviour("both_sides_without_multi_card_detect") == "refused":
        raise Refusal("FailedOperation.MultiCardError", hint="two sides, and MultiCardDetect is off")
    elif wanted:
        chosen = reading.of_side(wanted)
    else:
        chosen = (max(reading.sightings, key=_prominence),)
    for sighting in chosen:
        if sighting.card.side == "front":
            call.front = sighting
        else:
            call.back = sighting


def _prominence(sighting: Sighting) -> tuple[float, bool]:
    """The larger card, by a tenth of the picture or more; else the portrait side."""
    return round(sighting.coverage, 1), sighting.card.side == "front"


def _check_sighting(call: TencentCall, sighting: Sighting, reading: Reading) -> None:
    """What is wrong with one card: blur, size, failure, unlawful content."""
    flags, behaviour = sighting.card.flags, call.contract.behaviour
    if sighting.quality < behaviour("blur_refused_below_quality"):
        raise Refusal("FailedOperation.ImageBlur", hint=f"measured quality {sighting.quality}")
    if sighting.coverage < behaviour("too_small_below_coverage") or sighting.width_px < behaviour(
        "too_small_below_card_px"
    ):
        raise Refusal(
            "FailedOperation.IdCardTooSmall",
            hint=f"the card takes {sighting.coverage:.1%} of the picture, {sighting.width_px:.0f} px wide",
        )
    if "slow" in flags:
        call.world.sleep(behaviour("slow_recognition_seconds"))
    if "fails" in flags or ("unreadable" in flags and behaviour("unreadable_card") == "refused"):
        raise Refusal("FailedOperation.OcrFailed")
    legible = "unreadable" not in flags and not fields_are_withheld(call, sighting)
    if sighting.card.side == "front" and legible:
        _check_legal(legible_fields(sighting, reading))


def _check_legal(fields: dict[str, str]) -> None:
    """Name and number must be there, and the number must be one."""
    if not fields["name"] or not fields["id_number"]:
        raise Refusal(
            "FailedOperation.IdCardInfoIllegal", hint="the name or the number lies outside the picture"
        )
    if not numbers.is_valid_number(fields["id_number"]):
        raise Refusal(
            "FailedOperation.IdCardInfoIllegal", hint="the number on the card breaks the rules of numbers"
        )


def _fetched(call: TencentCall, url: str) -> bytes:
    limit = int(call.contract.limit("max_encoded_image_bytes")) // 4 * 3
    try:
        return fetch(call, url, limit)
    except FetchTooLarge as error:
        raise Refusal("LimitExceeded.TooLargeFileError", hint=str(error)) from None
    except FetchError as error:
        raise Refusal("FailedOperation.DownLoadError", hint=str(error)) from None
