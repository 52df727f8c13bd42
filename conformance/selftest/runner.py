"""Runs the suite against each mutant of an application and says which ones it notices."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from conformance import engine
from conformance.cases import select
from conformance.description import Description
from conformance.dialect import vendors
from conformance.model import Verdict
from conformance.selftest.wrappers import Mutant
from conformance.target import Target

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

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


def examine(application: WSGIApplication, chosen: Iterable[Mutant], serve: Serve) -> Iterator[Finding]:
    """Findings one by one; the application itself stays as it is."""
    for mutant in chosen:
        with serve(mutant.around(application)) as url:
            yield Finding(mutant, *_failures(url, mutant.vendor))


def _failures(url: str, vendor: str) -> tuple[frozenset[str], frozenset[str]]:
    """Ids of the cases that fail, and of those that could not be judged."""
    target = Target(Description(url))
    target.probe()
    results = [engine.run(case, target) for case in select([vendor], "may", allow_load=True)]
    by_verdict = {v: frozenset(r.id for r in results if r.verdict is v) for v in Verdict}
    return by_verdict[Verdict.FAIL], by_verdict[Verdict.ERROR]
