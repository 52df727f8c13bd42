"""Reading data files, patching them, and checking them against their formats."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from mockserver.errors import ContractError

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError


def broken(file: str, path: Iterable[object], rule: str) -> ContractError:
    """The error for a file that breaks ``rule`` at ``path``, the members and indexes down to the place."""
    return ContractError(f"{file} at {pointer(path)}: {rule}")


def pointer(path: Iterable[object]) -> str:
    """A JSON pointer (RFC 6901) behind a ``#``, letters as they are: ``#/errors/3/code``."""
    return "#" + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def read_json(path: Path, name: str | None = None) -> Any:
    """The JSON value in a file; ``name`` is what messages call it.

    Raises ContractError when the file is missing, is not UTF-8 or not JSON, or names a member of an object
    twice, which a JSON reader would pass over in silence.
    """
    name = name or path.name

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        out = dict(pairs)
        if len(out) != len(pairs):
            names = [key for key, _ in pairs]
            twice = sorted({key for key in names if names.count(key) > 1})
            raise broken(name, (), f"an object has the member {twice[0]!r} twice")
        return out

    def no_number(text: str) -> Any:
        raise broken(name, (), f"{text} is no JSON number")

    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise broken(name, (), "the file is missing") from None
    except UnicodeDecodeError as error:
        raise broken(name, (), f"not UTF-8: byte {error.start}") from None
    try:
        return json.loads(text, object_pairs_hook=members, parse_constant=no_number)
    except json.JSONDecodeError as error:
        raise broken(name, (), f"not JSON: line {error.lineno}, column {error.colno}: {error.msg}") from None


def merge_patch(target: Any, patch: Any) -> Any:
    """Apply a JSON merge patch (RFC 7396) and return the result; neither argument is changed.

    >>> merge_patch({"a": 1, "b": {"c": 2, "d": 3}}, {"a": None, "b": {"c": 4}})
    {'b': {'c': 4, 'd': 3}}
    """
    if not isinstance(patch, dict):
        return patch
    out = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            out.pop(key, None)
        else:
            out[key] = merge_patch(out.get(key), value)
    return out


@cache
def _accepts(path: Path, changed_ns: int) -> Callable[[Any], bool]:
    """Whether data is of a format, compiled once per version of the file.

    Nearly every start finds nothing wrong, so the question is asked of the compiled library first; the one that
    tells what is wrong is slower by a factor of fifty, which five vendors' files would add to every start.
    """
    return jsonschema_rs.validator_for(read_json(path)).is_valid


def check_format(data: Any, name: str, format_path: Path) -> None:
    """Check the content of the file ``name`` against a format such as ``schemas/errors.schema.json``.

    Raises ContractError for the deepest rule that is broken.
    """
    if not format_path.is_file():
        raise broken(format_path.name, (), "the file is missing")
    if _accepts(format_path, format_path.stat().st_mtime_ns)(data):
        return
    error = _worst(read_json(format_path), data)
    if error is None:
        raise RuntimeError(f"{name}: the two validators disagree")
    raise broken(
        name, error.absolute_path, f"{_shortened(error.message)} ({_keyword_path(error.schema_path)})"
    )


def check_schema(schema: Any, name: str) -> None:
    """Check that a value is a JSON Schema 2020-12. Raises ContractError."""
    if not isinstance(schema, dict):
        raise broken(name, (), "a schema is an object here")
    if jsonschema_rs.meta.is_valid(schema):
        return
    from jsonschema import Draft202012Validator

    error = _worst(Draft202012Validator.META_SCHEMA, schema)
    if error is not None:
        raise broken(name, error.absolute_path, f"{_shortened(error.message)} (JSON Schema 2020-12)")


def _worst(schema: Any, data: Any) -> ValidationError | None:
    """What is wrong with the data. The library is imported for a broken file only: a fifth of what a start imports."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    found: ValidationError | None = best_match(Draft202012Validator(schema).iter_errors(data))
    return found


def _keyword_path(path: Sequence[object]) -> str:
    return "/".join(str(step) for step in list(path)[-2:])


def _shortened(message: str) -> str:
    return message if len(message) <= 300 else f"{message[:140]} ... {message[-140:]}"
