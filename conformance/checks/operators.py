"""One value against what is expected of it.

An expectation is a literal (text, number, true, false, null or a list: equal, and of the same type), or an object whose
members must all hold, each one of the operators below, such as ``{"type": "integer", "at_least": 0, "at_most": 100}``.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Callable
from typing import Any

from conformance.checks.crops import like_crop
from conformance.checks.places import inside_picture, near_place
from conformance.checks.pointers import ABSENT, find
from conformance.checks.truth import Truth
from conformance.model import Failure

#: (actual, argument, truth) -> what was expected and is not so, None when all is well.
Operator = Callable[[Any, Any, Truth], str | None]

_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda v: isinstance(v, str),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "boolean": lambda v: isinstance(v, bool),
    "array": lambda v: isinstance(v, list),
    "object": lambda v: isinstance(v, dict),
    "null": lambda v: v is None,
}


def compare(actual: Any, expectation: Any, truth: Truth, at: str) -> list[Failure]:
    """What does not hold of a value, as failures at ``at``. Raises NotApplicable where the truth is not known."""
    if not isinstance(expectation, dict):
        expectation = {"equals": expectation}
    failures = []
    for name, argument in expectation.items():
        if name in _NESTED:
            failures += _NESTED[name](actual, argument, truth, at)
            continue
        if actual is ABSENT and name != "absent":
            return [Failure("presence", at, _described(name, argument), "nothing is there")]
        if (expected := _OPERATORS[name](actual, argument, truth)) is not None:
            failures.append(Failure(name, at, expected, shortened(actual)))
    return failures


def shortened(value: Any) -> str:
    """A value for a report: as JSON, pictures and long texts cut."""
    text = "(absent)" if value is ABSENT else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 300 else f"{text[:240]}… ({len(text)} characters)"


def _described(name: str, argument: Any) -> str:
    if name in ("present", "equals"):
        return "a value" if name == "present" else shortened(argument)
    return f"{name.replace('_', ' ')} {shortened(argument)}"


def _same(actual: Any, wanted: Any) -> bool:
    """Equality of JSON: 1 is not true, and 1.0 not 1."""
    return json.dumps(actual, sort_keys=True) == json.dumps(wanted, sort_keys=True)


def _unless(holds: bool, expected: str) -> str | None:
    return None if holds else expected


def _equals(actual: Any, wanted: Any, truth: Truth) -> str | None:
    return _unless(_same(actual, wanted), shortened(wanted))


def _absent(actual: Any, wanted: bool, truth: Truth) -> str | None:
    return _unless((actual is ABSENT) == wanted, "nothing there" if wanted else "a value")


def _present(actual: Any, wanted: Any, truth: Truth) -> str | None:
    return None


def _type(actual: Any, wanted: str | list[str], truth: Truth) -> str | None:
    kinds = [wanted] if isinstance(wanted, str) else wanted
    return _unless(any(_TYPES[kind](actual) for kind in kinds), f"type {' or '.join(kinds)}")


def _matches(actual: Any, pattern: str, truth: Truth) -> str | None:
    """The whole text; ``\\d`` and its kin stand for ASCII, as full-width digits are none to a client."""
    holds = isinstance(actual, str) and re.fullmatch(pattern, actual, re.DOTALL | re.ASCII)
    return _unless(bool(holds), f"matches {pattern}")


def _contains(actual: Any, wanted: Any, truth: Truth) -> str | None:
    if isinstance(actual, list):
        return _unless(any(_same(item, wanted) for item in actual), f"a list with {shortened(wanted)}")
    return _unless(isinstance(actual, str) and wanted in actual, f"contains {shortened(wanted)}")


def _one_of(actual: Any, wanted: list[Any], truth: Truth) -> str | None:
    return _unless(any(_same(actual, one) for one in wanted), f"one of {shortened(wanted)}")


def _not(actual: Any, unwanted: Any, truth: Truth) -> str | None:
    return _unless(not _same(actual, unwanted), f"anything but {shortened(unwanted)}")


def _at_least(actual: Any, bound: float, truth: Truth) -> str | None:
    return _unless(_TYPES["number"](actual) and actual >= bound, f"a number, at least {bound}")


def _at_most(actual: Any, bound: float, truth: Truth) -> str | None:
    return _unless(_TYPES["number"](actual) and actual <= bound, f"a number, at most {bound}")


def _decimals(actual: Any, most: int, truth: Truth) -> str | None:
    """A number with at most so many decimals."""
    holds = _TYPES["number"](actual) and round(actual, most) == actual
    return _unless(holds, f"a number with at most {most} decimals")


def _total(actual: Any, argument: dict[str, Any], truth: Truth) -> str | None:
    """The numbers at the pointers ``of`` sum to ``is``, give or take ``within`` (nothing by default)."""
    numbers = [find(actual, pointer) for pointer in argument["of"]]
    holds = (
        all(_TYPES["number"](number) for number in numbers)
        and abs(math.fsum(numbers) - argument["is"]) <= argument.get("within", 0) + 1e-9
    )
    return _unless(holds, f"numbers at {', '.join(argument['of'])} that sum to {argument['is']}")


def _length(actual: Any, wanted: int, truth: Truth) -> str | None:
    has = isinstance(actual, str | list | dict)
    return _unless(has and len(actual) == wanted, f"length {wanted}")


def _keys(actual: Any, wanted: list[str], truth: Truth) -> str | None:
    """Exactly these keys, in this order."""
    return _unless(
        isinstance(actual, dict) and list(actual) == wanted, f"the keys {shortened(wanted)} in order"
    )


def _key_set(actual: Any, wanted: list[str], truth: Truth) -> str | None:
    """Exactly these keys, in any order."""
    return _unless(isinstance(actual, dict) and set(actual) == set(wanted), f"the keys {shortened(wanted)}")


def _no_keys_but(actual: Any, permitted: list[str], truth: Truth) -> str | None:
    """None but these keys, of which some may be missing."""
    holds = isinstance(actual, dict) and set(actual) <= set(permitted)
    return _unless(holds, f"no keys but {shortened(permitted)}")


def _truth(actual: Any, template: str, truth: Truth) -> str | None:
    wanted = truth.text(template)
    return _unless(actual == wanted, shortened(wanted))


def _credential(actual: Any, name: str, truth: Truth) -> str | None:
    """The caller's own credential of that name."""
    return _unless(actual == truth.credential(name), f"the caller's {name}")


def _base64(actual: Any, wanted: bool, truth: Truth) -> str | None:
    """Base64 without line breaks, of something."""
    try:
        holds = bool(base64.b64decode(actual, validate=True))
    except (binascii.Error, TypeError, ValueError):
        holds = False
    return _unless(holds, "Base64 without breaks")


def _size_of(actual: Any, side: str, truth: Truth) -> str | None:
    """The width or height of the picture that was sent, in pixels."""
    wanted = truth.picture().size[("width", "height").index(side)]
    return _unless(_same(actual, wanted), str(wanted))


def _each(actual: Any, expectation: Any, truth: Truth, at: str) -> list[Failure]:
    """Every item of a list or value of an object."""
    if not isinstance(actual, list | dict) or not actual:
        return [Failure("each", at, "a list or object with something in it", shortened(actual))]
    items = actual.items() if isinstance(actual, dict) else enumerate(actual)
    return [failure for key, item in items for failure in compare(item, expectation, truth, f"{at}/{key}")]


def _at(actual: Any, expectations: dict[str, Any], truth: Truth, at: str) -> list[Failure]:
    """Values below this one, by pointer."""
    return [
        failure
        for pointer, wanted in expectations.items()
        for failure in compare(find(actual, pointer), wanted, truth, at + pointer)
    ]


_NESTED: dict[str, Callable[[Any, Any, Truth, str], list[Failure]]] = {"each": _each, "at": _at}

_OPERATORS: dict[str, Operator] = {
    "equals": _equals,
    "absent": _absent,
    "present": _present,
    "type": _type,
    "matches": _matches,
    "contains": _contains,
    "one_of": _one_of,
    "not": _not,
    "at_least": _at_least,
    "at_most": _at_most,
    "decimals": _decimals,
    "total": _total,
    "length": _length,
    "keys": _keys,
    "key_set": _key_set,
    "no_keys_but": _no_keys_but,
    "truth": _truth,
    "credential": _credential,
    "base64": _base64,
    "size_of": _size_of,
    "place": near_place,
    "inside_picture": inside_picture,
    "crop": like_crop,
}

#: What an expectation's object may have; ``case.schema.json`` lists the same, and a test compares the two.
OPERATORS = frozenset(_OPERATORS) | frozenset(_NESTED)
