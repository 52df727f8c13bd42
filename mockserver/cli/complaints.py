"""What the command says of a mistake: one sentence that begins with the place where it was made."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import click

from mockserver.closest import closest
from mockserver.errors import ConfigError

#: What a full or broken disk says; every other error of the system is a mistake of ours.
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


class Unusable(click.BadParameter):
    """The value of an option turned out to be of no use after it had been read; the sentence names it."""


@contextmanager
def options_blamed() -> Iterator[None]:
    """Raise a ConfigError that names an option of the command that runs as `Unusable`, which knows where it was set."""
    try:
        yield
    except ConfigError as error:
        ctx = click.get_current_context()
        param = next((p for p in ctx.command.params if p.name == error.option), None)
        if param is None:
            raise
        raise Unusable(str(error), ctx, param) from None


def sentence(error: click.ClickException) -> str:
    """The error in one line, without a full stop.

    >>> sentence(click.UsageError("No such option: --prot"))
    'No such option: --prot'
    """
    if isinstance(error, click.MissingParameter) or not isinstance(error, click.BadParameter):
        text = error.format_message().rstrip(".")
        ctx = error.ctx if isinstance(error, click.UsageError) else None
        return text if ctx is None else f"{text}; `{ctx.command_path} --help` lists what there is"
    text = error.message.rstrip(".").replace("integer range", "integer").replace("float range", "number")
    place = _place(error)
    return f"{place}: {text}{_rather(error)}" if place else text


def _place(error: click.BadParameter) -> str | None:
    """The line of the settings file, the environment variable, or the option or argument that it came from."""
    from mockserver.cli.settings_file import from_file

    ctx, param = error.ctx, error.param
    if ctx is None or param is None or param.name is None:
        return error.param_hint if isinstance(error.param_hint, str) else None
    source = ctx.get_parameter_source(param.name)
    if source is click.core.ParameterSource.DEFAULT_MAP:
        return from_file(error)
    if source is click.core.ParameterSource.ENVIRONMENT and isinstance(param.envvar, str):
        return param.envvar
    if isinstance(error, Unusable):
        return None
    return param.opts[0] if isinstance(param, click.Option) else param.human_readable_name


def _rather(error: click.BadParameter) -> str:
    """The choice that was meant."""
    kind = error.param.type if error.param is not None else None
    if not isinstance(kind, click.Choice):
        return ""
    given = error.message.split("'")[1]
    return closest(given, [str(choice) for choice in kind.choices])


def is_disk(error: OSError) -> bool:
    """Whether what the command writes cannot be stored: nothing that it could have known."""
    return error.errno in _DISK
