"""`idmock demo`."""

from __future__ import annotations

import os
import sys

import click

from mockserver.errors import ConfigError


@click.command()
def demo() -> None:
    """Start a server on a free port, send one specimen to every vendor, print what each answered.

    Exit code 0 when all answers agree, 1 when they do not.
    """
    import logging

    from mockserver.demo import SPECIMEN, agree, run_demo, table

    logging.disable(logging.INFO)
    # The server is this process: a proxy that the environment names would look for it on another machine.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    try:
        rows = run_demo()
    except (RuntimeError, OSError) as error:
        raise ConfigError(f"not every vendor has answered as it should: {error}") from error
    click.echo(table(rows))
    if not agree(rows):
        click.echo("the answers do not agree", err=True)
        sys.exit(1)
    click.echo(f"{len(rows)} answers agree on the specimen {SPECIMEN!r}; all people are synthetic")
