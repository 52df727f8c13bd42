"""Writes what documents say that data and options know better: tables in docs/, and the schema of idmock.toml.

    python tools/make_docs.py            write
    python tools/make_docs.py --check    name what is not current, and end with status 1

A generated part of a page stands between ``<!-- made by tools/make_docs.py: NAME -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import contextlib
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from mockserver import vendors
from mockserver.cards.named import load_specimens
from mockserver.cli import commands
from mockserver.cli.settings_schema import options
from mockserver.contract import Contract, available_vendors, load_accounts, load_contract
from mockserver.contract.coverage import coverage
from mockserver.testing import MockServer

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
SETTINGS_SCHEMA = ROOT / "schemas" / "idmock.schema.json"
CONFIDENCES = ("documented", "observed", "inferred")
_PART = re.compile(r"(<!-- made by tools/make_docs\.py: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
#: Kinds of rules, in the words of the page.
_KINDS = {
    "error": "errors",
    "schema": "constraints of requests and answers",
    "limit": "limits",
    "behaviour": "behaviour",
    "account-state": "account states",
    "operation": "the operation",
}


def settings_schema() -> str:
    """The text of `schemas/idmock.schema.json`."""
    known = commands()
    says = {name: command.get_short_help_str(120) for name, command in known.items()}
    return json.dumps(options(known).schema(says), indent=2, ensure_ascii=False) + "\n"


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(_cell(cell) for cell in line)} |\n" for line in lines)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _code(value: object) -> str:
    return f"`{value}`"


def contracts() -> list[Contract]:
    """Every vendor's contract, as its page has it."""
    return [load_contract(vendor) for vendor in available_vendors()]


def provenance() -> str:
    """How many rules of each vendor are documented, observed, inferred."""
    rows = []
    for contract in contracts():
        count = Counter(rule["confidence"] for rule in coverage(contract))
        total = sum(count.values())
        share = f"{100 * count['inferred'] / total:.0f} %"
        rows.append([_code(contract.vendor), total, *(count[c] for c in CONFIDENCES), share])
    return table(["vendor", "rules", *CONFIDENCES, "share of inferred"], rows)


def provenance_by_kind() -> str:
    """The same by kind of rule: documented / observed / inferred."""
    rows = []
    for kind, words in _KINDS.items():
        cells = []
        for contract in contracts():
            count = Counter(rule["confidence"] for rule in coverage(contract) if rule["kind"] == kind)
            cells.append(" / ".join(str(count[c]) for c in CONFIDENCES))
        rows.append([words, *cells])
    return table(["", *(_code(c.vendor) for c in contracts())], rows)


def message_provenance() -> str:
    """Texts of errors, by where they come from."""
    rows = []
    for contract in contracts():
        count = Counter(
            confidence for row in contract.errors.values() for confidence in row.message_confidence.values()
        )
        rows.append([_code(contract.vendor), *(count[c] for c in CONFIDENCES)])
    return table(["vendor", "described by the vendor", "seen in an answer", "our wording"], rows)


def assumptions() -> str:
    """What nobody has published, vendor by vendor: behaviour that can be switched, then limits."""
    parts = []
    for contract in contracts():
        switched = _switched(contract)
        rows = [
            [_code(c.name), f"{_code(_value(c.value))}: {c.says}", ", ".join(switched.get(c.name, ())) or "-"]
            for c in contract.behaviours.values()
            if c.confidence == "inferred"
        ]
        rows += [
            [_code(limit.name), f"{_code(_value(limit.value))}: {limit.says}", "-"]
            for limit in contract.limits.values()
            if limit.confidence == "inferred"
        ]
        title = f"<details><summary>{contract.vendor}: {len(rows)} choices</summary>"
        parts.append(
            f"{title}\n\n{table(['choice', 'what it is here', 'otherwise in edition'], rows)}\n</details>\n"
        )
    return "\n".join(parts)


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _switched(contract: Contract) -> dict[str, list[str]]:
    """Names of behaviours to the editions that choose otherwise."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "schemas" / contract.vendor / "editions").glob("*.json")):
        for name, other in load_contract(contract.vendor, (path.stem,)).behaviours.items():
            if name in contract.behaviours and other.value != contract.behaviours[name].value:
                found.setdefault(name, []).append(_code(path.stem))
    return found


def precedence() -> str:
    """Each vendor's steps in their order."""
    parts = []
    for contract in contracts():
        refusing: dict[str, list[str]] = {}
        for state in contract.account_states.values():
            refusing.setdefault(f"refuse_by_state_{state.stage}", []).append(_code(state.name))
        rows = []
        for number, step in enumerate(vendors.load(contract.vendor).order(), 1):
            states = ", ".join(refusing.get(step["step"], ()))
            does = step["does"].replace("``", "`")
            rows.append([number, _code(step["step"]), f"{does} States: {states}." if states else does])
        title = f"<details><summary>{contract.vendor}: {len(rows)} steps</summary>"
        parts.append(f"{title}\n\n{table(['', 'step', 'what it looks at'], rows)}\n</details>\n")
    return "\n".join(parts)


def editions() -> str:
    """Every edition and what it changes."""
    rows = []
    for vendor in available_vendors():
        for path in sorted((ROOT / "schemas" / vendor / "editions").glob("*.json")):
            says = json.loads(path.read_text("utf-8"))["says"]
            rows.append([_code(f"--edition {vendor}={path.stem}"), says])
    return table(["option", "changes"], rows)


def specimens() -> str:
    """Each specimen, and the error that it gets at each vendor in an ordinary call, if it does."""
    names = available_vendors()
    rows = []
    with MockServer(sleep=lambda seconds: None) as mock:
        for specimen in load_specimens().values():
            picture = f"[{_code(specimen.name)}](../fixtures/images/{specimen.file})"
            cells = [_answer(mock, vendor, specimen.name) for vendor in names]
            rows.append([picture, specimen.as_json()["says"], *cells])
    return table(["specimen", "what it shows", *map(_code, names)], rows)


def _answer(mock: MockServer, vendor: str, specimen: str) -> str:
    """The code of an error, or nothing."""
    account = mock.mint(vendor)
    # An answer that the client cannot make sense of is one more error to it; what it was stands in the journal.
    with contextlib.suppress(RuntimeError, LookupError, ValueError):
        vendors.load(vendor).client.call(mock.url, account, mock.specimen(specimen))
    code = mock.journal(account=account)[0]["code"]
    return "" if code == "ok" else _code(code)


def accounts() -> str:
    """The states of every vendor's accounts; ready-made accounts have the same names."""
    parts = []
    ready = load_accounts()
    for contract in contracts():
        mine = [row for row in ready if row["vendor"] == contract.vendor]
        public = {row["state"]: _public(contract, row) for row in mine}
        rows = [
            [_code(state), says, "-", public.get(state, "")]
            for state, says in contract.operation["plain_states"].items()
        ]
        rows += [
            [
                _code(state.name),
                state.says,
                _code(_rule(state.code, state.variant)),
                public.get(state.name, ""),
            ]
            for state in contract.account_states.values()
        ]
        answers = sorted(row["state"] for row in mine if row["state"].startswith("answers-"))
        parts.append(
            f"## {contract.vendor}\n\n"
            + table(["state", "what it means", "answered with", "known by"], rows)
            + f"\nLimits that an account can be minted with: {_limits(contract)}.\n"
            + f"\n<details><summary>{len(answers)} accounts that answer with one row, whatever is sent</summary>\n\n"
            + ", ".join(map(_code, answers))
            + "\n\n</details>\n"
        )
    return "\n".join(parts)


def _rule(code: str, variant: str | None) -> str:
    return code if variant is None else f"{code}#{variant}"


def _limits(contract: Contract) -> str:
    return ", ".join(map(_code, contract.operation["account_limits"])) or "none"


def _public(contract: Contract, row: dict[str, Any]) -> str:
    """The credentials of a ready-made account that name it and prove nothing; their secrets: `idmock env`."""
    names = [name for name in row["credentials"] if name in contract.public_credentials]
    return ", ".join(_code(row["credentials"][name]) for name in names)


def scenarios() -> str:
    """What `idmock load` can run."""
    found = json.loads((ROOT / "loadtests" / "scenarios.json").read_text("utf-8"))
    return table(["scenario", "shows"], [[_code(name), row["says"]] for name, row in found.items()])


PARTS: dict[str, Callable[[], str]] = {
    "provenance": provenance,
    "provenance-by-kind": provenance_by_kind,
    "message-provenance": message_provenance,
    "assumptions": assumptions,
    "editions": editions,
    "precedence": precedence,
    "specimens": specimens,
    "accounts": accounts,
    "scenarios": scenarios,
}


def renewed(page: str) -> str:
    """A page with its generated parts made anew. Raises KeyError for a part that is not made here."""
    return _PART.sub(lambda found: f"{found[1]}{PARTS[found[2]]()}{found[3]}", page)


def outdated() -> dict[Path, str]:
    """Files that are not what they should be, and what they should be."""
    wanted = {page: renewed(page.read_text("utf-8")) for page in sorted(DOCS.glob("*.md"))}
    wanted[SETTINGS_SCHEMA] = settings_schema()
    return {
        path: text for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text
    }


def main(arguments: Sequence[str]) -> int:
    """Write, or with ``--check`` only say; the exit code."""
    found = outdated()
    for path, text in found.items():
        print(path.relative_to(ROOT))
        if "--check" not in arguments:
            path.write_text(text, "utf-8")
    return 1 if found and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
