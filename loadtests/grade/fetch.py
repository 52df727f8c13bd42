"""Reading the journal of a running mock, and making sure that it is all there."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests

from loadtests.grade.facts import load_facts
from loadtests.grade.run import Run, build_run
from mockserver.errors import MockError

#: As many as the mock gives out at a time, and more than its journal holds unless it is told to hold more.
_AT_MOST = 100_000
_TIMEOUT_SECONDS = 30
#: What an entry takes in the journal, rather more than less.
_ENTRY_BYTES = 4096
#: The account of a request that nobody was recognised by.
_NOBODY = "-"
_NAMED_CODES = 3
_SEND = "send some requests first, to a mock that keeps a journal (--journal-entries)"


class CannotJudge(MockError):
    """There is nothing to grade, or not all of it: one sentence that says why and what to do."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be graded."""

    base_url: str
    #: A name, or ``vendor/name``.
    account: str
    #: Where to look for a name that does not say its vendor; none stands for all.
    vendors: tuple[str, ...] = ()
    #: Id of the first request, or the moment of it: Unix seconds or ISO 8601.
    since: str | None = None
    #: Workers that call at a time, None for as many as are seen to.
    parallel: int | None = None
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """The run of an account."""

    vendor: str
    account: str
    run: Run
    #: Requests that nobody was recognised by and that are not part of the run.
    left_out: int


class Journal:
    """The admin API of a mock, as far as grading needs it. Every method raises CannotJudge."""

    def __init__(self, base_url: str, token: str | None = None) -> None:
        self._base = base_url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = (
            False  # a proxy of the environment is not asked for an address on this machine
        )
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **query: str | int | None) -> Any:
        """The JSON of a route below ``/_idmock/``."""
        found = self.find(path, **query)
        if found is None:
            raise CannotJudge(
                f"{self._base}/_idmock/{path} does not exist there; is it the address of a mock?"
            )
        return found

    def find(self, path: str, **query: str | int | None) -> Any | None:
        """The same, None for 404."""
        url = f"{self._base}/_idmock/{path}"
        try:
            answer = self._session.get(url, params=query, timeout=_TIMEOUT_SECONDS)
        except requests.RequestException as error:
            raise CannotJudge(f"no mock answers at {self._base}: {_reason(error)}") from None
        if answer.status_code == requests.codes.not_found:
            return None
        if answer.status_code in (requests.codes.unauthorized, requests.codes.forbidden):
            raise CannotJudge(f"{url} asks for the admin token that `idmock serve` prints: --admin-token")
        try:
            answer.raise_for_status()
            return answer.json()
        except requests.RequestException as error:
            raise CannotJudge(f"{url} does not answer like a mock: {_reason(error)}") from None


def fetch(asked: Asked) -> Fetched:
    """The run that is asked for.

    Raises CannotJudge when the mock is not there, the account has no entries, or some of them are no longer held, and
    ContractError for a mistake in a data file.
    """
    journal = Journal(asked.base_url, asked.token)
    health = journal.get("health")
    if not isinstance(health, dict) or health.get("name") != "idcard-mock":
        raise CannotJudge(f"what answers at {asked.base_url} is no idcard-mock")
    vendor, name = _account(journal, asked, health["vendors"])
    since = _since(journal, asked.since)
    # Counted first: the client may go on calling, and what it adds meanwhile is not missing.
    count = journal.get("journal/count", vendor=vendor, account=name)["count"]
    entries = journal.get("journal", vendor=vendor, limit=_AT_MOST)["entries"]
    _check_whole(f"{vendor}/{name}", count, [e for e in entries if e["account"] == name], since)
    entries = [entry for entry in entries if entry["received"] >= since]
    own, left_out = _of_account(entries, name)
    if not own:
        raise CannotJudge(_nothing(vendor, name, entries, asked.since))
    account = journal.find(f"accounts/{vendor}/{name}") or {}
    facts = load_facts(vendor, health["vendors"][vendor], account.get("limits"))
    run = build_run(own, facts, told_parallel=asked.parallel, **_clock(journal.get("clock")))
    return Fetched(vendor, name, run, left_out)


def _account(journal: Journal, asked: Asked, served: Mapping[str, Any]) -> tuple[str, str]:
    """Vendor and name; a name alone is that of the one vendor in whose journal it is."""
    vendor, slash, name = asked.account.rpartition("/")
    if slash and asked.vendors and vendor not in asked.vendors:
        raise CannotJudge(f"--account {asked.account} is of none of --vendor {', '.join(asked.vendors)}")
    vendors = (vendor,) if slash else asked.vendors or tuple(served)
    for one in vendors:
        if one not in served:
            raise CannotJudge(f"vendor {one!r} is not served there; there are: {', '.join(served)}")
    if len(vendors) == 1:
        return vendors[0], name
    found = [v for v in vendors if journal.get("journal/count", vendor=v, account=name)["count"]]
    if len(found) > 1:
        choices = ", ".join(f"{v}/{name}" for v in found)
        raise CannotJudge(f"several vendors have entries of an account {name!r}; name one: {choices}")
    if not found:
        raise CannotJudge(f"the journal has no entry of an account {name!r}; {_SEND}")
    return found[0], name


def _since(journal: Journal, text: str | None) -> float:
    """The moment from which on requests count, Unix seconds."""
    if text is None:
        return 0.0
    entry = journal.find(f"journal/{text}") if "/" not in text else None
    if entry is not None:
        return float(entry["received"])
    try:
        return float(text)
    except ValueError:
        pass
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise CannotJudge(
            f"--since {text}: neither the id of a request that the journal still holds, nor a time: Unix seconds or "
            "ISO 8601"
        ) from None
    return moment.timestamp()


def _check_whole(account: str, count: int, held: Sequence[Mapping[str, Any]], since: float) -> None:
    """The journal is a ring: what it has let go of would be missing from every count."""
    if count <= len(held):
        return
    if since and held and min(entry["received"] for entry in held) < since:
        return
    raise CannotJudge(
        f"the journal holds the newest {len(held)} of {count} requests of {account}: start the mock with "
        f"--journal-entries {_rounded(count * 2)} --journal-bytes {_rounded(count * 2 * _ENTRY_BYTES)}, or grade the "
        "end of the run with --since"
    )


def _of_account(entries: Sequence[Mapping[str, Any]], name: str) -> tuple[list[Mapping[str, Any]], int]:
    """The account's entries, and how many of nobody's are left out.

    A request that was refused before its account was found, such as a replay of a signature that has expired, is the
    account's when it carries a signature of the account's, or when no other account has called.
    """
    own = [entry for entry in entries if entry["account"] == name]
    nobody = [entry for entry in entries if entry["account"] == _NOBODY and name != _NOBODY]
    alone = {entry["account"] for entry in entries} <= {name, _NOBODY}
    signatures = {_signature(entry) for entry in own} - {None}
    joined = [entry for entry in nobody if own and (alone or _signature(entry) in signatures)]
    mine = {entry["id"] for entry in own + joined}
    return [entry for entry in entries if entry["id"] in mine], len(nobody) - len(joined)


def _signature(entry: Mapping[str, Any]) -> tuple[int, float | None] | None:
    proof = entry.get("proof")
    return None if proof is None else (proof["signature"], proof["signed_at"])


def _clock(clock: Mapping[str, Any]) -> dict[str, str]:
    """What a clock that was set does not allow to be judged."""
    known: dict[str, str] = {}
    if clock["frozen"]:
        known["no_times"] = "the mock's clock stands still"
    if clock["frozen"] or clock["shift_seconds"]:
        known["no_clock"] = "the mock's clock was set, so nothing is known of the client's"
    return known


def _nothing(vendor: str, name: str, entries: Sequence[Mapping[str, Any]], since: str | None) -> str:
    when = f" since {since}" if since else ""
    text = f"the journal has no entry of {vendor}/{name}{when}"
    nobody = [entry["code"] for entry in entries if entry["account"] == _NOBODY]
    if nobody:
        codes = ", ".join(sorted(set(nobody))[:_NAMED_CODES])
        return (
            f"{text}, but {len(nobody)} requests that no account was recognised by ({codes}); --account "
            f"{vendor}/{_NOBODY} grades those"
        )
    return f"{text}; {_SEND}"


def _rounded(number: float) -> int:
    """Up to two digits and zeros, as one would write it."""
    step = 10 ** max(0, len(str(int(number))) - 2)
    return int(-(-number // step) * step)


def _reason(error: Exception) -> str:
    text = str(error)
    return text if len(text) < 120 else f"{type(error).__name__}"
