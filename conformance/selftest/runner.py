"""Runs the suite against each mutant of an application and says which ones it notices."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING, Any

from conformance import engine
from conformance.cases import select
from conformance.description import Description
from conformance.dialect import vendors
from conformance.model import Account, Answer, Case, Verdict
from conformance.selftest.wrappers import Mutant, call
from conformance.target import ADMIN, Target

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

#: Cases that run beside each other.
_AT_A_TIME = 6
#: Serves an application and gives its base URL.
Serve = Callable[["WSGIApplication"], AbstractContextManager[str]]


@dataclass(frozen=True)
class Finding:
    """What the suite says of a mutant. Nothing is missed and nobody else is blamed when it is ``killed``."""

    mutant: Mutant
    failed: frozenset[str]
    errors: frozenset[str]

    @property
    def missed(self) -> list[str]:
        """Cases that had to fail and did not."""
        return [case for case in self.mutant.caught_by if case not in self.failed]

    @property
    def blamed(self) -> list[str]:
        """Cases that failed though the mutant does what they say."""
        allowed = (*self.mutant.caught_by, *self.mutant.also)
        return sorted(case for case in self.failed if not any(fnmatchcase(case, p) for p in allowed))

    @property
    def killed(self) -> bool:
        return not self.missed and not self.blamed and not self.errors


def mutants(names: Iterable[str] = ()) -> list[Mutant]:
    """The mutants of some vendors, all without any."""
    found = []
    for name in names or vendors():
        found += importlib.import_module(f"conformance.selftest.{name}").MUTANTS
    return found


def examine(
    application: WSGIApplication, chosen: Iterable[Mutant], serve: Serve, share: int = 1
) -> Iterator[Finding]:
    """Findings one by one; the application itself stays as it is.

    With a ``share`` of n only one in n of the cases that a mutant is not known to fail is run, others for each mutant.
    """
    for mutant in chosen:
        spoiled = mutant.around(application)
        with serve(spoiled) as url:
            yield Finding(mutant, *_failures(url, spoiled, mutant, share))


class _Within(Target):
    """Calls the implementation's controls, which are half of all requests, without a socket.

    Minted accounts are left to the reset at the end.
    """

    def __init__(self, description: Description, application: WSGIApplication) -> None:
        super().__init__(description)
        self._application = application

    def close_account(self, account: Account) -> None:
        pass

    def _admin(self, method: str, path: str, document: Any = None) -> Answer:
        reply = call(self._application, method, f"{ADMIN}{path}", document)
        return Answer(reply.status, reply.headers, reply.body)


def _failures(
    url: str, spoiled: WSGIApplication, mutant: Mutant, share: int
) -> tuple[frozenset[str], frozenset[str]]:
    """Ids of the cases that fail, and of those that could not be judged.

    Cases run beside each other, as many of them wait for something.
    """
    target = _Within(Description(url), spoiled)
    target.probe()
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        results = list(pool.map(partial(engine.run, target=target), _cases(mutant, share)))
    call(spoiled, "POST", f"{ADMIN}/reset")
    by_verdict = {v: frozenset(r.id for r in results if r.verdict is v) for v in Verdict}
    return by_verdict[Verdict.FAIL], by_verdict[Verdict.ERROR]


def _cases(mutant: Mutant, share: int) -> list[Case]:
    """All cases that the mutant is known to fail, and a share of the vendor's others.

    Those that send many calls take part where they have to notice something: they are a tenth of the cases and most of
    the time, and what they say no other mutant touches.
    """
    every = select([mutant.vendor], "may", allow_load=True)
    known = [
        case for case in every if any(fnmatchcase(case.id, p) for p in (*mutant.caught_by, *mutant.also))
    ]
    others = [case for case in every if case not in known and not case.is_load]
    # Not `hash`, which is another one in each process.
    first = sum(mutant.id.encode()) % share
    return [*known, *others[first::share]]
