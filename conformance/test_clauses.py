"""Every case is a test: ``pytest --pyargs conformance --base-url http://127.0.0.1:4590``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.model import Case
    from conformance.plugin import Judge


def test_clause(clause: Case, judged: Judge) -> None:
    judged(clause)
