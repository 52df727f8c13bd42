"""The picture in, the cards out, or the picture's error (contract §4, §5, §6)."""

from __future__ import annotations

from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from mockserver.cards.model import Reading, Side, Sighting
from mockserver.errors import Refusal
from mockserver.fetch import FetchError, FetchTooLarge
from mockserver.intake import NO_SPECIMEN, fetch, read_picture
from mockserver.pictures import PictureError, Problem
from mockserver.steps import refuse_past_limit
from mockserver.vendors._huawei.call import HuaweiCall

_POOR = "AIS.0104"
_FORMAT = "AIS.0102"


def take_picture(call: HuaweiCall) -> None:
    """Fetch or decode the picture and look at its format and its sides."""
    url, encoded = call.parameters.get("url"), call.parameters.get("image", "")
    if call.contract.behaviour("base64_line_breaks") == "accepted":
        encoded = encoded.replace("\r", "").replace("\n", "")
    recogniser, formats = call.world.recogniser, call.contract.operation["image_formats"]
    max_pixels = int(call.contract.limit("max_image_pixels"))
    try:
        if url is not None:
            picture = recogniser.open(_fetched(call, url), formats=formats, max_pixels=max_pixels)
        else:
            picture = recogniser.open_base64(encoded, formats=formats, max_pixels=max_pixels)
    except PictureError as error:
        raise Refusal(_code(error, fetched=url is not None), hint=str(error)) from None
    except ValueError:
        raise Refusal(_FORMAT, hint="image is not standard Base64; a data: prefix is no part of it") from None
    refuse_past_limit(call, "max_side_px", max(picture.width, picture.height))
    if min(picture.width, picture.height) < call.contract.limit("min_side_px"):
        raise Refusal("AIS.0103", hint=f"{picture.width} x {picture.height} px")
    call.picture = picture


def read_cards(call: HuaweiCall) -> None:
    """Find the card or cards that the answer is about."""
    reading = call.reading = read_picture(call, call.picture, lambda error: Refusal(_FORMAT, hint=str(error)))
    if not reading.sightings:
        if call.double_side and call.contract.behaviour("double_side_without_cards") == "empty":
            return
        raise Refusal(_POOR, hint=NO_SPECIMEN)
    share = sum(sighting.coverage for sighting in reading.sightings)
    if share < call.contract.behaviour("poor_below_coverage"):
        raise Refusal(_POOR, hint=f"cards take {share:.1%} of the picture")
    _recognition_itself(call, reading)
    if call.double_side:
        _choose_both(call, reading)
    else:
        _choose_one(call, reading)


def _recognition_itself(call: HuaweiCall, reading: Reading) -> None:
    """What a specimen says of its own recognition: it takes long, or fails."""
    flags = frozenset().union(*(sighting.card.flags for sighting in reading.sightings))
    if "slow" in flags:
        seconds = call.contract.behaviour("slow_recognition_seconds")
        call.world.sleep(seconds)
        if call.contract.behaviour("slow_recognition") == "timeout":
            raise Refusal("APIG.0201", "timeout", hint=f"the recognition was given up after {seconds} s")
    if "fails" in flags:
        raise Refusal("AIS.0105", hint="the specimen says that its recognition fails")


def _choose_both(call: HuaweiCall, reading: Reading) -> None:
    """A side that is not there, or too poor, stays empty; two of one side are refused."""
    fronts, backs = reading.of_side("front"), reading.of_side("back")
    if len(fronts) > 1 or len(backs) > 1:
        raise Refusal("AIS.0122")
    call.front = next((s for s in fronts if not _is_poor(call, s)), None)
    call.back = next((s for s in backs if not _is_poor(call, s)), None)


def _choose_one(call: HuaweiCall, reading: Reading) -> None:
    """The side that was asked for, or the larger card; of two equal ones the portrait side."""
    side: Side | None = call.parameters.get("side") or None
    candidates = reading.of_side(side) if side else reading.sightings
    if not candidates:
        if call.contract.behaviour("wrong_side") == "refused":
            raise Refusal(_POOR, hint=f"the picture shows no {side}")
        candidates = reading.sightings
    chosen = max(candidates, key=_prominence)
    several = len(reading.of_side(chosen.card.side)) > 1
    if several and call.contract.behaviour("two_cards_single_side") == "refused":
        raise Refusal("AIS.0122")
    if _is_poor(call, chosen):
        raise Refusal(_POOR, hint=f"the card is unreadable, or blurred: measured quality {chosen.quality}")
    if chosen.card.side == "front":
        call.front = chosen
    else:
        call.back = chosen


def _prominence(sighting: Sighting) -> tuple[float, bool]:
    """The larger card, by a tenth of the picture or more; else the portrait side."""
    return round(sighting.coverage, 1), sighting.card.side == "front"


def _is_poor(call: HuaweiCall, sighting: Sighting) -> bool:
    poor: float = call.contract.behaviour("poor_below_quality")
    return "unreadable" in sighting.card.flags or sighting.quality < poor


def _code(error: PictureError, *, fetched: bool) -> str:
    if error.problem is Problem.TOO_MANY_PIXELS:
        return "AIS.0103"
    # What is no picture at all has another content type, which fails the download.
    no_picture = error.problem in (Problem.EMPTY, Problem.NOT_A_PICTURE)
    return "ModelArts.4603" if fetched and no_picture else _FORMAT


def _fetched(call: HuaweiCall, url: str) -> bytes:
    """The file behind a url. What is wrong with one of the object store has codes of its own."""
    in_obs = _check_url(call, url)
    pictures_only = not in_obs and call.contract.behaviour("download_content_type") == "picture"
    types = tuple(call.contract.operation["download_content_types"]) if pictures_only else ()
    try:
        return fetch(call, url, int(call.contract.limit("max_encoded_image_bytes")) // 4 * 3, types)
    except FetchTooLarge as error:
        raise Refusal("ModelArts.4705" if in_obs else "AIS.0103", hint=str(error)) from None
    except FetchError as error:
        raise Refusal("ModelArts.4704" if in_obs else "ModelArts.4603", hint=str(error)) from None


def _check_url(call: HuaweiCall, url: str) -> bool:
    """Whether the url is one of the object store; its form must be right either way."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise Refusal("ModelArts.4601", hint="the url cannot be parsed") from None
    if not url.isascii() or not url.isprintable() or " " in url:
        raise Refusal("ModelArts.4601", hint="spaces and what is not ASCII are percent-encoded in a url")
    if parts.scheme not in ("http", "https") or not host:
        raise Refusal("ModelArts.4601", hint="a url begins with http:// or https:// and a host")
    in_obs = any(fnmatchcase(host, pattern) for pattern in call.contract.operation["obs_hosts"])
    if in_obs and parts.path in ("", "/"):
        raise Refusal("ModelArts.4703", hint="the address names no object")
    return in_obs
