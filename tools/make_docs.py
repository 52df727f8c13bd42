"""Writes what documents say that data and options know better: tables in docs/, and the schema of idmock.toml.

    python tools/make_docs.py            write
    python tools/make_docs.py --check    name what is not current, and end with status 1

A generated part of a page stands between ``<!-- made by tools/make_docs.py: NAME -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import json
from pathlib import Path

from mockserver.cli import commands
from mockserver.cli.settings_schema import options

ROOT = Path(__file__).resolve().parent.parent
SETTINGS_SCHEMA = ROOT / "schemas" / "idmock.schema.json"


def settings_schema() -> str:
    """The text of `schemas/idmock.schema.json`."""
    known = commands()
    says = {name: command.get_short_help_str(120) for name, command in known.items()}
    return json.dumps(options(known).schema(says), indent=2, ensure_ascii=False) + "\n"
