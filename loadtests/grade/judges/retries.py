"""Retries: of what can succeed, and of nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from loadtests.grade.rules import Rule
from loadtests.grade.run import Run, Sent
from loadtests.grade.verdict import Finding, by_share, finding, not_seen


def final(run: Run, rule: Rule) -> Finding:
    """How often a request was sent again that had got a final answer, and got the same one.

    One that was under way before the answer was there is no retry.
    """
    refused = [one for one in run.sent if one.outcome == "final"]
    if not refused:
        return not_seen("no request was refused for good")
    again = [one for group in run.by_subject.values() for one in _again(group)]
    numbers = {"refused_for_good": len(refused), "sent_again": len(again)}
    if not again:
        return finding(
            "good", f"none of {len(refused)} requests that were refused for good came again", (), numbers
        )
    t = rule.thresholds
    word = by_share(len(again), len(run.sent), poor=t["poor_share"], bad=t["bad_share"])
    if len(again) >= t["bad_count"]:
        word = "bad"
    codes = sorted({one.code for one in again})
    text = f"{len(again)} requests repeat one that was refused for good, by {', '.join(codes)}"
    return finding("poor" if word == "good" else word, text, again, numbers)


def given_up(run: Run, rule: Rule) -> Finding:
    """How many requests ended with an answer that asks for another attempt, after fewer than are enough.

    Of a picture that several workers send, the last answer counts: whether each of them has tried again cannot be told.
    """
    enough = rule.thresholds["attempts_enough_count"]
    hopeful, abandoned = 0, []
    for group in run.by_subject.values():
        if any(_asks_again(one) for one in group):
            hopeful += 1
            tail = next((n for n, one in enumerate(reversed(group)) if not _asks_again(one)), len(group))
            if 0 < tail < enough:
                abandoned.append(group[-1])
    if not hopeful:
        return not_seen("no request was throttled, nor met a fault of the vendor")
    t = rule.thresholds
    word = by_share(len(abandoned), hopeful, poor=t["poor_share"], bad=t["bad_share"])
    text = f"{len(abandoned)} of {hopeful} requests that may succeed later were given up before {enough:g} attempts"
    return finding(word, text, abandoned, {"could_succeed": hopeful, "given_up": len(abandoned)})


def _again(group: Sequence[Sent]) -> list[Sent]:
    """Requests about one subject that repeat the final answer before them."""
    return [
        after
        for before, after in pairwise(group)
        if before.outcome == "final" and after.rule == before.rule and after.received >= before.ended
    ]


def _asks_again(one: Sent) -> bool:
    return one.outcome in ("throttled", "transient")
