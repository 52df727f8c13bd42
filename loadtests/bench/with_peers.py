"""`make bench-peers`: other mock servers on the same body, in the same rounds as the bare handler and the mock."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import click
import orjson

from loadtests.bench.calls import name_on_card
from loadtests.bench.command import CannotRun, Plan, cannot_run, options, report, run_rows
from loadtests.bench.entries import HELD, bare_entry, fixed_entry
from loadtests.bench.install import SETTINGS, install_moto, install_node_peers, missing_tools
from loadtests.bench.machine import version_line
from loadtests.bench.peers import peer_entries
from loadtests.bench.rounds import Entry
from loadtests.bench.servers import mock
from loadtests.bench.table import HEADINGS, as_table, cells

VENDOR = "tencent"
_NOT_THE_SAME = """\
All get the body of the same signed Tencent request, 60 KB of JSON. They do not do the same with it: WireMock,
mountebank and Mockoon compare method, path and one header and send a text back; Prism validates request and answer
against the mock's own OpenAPI document; moto takes the body for a call to Rekognition and sends a fixed text back, and
its server, meant for development, closes every connection. None of them checks a signature or looks at the picture. The
mock does, with its limits and its journal. WireMock's journal is held to as many entries as the mock's; all else is as
each comes. Node and Java have had fifteen rounds to warm up."""


@click.command()
@options(requests=200, unseen=False)
def main(plan: Plan, write: bool) -> None:
    """Measure Prism, WireMock, Mockoon, mountebank and moto beside the mock, and print one table.

    They are installed into build/peers the first time, from npm and pip.
    """
    missing = missing_tools()
    if missing:
        raise CannotRun(missing)
    click.echo("installing the peers, unless they are there already", err=True)
    no_node, no_moto = install_node_peers(), install_moto()
    name = name_on_card()
    with cannot_run(), TemporaryDirectory(prefix="idmock-peers-") as folder:
        entries = [
            bare_entry(),
            Entry(HELD, mock(VENDOR, name)),
            Entry("mock, no journal", mock(VENDOR, name, "--journal-entries", "0")),
            *peer_entries(Path(folder), name, no_node=no_node, no_moto=no_moto),
            fixed_entry(),
        ]
        with run_rows("peers", entries, plan.batches(VENDOR), Path(folder)) as rows:
            table = as_table(HEADINGS, [cells(row, rows[0].runs) for row in rows])
    report("peers", table, plan, [_NOT_THE_SAME], _versions(), write=write)


def _versions() -> list[str]:
    wanted = orjson.loads((SETTINGS / "package.json").read_bytes())["dependencies"]
    packages = ", ".join(f"{name} {version}" for name, version in wanted.items())
    moto = (SETTINGS / "requirements.txt").read_text("utf-8").strip()
    node, java = version_line(["node", "--version"]), version_line(["java", "-version"])
    return [f"{packages}, {moto}; node {node}; {java}"]


if __name__ == "__main__":
    main()
