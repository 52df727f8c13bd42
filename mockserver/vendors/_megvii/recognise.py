"""The picture in, one card out, or the picture's error (contract §4 steps 10-12)."""

from __future__ import annotations

from mockserver.cards.model import Reading, Sighting
from mockserver.errors import Refusal
from mockserver.intake import NO_SPECIMEN, read_picture
from mockserver.pictures import PictureError, Problem
from mockserver.steps import refuse_past_limit
from mockserver.vendors._megvii.arguments import IMAGE
from mockserver.vendors._megvii.call import MegviiCall

_UNDECODABLE = "IMAGE_ERROR_UNSUPPORTED_FORMAT"


def take_picture(call: MegviiCall) -> None:
    """Only the bytes decide what the upload is: neither its filename nor its Content-Type does."""
    contract = call.contract
    longest = int(contract.limit("max_side_px"))
    try:
        picture = call.world.recogniser.open(
            call.files[IMAGE], formats=contract.operation["image_formats"], max_pixels=longest * longest
        )
    except PictureError as error:
        # With more pixels than a square of the longest side, one side is too long whatever the other is.
        too_many = error.problem is Problem.TOO_MANY_PIXELS
        raise Refusal("INVALID_IMAGE_SIZE" if too_many else _UNDECODABLE, hint=str(error)) from None
    refuse_past_limit(call, "max_side_px", max(picture.width, picture.height))
    if min(picture.width, picture.height) < contract.limit("min_side_px"):
        raise Refusal("INVALID_IMAGE_SIZE", hint=f"the picture is {picture.width} x {picture.height} px")
    call.picture = picture


def read_card(call: MegviiCall) -> None:
    """Find the card that the answer is about. A slow one takes its time, one that fails is the server's fault."""
    reading = call.reading = read_picture(
        call, call.picture, lambda error: Refusal(_UNDECODABLE, hint=str(error))
    )
    if not reading.sightings:
        raise Refusal("ID_CARD_NOT_FOUND", hint=NO_SPECIMEN)
    sighting = call.sighting = _chosen(reading, call.contract.behaviour("front_preferred_from_size_share"))
    if "slow" in sighting.card.flags:
        call.world.sleep(call.contract.behaviour("slow_recognition_seconds"))
    if "fails" in sighting.card.flags:
        raise Refusal("INTERNAL_ERROR", hint="the specimen's code says that its recognition fails")


def _chosen(reading: Reading, near: float) -> Sighting:
    """The largest card; a portrait side of nearly that size comes first, so that equal cards leave no doubt."""
    largest = reading.sightings[0]
    fronts = reading.of_side("front")
    if fronts and fronts[0].coverage >= near * largest.coverage:
        return fronts[0]
    return largest
