"""Everything that a case expects of one answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.checks.links import check_links
from conformance.checks.operators import compare, shortened
from conformance.checks.pointers import ABSENT, find
from conformance.checks.shapes import check_shape
from conformance.checks.truth import Truth
from conformance.dialect import Dialect
from conformance.model import LEVELS, Answer, Failure, Reading


def judge(
    expect: Mapping[str, Any], answer: Answer, dialect: Dialect, truth: Truth, level: str = LEVELS[-1]
) -> list[Failure]:
    """What is not as expected, nothing when all is well.

    The members of ``expect`` are asked in the order of the questions here. Whatever is expected, a body that the vendor
    gives has to fit its schema as far as that binds at ``level``, unless the case says ``"shape": "any"``. Raises
    NotApplicable where the truth that an expectation refers to is not known.
    """
    failures = []
    if "status" in expect:
        failures += compare(answer.status, expect["status"], truth, "status")
    for name, wanted in expect.get("headers", {}).items():
        value = answer.header(name)
        failures += compare(ABSENT if value is None else value, wanted, truth, f"header {name}")
    if "body" in expect:
        failures += compare(answer.text, expect["body"], truth, "body")
    try:
        reading = dialect.read(answer)
    except ValueError as error:
        return [
            *failures,
            Failure("form", "body", "an answer in the vendor's form", f"{error}: {shortened(answer.text)}"),
        ]
    failures += _judge_reading(expect, reading, dialect, truth, level)
    return failures or _check_agreements(expect, answer, dialect)


def _judge_reading(
    expect: Mapping[str, Any], reading: Reading, dialect: Dialect, truth: Truth, level: str
) -> list[Failure]:
    if (outcome := _check_outcome(expect, reading, truth)) is not None:
        return outcome
    failures = []
    if "error" in expect and "message" in expect["error"]:
        message = ABSENT if reading.message is None else reading.message
        failures += compare(message, expect["error"]["message"], truth, "message")
    for pointer, wanted in expect.get("values", {}).items():
        failures += compare(find(reading.document, pointer), wanted, truth, pointer)
    if "links" in expect:
        failures += check_links(reading.document, expect["links"])
    if reading.shape is not None and expect.get("shape") != "any":
        instance = reading.document if reading.instance is None else reading.instance
        failures += check_shape(dialect.vendor, reading.shape, instance, level)
    return failures


def _check_agreements(expect: Mapping[str, Any], answer: Answer, dialect: Dialect) -> list[Failure]:
    """Asked only of an answer that is well otherwise: they take its members as they should be."""
    found = [(name, *dialect.agreements[name](answer)) for name in expect.get("agrees", ())]
    return [
        Failure("agrees", name, shortened(expected), shortened(actual))
        for name, expected, actual in found
        if expected != actual
    ]


def _check_outcome(expect: Mapping[str, Any], reading: Reading, truth: Truth) -> list[Failure] | None:
    """The failure when success and error are confused or the code is another: nothing else is worth asking then."""
    actual = "success" if reading.ok else f"{reading.code}: {reading.message}"
    if expect.get("success") and not reading.ok:
        return [Failure("outcome", "answer", "success", actual)]
    if "error" in expect:
        if reading.ok:
            return [Failure("outcome", "answer", f"error {shortened(expect['error'].get('code'))}", actual)]
        if wrong := compare(reading.code, expect["error"].get("code", reading.code), truth, "code"):
            return wrong
    return None
