"""One function per question, by the id of its rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from loadtests.grade.judges import limits, pictures, requests, retries, signing, throttling
from loadtests.grade.rules import Rule, load_rules
from loadtests.grade.run import Run
from loadtests.grade.verdict import Finding, Verdict

JUDGES: Mapping[str, Callable[[Run, Rule], Finding]] = {
    "signing/fresh": signing.fresh,
    "signing/nonce": signing.nonce,
    "signing/clock": signing.clock,
    "signing/payload": signing.payload,
    "secrets/url": requests.secrets_in_urls,
    "throttling/backs-off": throttling.backs_off,
    "throttling/jitter": throttling.jitter,
    "retries/final": retries.final,
    "retries/given-up": retries.given_up,
    "limits/rate": limits.rate,
    "limits/concurrency": limits.concurrency,
    "pictures/limits": pictures.limits,
    "pictures/size": pictures.size,
    "pictures/repeats": pictures.repeats,
    "requests/outdated": requests.outdated,
}


def judge(run: Run) -> tuple[Verdict, ...]:
    """A verdict on every rule, in the order of ``rules.json``. Raises ContractError for a mistake in that file."""
    return tuple(Verdict(rule, JUDGES[rule.id](run, rule)) for rule in load_rules())
