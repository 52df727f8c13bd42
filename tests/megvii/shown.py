"""What tests of answers have in common: names of members, and where each is in the truth of a specimen."""

from __future__ import annotations

from typing import Any

from mockserver.cards.named import load_specimens

#: Fields by side.
FRONT = (
    "name", "gender", "nationality", "birth_year", "birth_month", "birth_day", "idcard_number", "address",
)  # fmt: skip
BACK = ("issued_by", "valid_date_start", "valid_date_end")
#: Members of an answer and the box in the truth of a specimen that each lies in.
BOXES = {
    "name": "name",
    "gender": "sex",
    "nationality": "nation",
    "birth_year": "birth_year",
    "birth_month": "birth_month",
    "birth_day": "birth_day",
    "idcard_number": "id_number",
    "address": "address",
    "issued_by": "authority",
    "valid_date_start": "validity",
    "valid_date_end": "validity",
    "portrait": "portrait",
}
READABLE = [
    name
    for name, specimen in load_specimens().items()
    if specimen.cards and name not in ("recognition-fails", "recognition-slow")
]
CORNERS = ("lt", "rt", "rb", "lb")


def points(rect: dict[str, dict[str, int]]) -> list[tuple[int, int]]:
    return [(rect[corner]["x"], rect[corner]["y"]) for corner in CORNERS]


def fields_of(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Those that count for 1001 or 1002."""
    return {name: answer[name] for name in (FRONT if answer["side"] == 0 else BACK)}
