"""Journal entries of the tests' own, as drafts."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from mockserver.state import Labels, Lease, State
from mockserver.state.journal import labels_of


class Reckoned:
    """A draft that is reckoned with four times the bytes that its entry takes, and counts how often it is composed."""

    def __init__(self, entry: Mapping[str, object]) -> None:
        self._entry = entry
        self.id = str(entry["id"])
        self.labels: Labels = labels_of(entry)
        self.at_most = 4 * len(orjson.dumps(entry))
        self.composed = 0

    def compose(self) -> Mapping[str, object]:
        self.composed += 1
        return self._entry


def add(state: State, entry: Mapping[str, object], leaving: Lease | None = None) -> Reckoned:
    """Add an entry and return its draft."""
    draft = Reckoned(entry)
    state.append(draft, leaving)
    return draft
