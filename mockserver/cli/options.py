"""Options with the three sources that every one of them has: flag, environment variable, settings file."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from mockserver.errors import ConfigError

F = TypeVar("F", bound=Callable[..., Any])


def option(flag: str, *declarations: str, **attributes: Any) -> Callable[[F], F]:
    """A click option that also reads ``IDMOCK_<FLAG>``.

    >>> option("--fetch-allow").__name__
    'decorator'
    """
    variable = "IDMOCK_" + flag.partition("/")[0].removeprefix("--").replace("-", "_").upper()
    return click.option(flag, *declarations, envvar=variable, show_envvar=True, **attributes)


def defaults_from_file(
    path: Path, commands: Sequence[str], options_of: Callable[[str], Mapping[str, str]], *, must_exist: bool
) -> dict[str, Any]:
    """The settings file as defaults for each command.

    A key at the top level holds for every command that has such an option; a table named after a command holds for
    that one and wins. ``options_of`` maps a command's keys to the names of its parameters, and is asked only when there
    is a file.
    Raises ConfigError when the file cannot be read, names a table that is no command or a key that is no option.
    """
    try:
        with path.open("rb") as file:
            data = tomllib.load(file)
    except FileNotFoundError:
        if must_exist:
            raise ConfigError(f"settings file {path} does not exist") from None
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"settings file {path} cannot be read: {error}") from None
    tables = {k: v for k, v in data.items() if isinstance(v, dict)}
    for name in tables:
        if name not in commands:
            raise ConfigError(
                f"settings file {path}: [{name}] is no command; there are: {', '.join(commands)}"
            )
    everywhere = {k: v for k, v in data.items() if not isinstance(v, dict)}
    known = {name: options_of(name) for name in commands}
    _refuse_unknown(everywhere, set().union(*known.values()), f"settings file {path}")
    for name, table in tables.items():
        _refuse_unknown(table, known[name], f"settings file {path}, [{name}]")
    return {
        name: {options[k]: v for k, v in (everywhere | tables.get(name, {})).items() if k in options}
        for name, options in known.items()
    }


def _refuse_unknown(values: Mapping[str, Any], known: Collection[str], where: str) -> None:
    for key in values:
        if key not in known:
            raise ConfigError(f"{where}: {key!r} is no option; there are: {', '.join(sorted(known))}")


def keys_of(command: click.Command) -> dict[str, str]:
    """Keys of the settings file, which are the options without dashes in front, to parameter names.

    Those of a command's own commands are among them.
    """
    options = [p for p in command.params if isinstance(p, click.Option) and p.name]
    keys = {
        flag.removeprefix("--"): p.name or "" for p in options for flag in p.opts if flag.startswith("--")
    }
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        keys |= keys_of(below)
    return keys
