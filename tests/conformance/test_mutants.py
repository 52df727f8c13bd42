"""The suite can fail: each implementation that is wrong in one way is noticed, by the clause that it breaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from conformance.dialect import vendors
from conformance.selftest.__main__ import serving
from conformance.selftest.runner import examine, mutants
from conformance.selftest.wrappers import Mutant, changing_answers
from mockserver.app import create_app

_SHARE = 8


@pytest.fixture(scope="module")
def application() -> Iterator[object]:
    yield create_app()


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.id)
def test_a_mutant_is_named_by_the_clause_that_it_breaks(application: object, mutant: Mutant) -> None:
    """What must notice it does, and nothing else is blamed.

    Of the cases that should not notice, one in eight is asked for each mutant, others for each;
    ``python -m conformance.selftest`` runs them all, which takes minutes.
    """
    (finding,) = examine(application, [mutant], serving, share=_SHARE)
    assert (finding.missed, finding.blamed, sorted(finding.errors)) == ([], [], []), mutant.says


@pytest.mark.parametrize("vendor", vendors())
def test_without_a_mistake_nothing_fails(application: object, vendor: str) -> None:
    """Wrapped but unchanged, the application passes: what fails with a mutant fails because of its mistake."""
    harmless = Mutant(f"{vendor}/none", "does nothing wrong", changing_answers(lambda sent, reply: None), ())
    (finding,) = examine(application, [harmless], serving)
    assert (finding.failed, finding.errors) == (frozenset(), frozenset())


def test_there_are_enough_mutants_and_each_has_its_own_mistake() -> None:
    """At least forty, spread over the vendors, no two of them alike."""
    every = mutants()
    assert len(every) >= 40
    assert len({m.id for m in every}) == len({(m.vendor, m.says) for m in every}) == len(every)
    assert min(Counter(mutant.vendor for mutant in every).values()) >= 6
    assert all(mutant.caught_by for mutant in every)
