"""A run as JUnit writes one: a suite per heading of a vendor's contract, a case per clause.

The elements and attributes are those that both the schema of Ant's JUnit task and that of Jenkins know.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from conformance.model import Result, Verdict
from conformance.outcome import Outcome
from conformance.report.words import Group, explained, groups, title_of
from conformance.texts import xml_text

_FAILURES = frozenset({Verdict.FAIL, Verdict.UNEXPECTED_PASS})
_SKIPPED = frozenset({Verdict.NOT_APPLICABLE, Verdict.EXPECTED_FAIL, Verdict.NOT_RUN})


def junit(outcome: Outcome) -> str:
    """The document. A run that broke off has a suite of its own with one error that says why."""
    root = ET.Element("testsuites")
    for number, group in enumerate(groups(outcome.results)):
        root.append(_suite(outcome, number, group))
    if outcome.error:
        root.append(_broken_off(outcome, len(root)))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(outcome: Outcome, number: int, group: Group) -> ET.Element:
    results = group.results
    suite = _empty_suite(
        outcome,
        number,
        group.vendor,
        f"{title_of(group.vendor)}: {group.heading}",
        tests=len(results),
        failures=sum(result.verdict in _FAILURES for result in results),
        errors=sum(result.verdict is Verdict.ERROR for result in results),
        skipped=sum(result.verdict in _SKIPPED for result in results),
        seconds=sum(result.seconds for result in results),
    )
    for result in results:
        suite.append(_case(result))
    return _closed(suite)


def _empty_suite(
    outcome: Outcome,
    number: int,
    vendor: str,
    name: str,
    *,
    tests: int,
    failures: int = 0,
    errors: int = 0,
    skipped: int = 0,
    seconds: float = 0.0,
) -> ET.Element:
    attributes = {
        "id": str(number),
        "package": f"conformance.{vendor}" if vendor else "conformance",
        "name": xml_text(name),
        "timestamp": outcome.began[:19],
        "hostname": xml_text(re.sub(r"\s", "-", outcome.target)),
        "tests": str(tests),
        "failures": str(failures),
        "errors": str(errors),
        "skipped": str(skipped),
        "time": f"{seconds:.3f}",
    }
    suite = ET.Element("testsuite", attributes)
    properties = ET.SubElement(suite, "properties")
    for key, value in (("base_url", outcome.base_url), ("level", outcome.level), ("calls", outcome.calls)):
        ET.SubElement(properties, "property", name=key, value=xml_text(str(value)))
    return suite


def _closed(suite: ET.Element) -> ET.Element:
    for name in ("system-out", "system-err"):
        ET.SubElement(suite, name)
    return suite


def _case(result: Result) -> ET.Element:
    vendor, _, rest = result.id.partition("/")
    heading, _, words = rest.partition("/")
    classname = ".".join(("conformance", vendor, heading))
    case = ET.Element("testcase", name=words or rest, classname=classname, time=f"{result.seconds:.3f}")
    if result.verdict in _SKIPPED:
        ET.SubElement(case, "skipped").text = xml_text(
            f"{result.verdict}: {result.reason}".removesuffix(": ")
        )
    elif result.verdict in _FAILURES or result.verdict is Verdict.ERROR:
        name = "error" if result.verdict is Verdict.ERROR else "failure"
        message = result.reason or ": ".join((result.says, *(failure.at for failure in result.failures[:1])))
        about = ET.SubElement(case, name, message=xml_text(message), type=str(result.verdict))
        about.text = xml_text("\n".join(filter(None, (explained(result), "", result.answer))))
    return case


def _broken_off(outcome: Outcome, number: int) -> ET.Element:
    suite = _empty_suite(outcome, number, "", "The run", tests=1, errors=1)
    case = ET.SubElement(suite, "testcase", name="whole", classname="conformance", time="0.000")
    error = ET.SubElement(case, "error", message=xml_text(outcome.error), type="broken-off")
    error.text = xml_text(outcome.error)
    return _closed(suite)
