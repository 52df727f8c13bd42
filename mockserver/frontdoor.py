"""Which vendor a request is for, on a port that all of them share (design: one port for five vendors).

A Host that is a vendor's own decides alone. Otherwise the path does, and where several vendors live on one path the
marks of their protocols: a header or parameter that only one of them uses. All of it is data in ``operation.json``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from mockserver.contract import Contract
from mockserver.pipeline import Vendor
from mockserver.request import Request


@dataclass(frozen=True, slots=True)
class Served:
    """A vendor and its contract, as served."""

    vendor: Vendor[Any]
    contract: Contract

    def owns_host(self, request: Request) -> bool:
        return self.contract.is_vendor_host(request.host)

    def recognises(self, request: Request) -> bool:
        """The path is one of the vendor's, and where it has marks, one of them is there."""
        tells = self.contract.recognised_by
        if not any(fnmatchcase(request.path, pattern) for pattern in tells["paths"]):
            return False
        return not tells["marks"] or any(_bears(request, mark) for mark in tells["marks"])


class FrontDoor:
    """Finds the vendor of a request; the vendors are asked in the order given."""

    def __init__(self, served: Sequence[Served]) -> None:
        self.served = tuple(served)

    def find(self, request: Request) -> Served | None:
        """The vendor, or None when nothing tells."""
        for tells in (Served.owns_host, Served.recognises):
            for served in self.served:
                if tells(served, request):
                    return served
        return None

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
