"""What a load run is asked to do, from the flags of `idmock load` or of Locust."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from conformance.dialect import load_dialect, vendors
from conformance.errors import SuiteError
from conformance.target import Description, describe
from loadtests.errors import LoadError
from loadtests.scenarios import Scenario, find_scenario


@dataclass(frozen=True)
class LoadSettings:
    """One run: what is sent to whom, and where the report goes."""

    description: Description
    scenario: Scenario
    vendors: tuple[str, ...]
    report: Path | None = None
    #: Connections for each vendor, over all processes; None for as many as the scenario's rate needs.
    connections: int | None = None
    processes: int = 1


def read_settings(
    *,
    base_url: str | None,
    scenario: str,
    environ: Mapping[str, str],
    vendor: Sequence[str] = (),
    target: Path | None = None,
    credentials: Sequence[str] = (),
    images: Path | None = None,
    requests_per_second: float | None = None,
    duration_seconds: float | None = None,
    own_target: bool = False,
    **rest: object,
) -> LoadSettings:
    """Settings from flags. Raises SuiteError in one sentence for what cannot be meant or must not be done."""
    chosen = find_scenario(scenario).scaled(requests_per_second, duration_seconds)
    names = tuple(dict.fromkeys(vendor)) or vendors()
    for name in names:
        load_dialect(name)
    pairs = [pair.partition("=") for pair in credentials]
    for name, equals, _ in pairs:
        if not equals:
            raise SuiteError(f"a credential is given as vendor.name=value, not {name!r}")
    description = describe(base_url, target, environ, {name: value for name, _, value in pairs})
    if images is not None:
        description = replace(description, images=images)
    if not own_target:
        check_loopback(description, names)
    return LoadSettings(description, chosen, names, **rest)  # type: ignore[arg-type]


def check_loopback(description: Description, names: Sequence[str]) -> None:
    """Refuse every target that is not on this machine, whatever name it goes by. Raises LoadError."""
    urls = [description.base_url, *(u for name in names for u in description.urls.get(name, {}).values())]
    for url in urls:
        host = urlsplit(url).hostname or ""
        if not all(ip_address(address).is_loopback for address in _addresses(host)):
            raise LoadError(
                f"{host} is not this machine; load may only go to a target that is yours: --i-own-this-target says so"
            )


def _addresses(host: str) -> list[str]:
    """Every address that a name has. Raises LoadError for a name that has none."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise LoadError(f"the target's host {host!r} cannot be found: {error}") from None
    # An IPv6 address can carry the interface behind a percent sign.
    return [str(entry[4][0]).partition("%")[0] for entry in found]
