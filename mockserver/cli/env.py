"""`idmock env`: what points a client at the mock."""

from __future__ import annotations

import os
from pathlib import Path

import click

from mockserver.cli.complaints import options_blamed
from mockserver.cli.options import VENDOR, option, state_names


@click.command()
@click.argument("vendor", type=VENDOR)
@option(
    "--state",
    default="active",
    show_default=True,
    shell_complete=state_names,
    help="State of the account to use.",
)
@option("--url", default="http://127.0.0.1:4590", show_default=True, help="Where the mock runs.")
@click.option("--json", "as_json", is_flag=True, help="Endpoint and account as JSON.")
@click.option(
    "--proxy", is_flag=True, help="For a client behind `idmock proxy`, whose endpoint stays the vendor's."
)
@option("--proxy-url", default="http://127.0.0.1:4591", show_default=True, help="Where that proxy runs.")
@option("--tls-dir", type=click.Path(file_okay=False, path_type=Path), help="Where its authority is kept.")
def env(
    vendor: str, state: str, url: str, as_json: bool, proxy: bool, proxy_url: str, tls_dir: Path | None
) -> None:
    """Print the exports and the SDK snippet that point a client of VENDOR at the mock."""
    from mockserver.clients.environment import environment, proxied_environment

    with options_blamed():
        if proxy:
            from mockserver.tls import open_authority

            found = proxied_environment(vendor, state, proxy_url, open_authority(tls_dir), os.environ)
        else:
            found = environment(vendor, state, url)
    click.echo(found.as_json() if as_json else found.as_text(), nl=not as_json)
