"""`idmock proxy`: for clients whose endpoint cannot be changed."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import click

from mockserver.cli.complaints import options_blamed
from mockserver.cli.options import option
from mockserver.errors import ConfigError


@click.command()
@option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@option(
    "--proxy-port", type=click.IntRange(0, 65535), default=4591, show_default=True, help="0 picks a free one."
)
@option("--mock", metavar="URL", help="A mock that runs already; without it the proxy has one of its own.")
@option(
    "--others",
    type=click.Choice(["refuse", "pass"]),
    default="refuse",
    show_default=True,
    help="What becomes of requests for hosts that are no vendor's.",
)
@option("--tls-dir", type=click.Path(file_okay=False, path_type=Path), help="Where the authority is kept.")
def proxy(
    host: str, proxy_port: int, mock: str | None, others: Literal["refuse", "pass"], tls_dir: Path | None
) -> None:
    """Run an HTTPS proxy that answers the vendors' own hosts with the mock.

    Prints one line on stdout when it accepts connections. `idmock env VENDOR --proxy` prints what points a client at
    it.
    """
    from mockserver.proxy import Proxy
    from mockserver.serving.addresses import checked, url_of
    from mockserver.serving.interrupts import tidy_up_first
    from mockserver.tls import open_authority
    from mockserver.tls.names import vendor_patterns

    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    with options_blamed():
        checked(host, proxy_port, "proxy_port")
    authority = open_authority(tls_dir)
    patterns = [pattern for found in vendor_patterns().values() for pattern in found]
    with options_blamed(), _mock_at(mock) as url:
        click.echo(f"idmock: clients have to trust {authority.certificate_path}", err=True)
        if host not in ("127.0.0.1", "::1", "localhost"):
            click.echo(f"idmock: whoever reaches {host} can use this proxy", err=True)
        server = Proxy(url, authority, patterns, others == "pass")
        tidy_up_first()
        with suppress(KeyboardInterrupt):
            asyncio.run(server.serve(host, proxy_port, lambda port: _say_ready(url_of(host, port, "http"))))


@contextmanager
def _mock_at(url: str | None) -> Iterator[str]:
    """The mock behind the proxy: the one that was named, or one in this process."""
    if url is not None:
        if urlsplit(url).scheme != "http" or not urlsplit(url).hostname:
            raise ConfigError(f"mock {url!r} is not of the form http://host:port", option="mock")
        yield url
        return
    from mockserver.app import create_app
    from mockserver.serving.threaded import ThreadedServer

    own = ThreadedServer(create_app(), "127.0.0.1")
    try:
        yield f"http://127.0.0.1:{own.port}"
    finally:
        own.close()


def _say_ready(url: str) -> None:
    click.echo(f"idmock proxy ready {url}")
    sys.stdout.flush()
