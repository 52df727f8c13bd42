"""What pytest loads everywhere: it brings in the suite's own plugin only for a run that names the suite.

The options of the suite (``--base-url`` among them, which other plugins have too) are of no use in anybody else's
tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    if "--pyargs" in args and any(arg == "conformance" or arg.startswith("conformance.") for arg in args):
        early_config.pluginmanager.import_plugin("conformance.plugin")
