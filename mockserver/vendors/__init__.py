"""The vendors: each module here declares one `VENDOR`. How to add another: docs/adding-a-vendor.md.

Modules whose name starts with an underscore are a vendor's private parts.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from mockserver.errors import ContractError
from mockserver.vendor import Vendor


def names() -> tuple[str, ...]:
    """Names of all vendors there are modules for, in alphabetical order."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")))


def load(name: str) -> Vendor[Any]:
    """Import one vendor's module and return what it declares.

    Raises ContractError naming the module when it declares nothing, or declares another name than its own.
    """
    module = importlib.import_module(f"{__name__}.{name}")
    vendor = getattr(module, "VENDOR", None)
    if not isinstance(vendor, Vendor):
        raise ContractError(f"mockserver/vendors/{name}.py declares no VENDOR")
    if vendor.name != name:
        raise ContractError(f"mockserver/vendors/{name}.py declares a vendor named {vendor.name!r}")
    return vendor
