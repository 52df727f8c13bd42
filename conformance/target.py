"""An implementation under test, in use: what it turns out to be, its accounts, the calls to it."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Mapping
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from conformance.data import data_root, limit, load_json
from conformance.description import CAPABILITIES, Description, describe
from conformance.dialect import Dialect, load_dialect, vendors
from conformance.errors import NotApplicable, TargetError, Unreachable
from conformance.masking import Masks
from conformance.model import Account, Answer, Request
from conformance.pictures import Album, load_album, specimens
from conformance.wire import Wire

__all__ = ["ADMIN", "CAPABILITIES", "Description", "Target", "describe"]

ADMIN = "/_idmock"
#: After so many calls without an answer nobody waits for the next one.
_SILENCES = 3


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
        #: Credentials that were given or ready-made, and the accounts that were minted last: a case uses a few at most.
        self._secrets = {
            value
            for states in description.accounts.values()
            for credentials in states.values()
            for value in credentials.values()
        }
        self._minted: deque[Account] = deque(maxlen=16)
        self._share = share
        self._silences = 0
        self._next_call: dict[tuple[str, str], float] = {}
        self._lock = Lock()

    def probe(self) -> None:
        """Find out what answers there: idcard-mock says so itself and offers everything, others what was declared.

        Raises Unreachable when nothing answers.
        """
        given = self.description
        answer = self.wire.exchange(given.base_url, Request("GET", f"{ADMIN}/health", {}))
        health = _object(answer)
        if answer.status == 200 and health.get("name") == "idcard-mock":
            self.product = f"idcard-mock {health.get('version', '')}".strip()
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

    def masks(self) -> Masks:
        """What a report of this target has to hide."""
        names = {name for vendor in vendors() for name in load_dialect(vendor).secret_names}
        minted = (value for account in self._minted for value in account.credentials.values())
        return Masks.of([*self._secrets, *minted], names)

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
        account = self._find_account(vendor, state, limits)
        if account.name is None:
            self._secrets.update(account.credentials.values())
        else:
            self._minted.append(account)
        return account

    def _find_account(self, vendor: str, state: str, limits: Mapping[str, int]) -> Account:
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
        """The answer to a vendor's request, sent no sooner than the permitted rate allows.

        Raises TargetError without an answer, Unreachable when there is none again and again.
        """
        if paced:
            self._pace(account)
        url = self.url(account.vendor, request.service)
        try:
            answer = self.wire.exchange(url, request)
        except Unreachable:
            raise
        except TargetError as silence:
            self._silences += 1
            if self._silences >= _SILENCES:
                raise Unreachable(
                    f"{url} gave no answer {self._silences} times in a row ({silence})"
                ) from None
            raise
        self._silences = 0
        return answer

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


def _object(answer: Answer) -> dict[str, Any]:
    """The JSON object of an answer, empty for any other body: a gateway can answer every path with anything."""
    try:
        document = answer.json
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
