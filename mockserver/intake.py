"""The picture of a call on its way in, as far as all vendors do the same with it.

What is measured of a picture, in which order, and with which row it is refused is each vendor's own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from mockserver.cards.model import Reading
from mockserver.errors import Refusal
from mockserver.pictures import Picture, PictureError
from mockserver.vendor import Call

#: The hint beside a refusal of a picture on which nothing was found.
NO_SPECIMEN = "no specimen code found in the pixels; only pictures of specimen cards are read"


def fetch(call: Call, url: str, max_bytes: int, content_types: Collection[str] = ()) -> bytes:
    """The file behind ``url``, waited for as long as ``limits.json`` says; of one of ``content_types`` when there are
    any.

    Raises FetchTooLarge past ``max_bytes``, FetchTimeout when it takes too long, FetchError for every other failure.
    """
    return call.world.fetcher.fetch(
        url,
        own_host=call.request.host,
        max_bytes=max_bytes,
        timeout_seconds=call.contract.limit("download_timeout_seconds"),
        content_types=content_types,
    )


def read_picture(
    call: Call, picture: Picture | None, undecodable: Callable[[PictureError], Refusal]
) -> Reading:
    """The cards on the call's picture.

    Its pixels are decoded only here, so a file whose header is in order may still turn out damaged: raises what
    ``undecodable`` makes of that error. Raises LookupError when no step has taken a picture yet.
    """
    if picture is None:
        raise LookupError("the step that reads the cards stands before the one that takes the picture")
    try:
        return call.world.recogniser.read(picture)
    except PictureError as error:
        raise undecodable(error) from None
