"""The picture in, the cards out, or the picture's error (contract §5 steps 12 to 14, §7)."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import unquote_to_bytes, urlsplit

from mockserver.errors import Refusal
from mockserver.fetch import FetchError, FetchTimeout, FetchTooLarge
from mockserver.intake import NO_SPECIMEN, fetch, read_picture
from mockserver.pictures import Picture, PictureError, Problem
from mockserver.steps import refuse_past_limit
from mockserver.vendors._aliyun.call import AliyunCall

_CODES = {
    Problem.EMPTY: "IllegalImageUrl",  # only a file behind an Url gets here without a byte
    Problem.NOT_A_PICTURE: "unsupportedImageFormat",
    Problem.UNSUPPORTED_FORMAT: "unsupportedImageFormat",
    Problem.DAMAGED: "illegalImageContent",
    Problem.TOO_MANY_PIXELS: "illegalImageSize",
}
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def take_picture(call: AliyunCall) -> None:
    """Take the body or fetch the Url, and look at size, format and sides."""
    contract = call.contract
    if "body" in call.parameters:
        refuse_past_limit(call, "max_image_bytes", call.body_bytes)
        data, digest = call.request.body, call.body_digest
    else:
        data, digest = _fetched(call, str(call.parameters["Url"])), None
    try:
        picture = call.world.recogniser.open(
            data,
            formats=contract.operation["image_formats"],
            max_pixels=int(contract.limit("max_image_pixels")),
            digest=digest,
        )
    except PictureError as error:
        raise Refusal(_CODES[error.problem], hint=str(error)) from None
    _check_sides(call, picture)
    call.picture = picture


def read_cards(call: AliyunCall) -> None:
    """Find the cards: at least one, each side at most once."""
    damaged = call.contract.behaviour("damaged_picture")
    reading = call.reading = read_picture(call, call.picture, lambda error: Refusal(damaged, hint=str(error)))
    if not reading.sightings:
        raise Refusal("unmatchedImageType", hint=NO_SPECIMEN)
    if len(reading.of_side("front")) > 1 or len(reading.of_side("back")) > 1:
        raise Refusal("ExceededFaceBackCount")
    flags = frozenset().union(*(sighting.card.flags for sighting in reading.sightings))
    if "slow" in flags:
        seconds = call.contract.behaviour("slow_recognition_seconds")
        call.world.sleep(seconds)
        if call.contract.behaviour("slow_recognition") == "timeout":
            raise Refusal("AlgorithmTimeout", hint=f"the recognition was given up after {seconds} s")
    if "fails" in flags:
        raise Refusal("algorithmError", hint="the specimen says that its recognition fails")


def _check_sides(call: AliyunCall, picture: Picture) -> None:
    """Each side's length, then their ratio."""
    limit, (shorter, longer) = call.contract.limit, sorted((picture.width, picture.height))
    refuse_past_limit(call, "max_side_px", longer)
    size = f"{picture.width} x {picture.height}"
    if shorter < limit("min_side_px"):
        raise Refusal("illegalImageSize", hint=f"{size}: a side is too short")
    longest = limit("aspect_ratio_below") * shorter
    too_long = longer > longest or (
        longer == longest and call.contract.behaviour("aspect_ratio_edge") == "refused"
    )
    if too_long and longer > limit("aspect_ratio_from_px"):
        raise Refusal("illegalImageSize", hint=f"{size}: too long a strip")


def _fetched(call: AliyunCall, url: str) -> bytes:
    """The file behind an Url. The fetcher asks nobody that it may not; here its refusals get the vendor's names."""
    if not _is_decodable(url):
        raise Refusal("unsupportedEncodeImageUrl", hint="a percent sign begins no UTF-8 character")
    limit = call.contract.limit
    try:
        return fetch(call, url, int(limit("max_image_bytes")))
    except FetchTooLarge as error:
        raise Refusal("exceededImageContent", hint=str(error)) from None
    except FetchTimeout as error:
        raise Refusal("imageTimeOut", hint=str(error)) from None
    except FetchError as error:
        code = "notSafeImageUrl" if _is_unsafe(url) else "IllegalImageUrl"
        raise Refusal(code, hint=str(error)) from None


def _is_decodable(url: str) -> bool:
    """Whether every percent escape is one, and all of the text is UTF-8."""
    if _BROKEN_ESCAPE.search(url):
        return False
    try:
        unquote_to_bytes(url).decode("utf-8")
    except UnicodeError:
        return False
    return True


def _is_unsafe(url: str) -> bool:
    """Another scheme than http and https, or an address that is not on the public network."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme not in ("", "http", "https") or host == "localhost":
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False
