"""Options with the three sources that every one of them has: flag, environment variable, settings file."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from mockserver.closest import closest

F = TypeVar("F", bound=Callable[..., Any])


def option(flag: str, *declarations: str, **attributes: Any) -> Callable[[F], F]:
    """A click option that also reads ``IDMOCK_<FLAG>``.

    >>> option("--fetch-allow").__name__
    'decorator'
    """
    variable = "IDMOCK_" + flag.partition("/")[0].removeprefix("--").replace("-", "_").upper()
    return click.option(flag, *declarations, envvar=variable, show_envvar=True, **attributes)


def vendor_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Shell completion of a vendor's name."""
    from mockserver import vendors

    return [CompletionItem(name) for name in vendors.names() if name.startswith(incomplete)]


def state_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Shell completion of a state in which the vendor that was named has an account."""
    from mockserver.contract import load_accounts

    vendor = ctx.params.get("vendor")
    states = dict.fromkeys(row["state"] for row in load_accounts() if vendor in (None, row["vendor"]))
    return [CompletionItem(state) for state in states if state.startswith(incomplete)]


def edition_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Shell completion of ``VENDOR=NAME``."""
    from mockserver.contract import available_editions, available_vendors

    known = (f"{vendor}={name}" for vendor in available_vendors() for name in available_editions(vendor))
    return [CompletionItem(text) for text in known if text.startswith(incomplete)]


def scenario_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Shell completion of a load scenario."""
    from loadtests.scenarios import HERE, load_scenarios

    known = load_scenarios(HERE / "scenarios.json")
    return [CompletionItem(name) for name in known if name.startswith(incomplete)]


class VendorName(click.ParamType):  # type: ignore[type-arg]  # not generic before click 8.4
    """The name of a vendor that the mock has."""

    name = "vendor"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from mockserver import vendors

        known = vendors.names()
        if value not in known:
            self.fail(
                f"unknown vendor {value!r}{closest(value, known)}; there are: {', '.join(known)}", param, ctx
            )
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return vendor_names(ctx, param, incomplete)


class HostPattern(click.ParamType):  # type: ignore[type-arg]
    """A host, or host:port, with ``*`` as wildcard."""

    name = "host"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not re.fullmatch(r"[^\s/:@?#]+(:(\d+|\*))?|[0-9A-Fa-f:.*]+", value):
            self.fail(f"{value!r} is neither a host nor host:port, such as cdn.example.com", param, ctx)
        return value


class Token(click.ParamType):  # type: ignore[type-arg]
    """What a header can carry and nobody sends by chance."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not re.fullmatch(r"[!-~]+", value):
            self.fail("a token is one or more printable ASCII characters, without spaces", param, ctx)
        return value


VENDOR, HOST_PATTERN, TOKEN = VendorName(), HostPattern(), Token()
