"""The options that the load tests add to Locust's own, on its command line and in its web interface."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from locust.argument_parser import LocustArgumentParser

from conformance.dialect import vendors
from loadtests.scenarios import HERE, load_scenarios
from loadtests.settings import LoadSettings, read_settings


def add_options(parser: LocustArgumentParser) -> None:
    """Locust has ``--host``, ``--processes``, ``--master``, ``--worker`` and many more; these say what is sent."""
    names = list(load_scenarios(HERE / "scenarios.json"))
    add = parser.add_argument
    add(
        "--vendor",
        action="append",
        choices=vendors(),
        is_multiple=True,
        help="Call this vendor; repeatable; default all.",
    )
    add(
        "--scenario",
        default="smoke",
        choices=names,
        help="What is sent when, and what has to come back (loadtests/scenarios.json).",
    )
    add(
        "--requests-per-second",
        type=float,
        help="The scenario's highest rate, for each vendor; the others in proportion.",
    )
    add("--duration-seconds", type=float, help="The scenario's length; its stages in proportion.")
    add(
        "--connections",
        type=int,
        help="Connections (Locust users) for each vendor; default as many as the rate needs.",
    )
    add("--report", metavar="<folder>", help="Write report.html, report.json and junit.xml there.")
    add("--target", metavar="<file>", include_in_web_ui=False, help="Target file of the conformance suite.")
    add("--images", metavar="<file>", include_in_web_ui=False, help="images.toml with pictures of your own.")
    add(
        "--credential",
        action="append",
        metavar="<vendor.name=value>",
        include_in_web_ui=False,
        help="Of the account that calls. Better in the environment: IDMOCK_TENCENT_SECRET_ID and so on.",
    )
    add(
        "--i-own-this-target",
        action="store_true",
        include_in_web_ui=False,
        help="Permit a target that is not on this machine.",
    )


def settings_of(options: Namespace, host: str | None) -> LoadSettings:
    """The run that Locust's options ask for. Raises SuiteError in one sentence."""
    return read_settings(
        base_url=host,
        scenario=options.scenario,
        environ=os.environ,
        vendor=_listed(options.vendor),
        target=_path(options.target),
        credentials=_listed(options.credential),
        images=_path(options.images),
        requests_per_second=_number(options.requests_per_second),
        duration_seconds=_number(options.duration_seconds),
        own_target=options.i_own_this_target,
        report=_path(options.report),
        connections=None if _number(options.connections) is None else int(options.connections),
    )


def _listed(value: Sequence[str] | str | None) -> tuple[str, ...]:
    """The web interface sends one choice as a text, several as a list, none as an empty text."""
    if not value:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _path(value: str | None) -> Path | None:
    return Path(value) if value else None


def _number(value: float | str | None) -> float | None:
    """Of an empty field of the web interface, and of an option that was not given, None."""
    return None if value is None or value == "" else float(value)
