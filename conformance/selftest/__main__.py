"""``python -m conformance.selftest``: the table of mutants and the kill rate; exit code 1 when one survives.

The one place of the suite that starts this project's own server, to have something right that can be made wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from conformance.selftest.runner import Finding, examine, mutants
from mockserver.app import create_app
from mockserver.serving.threaded import ThreadedServer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


@contextmanager
def serving(application: WSGIApplication) -> Iterator[str]:
    """The application on a free port of this machine."""
    server = ThreadedServer(application, "127.0.0.1")
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.close()


@click.command()
@click.option("--vendor", "names", multiple=True, help="Only this vendor's mutants; may be repeated.")
@click.option("--only", help="Only the mutant with this id.")
@click.option("--markdown", is_flag=True, help="The table as Markdown, for README.md.")
def main(names: tuple[str, ...], only: str | None, markdown: bool) -> None:
    """Run the suite against implementations that are each wrong in one way."""
    chosen = [mutant for mutant in mutants(names) if only in (None, mutant.id)]
    if markdown:
        click.echo("| mutant | what it does wrong | caught by |\n| --- | --- | --- |")
        for mutant in chosen:
            click.echo(f"| `{mutant.id}` | {mutant.says} | {', '.join(f'`{c}`' for c in mutant.caught_by)} |")
        return
    killed = 0
    for finding in examine(create_app(), chosen, serving):
        killed += finding.killed
        click.echo(_line(finding))
    click.echo(f"{killed} of {len(chosen)} mutants killed ({killed / max(len(chosen), 1):.0%})")
    sys.exit(0 if chosen and killed == len(chosen) else 1)


def _line(finding: Finding) -> str:
    words = (
        f"{'killed' if finding.killed else 'SURVIVED':9} {finding.mutant.id:45} {len(finding.failed)} failed"
    )
    for what, ids in (
        ("missed", finding.missed),
        ("blamed", finding.blamed),
        ("errors", sorted(finding.errors)),
    ):
        if ids:
            words += f"\n          {what}: {', '.join(ids)}"
    return words


if __name__ == "__main__":
    main()
