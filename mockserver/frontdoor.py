"""Which vendor a request is for, on a port that all of them share (design: one port for five vendors).

A Host that is a vendor's own decides alone. Otherwise the path does, and where several vendors live on one path the
marks of their protocols: a header or parameter that only one of them uses. All of it is data in ``operation.json``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from mockserver.contract import Contract
from mockserver.request import Request
from mockserver.vendor import Vendor


@dataclass(frozen=True, slots=True)
class Served:
    """A vendor and its contract, as served."""

    vendor: Vendor[Any]
    contract: Contract

    def owns_path(self, path: str) -> bool:
        return any(fnmatchcase(path, pattern) for pattern in self.contract.recognised_by["paths"])

    def is_marked(self, request: Request) -> bool:
        """One of the vendor's marks is there, or it has none and needs none."""
        marks = self.contract.recognised_by["marks"]
        return not marks or any(_bears(request, mark) for mark in marks)


class FrontDoor:
    """Finds the vendor of a request; the vendors are asked in the order given."""

    def __init__(self, served: Sequence[Served]) -> None:
        self.served = tuple(served)
        # Clients send the same few hosts and paths over and over; matching patterns is most of the work here.
        self._by_host = lru_cache(maxsize=256)(self._owner_of_host)
        self._by_path = lru_cache(maxsize=256)(self._owners_of_path)

    def find(self, request: Request) -> Served | None:
        """The vendor, or None when nothing tells."""
        owner = self._by_host(request.host)
        if owner is not None:
            return owner
        return next((s for s in self._by_path(request.path) if s.is_marked(request)), None)

    def _owner_of_host(self, host: str) -> Served | None:
        return next((s for s in self.served if s.contract.is_vendor_host(host)), None)

    def _owners_of_path(self, path: str) -> tuple[Served, ...]:
        return tuple(s for s in self.served if s.owns_path(path))

    def how(self) -> str:
        """One line that says how each vendor is recognised."""
        return "; ".join(s.contract.recognised_by["says"] for s in self.served)


class VendorDoor(FrontDoor):
    """The door of a port that one vendor has for itself: whatever comes is for that vendor."""

    def find(self, request: Request) -> Served:
        return self.served[0]


def _bears(request: Request, mark: Mapping[str, Mapping[str, str]]) -> bool:
    """All headers begin, and all parameters are, as the mark says; ``*`` stands for anything."""
    for name, prefix in mark.get("headers", {}).items():
        value = request.headers.get(name.lower())
        if value is None or (prefix != "*" and not value.startswith(prefix)):
            return False
    for name, wanted in mark.get("parameters", {}).items():
        value = request.query_parameters.get(name, request.form_parameters.get(name))
        if value is None or wanted not in ("*", value):
            return False
    return True
