"""Options with the three sources that every one of them has: flag, environment variable, settings file."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
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


def defaults_from_file(path: Path, commands: Sequence[str], *, must_exist: bool) -> dict[str, Any]:
    """The settings file as defaults for each command.

    A key at the top level holds for every command that has such an option; a table named after a command holds for
    that one and wins. Raises ConfigError when the file cannot be read or names a table that is no command.
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
    everywhere = {_key(k): v for k, v in data.items() if not isinstance(v, dict)}
    return {name: everywhere | {_key(k): v for k, v in tables.get(name, {}).items()} for name in commands}


def _key(name: str) -> str:
    return name.replace("-", "_")
