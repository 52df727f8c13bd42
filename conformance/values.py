"""Values in a case that are made when it is sent: pictures, long texts, credentials.

Everything in ``send`` is literal except objects with one of these members:

    {"$image": recipe, "as": "base64"}       a picture; as base64 (default), base64url, data-uri, url or bytes
    {"$repeat": "x", "times": 300}           a text many times over
    {"$credential": "secret_id"}             from the account that calls; with "of", from one that is in that state
    {"$unique": "prefix-"}                   a text that no other call has
    {"$epoch": -600}                         the time in seconds, and so many later
"""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from conformance.errors import NotApplicable
from conformance.model import Account
from conformance.pictures import Album, Picture

_MARKS = ("$image", "$repeat", "$credential", "$unique", "$epoch")


def resolve(value: Any, album: Album, account: Account, other: Callable[[str], Account]) -> Any:
    """The value with everything in it made; ``other`` gives another account by its state.

    Raises NotApplicable for what the target or its accounts lack.
    """
    if isinstance(value, list):
        return [resolve(item, album, account, other) for item in value]
    if not isinstance(value, dict):
        return value
    if "$image" in value:
        return _written(album.make(value["$image"]), value.get("as", "base64"))
    if "$repeat" in value:
        return value["$repeat"] * value["times"]
    if "$credential" in value:
        owner = other(value["of"]) if "of" in value else account
        return credential(owner, value["$credential"])
    if "$unique" in value:
        return f"{value['$unique']}{uuid.uuid4()}"
    if "$epoch" in value:
        return int(time.time()) + value["$epoch"]
    return {name: resolve(item, album, account, other) for name, item in value.items()}


def credential(account: Account, name: str) -> str:
    """One of the account's credentials. Raises NotApplicable when it was not given."""
    if name not in account.credentials:
        raise NotApplicable(f"no {name} was given for {account.vendor}")
    return account.credentials[name]


def pictures_in(value: Any, album: Album) -> list[Picture]:
    """The pictures that a value sends, in order: what the expectations' truth is about."""
    if isinstance(value, list):
        return [picture for item in value for picture in pictures_in(item, album)]
    if not isinstance(value, Mapping):
        return []
    if "$image" in value:
        return [album.make(value["$image"])]
    return [picture for item in value.values() for picture in pictures_in(item, album)]


def _written(picture: Picture, form: str) -> str | bytes:
    if form == "bytes":
        return picture.data
    if form == "url":
        if picture.url is None:
            raise NotApplicable("the picture has no address from which the target could fetch it")
        return picture.url
    text = base64.b64encode(picture.data).decode()
    return {
        "base64": text,
        "base64url": text.replace("+", "-").replace("/", "_"),
        "data-uri": f"data:image/jpeg;base64,{text}",
    }[form]
