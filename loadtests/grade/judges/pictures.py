"""Pictures: within the limits, no larger than needed, paid for once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from loadtests.grade.rules import Rule
from loadtests.grade.run import Run, Sent
from loadtests.grade.verdict import Finding, by_share, finding, not_seen

_Picture = Mapping[str, Any]


def _encoded(picture: _Picture) -> int:
    """Length as Base64."""
    return int(-(-picture["bytes"] // 3) * 4)


def _ratio(picture: _Picture) -> float:
    """Longer side by the shorter one."""
    sides = sorted((picture["width"], picture["height"]))
    return float(sides[1] / sides[0])


#: Limit to whether a picture is past it, for those that a row of errors.json shares with something else.
_IS_PAST: Mapping[str, Callable[[_Picture, float], bool]] = {
    "max_image_bytes": lambda picture, limit: picture["bytes"] > limit,
    "max_encoded_image_bytes": lambda picture, limit: _encoded(picture) > limit,
    "min_side_px": lambda picture, limit: min(picture["width"], picture["height"]) < limit,
    "max_side_px": lambda picture, limit: max(picture["width"], picture["height"]) > limit,
    "max_image_pixels": lambda picture, limit: picture["width"] * picture["height"] > limit,
    "aspect_ratio_below": lambda picture, limit: _ratio(picture) >= limit,
}


def limits(run: Run, rule: Rule) -> Finding:
    """How many requests were refused for the size of what they sent, in bytes or pixels."""
    rows = {name: run.facts.row_of_limit(name) for name in rule.limits()}
    past = [one for one in run.sent if not one.is_forced and _is_past(one, run, rows)]
    if not past and not any(one.picture for one in run.sent):
        return not_seen("no picture got as far as being looked at")
    t = rule.thresholds
    word = by_share(len(past), len(run.sent), poor=t["poor_share"], bad=t["bad_share"])
    text = (
        f"{len(past)} of {len(run.sent)} requests were past a limit of size"
        if past
        else "all were within them"
    )
    if past:
        text += f": {', '.join(sorted({one.code for one in past}))}"
    return finding(word, text, past, {"requests": len(run.sent), "past_limit": len(past)})


def size(run: Run, rule: Rule) -> Finding:
    """How many pictures have far more pixels on the card, or bytes for their pixels, than reading it takes, or come
    near the vendor's limit of bytes."""
    shown = [(one, one.picture) for one in run.sent if one.picture is not None]
    if not shown:
        return not_seen("no picture got as far as being looked at")
    large = [one for one, picture in shown if _is_large(picture, run, rule)]
    t = rule.thresholds
    word = by_share(len(large), len(shown), poor=t["poor_share"], bad=t["bad_share"])
    largest = max(shown, key=lambda pair: pair[1]["bytes"])[1]
    text = (
        f"{len(large)} of {len(shown)} pictures are larger than the card in them needs, the largest "
        f"{largest['width']} x {largest['height']} px in {largest['bytes']} bytes"
    )
    mean = sum(picture["bytes"] for _, picture in shown) / len(shown)
    numbers = {"pictures": len(shown), "large": len(large), "mean_bytes": round(mean)}
    return finding(word, text, large, numbers)


def repeats(run: Run, rule: Rule) -> Finding:
    """How many answers were paid for that were there already: of the same picture with the same parameters. One that a
    fault may have spoiled on its way is not held against the client."""
    paid: dict[tuple[str, bytes], list[Sent]] = defaultdict(list)
    for one in run.sent:
        if one.picture and not one.is_forced and run.facts.is_billed(one.entry.get("rule"), one.code):
            asked = orjson.dumps(one.entry.get("parameters", {}), option=orjson.OPT_SORT_KEYS)
            paid[(one.picture["sha256"], asked)].append(one)
    count = sum(map(len, paid.values()))
    if not count:
        return not_seen("no answer was billed")
    again = [one for group in paid.values() for one in group[1:]]
    t = rule.thresholds
    word = by_share(len(again), count, poor=t["poor_share"], bad=t["bad_share"])
    text = f"{len(again)} of {count} billed answers were there already, {len(paid)} are different ones"
    return finding(word, text, again, {"billed": count, "billed_again": len(again), "different": len(paid)})


def _is_past(one: Sent, run: Run, rows: Mapping[str, str | None]) -> bool:
    """Whether the request was refused by a limit's row, and its picture, as far as it is known, is past one."""
    named = [name for name, row in rows.items() if row is not None and row == one.rule]
    if not named:
        return False
    if one.picture is None:
        return True
    measured = [name for name in named if name in _IS_PAST]
    if not measured:
        return True
    return any(_IS_PAST[name](one.picture, run.facts.limit(name) or 0) for name in measured)


def _is_large(picture: _Picture, run: Run, rule: Rule) -> bool:
    t = rule.thresholds
    card = picture.get("card_px")
    if card is not None and card > t["large_card_px"]:
        return True
    if card is None and max(picture["width"], picture["height"]) > t["large_side_px"]:
        return True
    per_px = picture["bytes"] / (picture["width"] * picture["height"])
    if picture["bytes"] > t["loose_from_bytes"] and per_px > t["loose_bytes_per_px"]:
        return True
    bounds = ((run.facts.limit(name), _IS_PAST[name]) for name in rule.limits())
    return any(limit and past(picture, limit * t["near_limit_share"]) for limit, past in bounds)
