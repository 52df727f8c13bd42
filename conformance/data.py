"""Where the data lies that the suite shares with everybody: ``schemas/`` and ``fixtures/``.

In a checkout the two folders stand beside this package, in an installed wheel inside the server's package. The suite
looks there by path alone, since it imports nothing of the server.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from conformance.errors import SuiteError

HERE = Path(__file__).resolve().parent


@cache
def data_root() -> Path:
    """The directory that holds ``schemas`` and ``fixtures``. Raises SuiteError when neither place has them."""
    candidates = (HERE.parent / "mockserver" / "_data", HERE.parent)
    for root in candidates:
        if (root / "schemas").is_dir() and (root / "fixtures").is_dir():
            return root
    raise SuiteError(f"schemas and fixtures are in neither of: {', '.join(map(str, candidates))}")


def load_json(path: Path) -> Any:
    """A JSON file. Raises SuiteError that names the file, and the place in it when it is no JSON."""
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SuiteError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise SuiteError(f"{path} is no JSON: {error}") from None


@cache
def limit(vendor: str, name: str) -> Any:
    """The value of a limit that the contract gives a vendor, None where it names none."""
    row = load_json(data_root() / "schemas" / vendor / "limits.json")["limits"].get(name)
    return None if row is None else row["value"]
