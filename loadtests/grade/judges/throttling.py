"""After a throttled answer: waiting, and not waiting in step."""

from __future__ import annotations

from loadtests.grade.gaps import attempts_in_window, beyond_each, chains, herds, judge_waits
from loadtests.grade.rules import Rule
from loadtests.grade.run import Run
from loadtests.grade.verdict import Finding, Word, by_share, finding, not_seen

_NEVER = "no request was throttled"
_SEVERITY: tuple[Word, ...] = ("not seen", "good", "poor", "bad")


def backs_off(run: Run, rule: Rule) -> Finding:
    """The worse of two looks: the waits behind each throttled answer, where the next attempt can be told; and, with
    several workers, of the other throttled answers how many came in one window beyond one for each worker. Those may be
    the first retries of a wait that grows, so they are bad only beyond what such a wait leaves time for."""
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
        known = {before.id for chain in found for before in chain.attempts[:-1]}
        rest = [one for one in refused if one.id not in known]
        seconds = run.facts.window_seconds
        beyond = beyond_each(rest, seconds, run.parallel)
        attempts = attempts_in_window(seconds, t["first_wait_ms"] / 1000)
        storm = beyond_each(rest, seconds, run.parallel * attempts)
        word = by_share(len(storm), len(rest), poor=t["poor_storm_share"], bad=t["bad_storm_share"])
        if word == "good" and by_share(len(beyond), len(rest), poor=t["poor_storm_share"], bad=1) != "good":
            word = "poor"
        text = (
            f"{len(beyond)} of {len(rest)} throttled requests whose next attempt cannot be told came in a window of "
            f"which each of {run.parallel} workers could have known that it was full"
        )
        if rest:
            looks.append(
                finding(word, text, beyond, {"throttled": len(rest), "beyond_one_each": len(beyond)})
            )
    if not looks:
        return not_seen("nothing was sent after the one throttled answer")
    return max(looks, key=lambda look: _SEVERITY.index(look.word))


def jitter(run: Run, rule: Rule) -> Finding:
    """Whether those who were refused together came back together: the spread of their next attempts, as a share of
    the mean wait. Groups that did not wait longer than they were apart are left to `backs_off`."""
    if run.no_times is not None:
        return not_seen(run.no_times)
    if run.parallel <= 1:
        return not_seen("one worker only has nobody to be in step with")
    t = rule.thresholds
    apart = t["together_ms"] / 1000
    groups = herds(chains(run), apart, int(t["together_count"]))
    together = [group for group in groups if _mean_wait(group) > apart]
    if not together:
        return not_seen(
            f"never were {t['together_count']:g} workers, told apart by their pictures, refused together and waited"
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
    return (max(returns) - min(returns)) / _mean_wait(group)


def _mean_wait(group: list[tuple[float, float]]) -> float:
    return sum(wait for _, wait in group) / len(group)
