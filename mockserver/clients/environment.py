"""What points a client of one vendor at the mock: variables, a snippet, or both as JSON."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

import orjson

from mockserver import vendors
from mockserver.accounts import Account, Accounts
from mockserver.cards.named import load_specimens
from mockserver.closest import closest
from mockserver.contract import load_accounts, load_contract
from mockserver.errors import ConfigError
from mockserver.tls import Authority
from mockserver.tls.trust import trust_variables
from mockserver.vendor import Client

#: The picture that every snippet reads, as a user of a checkout has it.
SPECIMEN = "fixtures/images/front.jpg"
_UNCHANGED = """\
The client's code is that of production: {host} is reached through {proxy}.
For Java: -Dhttps.proxyHost and -Dhttps.proxyPort, and a trust store with NODE_EXTRA_CA_CERTS' certificate in it.
"""


@dataclass(frozen=True, slots=True)
class Environment:
    """One vendor's account and endpoint, ready to be printed."""

    endpoint: str
    account: Account
    variables: Mapping[str, str]
    snippet: str

    @property
    def exports(self) -> str:
        """Lines for a POSIX shell to evaluate."""
        return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in self.variables.items())

    def as_text(self) -> str:
        """The exports; the snippet follows as comments, so that a shell can evaluate all of it."""
        comments = "".join(f"# {line}".rstrip() + "\n" for line in self.snippet.splitlines())
        return f"{self.exports}\n{comments}"

    def as_json(self) -> bytes:
        """``{"endpoint", "account"}``, the account as everywhere."""
        value = {"endpoint": self.endpoint, "account": self.account.as_json()}
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def environment(vendor: str, state: str, url: str) -> Environment:
    """The environment of a vendor's account in a state, for a mock at ``url``.

    Raises ConfigError for a vendor or a state that there is not, or a URL that is none.
    """
    _client(vendor)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ConfigError(f"url {url!r} is not of the form http://host:port", option="url")
    accounts = Accounts(Account(**row) for row in load_accounts() if row["vendor"] == vendor)
    try:
        account = accounts.of_state(vendor, state)
    except LookupError as error:
        raise ConfigError(str(error), option="state") from None
    found = environment_of(account, url)
    return replace(found, snippet=found.snippet.replace(SPECIMEN, _specimen()))


def environment_of(account: Account, url: str) -> Environment:
    """The same for an account that is at hand. The snippet reads its picture where a checkout has it."""
    client = _client(account.vendor)
    parts = urlsplit(url)
    known = {"url": url.rstrip("/"), "authority": parts.netloc, "scheme": parts.scheme, **account.credentials}
    variables = {
        name: template.substitute(known)
        for name, template in ((n, Template(t)) for n, t in client.environment.items())
        if known.keys() >= set(template.get_identifiers())
    }
    snippet = Template(client.snippet).safe_substitute(known)
    return Environment(known["url"], account, variables, snippet)


def proxied_environment(
    vendor: str, state: str, proxy: str, authority: Authority, environ: Mapping[str, str]
) -> Environment:
    """The environment of a client that calls the vendor's own hosts, through `idmock proxy` at ``proxy``.

    Nothing tells it another endpoint: variables that are the mock's address and nothing else are left out. Raises
    ConfigError like `environment`. ``environ`` is what the client's environment is now.
    """
    client = _client(vendor)
    host = load_contract(vendor).operation["host"]
    found = environment(vendor, state, f"https://{host}")
    redirects = {name for name, template in client.environment.items() if template in ("$url", "$authority")}
    proxied = urlsplit(proxy)
    if proxied.scheme != "http" or not proxied.hostname:
        raise ConfigError(f"proxy {proxy!r} is not of the form http://host:port", option="proxy_url")
    own = {name: value for name, value in found.variables.items() if name not in redirects}
    trust = trust_variables(authority, environ)
    paths = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"), proxy)
    bundle = {"bundle": trust["SSL_CERT_FILE"]}
    special = {name: Template(t).substitute(bundle) for name, t in client.behind_proxy.items()}
    variables = {**own, **paths, "NO_PROXY": "localhost,127.0.0.1", **trust, **special}
    return Environment(found.endpoint, found.account, variables, _UNCHANGED.format(host=host, proxy=proxy))


def _client(vendor: str) -> Client:
    if vendor not in vendors.names():
        rather = closest(vendor, vendors.names())
        raise ConfigError(f"unknown vendor {vendor!r}{rather}; there are: {', '.join(vendors.names())}")
    return vendors.load(vendor).client


def _specimen() -> str:
    """Where the snippets' picture is: beside the reader in a checkout, else in the installation."""
    return SPECIMEN if Path(SPECIMEN).is_file() else str(load_specimens()["front"].image_path)
