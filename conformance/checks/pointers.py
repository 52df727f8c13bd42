"""JSON pointers (RFC 6901) into an answer's document."""

from __future__ import annotations

from typing import Any

#: Stands for what is not there; not None, which is JSON's null.
ABSENT: Any = type("Absent", (), {"__repr__": lambda self: "(absent)"})()


def find(document: Any, pointer: str) -> Any:
    """What a pointer points at, ABSENT when there is nothing."""
    value = document
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return ABSENT
    return value
