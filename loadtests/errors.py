"""What stops a load run before it can say anything. One sentence each, exit code 2."""

from __future__ import annotations

from conformance.errors import SuiteError


class LoadError(SuiteError):
    """The run cannot be meant, or must not be made, as it was asked for."""
