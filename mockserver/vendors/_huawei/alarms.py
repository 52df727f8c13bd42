"""detect_*_result and score_info: what is wrong with the picture of a card (contract §6.1, §6.5).

Each alarm has a severity between 0 and 1, true from one half on; the score is the severity on the vendor's scale. What
the pixels show is measured. For what only the specimen's code says, such as a card that was altered, the severity is
spread by the picture's digest, so that a picture always gets the same score and two pictures seldom do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mockserver.cards.model import Sighting
from mockserver.contract import Contract
from mockserver.vendors._huawei.call import HuaweiCall

_MAX_SCORE = 99
#: Hexadecimal digits of a digest that one alarm is spread by.
_DIGITS = 4


def alarms(call: HuaweiCall, sighting: Sighting) -> dict[str, Any]:
    """The results that were asked for, in the order of the page, and ``score_info`` behind them."""
    results: dict[str, Any] = {}
    scores: dict[str, int] = {}
    for index, (name, measure) in enumerate(_SEVERITIES.items()):
        if call.parameters.get(f"detect_{name}"):
            severity = measure(call.contract, sighting, _spread(call, index))
            results[f"detect_{name}_result"] = severity >= 0.5
            scores[f"{name}_score"] = _score(call.contract, severity)
    if scores or call.contract.behaviour("score_info_without_alarms") == "empty":
        results["score_info"] = scores
    return results


def _spread(call: HuaweiCall, index: int) -> float:
    """A number in [0, 1) that the picture and the alarm decide."""
    if call.picture is None:
        raise LookupError("alarms are rendered before the picture is taken in")
    digits = call.picture.digest[index * _DIGITS : (index + 1) * _DIGITS]
    return float(int(digits, 16) / 16**_DIGITS)


def _score(contract: Contract, severity: float) -> int:
    """0 to 99, at the threshold for one half."""
    threshold: int = contract.behaviour("alarm_from_score")
    if severity < 0.5:
        return int(2 * severity * threshold)
    return min(_MAX_SCORE, round(threshold + (2 * severity - 1) * (_MAX_SCORE - threshold)))


def _flagged(found: bool, spread: float) -> float:
    """Well above one half for what was found, well below for what was not."""
    return 0.6 + 0.4 * spread if found else 0.25 * spread


def _ramp(value: float, alarm_at: float, full_at: float) -> float:
    """0 at 0, one half at ``alarm_at``, 1 at ``full_at`` and beyond."""
    if value < alarm_at:
        return 0.5 * value / alarm_at
    return 0.5 + 0.5 * min(1.0, (value - alarm_at) / (full_at - alarm_at))


def _of_flag(flag: str) -> Callable[[Contract, Sighting, float], float]:
    return lambda contract, sighting, spread: _flagged(flag in sighting.card.flags, spread)


def _copy(contract: Contract, sighting: Sighting, spread: float) -> float:
    return _flagged(sighting.grey or "photocopy" in sighting.card.flags, spread)


def _border(contract: Contract, sighting: Sighting, spread: float) -> float:
    return _ramp(
        sighting.outside,
        contract.behaviour("border_alarm_from_outside_share"),
        contract.behaviour("border_score_full_at_outside_share"),
    )


def _blur(contract: Contract, sighting: Sighting, spread: float) -> float:
    return _ramp(100 - sighting.quality, 100 - contract.behaviour("blur_alarm_to_quality"), 100)


def _glare(contract: Contract, sighting: Sighting, spread: float) -> float:
    """One place under glare is enough for the alarm."""
    return _ramp(len(sighting.glare), 1, contract.behaviour("glare_score_full_at_places"))


_SEVERITIES: Mapping[str, Callable[[Contract, Sighting, float], float]] = {
    "reproduce": _of_flag("screen"),
    "copy": _copy,
    "tampering": _of_flag("edited"),
    "border_integrity": _border,
    "blocking_within_border": _of_flag("occluded"),
    "blur": _blur,
    "interim": _of_flag("temporary"),
    "glare": _glare,
}
