"""What the pages say, in every language there is: ``languages/<language>.json``, from a key to a sentence.

A sentence may have places in braces: ``{count} entries``. What comes from the vendors' contracts (rules, hints) is in
the language of the contracts, whatever the page's is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from flask import Request

COOKIE = "idmock_language"
_FOLDER = Path(__file__).parent / "languages"


class Texts:
    """The texts of one language; called with a key and what stands in its places."""

    def __init__(self, language: str, by_key: Mapping[str, str]) -> None:
        self.language = language
        self._by_key = by_key

    def __call__(self, key: str, **places: object) -> str:
        """The sentence. Raises KeyError for a key that is none, or a place that is not given."""
        return self._by_key[key].format_map(places)

    def get(self, key: str, default: str) -> str:
        """The sentence of a key that need not be there: the name of something that only a contract knows."""
        return self._by_key.get(key, default)


@cache
def languages() -> Mapping[str, Texts]:
    """All there are, the one that is used unless another is asked for first."""
    found = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(_FOLDER.glob("*.json"))}
    return {language: Texts(language, by_key) for language, by_key in found.items()}


def texts_for(request: Request) -> Texts:
    """Of the language that the address asks for (``?lang=zh``), else the chosen one, else the browser's."""
    known = languages()
    for wanted in (request.args.get("lang", ""), request.cookies.get(COOKIE, "")):
        if wanted in known:
            return known[wanted]
    return known[request.accept_languages.best_match(known) or next(iter(known))]
