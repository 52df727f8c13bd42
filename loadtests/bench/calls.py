"""What is sent: signed requests of a vendor's client, with one picture or with many."""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loadtests.wire import RawRequest, capture
from mockserver import vendors
from mockserver.accounts import Account
from mockserver.cards.named import load_specimens
from mockserver.contract import load_accounts

PICTURE_BYTES = 45_000  # 60 KB as Base64
_ACCEPT_ENCODING = re.compile(rb"\r\naccept-encoding:[^\r]*\r\n", re.IGNORECASE)
#: Bytes at the end of a picture, behind the end of the JPEG, that number it.
_NUMBER_BYTES = 8


@dataclass(frozen=True)
class Batches:
    """The requests of one vendor for a whole run, by round; the first of each is for warming up."""

    #: For the first question to a server that has just been started.
    first: RawRequest
    #: All with one picture.
    seen: Sequence[Sequence[RawRequest]]
    #: Each with a picture that was not sent before.
    unseen: Sequence[Sequence[RawRequest]]


def batches_of(vendor: str, count: int, unseen: int, rounds: int) -> Batches:
    """Requests of a vendor's client, each with a nonce of its own where the vendor has such.

    There is one batch more than rounds, to warm up with; ``count`` requests in each, ``unseen`` in those with new
    pictures. Every server gets the same bytes, and remembers nonces for itself. A signature holds for five minutes,
    which a vendor's rounds must not exceed.
    """
    picture = specimen_of_size()
    first, *seen = requests_of(vendor, [picture] * (1 + count * (rounds + 1)))
    new = requests_of(vendor, different(picture, unseen * (rounds + 1)))
    return Batches(first, _split(seen, count), _split(new, unseen))


def _split(requests: Sequence[RawRequest], size: int) -> list[Sequence[RawRequest]]:
    return [requests[start : start + size] for start in range(0, len(requests), size or 1)]


def requests_of(vendor: str, pictures: Iterable[bytes]) -> list[RawRequest]:
    """One request of the vendor's client, with its account ``active``, for each picture."""
    call, account, shown = vendors.load(vendor).client.call, active_account(vendor), list(pictures)
    turn = iter(shown)
    captured = capture(lambda url: call(url, account, next(turn)), len(shown))
    # Answers are wanted plain, so that the expected name can be looked for without unpacking them.
    return [RawRequest(_ACCEPT_ENCODING.sub(b"\r\n", r.head), r.body) for r in captured]


def active_account(vendor: str) -> Account:
    """The ready-made account ``active`` of a vendor."""
    rows = load_accounts()
    return next(Account(**row) for row in rows if (row["vendor"], row["name"]) == (vendor, "active"))


def different(picture: bytes, count: int) -> list[bytes]:
    """As many pictures that show the same and differ in their last bytes, which lie behind the end of the JPEG."""
    return [
        picture[:-_NUMBER_BYTES] + number.to_bytes(_NUMBER_BYTES, "big") for number in range(1, count + 1)
    ]


def name_on_card() -> bytes:
    """The name on the specimen, which every good answer of the mock holds."""
    return load_specimens()["front"].cards[0].card.fields["name"].encode()


@functools.cache
def specimen_of_size() -> bytes:
    """The specimen ``front`` as a JPEG of 45,000 bytes: scaled and re-encoded down, then padded behind its end.

    Raises ValueError when no quality makes it small enough.
    """
    from PIL import Image

    with Image.open(load_specimens()["front"].image_path) as front:
        small = front.resize((front.width * 2 // 3, front.height * 2 // 3), Image.Resampling.LANCZOS)
        for quality in range(85, 20, -5):
            buffer = io.BytesIO()
            small.save(buffer, "JPEG", quality=quality)
            if buffer.tell() <= PICTURE_BYTES - _NUMBER_BYTES:
                return buffer.getvalue().ljust(PICTURE_BYTES, b"\0")
    raise ValueError(f"the specimen does not fit into {PICTURE_BYTES} bytes")
