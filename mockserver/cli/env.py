"""`idmock env`: what points a client at the mock."""

from __future__ import annotations

import click

from mockserver.cli.options import option


@click.command()
@click.argument("vendor")
@option("--state", default="active", show_default=True, help="State of the account to use.")
@option("--url", default="http://127.0.0.1:4590", show_default=True, help="Where the mock runs.")
@click.option("--json", "as_json", is_flag=True, help="Endpoint and account as JSON.")
def env(vendor: str, state: str, url: str, as_json: bool) -> None:
    """Print the exports and the SDK snippet that point a client of VENDOR at the mock."""
    from mockserver.environment import environment

    found = environment(vendor, state, url)
    click.echo(found.as_json() if as_json else found.as_text(), nl=not as_json)
