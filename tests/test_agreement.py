"""One specimen, every vendor: the same person, each in the vendor's own spelling."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from mockserver.cards.named import load_specimens
from mockserver.demo import Row, agree, run_demo, table
from mockserver.testing import MockServer
from mockserver.vendors import load, names

#: Specimens that every vendor reads, and what special thing each carries across all spellings.
SPECIMENS = (
    "front",  # the plain one
    "back",
    "both",  # vendors that take one card read the portrait side
    "front-minority",  # a name with a dot
    "front-rare",  # characters outside GB 2312, and of four bytes
    "front-long-address",
    "back-long-term",  # no end of validity
    "front-rotated-90",
    "front-perspective",
)


@pytest.fixture(scope="module")
def mock() -> Iterator[MockServer]:
    with MockServer() as server:
        yield server


def days(text: str) -> list[tuple[int, int, int] | str]:
    """Every date in a text as year, month, day, however it is spelled; an open end as it is printed."""
    found: list[tuple[int, int, int] | str] = []
    pattern = r"(\d{4})[^\d]?(\d{1,2})[^\d](\d{1,2})|(\d{4})(\d\d)(\d\d)|(长期)"
    for match in re.finditer(pattern, text):
        numbers = [int(g) for g in match.groups()[:6] if g]
        found.append((numbers[0], numbers[1], numbers[2]) if numbers else "长期")
    return found


def truth(specimen: str) -> dict[str, object]:
    """What is printed on the specimen, normalised like an answer."""
    fields = {k: v for card in load_specimens()[specimen].cards for k, v in card.card.fields.items()}
    found: dict[str, object] = {}
    if "name" in fields:
        found |= {"name": fields["name"], "number": fields["id_number"], "birth": days(fields["birth"])}
    if "authority" in fields:
        period = f"{fields['valid_from']} {fields['valid_until']}"
        found |= {"authority": fields["authority"], "validity": days(period)}
    return found


@pytest.mark.parametrize("vendor", names())
@pytest.mark.parametrize("specimen", SPECIMENS)
def test_vendor_reads_what_is_printed(mock: MockServer, vendor: str, specimen: str) -> None:
    """Name, number, authority and every date of the answer are those of the specimen's truth."""
    answer = load(vendor).client.call(mock.url, mock.account(vendor), mock.specimen(specimen))
    seen = {k: days(v) if k in ("birth", "validity") else v for k, v in answer.items()}
    printed = truth(specimen)
    assert seen == {name: printed[name] for name in seen}
    assert seen.keys() >= ({"name", "number", "birth"} if "name" in printed else {"authority", "validity"})


def test_both_sides_in_one_answer(mock: MockServer) -> None:
    """All vendors but the one that takes a single card answer both sides of one picture."""
    whole = {
        vendor
        for vendor in names()
        if len(load(vendor).client.call(mock.url, mock.account(vendor), mock.specimen("both"))) == 5
    }
    assert len(whole) == len(names()) - 1


def test_demo_has_a_row_for_each_vendor_and_they_agree() -> None:
    """The rows of `idmock demo` are of one person, and no two vendors spell the birth date the same by accident."""
    rows = run_demo()
    assert [row.vendor for row in rows] == list(names())
    assert agree(rows)
    assert "birth" in table(rows).splitlines()[0]


def test_demo_tells_when_answers_differ() -> None:
    """Another name, another number or another day is no agreement."""
    row = Row("a", "王", "1990/5/1", "1", 1.0)
    for other in (
        Row("b", "李", "1990-05-01", "1", 1.0),
        Row("b", "王", "1990-05-02", "1", 1.0),
        Row("b", "王", "19900501", "2", 1.0),
    ):
        assert not agree([row, other])
    assert agree([row, Row("b", "王", "19900501", "1", 1.0), Row("c", "王", "1990年5月1日", "1", 1.0)])
