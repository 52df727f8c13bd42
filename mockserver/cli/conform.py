"""`idmock conform`."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockserver.cli.options import option, vendor_names
from mockserver.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("where", nargs=-1, metavar="BASE_URL | --compare RESULTS.json RESULTS.json…")
@option(
    "--vendor",
    multiple=True,
    metavar="V",
    shell_complete=vendor_names,
    help="Only this vendor's contract; default all. Repeatable.",
)
@option(
    "--level",
    type=click.Choice(["must", "should", "may"]),
    default="should",
    show_default=True,
    help="How binding a clause has to be: documented, observed or commonly relaxed, inferred.",
)
@option("--only", multiple=True, metavar="GLOB", help="Only cases with such an id. Repeatable.")
@option("--expect", type=_FILE, metavar="FILE", help="Known deviations: TOML of [[expected]], id, because.")
@option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write results.json, junit.xml, report.html and badge.json there.",
)
@option("--allow-load", is_flag=True, help="Also the cases that send many calls at once.")
@option("--target", type=_FILE, metavar="FILE", help="Description of the implementation, TOML.")
@option(
    "--credential",
    multiple=True,
    metavar="V.NAME=VALUE",
    help="Of the account that calls; IDMOCK_<V>_<NAME> says the same. Repeatable.",
)
@option("--images", type=_FILE, metavar="FILE", help="Your own pictures and their truth, images.toml.")
@option(
    "--capability",
    multiple=True,
    metavar="C",
    help="What the target offers: specimens, accounts, admin; found out of idcard-mock. Repeatable.",
)
@option("--rate", type=float, metavar="N", help="Calls per second and vendor; default what it permits.")
@option("--max-calls", type=int, metavar="N", help="Make no more calls than this.")
@option("--processes", "-n", metavar="N", help="Judge in so many processes at once; auto: one per core.")
@click.option("--list", "list_them", is_flag=True, help="Print the cases and end.")
@click.option("--compare", "compare_them", is_flag=True, help="Compare the results of runs instead.")
def conform(where: tuple[str, ...], list_them: bool, compare_them: bool, **options: Any) -> None:
    """Check an implementation of the ID-card OCR services against their contracts.

    Exit code 0: it conforms. 1: it does not. 2: it could not be judged, or not all of it. With --compare 0: the targets
    agree, 1: they differ.
    """
    _need("pytest", "the conformance suite needs pytest")
    from conformance.errors import SuiteError

    try:
        if compare_them:
            code = _compare(where, options["report"])
        elif list_them:
            code = _list(options)
        else:
            code = _run(where, options)
    except SuiteError as error:
        raise ConfigError(str(error)) from None
    sys.exit(code)


def _need(module: str, sentence: str) -> None:
    """Raises ConfigError with what to install for a module that is not there."""
    if find_spec(module) is None:
        raise ConfigError(f"{sentence}: pip install 'idcard-mock[conform]'")


def _run(where: tuple[str, ...], options: dict[str, Any]) -> int:
    from conformance.report.terminal import lines
    from conformance.run import run
    from conformance.settings import read_settings
    from mockserver.serving.interrupts import tidy_up_first

    tidy_up_first()
    if len(where) > 1:
        raise ConfigError(f"one address is checked at a time, not {len(where)}")
    processes = options.pop("processes")
    if processes is not None:
        _check_processes(processes)
    settings = read_settings(base_url=where[0] if where else None, environ=os.environ, **_plural(options))
    with _progress(len(settings.cases())) as advance:
        outcome = run(settings, {"base_url": settings.description.base_url, **options}, processes, advance)
    if not outcome.judged:
        raise ConfigError(outcome.error)
    for line in lines(outcome, shutil.get_terminal_size((100, 24)).columns):
        click.echo(line)
    if settings.report is not None:
        click.echo(f"reports: {settings.report}")
    return outcome.exit_code


def _check_processes(processes: str) -> None:
    if processes != "auto" and not (processes.isdecimal() and int(processes) > 0):
        raise ConfigError(f"a number of processes or auto, not {processes!r}")
    _need("xdist", "several processes need pytest-xdist")


def _plural(options: dict[str, Any]) -> dict[str, Any]:
    """Options as `read_settings` calls them: those that can be repeated are several."""
    names = {"vendor": "vendors", "credential": "credentials", "capability": "capabilities"}
    return {names.get(name, name): value for name, value in options.items()}


@contextmanager
def _progress(length: int) -> Iterator[Callable[[], None]]:
    """What is called after each case: a bar on stderr when somebody is there to see it."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    with click.progressbar(length=length, label="clauses", file=sys.stderr) as bar:
        yield lambda: bar.update(1)


def _list(options: dict[str, Any]) -> int:
    from conformance.cases import select
    from conformance.report.terminal import listing

    cases = select(options["vendor"], options["level"], options["only"], allow_load=True)
    for line in listing(cases):
        click.echo(line)
    return 0


def _compare(where: tuple[str, ...], report: Path | None) -> int:
    from conformance.report import make_directory, write_text
    from conformance.report.compare import compare, lines
    from conformance.report.page import comparison_page

    comparison = compare([Path(path) for path in where])
    for line in lines(comparison):
        click.echo(line)
    if report is not None:
        make_directory(report)
        write_text(report / "compare.html", comparison_page(comparison))
        click.echo(f"report: {report / 'compare.html'}")
    return comparison.exit_code
