"""The command `idmock`. Each subcommand is a module that is imported only when it is called."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import click

from mockserver import __version__
from mockserver.cli.options import defaults_from_file, keys_of
from mockserver.errors import MockError

#: Subcommand -> (module, attribute, one line of help). The line stands here so that ``--help`` imports nothing.
_COMMANDS = {
    "serve": ("mockserver.cli.serve", "serve", "Run the mock server."),
    "demo": ("mockserver.cli.demo", "demo", "Call every vendor once and compare the answers."),
    "env": ("mockserver.cli.env", "env", "Print what points a client at the mock."),
    "proxy": ("mockserver.cli.proxy", "proxy", "Answer the vendors' own hosts, as an HTTPS proxy."),
    "openapi": ("mockserver.cli.openapi", "openapi", "Print a vendor's contract as OpenAPI 3.1."),
    "grade": ("mockserver.cli.grade", "grade", "Grade your client by what the mock has seen of it."),
    "conform": ("mockserver.cli.conform", "conform", "Check an implementation against the contracts."),
    "load": ("mockserver.cli.load", "load", "Send load to an implementation, with a verdict."),
    "cards": ("mockserver.cli.cards", "cards", "Make specimen cards, and read them."),
}


def _command(name: str) -> click.Command:
    module, attribute, _ = _COMMANDS[name]
    command: click.Command = getattr(importlib.import_module(module), attribute)
    return command


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return _command(cmd_name) if cmd_name in _COMMANDS else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in _COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="idmock")
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="IDMOCK_CONFIG",
    default=Path("idmock.toml"),
    show_default=True,
    help="Settings file; absent is fine unless you name one.",
)
@click.pass_context
def cli(ctx: click.Context, config: Path) -> None:
    """A local stand-in for Chinese ID-card OCR services.

    Every option can also be given as an environment variable IDMOCK_<OPTION> or in the settings file; an option wins
    over the environment, the environment over the file.
    """
    named = ctx.get_parameter_source("config") is not click.core.ParameterSource.DEFAULT
    ctx.default_map = defaults_from_file(
        config, tuple(_COMMANDS), lambda name: keys_of(_command(name)), must_exist=named
    )


def main() -> None:
    """Entry point: our own errors are one sentence on stderr and exit code 2."""
    try:
        # Without click's own ending, `ctx.exit(1)` comes back as a value.
        sys.exit(cli.main(standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.exceptions.Exit, click.Abort) as end:
        sys.exit(getattr(end, "exit_code", 130))
    except MockError as error:
        click.echo(f"idmock: {error}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        # The reader of a pipe went away (head, less): no complaint, and none from the interpreter's last flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
