"""What the user says of a target: where it is, who may call it, what it offers, what calls to it may cost."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator

from conformance.data import HERE, load_json
from conformance.dialect import about, load_dialect, vendors
from conformance.errors import TargetError

#: What a target can offer: it reads the project's specimens; it has accounts in special states; it has the admin API of
#: idcard-mock, which mints an account for each case.
CAPABILITIES = ("specimens", "accounts", "admin")


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
    accounts: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict, repr=False)
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
    where = _address(base_url or document.get("url"))
    parts = document.get("vendors", {})
    accounts = {vendor: dict(part.get("accounts", {})) for vendor, part in parts.items()}
    for vendor, name, value in _given(environ, credentials):
        states = accounts.setdefault(vendor, {})
        states["active"] = {**states.get("active", {}), name: value}
    _check_accounts(accounts)
    images = document.get("images")
    return Description(
        where,
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


def _address(url: str | None) -> str:
    """A base URL without a slash at its end; it stands in reports, so it has no password. Raises TargetError."""
    if not url:
        raise TargetError("the address of the implementation is missing: http://127.0.0.1:4590, for instance")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        shown = re.sub(r"//[^/]*@", "//", url)
        raise TargetError(f"the target's address has to be like http://127.0.0.1:4590, not {shown!r}")
    if parts.username is not None or parts.query or parts.fragment:
        raise TargetError("the target's address has neither user and password nor a query")
    return url.rstrip("/")


def _check_accounts(accounts: Mapping[str, Mapping[str, Mapping[str, str]]]) -> None:
    """Raises TargetError, which never shows a value, for a credential that there is not, or that cannot be one."""
    for vendor, states in accounts.items():
        for state, credentials in states.items():
            for name, value in credentials.items():
                if name not in about(vendor)["credentials"]:
                    known = ", ".join(about(vendor)["credentials"])
                    raise TargetError(f"{vendor}, {state}: no credential {name!r}; there are: {known}")
                if not re.fullmatch(r"[!-~]+", value):
                    raise TargetError(
                        f"{vendor}, {state}: {name} is empty or has a character that no key has"
                    )


def _read_file(path: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TargetError(f"{path} cannot be read: {error}") from None
    schema = load_json(HERE / "target.schema.json")
    if wrong := next(Draft202012Validator(schema).iter_errors(document), None):
        place = ".".join(map(str, wrong.path)) or "top level"
        # A message of the validator shows the value, which below accounts may be a key.
        message = "has to be tables of texts" if "accounts" in wrong.path else wrong.message
        raise TargetError(f"{path}, {place}: {message}")
    for vendor, part in document.get("vendors", {}).items():
        _check_services(path, vendor, {*part.get("urls", ()), *part.get("hosts", ())})
    return document


def _check_services(path: Path, vendor: str, named: set[str]) -> None:
    """Raises TargetError for a vendor, or a service of it, that there is not."""
    if vendor not in vendors():
        raise TargetError(f"{path}: no vendor {vendor!r}; there are: {', '.join(vendors())}")
    for service in sorted(named - set(known := load_dialect(vendor).hosts)):
        raise TargetError(f"{path}: {vendor} has no service {service!r}; it has: {', '.join(known)}")


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
