"""What stands where in a request: secrets in URLs, and what the vendor advises against."""

from __future__ import annotations

import re

from loadtests.grade.rules import Rule
from loadtests.grade.run import Run, Sent
from loadtests.grade.verdict import Finding, finding, not_seen

#: An ID number as the journal shows it.
_MASKED_NUMBER = re.compile(r"[0-9]{6}\*{9,12}")


def secrets_in_urls(run: Run, rule: Rule) -> Finding:
    """Whether a path or query held a credential or an ID number. A token, which expires, is poor."""
    kinds = {one: _kinds(one) for one in run.sent}
    bad = [one for one in run.sent if kinds[one].keys() & {"secret", "id-number"}]
    poor = [one for one in run.sent if "token" in kinds[one] and one not in bad]
    numbers = {"requests": len(run.sent), "with_secret": len(bad), "with_token": len(poor)}
    if len(bad) >= rule.thresholds["bad_count"]:
        names = sorted({name for one in bad for kind in kinds[one].values() for name in kind})
        text = f"{len(bad)} of {len(run.sent)} URLs hold what is nobody's to see: {', '.join(names)}"
        return finding("bad", text, bad, numbers)
    if poor:
        return finding("poor", f"{len(poor)} of {len(run.sent)} URLs hold a token", poor, numbers)
    return finding("good", f"{len(run.sent)} URLs without secrets", (), numbers)


def outdated(run: Run, rule: Rule) -> Finding:
    """Whether a signature method or a parameter was used that the vendor advises against."""
    schemes, parameters = run.facts.outdated_schemes, run.facts.outdated_parameters
    if not schemes and not parameters:
        return not_seen("this vendor advises against nothing that could be used")
    found: dict[str, list[Sent]] = {}
    for one in run.sent:
        scheme = one.proof.get("scheme", "")
        if scheme in schemes:
            found.setdefault(f"{scheme} (better: {schemes[scheme]})", []).append(one)
        for name in one.entry.get("parameters", {}):
            if name in parameters:
                found.setdefault(f"{name} (better: {parameters[name]})", []).append(one)
    count = sum(map(len, found.values()))
    if found and count >= rule.thresholds["poor_count"]:
        users = [one for group in found.values() for one in group]
        return finding("poor", f"used: {'; '.join(found)}", users, {"uses": count})
    return finding("good", "nothing outdated was used", (), {"uses": 0})


def _kinds(one: Sent) -> dict[str, list[str]]:
    """Kind of value to the names in the URL that have one; what is plain is left out."""
    kinds: dict[str, list[str]] = {}
    for name, kind in one.entry.get("query", {}).items():
        if kind != "plain":
            kinds.setdefault(kind, []).append(name if name.isprintable() else ascii(name))
    if _MASKED_NUMBER.search(one.entry["path"]):
        kinds.setdefault("id-number", []).append("the path")
    return kinds
