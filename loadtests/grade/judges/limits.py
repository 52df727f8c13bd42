"""The account's limits: calls per second, and calls in flight."""

from __future__ import annotations

from collections import defaultdict

from loadtests.grade.rules import Rule
from loadtests.grade.run import Run, Sent
from loadtests.grade.verdict import Finding, by_share, finding, not_seen


def rate(run: Run, rule: Rule) -> Finding:
    """How many of the vendor's windows hold more calls of an operation than the account may make in one; windows are
    aligned to the epoch, as the vendor's are."""
    if run.no_times is not None:
        return not_seen(run.no_times)
    per_second = run.facts.limit("requests_per_second")
    if per_second is None:
        return not_seen("this vendor has no limit of calls per second")
    seconds = run.facts.window_seconds
    allowed = per_second * seconds
    windows: dict[tuple[str, int], list[Sent]] = defaultdict(list)
    for one in run.sent:
        windows[(one.entry["operation"], int(one.received // seconds))].append(one)
    over = [window for window in windows.values() if len(window) > allowed]
    most = max(map(len, windows.values()))
    t = rule.thresholds
    word = by_share(len(over), len(windows), poor=t["poor_window_share"], bad=t["bad_window_share"])
    text = f"at most {most} calls in {seconds:g} s, where {allowed:g} are allowed"
    if over:
        text = f"{len(over)} of {len(windows)} windows with calls are past the limit, {text}"
    numbers = {"allowed": allowed, "most": most, "windows": len(windows), "windows_over": len(over)}
    return finding(word, text, [window[int(allowed)] for window in over], numbers)


def concurrency(run: Run, rule: Rule) -> Finding:
    """How many calls were refused because too many were in flight, and how many were in flight at most."""
    limit, row = run.facts.limit("concurrency"), run.facts.row_of_limit("concurrency")
    if limit is None:
        return not_seen("this vendor has no limit of calls in flight")
    refused = [one for one in run.sent if one.rule == row and not one.is_forced]
    t = rule.thresholds
    word = by_share(len(refused), len(run.sent), poor=t["poor_share"], bad=t["bad_share"])
    numbers: dict[str, float] = {"allowed": limit, "refused": len(refused)}
    text = f"{len(refused)} of {len(run.sent)} calls were refused for it, {limit:g} are allowed in flight"
    if run.no_times is None:
        numbers["most_in_flight"] = run.most_in_flight
        text += f", at most {run.most_in_flight} were"
    return finding(word, text, refused, numbers)
