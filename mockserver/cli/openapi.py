"""`idmock openapi`: a vendor's contract as OpenAPI."""

from __future__ import annotations

import click

from mockserver.cli.options import VENDOR, option


@click.command()
@click.argument("vendor", type=VENDOR)
@click.option(
    "--edition", "editions", multiple=True, metavar="NAME", help="Apply this edition of the contract."
)
@option("--url", help="Address of a mock that stands first among the servers.")
def openapi(vendor: str, editions: tuple[str, ...], url: str | None) -> None:
    """Print the OpenAPI 3.1 document of VENDOR's contract."""
    import orjson

    from mockserver.contract import load_contract
    from mockserver.openapi import describe

    document = describe(load_contract(vendor, editions), url)
    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
