"""The report as JUnit XML: a test suite for each vendor, a test case for each finding.

An inconclusive finding is an *error*, which every consumer tells from a failure and none takes for a success.
"""

from __future__ import annotations

from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from conformance.texts import xml_text
from loadtests.findings import Finding, Verdict
from loadtests.report.model import LoadReport

_ELEMENTS = {Verdict.FAIL: "failure", Verdict.INCONCLUSIVE: "error"}


def as_junit(report: LoadReport) -> str:
    """The document, UTF-8 with its declaration."""
    root = Element("testsuites", _counts(report.findings) | {"name": f"load {report.scenario}"})
    by_vendor = sorted(report.findings, key=lambda finding: finding.vendor)
    for vendor, group in groupby(by_vendor, key=lambda finding: finding.vendor):
        findings = tuple(group)
        name = f"{report.scenario} {vendor}".strip()
        suite = SubElement(
            root, "testsuite", _counts(findings) | {"name": name, "timestamp": report.ended_at}
        )
        for finding in findings:
            _case(suite, name, finding)
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _case(suite: Element, suite_name: str, finding: Finding) -> None:
    case = SubElement(
        suite, "testcase", {"classname": suite_name.replace(" ", "."), "name": finding.clause, "time": "0"}
    )
    text = f"demanded: {finding.demanded}\nfound: {finding.found}"
    if finding.verdict in _ELEMENTS:
        message = finding.because or finding.found
        SubElement(case, _ELEMENTS[finding.verdict], {"message": xml_text(message)}).text = xml_text(text)
    else:
        SubElement(case, "system-out").text = xml_text(text)


def _counts(findings: tuple[Finding, ...]) -> dict[str, str]:
    verdicts = [finding.verdict for finding in findings]
    return {
        "tests": str(len(verdicts)),
        "failures": str(verdicts.count(Verdict.FAIL)),
        "errors": str(verdicts.count(Verdict.INCONCLUSIVE)),
    }
