"""pytest fixtures, found by pytest through the entry point ``idmock``.

``idmock`` is one server for the whole test session, in this process on a free port.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mockserver.testing import MockServer


@pytest.fixture(scope="session")
def idmock() -> Iterator[MockServer]:
    """A running mock: ``.url``, ``.endpoint(vendor)``, ``.account(vendor, state)``, ``.specimen(name)``, ``.clock``."""
    from mockserver.testing import MockServer

    with MockServer() as server:
        yield server
