"""What points a client of one vendor at the mock: variables, a snippet, or both as JSON."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

import orjson

from mockserver import vendors
from mockserver.accounts import Account, Accounts
from mockserver.cards.named import load_specimens
from mockserver.contract import load_accounts
from mockserver.errors import ConfigError

#: The picture that every snippet reads, as a user of a checkout has it.
_SPECIMEN = "fixtures/images/front.jpg"


@dataclass(frozen=True, slots=True)
class Environment:
    """One vendor's account and endpoint, ready to be printed."""

    endpoint: str
    account: Account
    variables: Mapping[str, str]
    snippet: str

    def as_text(self) -> str:
        """Lines for a POSIX shell to evaluate; the snippet follows as comments, so that all of it can be."""
        exports = [f"export {name}={shlex.quote(value)}" for name, value in self.variables.items()]
        comments = [f"# {line}".rstrip() for line in self.snippet.splitlines()]
        return "\n".join([*exports, "", *comments]) + "\n"

    def as_json(self) -> bytes:
        """``{"endpoint", "account"}``, the account as everywhere."""
        value = {"endpoint": self.endpoint, "account": self.account.as_json()}
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def environment(vendor: str, state: str, url: str) -> Environment:
    """The environment of a vendor's account in a state, for a mock at ``url``.

    Raises ConfigError for a vendor or a state that there is not, or a URL that is none.
    """
    if vendor not in vendors.names():
        raise ConfigError(f"unknown vendor {vendor!r}; there are: {', '.join(vendors.names())}")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ConfigError(f"url {url!r} is not of the form http://host:port")
    accounts = Accounts(Account(**row) for row in load_accounts() if row["vendor"] == vendor)
    try:
        account = accounts.of_state(vendor, state)
    except LookupError as error:
        raise ConfigError(str(error)) from None
    client = vendors.load(vendor).client
    known = {"url": url.rstrip("/"), "authority": parts.netloc, **account.credentials}
    variables = {
        name: template.substitute(known)
        for name, template in ((n, Template(t)) for n, t in client.environment.items())
        if known.keys() >= set(template.get_identifiers())
    }
    snippet = Template(client.snippet).safe_substitute(known)
    return Environment(known["url"], account, variables, snippet.replace(_SPECIMEN, _specimen()))


def _specimen() -> str:
    """Where the snippets' picture is: beside the reader in a checkout, else in the installation."""
    return _SPECIMEN if Path(_SPECIMEN).is_file() else str(load_specimens()["front"].image_path)
