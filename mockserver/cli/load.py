"""`idmock load`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import click

from mockserver.cli.options import option, scenario_names, vendor_names
from mockserver.errors import ConfigError

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("base_url", required=False)
@option(
    "--vendor",
    multiple=True,
    metavar="V",
    shell_complete=vendor_names,
    help="Call this vendor; default all. Repeatable.",
)
@option(
    "--scenario",
    default="smoke",
    show_default=True,
    metavar="S",
    shell_complete=scenario_names,
    help="What is sent when, and what has to come back; a wrong name lists them.",
)
@option("--processes", type=click.IntRange(1), default=1, show_default=True, help="Processes that send.")
@option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write report.html, report.json and junit.xml there.",
)
@option(
    "--requests-per-second",
    type=float,
    metavar="N",
    help="The scenario's highest rate, for each vendor; its other rates in proportion.",
)
@option("--duration-seconds", type=float, metavar="N", help="The scenario's length, in proportion.")
@option(
    "--connections",
    type=click.IntRange(1),
    metavar="N",
    help="Connections for each vendor; default as many as the rate needs.",
)
@option("--target", type=_FILE, metavar="FILE", help="Description of the implementation, TOML.")
@option(
    "--credential",
    multiple=True,
    metavar="V.NAME=VALUE",
    help="Of the account that calls; IDMOCK_<V>_<NAME> says the same. Repeatable.",
)
@option("--images", type=_FILE, metavar="FILE", help="Your own pictures, images.toml.")
@option("--i-own-this-target", is_flag=True, help="Permit a target that is not on this machine.")
def load(base_url: str | None, **options: Any) -> None:
    """Send load to an implementation of the ID-card OCR services, and judge what comes back.

    Exit code 0: it kept to the scenario's thresholds. 1: it did not. 2: nothing was shown, because the run could not
    start, was cut short, or the generator was the bottleneck.
    """
    for module in ("locust", "hdrh", "requests"):
        if find_spec(module) is None:
            raise ConfigError(f"load tests need {module}: pip install 'idcard-mock[load]'")
    from conformance.errors import SuiteError
    from loadtests.settings import read_settings

    own = options.pop("i_own_this_target")
    processes = options.pop("processes")
    credentials = options.pop("credential")
    try:
        settings = read_settings(
            base_url=base_url, environ=os.environ, credentials=credentials, own_target=own, **options
        )
        if settings.report is not None:
            _make_folder(settings.report)
    except SuiteError as error:
        raise ConfigError(str(error)) from None
    words = list(_words({"host": settings.description.base_url, **options, "i_own_this_target": own}))
    module = "loadtests.limiter" if settings.scenario.kind == "limit" else "loadtests"
    _become(
        [sys.executable, "-m", module, "--processes", str(processes), *words],
        _environment(os.environ, credentials),
    )


def _make_folder(folder: Path) -> None:
    """Raises ConfigError now rather than when the run is over."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"the report cannot be written to {folder}: {error.strerror}") from None


def _words(options: Mapping[str, Any]) -> Iterator[str]:
    """Options as words of a command line: a tuple is an option many times, True one without a value."""
    for name, value in options.items():
        flag = f"--{name.replace('_', '-')}"
        if value is True:
            yield flag
        elif isinstance(value, tuple):
            for one in value:
                yield from (flag, str(one))
        elif value is not None and value is not False:
            yield from (flag, str(value))


def _environment(environ: Mapping[str, str], credentials: tuple[str, ...]) -> dict[str, str]:
    """The environment of the process that sends: credentials, which a command line would show to everybody, are in it.

    Locust's own variables are not: they would change what was asked for here.
    """
    pairs = (text.partition("=") for text in credentials)
    given = {f"IDMOCK_{name.replace('.', '_')}".upper(): value for name, _, value in pairs}
    return {name: value for name, value in environ.items() if not name.startswith("LOCUST_")} | given


def _become(command: list[str], environ: Mapping[str, str]) -> NoReturn:
    """Go on as another process: Locust changes its process so much that nothing else should live there.

    Signals reach it as they would have reached this one. Where processes cannot be replaced, wait for it.
    """
    sys.stdout.flush()
    if os.name == "posix":
        os.execve(command[0], command, environ)  # noqa: S606  our own module under our own interpreter
    sys.exit(subprocess.call(command, env=environ))  # noqa: S603
