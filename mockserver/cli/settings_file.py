"""The settings file ``idmock.toml``: read, checked against what the options allow, and made their defaults."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from mockserver.cli.settings_schema import mistake, options, shape
from mockserver.closest import closest
from mockserver.errors import ConfigError

#: Where a context keeps the file that its defaults come from.
_META = "mockserver.cli.settings_file"
_TABLE = re.compile(r"^\s*\[\s*\"?([\w-]+)\"?\s*\]")


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A file that was read: ``data`` is what it says, ``text`` its lines, which messages point into."""

    path: Path
    text: str
    data: Mapping[str, Any]

    def table(self, name: str) -> Mapping[str, Any]:
        """The table of that name; empty when there is none, or when the name is that of a key."""
        found = self.data.get(name)
        return found if isinstance(found, dict) else {}

    def where(self, table: str | None, key: str | None = None) -> str:
        """``settings file x.toml, line 3, [serve]``, as far as it can be said.

        A TOML parser keeps no positions, so the line is looked for: keys of the form ``key =``, bare or quoted, and
        ``table.key =``, under their table's header.
        """
        line = self._line(table, key)
        parts = [f"settings file {self.path}", f"line {line}" if line else "", f"[{table}]" if table else ""]
        return ", ".join(part for part in parts if part)

    def _line(self, table: str | None, key: str | None) -> int | None:
        current: str | None = None
        for number, line in enumerate(self.text.splitlines(), start=1):
            header = _TABLE.match(line)
            if header:
                current = header[1]
                if key is None and current == table:
                    return number
            elif key is not None and self._assigns(line, current, table, key):
                return number
        return None

    @staticmethod
    def _assigns(line: str, current: str | None, table: str | None, key: str) -> bool:
        if current == table:
            return re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line) is not None
        dotted = current is None and table is not None
        return dotted and re.match(rf"\s*{table}\.{re.escape(key)}\s*=", line) is not None


def read_settings_file(path: Path, *, must_exist: bool) -> SettingsFile | None:
    """The file; None when there is none and none has to be.

    Raises ConfigError for a file that cannot be read; what is wrong with its TOML is said with line and column.
    """
    try:
        text = path.read_text("utf-8")
        return SettingsFile(path, text, tomllib.loads(text))
    except FileNotFoundError:
        if must_exist:
            raise ConfigError(f"settings file {path} does not exist") from None
        return None
    except OSError as error:
        raise ConfigError(f"settings file {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"settings file {path} cannot be read: byte {error.start} is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"settings file {path} cannot be read: {error}") from None


def use_settings_file(ctx: click.Context, file: SettingsFile, commands: Mapping[str, click.Command]) -> None:
    """Make the file's values the defaults of every command's options.

    A key at the top level holds for every command that has such an option; a table named after a command holds for that
    one and wins. Raises ConfigError that names the file, the line and what is allowed, for a table that is no command,
    a key that is no option, and a value that an option cannot have.
    """
    _check(file, commands)
    ctx.meta[_META] = file
    everywhere = {key: value for key, value in file.data.items() if not isinstance(value, dict)}
    ctx.default_map = {
        name: _defaults(command, {**everywhere, **file.table(name)}) for name, command in commands.items()
    }


def _defaults(command: click.Command, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by parameter; those of a command's own commands (`idmock cards make`) lie a level deeper."""
    own = {p.name or "": values[key] for key, p in options_of(command).items() if key in values}
    below = command.commands if isinstance(command, click.Group) else {}
    return own | {name: _defaults(one, values) for name, one in below.items()}


def options_of(command: click.Command) -> dict[str, click.Option]:
    """Keys of the settings file, which are the options without dashes in front, to the options of this command."""
    return {
        flag.removeprefix("--"): p
        for p in command.params
        if isinstance(p, click.Option)
        for flag in p.opts
        if flag.startswith("--")
    }


def _check(file: SettingsFile, commands: Mapping[str, click.Command]) -> None:
    known = options(commands)
    for table, key, value in _entries(file.data):
        if table is not None and table not in known.tables:
            raise ConfigError(f"{file.where(table)} is no command{_rather(table, known.tables)}")
        if key is None:
            continue
        allowed = known.top if table is None else known.tables[table]
        if key not in allowed:
            raise ConfigError(f"{file.where(table, key)}: {key!r} is no option{_rather(key, allowed)}")
        if mistake(value, allowed[key]):
            raise ConfigError(
                f"{file.where(table, key)}: {key} = {value!r}, but it has to be {shape(allowed[key])}"
            )


def _rather(word: str, known: Collection[str]) -> str:
    """What was meant, or when that cannot be guessed everything there is."""
    return closest(word, known) or f"; there are: {', '.join(known)}"


def _entries(data: Mapping[str, Any]) -> Iterator[tuple[str | None, str | None, Any]]:
    """Everything in the file as table, key and value; a table comes once without a key."""
    for name, value in data.items():
        if isinstance(value, dict):
            yield name, None, None
            yield from ((name, key, below) for key, below in value.items())
        else:
            yield None, name, value


def from_file(error: click.BadParameter) -> str | None:
    """Where in the settings file a value stands that an option refused; None when it came from elsewhere."""
    ctx, param = error.ctx, error.param
    if ctx is None or param is None or not param.name:
        return None
    if ctx.get_parameter_source(param.name) is not click.core.ParameterSource.DEFAULT_MAP:
        return None
    file: SettingsFile = ctx.meta[_META]
    key = next(key for key, one in options_of(ctx.command).items() if one is param)
    command = ctx.command_path.split()[1]  # idmock COMMAND ...
    table = command if key in file.table(command) else None
    return f"{file.where(table, key)}: {key}"
