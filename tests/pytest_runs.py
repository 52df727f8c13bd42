"""pytest as a process of its own, as a user starts it.

pytest imports every plugin that is installed. Those of the libraries that only this project's own tests use cost a
start two seconds of processor time, and no user of the mock need have them: they are left out. What holds beside
other plugins is tested with one made for it (`tests/conformance/test_plugin.py`).
"""

from __future__ import annotations

import os

#: Entry points of this environment's plugins that take no part.
_OTHERS = ("anyio", "faker", "hypothesispytest", "locust", "schemathesis")
#: For a command line.
WITHOUT_OTHERS = tuple(word for name in _OTHERS for word in ("-p", f"no:{name}"))


def environment() -> dict[str, str]:
    """The environment of a user's shell, in which every pytest starts without those plugins."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("IDMOCK_", "PYTEST_", "COV_"))
    }
    return inherited | {"PYTEST_ADDOPTS": " ".join(WITHOUT_OTHERS)}
