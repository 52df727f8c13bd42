"""An implementation under test: where it is, who may call it, what it offers, and what calls to it may cost."""

from __future__ import annotations

import json
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator

from conformance.data import HERE, data_root, limit, load_json
from conformance.dialect import Dialect, about, load_dialect, vendors
from conformance.errors import NotApplicable, TargetError
from conformance.model import Account, Answer, Request
from conformance.pictures import Album, load_album, specimens
from conformance.wire import Wire

#: What a target can offer: it reads the project's specimens; it has accounts in special states; it has the admin API of
#: idcard-mock, which mints an account for each case.
CAPABILITIES = ("specimens", "accounts", "admin")
ADMIN = "/_idmock"


@dataclass(frozen=True)
class Description:
    """A target as the user describes it: flags win over the environment, the environment over the file."""

    base_url: str
    name: str | None = None
    capabilities: tuple[str, ...] | None = None
    images: Path | None = None
    #: Base URL and Host header by vendor and service, where they differ from ``base_url``.
    urls: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    hosts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: Credentials by vendor and state.
    accounts: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    #: Calls per second and vendor; by default what the contract allows, a tenth less.
    requests_per_second: float | None = None
    timeout_seconds: float = 20.0
    #: A file of certificates that are trusted, or "no" for none checked.
    ca_file: str | None = None


def describe(
    base_url: str | None, file: Path | None, environ: Mapping[str, str], credentials: Mapping[str, str]
) -> Description:
    """A description from the four places that can say something: ``credentials`` are flags like ``tencent.secret_id``.

    Environment variables are ``IDMOCK_TENCENT_SECRET_ID`` and so on. Raises TargetError in one sentence.
    """
    document = _read_file(file) if file else {}
    where = base_url or document.get("url")
    if not where or urlsplit(where).scheme not in ("http", "https") or not urlsplit(where).netloc:
        raise TargetError(f"the target's address has to be like http://127.0.0.1:4590, not {where!r}")
    parts = document.get("vendors", {})
    accounts = {vendor: dict(part.get("accounts", {})) for vendor, part in parts.items()}
    for vendor, name, value in _given(environ, credentials):
        states = accounts.setdefault(vendor, {})
        states["active"] = {**states.get("active", {}), name: value}
    images = document.get("images")
    return Description(
        where.rstrip("/"),
        document.get("name"),
        tuple(document["capabilities"]) if "capabilities" in document else None,
        file.parent / images if file and images else None,
        {vendor: part.get("urls", {}) for vendor, part in parts.items()},
        {vendor: part.get("hosts", {}) for vendor, part in parts.items()},
        accounts,
        document.get("requests_per_second"),
        document.get("timeout_seconds", 20.0),
        document.get("ca_file"),
    )


def _read_file(path: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TargetError(f"{path} cannot be read: {error}") from None
    schema = load_json(HERE / "target.schema.json")
    if wrong := next(Draft202012Validator(schema).iter_errors(document), None):
        raise TargetError(f"{path}, {'.'.join(map(str, wrong.path)) or 'top level'}: {wrong.message}")
    return document


def _given(environ: Mapping[str, str], flags: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(vendor, name, value) of each credential in the environment, then of each flag."""
    names = {vendor: about(vendor)["credentials"] for vendor in vendors()}
    found = [
        (vendor, name, value)
        for vendor, known in names.items()
        for name in known
        if (value := environ.get(f"IDMOCK_{vendor}_{name}".upper()))
    ]
    for key, value in flags.items():
        vendor, _, name = key.partition(".")
        if name not in names.get(vendor, ()):
            choices = ", ".join(f"{v}.{n}" for v, known in names.items() for n in known)
            raise TargetError(f"no credential {key!r}; there are: {choices}")
        found.append((vendor, name, value))
    return found


class Target:
    """A description in use. ``probe`` comes first."""

    def __init__(self, description: Description, wire: Wire | None = None, share: float = 1.0) -> None:
        """``share`` is the part of the permitted rate that this process may use, when several share a target."""
        self.description = description
        verify = {None: True, "no": False}.get(description.ca_file, description.ca_file or True)
        self.wire = wire or Wire(description.timeout_seconds, verify)
        self.capabilities: frozenset[str] = frozenset(description.capabilities or ())
        self.product = ""
        self.album: Album = Album({})
        self._share = share
        self._next_call: dict[tuple[str, str], float] = {}
        self._lock = Lock()

    def probe(self) -> None:
        """Find out what answers there: idcard-mock says so itself and offers everything, others what was declared.

        Raises Unreachable when nothing answers.
        """
        given = self.description
        answer = self.wire.exchange(given.base_url, Request("GET", f"{ADMIN}/health", {}))
        is_mock = answer.status == 200 and (answer.header("Content-Type") or "").startswith(
            "application/json"
        )
        if is_mock and isinstance(answer.json, dict) and answer.json.get("name") == "idcard-mock":
            self.product = f"idcard-mock {answer.json.get('version', '')}".strip()
            if given.capabilities is None:
                self.capabilities = frozenset(CAPABILITIES)
        if given.images is not None:
            self.album = load_album(given.images)
        elif "specimens" in self.capabilities:
            own = f"{given.base_url}{ADMIN}/specimens" if self.product else None
            self.album = specimens(own)

    @property
    def name(self) -> str:
        return self.description.name or self.product or self.description.base_url

    def url(self, vendor: str, service: str) -> str:
        return self.description.urls.get(vendor, {}).get(service, self.description.base_url)

    def hosts(self, dialect: Dialect) -> Mapping[str, str]:
        """What Host says for each service: as described, else the vendor's real host at the mock, else the address."""
        described = self.description.hosts.get(dialect.vendor, {})
        return {
            service: described.get(service)
            or (real if self.product else urlsplit(self.url(dialect.vendor, service)).netloc)
            for service, real in dialect.hosts.items()
        }

    def check_needs(self, needs: tuple[str, ...]) -> None:
        """Raises NotApplicable for a capability that the target lacks."""
        for need in needs:
            if need not in self.capabilities:
                raise NotApplicable(f"the target does not offer {need!r}")

    def open_account(self, vendor: str, state: str, limits: Mapping[str, int]) -> Account:
        """Credentials for a case: minted where the target can, else given by the user, else the project's ready-made.

        Raises NotApplicable when there are none.
        """
        given = self.description.accounts.get(vendor, {})
        if state in given and not limits:
            return Account(vendor, state, given[state])
        if "admin" in self.capabilities:
            return self._mint(vendor, state, limits)
        if limits:
            raise NotApplicable("accounts with chosen limits need the capability 'admin'")
        if "accounts" in self.capabilities:
            for row in load_json(data_root() / "fixtures" / "accounts.json")["accounts"]:
                if (row["vendor"], row["state"]) == (vendor, state):
                    return Account(vendor, state, row["credentials"])
        raise NotApplicable(f"no credentials of {vendor} for an account that is {state}")

    def _mint(self, vendor: str, state: str, limits: Mapping[str, int]) -> Account:
        wanted = {"vendor": vendor, "state": state, "limits": dict(limits)}
        answer = self._admin("POST", "/accounts", wanted)
        if answer.status == 400:
            raise NotApplicable(f"the target mints no such account: {answer.text.strip()[:200]}")
        if answer.status != 201:
            raise TargetError(f"the target mints no account: {answer.status} {answer.text.strip()[:200]}")
        row = answer.json
        return Account(vendor, state, row["credentials"], row["name"])

    def close_account(self, account: Account) -> None:
        """Take a minted account back."""
        if account.name is not None:
            self._admin("DELETE", f"/accounts/{account.vendor}/{account.name}")

    def _admin(self, method: str, path: str, document: Any = None) -> Answer:
        body = b"" if document is None else json.dumps(document).encode()
        headers = {"Content-Type": "application/json"} if body else {}
        return self.wire.exchange(self.description.base_url, Request(method, f"{ADMIN}{path}", headers, body))

    def send(self, account: Account, request: Request, *, paced: bool = True) -> Answer:
        """The answer to a vendor's request, sent no sooner than the permitted rate allows."""
        if paced:
            self._pace(account)
        return self.wire.exchange(self.url(account.vendor, request.service), request)

    def _pace(self, account: Account) -> None:
        """Wait for this account's turn; a minted account has a window of its own and needs none."""
        if account.name is not None:
            return
        documented = limit(account.vendor, "requests_per_second") or 10
        rate = (self.description.requests_per_second or 0.9 * documented) * self._share
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next_call.get((account.vendor, account.state), 0.0))
            self._next_call[account.vendor, account.state] = turn + 1 / rate
        time.sleep(max(0.0, turn - now))


def dialects(names: tuple[str, ...]) -> list[Dialect]:
    """The dialects of the vendors that are asked for, all without any."""
    return [load_dialect(name) for name in names or vendors()]
