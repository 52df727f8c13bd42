"""Cards for pictures that show no specimen: a user's own pictures by their digest, or a sample for any picture.

A folder of own pictures holds for each ``x.jpg`` (or any other picture) an ``x.json``: one card, or a list of them.

    {"side": "front", "fields": {"name": "…", "sex": "女", "nation": "汉", "birth": "1990-05-01",
     "address": "…", "id_number": "…"}, "flags": []}
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import orjson

from mockserver.cards.model import BACK_FIELDS, FLAGS, FRONT_FIELDS, Card
from mockserver.errors import ConfigError

_FIELDS = {"front": FRONT_FIELDS, "back": BACK_FIELDS}


def load_own_cards(folder: Path) -> dict[str, tuple[Card, ...]]:
    """The cards of a folder by the SHA-256 of their pictures.

    Raises ConfigError naming the file for a truth that is none, a picture without one, or one without a picture.
    """
    found: dict[str, tuple[Card, ...]] = {}
    # What begins with a dot the system has put there: .DS_Store, ._mine.jpg.
    files = [p for p in sorted(folder.iterdir()) if p.is_file() and not p.name.startswith(".")]
    pictures = [p for p in files if p.suffix != ".json"]
    for picture in pictures:
        truth = picture.with_suffix(".json")
        if not truth.is_file():
            raise ConfigError(f"{picture} has no {truth.name} beside it that says what is on it")
        found[hashlib.sha256(picture.read_bytes()).hexdigest()] = _cards(truth)
    lonely = {p for p in files if p.suffix == ".json"} - {p.with_suffix(".json") for p in pictures}
    if lonely:
        raise ConfigError(f"{min(lonely)} has no picture beside it")
    return found


def _cards(truth: Path) -> tuple[Card, ...]:
    try:
        # Unlike the standard library's reader this one refuses half a surrogate pair, which no answer could hold.
        value = orjson.loads(truth.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{truth} cannot be read: {error}") from None
    return tuple(_card(item, truth) for item in (value if isinstance(value, list) else [value]))


def _card(value: Any, truth: Path) -> Card:
    if not isinstance(value, dict) or value.get("side") not in tuple(_FIELDS):
        raise ConfigError(f'{truth}: a card is an object with "side": "front" or "back"')
    fields, flags = value.get("fields"), value.get("flags", [])
    wanted = _FIELDS[value["side"]]
    if not isinstance(fields, dict) or set(fields) != set(wanted):
        raise ConfigError(f"{truth}: the fields of a {value['side']} are {', '.join(wanted)}")
    if not all(isinstance(text, str) for text in fields.values()):
        raise ConfigError(f"{truth}: every field is a text")
    if not isinstance(flags, list) or any(flag not in FLAGS for flag in flags):
        raise ConfigError(f"{truth}: flags are a list out of {', '.join(FLAGS)}")
    return Card(value["side"], fields, frozenset(flags))


def sample_cards(digest: str) -> tuple[Card, ...]:
    """Both sides of a made-up person's card; the same digest always gives the same person."""
    # Imported here because generating people needs Faker, which a server pays for only when it is asked to.
    from mockserver.cards.make import DEFAULT_TODAY
    from mockserver.cards.people import back_card, front_card, make_person

    person = make_person(int(digest[:16], 16), today=DEFAULT_TODAY)
    return front_card(person), back_card(person)
