"""What the suite has to know of a vendor: how to compose and sign a request, and how to read an answer.

``conformance/vendors/<vendor>/`` is a package whose ``DIALECT`` says so; beside it lie the cases, ``*.json``, and
``vendor.json`` with what the cases may use. The load tests sign with the same dialects.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from conformance.data import HERE, load_json
from conformance.errors import SuiteError
from conformance.model import Account, Answer, Reading, Request

VENDORS = HERE / "vendors"


@dataclass(frozen=True)
class Call:
    """One call before it is composed: a case's ``send`` with every value made, and who calls where.

    ``parameters`` are those of the operation in the vendor's spelling. ``sign`` are the options of the vendor's signer
    (``vendor.json`` lists them): what is left wrong on purpose. ``signed_headers`` are sent and signed where the scheme
    signs headers. ``body`` replaces the body that the parameters would make.
    """

    account: Account
    parameters: Mapping[str, Any] = field(default_factory=dict)
    transport: str | None = None
    sign: Mapping[str, Any] = field(default_factory=dict)
    signed_headers: Mapping[str, str | None] = field(default_factory=dict)
    body: bytes | None = None
    method: str | None = None
    path: str | None = None
    #: What the Host header says, by service of the vendor ("ocr", and "iam" for one of them).
    hosts: Mapping[str, str] = field(default_factory=dict)
    #: Seconds since 1970, as a signer writes them.
    now: float = field(default_factory=time.time)
    #: Sends another request to the same target first, for instance to get a token.
    exchange: Callable[[Request], Answer] | None = None


@dataclass(frozen=True)
class Dialect:
    """A vendor as a client sees it."""

    vendor: str
    #: The real host of each service.
    hosts: Mapping[str, str]
    #: A call as the bytes that go out. Raises NotApplicable when the account lacks a credential.
    compose: Callable[[Call], Request]
    #: An answer's meaning. Raises ValueError, with what is wrong, for one that the vendor never gives.
    read: Callable[[Answer], Reading]
    #: A call that always succeeds, for probing, load and warm-up: (base64 or raw picture) -> parameters, by transport.
    usual: Callable[[bytes], Mapping[str, Any]]
    #: Members of an answer that follow from others of it, by name: what one should be by the others, and what it is.
    agreements: Mapping[str, Callable[[Answer], tuple[Any, Any]]] = field(default_factory=dict)
    #: Names of headers and parameters whose values never stand in a report.
    secret_names: frozenset[str] = frozenset()
    #: Codes with which the vendor refuses a call that came too soon.
    throttle_codes: frozenset[str] = frozenset()


@cache
def load_dialect(vendor: str) -> Dialect:
    """The dialect of a vendor. Raises SuiteError that names the vendors there are."""
    if vendor not in vendors():
        near = get_close_matches(vendor, vendors(), n=1)
        meant = f" (did you mean {near[0]!r}?)" if near else ""
        raise SuiteError(f"no vendor {vendor!r}{meant}; there are: {', '.join(vendors())}")
    dialect = getattr(importlib.import_module(f"conformance.vendors.{vendor}"), "DIALECT", None)
    if not isinstance(dialect, Dialect):
        raise SuiteError(f"conformance/vendors/{vendor}/__init__.py declares no DIALECT")
    return dialect


@cache
def vendors() -> tuple[str, ...]:
    """Every vendor that has a folder."""
    return tuple(sorted(path.parent.name for path in VENDORS.glob("*/vendor.json")))


def folder(vendor: str) -> Path:
    return VENDORS / vendor


@cache
def about(vendor: str) -> dict[str, Any]:
    """What ``vendor.json`` says of a vendor."""
    document: dict[str, Any] = load_json(folder(vendor) / "vendor.json")
    return document
