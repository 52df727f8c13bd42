"""Draw the named specimens: ``python tools/make_specimens.py`` in a checkout.

Reads the recipes in ``fixtures/specimens.json``, writes every picture to ``fixtures/images/`` and the truth
about it back into the same file. Pictures whose specimen is gone are removed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mockserver.cards.make import make_named

_FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"


def main() -> None:
    source = _FIXTURES / "specimens.json"
    document = json.loads(source.read_text("utf-8"))
    images = _FIXTURES / "images"
    images.mkdir(exist_ok=True)
    total = 0
    for row, made in zip(document["specimens"], make_named(document), strict=True):
        (images / row["file"]).write_bytes(made.data)
        row["truth"] = made.truth_json()
        total += len(made.data)
    wanted = {row["file"] for row in document["specimens"]}
    for path in images.iterdir():
        if path.name not in wanted:
            path.unlink()
    source.write_text(_readable(document), "utf-8")
    print(f"{len(wanted)} specimens, {total / 1e6:.2f} MB")


def _readable(value: Any, indent: str = "") -> str:
    """JSON with a line per member down to what fits on one."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(flat) <= 108 or not isinstance(value, dict | list) or not value:
        return flat
    inner = indent + " "
    if isinstance(value, dict):
        rows = [f"{inner}{json.dumps(key)}: {_readable(item, inner)}" for key, item in value.items()]
        body = "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    else:
        body = "[\n" + ",\n".join(inner + _readable(item, inner) for item in value) + f"\n{indent}]"
    return body if indent else body + "\n"


if __name__ == "__main__":
    main()
