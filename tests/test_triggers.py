"""Every row of every catalogue has a trigger that works through an ordinary client."""

from __future__ import annotations

import importlib

import pytest

from mockserver.contract import ErrorRow, load_contract
from mockserver.testing import MockServer
from mockserver.vendors import names
from tests.triggers import message_pattern

ROWS = [
    pytest.param(vendor, row, id=f"{vendor}/{row.rule}")
    for vendor in names()
    for row in load_contract(vendor).errors.values()
]


@pytest.mark.parametrize(("vendor", "row"), ROWS)
def test_trigger_produces_its_row(idmock: MockServer, vendor: str, row: ErrorRow) -> None:
    """The trigger's call ends in the row: its code, its status, its message, and the row named in the header."""
    client = importlib.import_module(f"tests.{vendor}.client")
    outcome = client.produce(idmock, row)
    assert outcome.rule == row.rule
    assert outcome.code == row.code
    assert outcome.status == row.http_status
    assert message_pattern(row, client.LANGUAGE).fullmatch(outcome.message), outcome.message
