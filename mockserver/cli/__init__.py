"""The command `idmock`. Each subcommand is a module that is imported only when it is called."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from mockserver import __version__
from mockserver.closest import closest
from mockserver.data import DataMissing
from mockserver.errors import MockError

#: Subcommand -> (module, attribute, one line of help), by what it is for. The line stands here so that ``--help``
#: imports nothing.
_GROUPS: dict[str, dict[str, tuple[str, str, str]]] = {
    "The mock": {
        "serve": ("mockserver.cli.serve", "serve", "Run the mock server."),
        "proxy": ("mockserver.cli.proxy", "proxy", "Answer the vendors' own hosts, as an HTTPS proxy."),
        "env": ("mockserver.cli.env", "env", "Print what points a client at the mock."),
        "demo": ("mockserver.cli.demo", "demo", "Call every vendor once and compare the answers."),
    },
    "Checks": {
        "conform": ("mockserver.cli.conform", "conform", "Check an implementation against the contracts."),
        "load": ("mockserver.cli.load", "load", "Send load to an implementation, with a verdict."),
        "grade": ("mockserver.cli.grade", "grade", "Grade your client by what the mock has seen of it."),
    },
    "Data": {
        "cards": ("mockserver.cli.cards", "cards", "Make specimen cards, and read them."),
        "openapi": ("mockserver.cli.openapi", "openapi", "Print a vendor's contract as OpenAPI 3.1."),
    },
}
_COMMANDS = {name: row for group in _GROUPS.values() for name, row in group.items()}

_EPILOG = """\
\b
First steps:
  idmock demo                every vendor answers one specimen
  idmock serve               the server, at http://127.0.0.1:4590
  idmock env tencent         what a Tencent client needs to call it
"""


def commands() -> Mapping[str, click.Command]:
    """All commands by name; imports them."""
    return {name: _command(name) for name in _COMMANDS}


def _command(name: str) -> click.Command:
    module, attribute, _ = _COMMANDS[name]
    command: click.Command = getattr(importlib.import_module(module), attribute)
    return command


class ReaderGone(Exception):
    """Nobody reads the command's output any longer (head, less)."""


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports the one that is called."""

    def invoke(self, ctx: click.Context) -> object:
        """What click itself makes of a broken pipe is exit code 1, which has a meaning here."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise ReaderGone from None

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return _command(cmd_name) if cmd_name in _COMMANDS else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in _COMMANDS and not name.startswith("-"):
            there_are = f"there are: {', '.join(_COMMANDS)}"
            ctx.fail(f"No such command {name!r}{closest(name, _COMMANDS)}; {there_are}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, _COMMANDS))
        for title, group in _GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), text) for name, (_, _, text) in group.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]}, epilog=_EPILOG)
@click.version_option(__version__, prog_name="idmock")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="IDMOCK_CONFIG",
    default=Path("idmock.toml"),
    show_default=True,
    help="Settings file; absent is fine unless you name one.",
)
@click.pass_context
def cli(ctx: click.Context, config: Path) -> None:
    """A local stand-in for Chinese ID-card OCR services.

    Most options can also be given as an environment variable IDMOCK_<OPTION>, and all of them in the settings file; an
    option wins over the environment, the environment over the file. `idmock COMMAND --help` lists them.
    """
    named = ctx.get_parameter_source("config") is not click.core.ParameterSource.DEFAULT
    if not named and not config.exists():
        return
    from mockserver.cli.settings_file import read_settings_file, use_settings_file

    file = read_settings_file(config, must_exist=named)
    if file is not None:
        use_settings_file(ctx, file, commands())


def main() -> None:
    """Entry point: our own errors are one sentence on stderr and exit code 2."""
    try:
        # Without click's own ending, `ctx.exit(1)` comes back as a value.
        sys.exit(cli.main(standalone_mode=False) or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        from mockserver.cli.complaints import sentence

        click.echo(f"idmock: {sentence(error)}", err=True)
        sys.exit(2)
    except (click.exceptions.Exit, click.Abort) as end:
        sys.exit(getattr(end, "exit_code", 130))
    except (MockError, DataMissing) as error:
        click.echo(f"idmock: {error}", err=True)
        sys.exit(2)
    except ReaderGone:
        # No complaint, and none from the interpreter's last flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as error:
        from mockserver.cli.complaints import is_disk

        if not is_disk(error):
            raise
        click.echo(f"idmock: {error.filename or 'the output'} cannot be written: {error.strerror}", err=True)
        sys.exit(2)
