"""Coverage: every rule that the contracts hold clients and server to, where it is from and what produces it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flask import Flask, render_template, request

from mockserver.contract.coverage import coverage as rules_of
from mockserver.frontdoor import Served

_CONFIDENCES = ("documented", "observed", "inferred")
_ALL = "*"


def add_routes(app: Flask, served: Sequence[Served]) -> None:
    rules = [{"vendor": one.vendor.name, **rule} for one in served for rule in rules_of(one.contract)]
    kinds = list(dict.fromkeys(rule["kind"] for rule in rules))
    vendors = [one.vendor.name for one in served]
    app.add_template_filter(_short, "short")

    @app.get("/_idmock/console/coverage")
    def coverage() -> str:
        """One vendor's rules unless all are asked for: they are many."""
        wanted = {name: request.args.get(name, "") for name in ("vendor", "kind", "confidence", "q")}
        wanted["vendor"] = wanted["vendor"] or vendors[0]
        found = [rule for rule in rules if _fits(rule, wanted)]
        return render_template(
            "coverage.html",
            rules=found,
            counts={name: sum(rule["confidence"] == name for rule in found) for name in _CONFIDENCES},
            wanted=wanted,
            vendors=vendors,
            kinds=kinds,
            confidences=_CONFIDENCES,
            all=_ALL,
        )


def _fits(rule: dict[str, Any], wanted: dict[str, str]) -> bool:
    if wanted["vendor"] not in (_ALL, rule["vendor"]):
        return False
    if any(wanted[name] not in ("", rule[name]) for name in ("kind", "confidence")):
        return False
    text = " ".join(str(rule.get(name, "")) for name in ("id", "says", "source", "rule"))
    return wanted["q"].lower() in text.lower()


def _short(value: Any) -> str:
    """A rule's value on one line."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else f"{text[:117]}..."
