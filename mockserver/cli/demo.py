"""`idmock demo`."""

from __future__ import annotations

import sys

import click


@click.command()
def demo() -> None:
    """Start a server on a free port, send one specimen to every vendor, print what each answered.

    Exit code 0 when all answers agree, 1 when they do not.
    """
    import logging

    from mockserver.demo import SPECIMEN, agree, run_demo, table

    logging.disable(logging.INFO)
    rows = run_demo()
    click.echo(table(rows))
    if not agree(rows):
        click.echo("the answers do not agree", err=True)
        sys.exit(1)
    click.echo(f"{len(rows)} answers agree on the specimen {SPECIMEN!r}; all people are synthetic")
