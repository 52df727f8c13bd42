"""After a throttled answer: waiting, and not waiting in step."""

from __future__ import annotations

from loadtests.grade.gaps import beyond_one_each, chains, herds, judge_waits
from loadtests.grade.rules import Rule
from loadtests.grade.run import Run
from loadtests.grade.verdict import Finding, Word, by_share, finding, not_seen

_NEVER = "no request was throttled"
_SEVERITY: tuple[Word, ...] = ("not seen", "good", "poor", "bad")


def backs_off(run: Run, rule: Rule) -> Finding:
    """The worse of two looks: the waits of each request that was throttled, where they can be told apart, and, with
    several workers, how many were refused in one window beyond one each."""
    refused = [one for one in run.sent if one.outcome == "throttled"]
    if not refused:
        return not_seen(_NEVER)
    if run.no_times is not None:
        return not_seen(run.no_times)
    t = rule.thresholds
    found = [chain for chain in chains(run) if chain.waits]
    looks: list[Finding] = []
    if found:
        waits = judge_waits([chain.waits for chain in found], run.facts.window_seconds, t)
        shortest = sorted(found, key=lambda chain: min(chain.waits))
        looks.append(finding(waits.word, waits.text, [c.attempts[1] for c in shortest], waits.numbers))
    if run.parallel > 1:
        beyond = beyond_one_each(refused, run.facts.window_seconds, run.parallel)
        word = by_share(len(beyond), len(refused), poor=t["poor_storm_share"], bad=t["bad_storm_share"])
        text = (
            f"{len(beyond)} of {len(refused)} throttled requests came in a window of which each of {run.parallel} "
            "workers could have known that it was full"
        )
        looks.append(finding(word, text, beyond, {"throttled": len(refused), "beyond_one_each": len(beyond)}))
    if not looks:
        return not_seen("nothing was sent after the one throttled answer")
    return max(looks, key=lambda look: _SEVERITY.index(look.word))


def jitter(run: Run, rule: Rule) -> Finding:
    """Whether those who were refused together came back together: the spread of their next attempts, as a share of
    the mean wait."""
    if run.no_times is not None:
        return not_seen(run.no_times)
    if run.parallel <= 1:
        return not_seen("one worker only has nobody to be in step with")
    t = rule.thresholds
    together = herds(chains(run), t["together_ms"] / 1000, int(t["together_count"]))
    if not together:
        return not_seen(
            f"never were {t['together_count']:g} workers, told apart by their pictures, refused together"
        )
    in_step = [group for group in together if _spread(group) < t["spread_share"]]
    word = by_share(len(in_step), len(together), poor=t["poor_share"], bad=1)
    if word == "bad" and len(in_step) < t["bad_count"]:
        word = "poor"
    text = f"{len(in_step)} of {len(together)} groups that were refused together came back in step"
    return finding(word, text, (), {"groups": len(together), "groups_in_step": len(in_step)})


def _spread(group: list[tuple[float, float]]) -> float:
    """How far the returns (moment of the refusal, wait; seconds) lie apart, as a share of the mean wait."""
    returns = [ended + wait for ended, wait in group]
    mean = sum(wait for _, wait in group) / len(group)
    return (max(returns) - min(returns)) / mean if mean > 0 else 0.0
