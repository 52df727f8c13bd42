"""`idmock demo`: one specimen through every vendor, as each vendor's client would send it."""

from __future__ import annotations

import time
import unicodedata
from dataclasses import dataclass

from mockserver import vendors
from mockserver.testing import MockServer

SPECIMEN = "front"


@dataclass(frozen=True, slots=True)
class Row:
    """What one vendor answered, as it spells it."""

    vendor: str
    name: str
    birth: str
    number: str
    ms: float


def run_demo() -> list[Row]:
    """Start a server on a free port, call all vendors with the specimen ``front``, stop it.

    Raises RuntimeError with the vendor's code when one answers with an error.
    """
    rows = []
    with MockServer() as mock:
        for vendor in vendors.names():
            started = time.perf_counter()
            call = vendors.load(vendor).client.call
            seen = call(mock.endpoint(vendor), mock.account(vendor), mock.specimen(SPECIMEN))
            ms = (time.perf_counter() - started) * 1000
            rows.append(Row(vendor, seen["name"], seen["birth"], seen["number"], ms))
    return rows


def agree(rows: list[Row]) -> bool:
    """Whether all rows name the same person: same name, same number, same digits of birth without padding."""
    births = {tuple(int(part) for part in _parts(row.birth)) for row in rows}
    return len({row.name for row in rows}) == len({row.number for row in rows}) == len(births) == 1


def _parts(birth: str) -> list[str]:
    """``1995/2/14``, ``1995-02-14``, ``19950214`` and ``1995年2月14日`` as year, month, day."""
    if birth.isdigit() and len(birth) == 8:
        return [birth[:4], birth[4:6], birth[6:]]
    return "".join(c if c.isdigit() else " " for c in birth).split()


def table(rows: list[Row]) -> str:
    """The rows under each other; a Chinese character is two columns wide in a terminal."""
    header = ("vendor", "name", "birth", "number", "ms")
    cells = [header, *((r.vendor, r.name, r.birth, r.number, f"{r.ms:.1f}") for r in rows)]
    widths = [max(_columns(line[i]) for line in cells) for i in range(len(header))]
    lines = (
        "  ".join(_padded(text, width) for text, width in zip(line, widths, strict=True)) for line in cells
    )
    return "\n".join(line.rstrip() for line in lines)


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _columns(text))
