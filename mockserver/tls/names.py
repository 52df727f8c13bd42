"""The hosts that certificates are made for: the vendors' own, and this machine."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from mockserver import vendors
from mockserver.contract.files import read_json
from mockserver.data import data_path

LOCAL_NAMES = ("localhost",)
LOCAL_ADDRESSES = ("127.0.0.1", "::1")


def vendor_patterns(names: Iterable[str] = ()) -> dict[str, tuple[str, ...]]:
    """The patterns of the vendors' hosts by vendor, as ``operation.json`` has them; of all vendors without any name."""
    return {
        vendor: tuple(
            read_json(data_path("schemas", vendor, "operation.json"), f"{vendor}/operation.json")[
                "recognised_by"
            ]["hosts"]
        )
        for vendor in names or vendors.names()
    }


def domains(patterns: Iterable[str]) -> list[str]:
    """The domains that hosts of these patterns lie in: ``*.example.com`` and ``a.example.com`` as they end.

    >>> domains(["*.tencentcloudapi.com", "api.megvii.com"])
    ['api.megvii.com', 'tencentcloudapi.com']
    """
    return sorted({pattern.removeprefix("*.") for pattern in patterns})


def fits(host: str, patterns: Iterable[str]) -> bool:
    """Whether a host, in any case and without its port, is one of the vendors' own."""
    name = host.lower().rstrip(".")
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def server_names(names: Iterable[str] = ()) -> list[str]:
    """What the certificate of a server names: this machine, and the vendors' hosts in case their names lead here."""
    found = [*LOCAL_NAMES, *LOCAL_ADDRESSES]
    for patterns in vendor_patterns(names).values():
        found += patterns
    return found
