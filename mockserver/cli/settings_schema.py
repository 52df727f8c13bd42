"""The JSON Schema of ``idmock.toml``, made from the options themselves.

``schemas/idmock.schema.json`` is what editors use; a test holds it to what this module makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

Schema = dict[str, Any]

_SAYS = "Settings of idmock. A key at the top holds for every command that has the option; a command's table wins."
_NAMES = {"boolean": "true or false", "integer": "an integer", "number": "a number", "string": "a text"}
_TYPES: dict[str, type | tuple[type, ...]] = {
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "string": str,
}


@dataclass(frozen=True, slots=True)
class Options:
    """What a settings file may say: keys at the top, and keys in each command's table, with their schemas."""

    top: Schema
    tables: Mapping[str, Schema]

    def schema(self, says: Mapping[str, str]) -> Schema:
        """The schema of the whole file; ``says`` describes the commands.

        A command may be called like an option of another one (``cards``): then the key is either.
        """
        properties: Schema = dict(self.top)
        for name, keys in self.tables.items():
            table: Schema = {
                "description": says[name],
                "type": "object",
                "additionalProperties": False,
                "properties": keys,
            }
            properties[name] = {"anyOf": [self.top[name], table]} if name in self.top else table
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "idmock.toml",
            "description": _SAYS,
            "type": "object",
            "additionalProperties": False,
            "properties": properties,
        }


def options(commands: Mapping[str, click.Command]) -> Options:
    """The options of these commands."""
    tables = {name: _table(command) for name, command in commands.items()}
    top: Schema = {}
    for table in tables.values():
        for key, schema in table.items():
            top[key] = _either(top[key], schema) if key in top else schema
    return Options(dict(sorted(top.items())), tables)


def _table(command: click.Command) -> Schema:
    """Keys and their schemas; the options of a command's own commands are among them."""
    found: Schema = {}
    for param in command.params:
        if isinstance(param, click.Option):
            found |= {flag.removeprefix("--"): _option(param) for flag in param.opts if flag.startswith("--")}
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        found |= _table(below)
    return dict(sorted(found.items()))


def _option(param: click.Option) -> Schema:
    one = _value(param.type)
    schema = {"type": "array", "items": one} if param.multiple else one
    return {"description": param.help or "", **schema}


def _value(kind: Any) -> Schema:
    if isinstance(kind, click.Choice):
        return {"enum": [str(choice) for choice in kind.choices]}
    if isinstance(kind, click.types.BoolParamType):
        return {"type": "boolean"}
    schema: Schema = {"type": "string"}
    if isinstance(kind, click.types.IntParamType):
        schema = {"type": "integer"}
    elif isinstance(kind, click.types.FloatParamType):
        schema = {"type": "number"}
    if isinstance(kind, click.IntRange | click.FloatRange):
        schema |= {} if kind.min is None else {"minimum": kind.min}
        schema |= {} if kind.max is None else {"maximum": kind.max}
    return schema


def _either(one: Schema, other: Schema) -> Schema:
    """What either of two commands takes for a key that both have."""
    choices = [*one.get("anyOf", [_plain(one)])]
    if _plain(other) not in choices:
        choices.append(_plain(other))
    texts = [text for text in (one["description"], other["description"]) if text]
    says = " / ".join(dict.fromkeys(texts))
    return {"description": says, **(choices[0] if len(choices) == 1 else {"anyOf": choices})}


def _plain(schema: Schema) -> Schema:
    return {name: value for name, value in schema.items() if name != "description"}


def mistake(value: Any, schema: Schema) -> bool:
    """Whether a value breaks a schema of an option, of the kinds that this module makes."""
    if "anyOf" in schema:
        return all(mistake(value, one) for one in schema["anyOf"])
    if "enum" in schema:
        return value not in schema["enum"]
    if schema["type"] == "array":
        return not isinstance(value, list) or any(mistake(one, schema["items"]) for one in value)
    if not isinstance(value, _TYPES[schema["type"]]):
        return True
    if isinstance(value, bool):  # which Python takes for an integer
        return bool(schema["type"] != "boolean")
    low, high = schema.get("minimum"), schema.get("maximum")
    return (low is not None and value < low) or (high is not None and value > high)


def shape(schema: Schema) -> str:
    """What a schema of an option allows, as a reader says it: ``an integer from 0 to 65535``."""
    if "anyOf" in schema:
        return " or ".join(shape(one) for one in schema["anyOf"])
    if "enum" in schema:
        return "one of " + ", ".join(map(repr, schema["enum"]))
    if schema["type"] == "array":
        return f"a list, each of it {shape(schema['items'])}"
    low, high = schema.get("minimum"), schema.get("maximum")
    limits = ("" if low is None else f" from {low}") + ("" if high is None else f" to {high}")
    return _NAMES[schema["type"]] + limits
