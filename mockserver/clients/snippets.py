"""Clients of each vendor in several languages, ready to be copied: files in ``schemas/<vendor>/snippets/``.

A file is a program as it would be saved, with ``{{url}}``, ``{{authority}}`` (host and port) and ``{{scheme}}`` where
the mock's address goes. Credentials are read from the variables that `idmock env` prints, and the picture is
``front.jpg`` beside the program. Python stands in the vendor's module, where the command and the tests take it from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urlsplit

from mockserver.accounts import Account
from mockserver.clients.environment import SPECIMEN, environment_of
from mockserver.data import data_path

#: File name -> language, in the order in which people see them.
LANGUAGES: Mapping[str, str] = MappingProxyType(
    {"curl.sh": "curl", "node.mjs": "Node", "client.go": "Go", "Client.java": "Java"}
)
_PLACE = re.compile(r"\{\{(\w+)\}\}")


class Snippet(NamedTuple):
    """A program in one language."""

    language: str
    text: str


def snippets_of(account: Account, url: str) -> list[Snippet]:
    """The vendor's programs for a mock at ``url``, Python first.

    A vendor has those that its folder has. Raises KeyError for a file with a place that is none.
    """
    python = environment_of(account, url).snippet.replace(SPECIMEN, "front.jpg")
    parts = urlsplit(url)
    places = {"url": url.rstrip("/"), "authority": parts.netloc, "scheme": parts.scheme}
    folder = data_path("schemas", account.vendor) / "snippets"
    found = [Snippet("Python", python)]
    for name, language in LANGUAGES.items():
        file = folder / name
        if file.is_file():
            found.append(
                Snippet(language, _PLACE.sub(lambda place: places[place[1]], file.read_text("utf-8")))
            )
    return found
