"""Signatures: fresh, with a nonce of their own, by a clock that is right, over the body."""

from __future__ import annotations

from collections import defaultdict
from statistics import median

from loadtests.grade.rules import Rule
from loadtests.grade.run import Run, Sent
from loadtests.grade.verdict import Finding, Word, by_share, finding, not_seen

_UNSIGNED = "no request was signed"


def fresh(run: Run, rule: Rule) -> Finding:
    """Whether a signature was sent more than once, and how late.

    A scheme without a nonce gives a request that is signed twice in one second the same signature twice; so a repeat
    within ``same_second_ms`` counts only when the scheme has one.
    """
    signed = _signed(run)
    if len(signed) < 2:
        return not_seen(_UNSIGNED if not signed else "one request only was signed")
    allowed = rule.thresholds["same_second_ms"] / 1000
    replays = [(one, late) for one, late in _repeats(signed) if "nonce" in one.proof or late > allowed]
    if not replays:
        return finding("good", f"{len(signed)} signed requests, each signed anew")
    worst = max(late for _, late in replays)
    word = by_share(len(replays), len(signed), poor=0, bad=rule.thresholds["bad_share"])
    if worst >= rule.thresholds["stale_after_seconds"]:
        word = "bad"
    replays.sort(key=lambda replay: -replay[1])
    return finding(
        word,
        f"{len(replays)} of {len(signed)} signed requests replay a signature, the oldest {worst:.1f} s later",
        [one for one, _ in replays],
        {"signed": len(signed), "replays": len(replays), "latest_replay_seconds": round(worst, 3)},
    )


def nonce(run: Run, rule: Rule) -> Finding:
    """Whether two requests that are signed differently share a nonce; where the vendor keeps nonces for no time, within
    one signed second."""
    used = [one for one in _signed(run) if "nonce" in one.proof]
    if len(used) < 2:
        return not_seen("fewer than two requests had a nonce")
    kept = run.facts.limit("nonce_lifetime_seconds") is not None
    first: dict[tuple[object, ...], object] = {}
    reused = []
    for one in used:
        key = (one.proof["nonce"], None if kept else one.proof["signed_at"])
        if first.setdefault(key, one.proof["signature"]) != one.proof["signature"]:
            reused.append(one)
    numbers = {"nonces": len(used), "reused": len(reused)}
    if len(reused) >= rule.thresholds["bad_count"]:
        text = f"{len(reused)} of {len(used)} requests came with the nonce of another one"
        return finding("bad", text, reused, numbers)
    return finding("good", f"{len(used)} requests, each with a nonce of its own", (), numbers)


def clock(run: Run, rule: Rule) -> Finding:
    """How far the signed times are from the server's, as a share of the window; a replay says nothing of the clock."""
    if run.no_clock is not None:
        return not_seen(run.no_clock)
    window = run.facts.limit("signature_window_seconds")
    signed = [one for one in _signed(run) if one.proof["signed_at"] is not None]
    replays = {one.id for one, _ in _repeats(signed)}
    ages = {one: one.received - one.proof["signed_at"] for one in signed if one.id not in replays}
    if window is None or not ages:
        return not_seen("no request said when it was signed")
    farthest = sorted(ages, key=lambda one: -abs(ages[one]))
    worst = abs(ages[farthest[0]])
    t = rule.thresholds
    poor, bad = t["poor_window_share"] * window, t["bad_window_share"] * window
    word: Word = "bad" if worst >= bad else "poor" if worst >= poor else "good"
    side = "before" if ages[farthest[0]] > 0 else "after"
    return finding(
        word,
        f"signed at most {worst:.0f} s {side} the server's time, of {window:g} s that are allowed",
        [one for one in farthest if abs(ages[one]) >= poor],
        {
            "median_age_seconds": round(median(ages.values()), 3),
            "worst_age_seconds": round(worst, 3),
            "window_seconds": window,
        },
    )


def payload(run: Run, rule: Rule) -> Finding:
    """Whether bodies are covered by the signatures."""
    signed = _signed(run)
    if not signed:
        return not_seen(_UNSIGNED)
    bare = [one for one in signed if one.proof.get("unsigned_payload")]
    word = by_share(len(bare), len(signed), poor=0, bad=rule.thresholds["bad_share"])
    text = f"{len(bare)} of {len(signed)} signatures leave the body out" if bare else "every body is signed"
    return finding(word, text, bare, {"signed": len(signed), "unsigned_payloads": len(bare)})


def _signed(run: Run) -> list[Sent]:
    return [one for one in run.sent if one.proof]


def _repeats(signed: list[Sent]) -> list[tuple[Sent, float]]:
    """Requests whose signature has come before, for the same payload, with the seconds since it first came."""
    seen: dict[tuple[object, ...], list[Sent]] = defaultdict(list)
    for one in signed:
        proof = one.proof
        seen[(proof["signature"], proof["signed_at"], one.entry.get("payload"))].append(one)
    return [(one, one.received - group[0].received) for group in seen.values() for one in group[1:]]
