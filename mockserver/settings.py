"""What a server is told to be: read once, from flags, environment and file, and never looked up again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of `idmock serve`; each is a flag, a variable ``IDMOCK_<FLAG>`` and a key of ``idmock.toml``."""

    host: str = "127.0.0.1"
    port: int = 4590
    #: Beside the shared port one for each vendor, on the numbers that follow it.
    ports: bool = False
    #: Vendors to serve; empty means all.
    vendors: tuple[str, ...] = ()
    #: What a picture without a specimen on it gets: the vendor's error, or a card chosen by the picture's digest.
    unknown_image: Literal["error", "sample"] = "error"
    #: Folder of the user's own pictures, each ``x.jpg`` with an ``x.json``.
    cards: Path | None = None
    #: Hosts from which pictures are fetched by URL.
    fetch_allow: tuple[str, ...] = ()
    #: Editions by vendor, applied in order.
    editions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Where limits, accounts, faults and the journal are kept: ``memory``, or a Redis as ``redis://host:port/db``.
    state: str = "memory"
    #: Processes that serve; more than one needs a state that they share.
    workers: int = 1
    #: What the journal holds at most: entries, and bytes of all of them together. No entries: nothing is written down.
    journal_entries: int = 1000
    journal_bytes: int = 16_000_000
    #: What the mock's own surface asks for; None asks for nothing on loopback, and makes one up elsewhere.
    admin_token: str | None = None
    #: Speak HTTPS, with a certificate of an authority in ``tls_dir``, by default the user's data folder.
    tls: bool = False
    tls_dir: Path | None = None
