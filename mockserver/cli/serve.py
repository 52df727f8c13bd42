"""`idmock serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from mockserver.cli.complaints import options_blamed
from mockserver.cli.options import HOST_PATTERN, TOKEN, VENDOR, edition_names, option
from mockserver.errors import ConfigError
from mockserver.settings import Settings


@click.command()
@option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@option("--port", type=click.IntRange(0, 65535), default=4590, show_default=True, help="0 picks a free one.")
@option(
    "--vendor", type=VENDOR, multiple=True, metavar="V", help="Serve this vendor; default all. Repeatable."
)
@option("--ports", is_flag=True, help="One more port for each vendor, on the numbers that follow --port.")
@option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Worker processes.")
@option(
    "--state",
    default="memory",
    show_default=True,
    metavar="memory|redis://HOST:PORT/DB",
    help="Where limits, accounts, faults and the journal are kept; workers and hosts can share a Redis.",
)
@option(
    "--unknown-image",
    type=click.Choice(["error", "sample"]),
    default="error",
    show_default=True,
    help="Picture without a specimen on it: the vendor's error, or a card chosen by the picture.",
)
@option(
    "--cards",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of your own pictures, each x.jpg with an x.json that says what is on it.",
)
@option(
    "--fetch-allow",
    type=HOST_PATTERN,
    multiple=True,
    metavar="HOST",
    help="Fetch pictures by URL from this host. Repeatable.",
)
@option(
    "--journal-entries",
    type=click.IntRange(0),
    default=1000,
    show_default=True,
    help="Requests that the journal holds; 0 for no journal.",
)
@option(
    "--journal-bytes",
    type=click.IntRange(0),
    default=16_000_000,
    show_default=True,
    help="Bytes that they take together.",
)
@option(
    "--admin-token",
    type=TOKEN,
    metavar="TEXT",
    help="What /_idmock/ asks for, in Authorization: Bearer; made up and printed when --host is not loopback.",
)
@option("--tls", is_flag=True, help="Speak HTTPS, with a certificate of an authority of your own.")
@option("--tls-dir", type=click.Path(file_okay=False, path_type=Path), help="Where that authority is kept.")
@option(
    "--edition",
    multiple=True,
    metavar="V=NAME",
    shell_complete=edition_names,
    help="Serve another edition. Repeatable.",
)
def serve(
    host: str,
    port: int,
    vendor: tuple[str, ...],
    ports: bool,
    workers: int,
    state: str,
    unknown_image: Literal["error", "sample"],
    cards: Path | None,
    fetch_allow: tuple[str, ...],
    journal_entries: int,
    journal_bytes: int,
    admin_token: str | None,
    tls: bool,
    tls_dir: Path | None,
    edition: tuple[str, ...],
) -> None:
    """Run the mock server until it is interrupted.

    Prints one line on stdout when it accepts requests, and with --ports one for each vendor before that; everything
    else goes to stderr.
    """
    if workers > 1 and state == "memory":
        raise ConfigError(
            f"{workers} workers with a state each would let clients have {workers} times their limits; "
            f"let them share a Redis: idmock serve --workers {workers} --state redis://127.0.0.1:6379/0"
        )
    from mockserver.serving.granian import run

    with options_blamed():
        run(
            Settings(
                host=host,
                port=port,
                vendors=vendor,
                ports=ports,
                unknown_image=unknown_image,
                cards=cards,
                fetch_allow=fetch_allow,
                editions=_by_vendor(edition),
                state=state,
                workers=workers,
                journal_entries=journal_entries,
                journal_bytes=journal_bytes,
                admin_token=admin_token,
                tls=tls,
                tls_dir=tls_dir,
            )
        )


def _by_vendor(editions: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """``("tencent=current", "tencent=strict-scope")`` as ``{"tencent": ("current", "strict-scope")}``."""
    found: dict[str, tuple[str, ...]] = {}
    for text in editions:
        vendor, equals, name = text.partition("=")
        if not (vendor and equals and name):
            form = "VENDOR=NAME, such as tencent=current"
            raise ConfigError(f"edition {text!r} is not of the form {form}", option="edition")
        found[vendor] = (*found.get(vendor, ()), name)
    return found
