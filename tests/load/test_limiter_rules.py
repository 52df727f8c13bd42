"""What is verified of which vendor: data, and the decisions before anything is sent."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.data import data_root, load_json
from conformance.description import Description
from conformance.dialect import vendors
from conformance.model import Account
from conformance.target import Target
from loadtests.errors import LoadError
from loadtests.findings import Finding, Verdict
from loadtests.limiter import rules
from loadtests.limiter.beats import concurrency_phases, rate_phases
from loadtests.limiter.check import Check, limit_to_check, open_accounts, softened
from loadtests.limiter.rate import KINDS
from loadtests.limiter.rules import CONCURRENCY, FOLDER, RATE, Promise, load_rules, promises

RULES = load_rules()
PROMISE = Promise("acme", RATE, 50, True, ("fixed-window",), {"BUSY": frozenset({429})})


def target(*capabilities: str, **accounts: dict[str, dict[str, str]]) -> Target:
    return Target(Description("http://127.0.0.1:9", capabilities=capabilities, accounts=accounts))


@pytest.mark.parametrize("vendor", vendors())
def test_every_vendor_promises_something(vendor: str) -> None:
    """Each limit has kinds that there are, and refuses with rows that the vendor's catalogue has."""
    rows = load_json(data_root() / "schemas" / vendor / "errors.json")["errors"]
    found = promises(vendor)
    assert found
    for promise in found:
        assert set(promise.kinds) <= set(KINDS)
        assert promise.refusals
        for code, statuses in promise.refusals.items():
            assert {row["http_status"] for row in rows if row["code"] == code} <= statuses, code


@pytest.mark.parametrize("vendor", vendors())
def test_data_of_a_vendor_is_about_limits_that_it_has(vendor: str) -> None:
    """A file names no limit that the contract does not."""
    path = FOLDER / "vendors" / f"{vendor}.json"
    assert set(load_json(path)) == {promise.name for promise in promises(vendor)}


def test_a_vendor_without_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It may count in any way but a bucket's, and refuses with the row that its contract names."""
    monkeypatch.setattr(rules, "FOLDER", tmp_path)
    (promise,) = promises("tencent")
    assert promise.kinds == ("fixed-window", "first-call-window", "sliding-window")
    assert promise.refusals == {"RequestLimitExceeded": frozenset({200})}


def test_a_malformed_file_is_named(tmp_path: Path) -> None:
    """With the place in it."""
    path = tmp_path / "clauses.json"
    path.write_text(json.dumps({**load_json(FOLDER / "clauses.json"), "hold_seconds": 0}), "utf-8")
    with pytest.raises(LoadError, match=r"clauses\.json, hold_seconds: 0 is less than the minimum"):
        load_rules(path)


def test_what_is_sent_stays_exact() -> None:
    """No limit that is verified asks for more calls than the figures allow."""
    rate, places = int(RULES.most(RATE)), int(RULES.most(CONCURRENCY))
    assert all(phase.most_at_once <= 2 * rate + 1 for phase in rate_phases(rate, RULES, sharing=True))
    assert all(
        phase.most_at_once <= RULES.most_in_flight
        for phase in concurrency_phases(places, RULES, sharing=True)
    )
    assert RULES.own(RATE) <= rate
    assert RULES.own(CONCURRENCY) <= places


def test_which_limit_is_verified() -> None:
    """The promised one if it can be sent, an account's own at a mock, none otherwise."""
    low = replace(PROMISE, limit=20)
    assert limit_to_check(target(), low, RULES) == 20
    assert limit_to_check(target("admin"), PROMISE, RULES) == RULES.own(RATE)
    given = {"active": {"key": "x"}}
    for other in (target(), target("admin", acme=given)):
        finding = limit_to_check(other, PROMISE, RULES)
        assert isinstance(finding, Finding)
        assert (finding.verdict, finding.clause) == (Verdict.INCONCLUSIVE, "rate")
        assert "mints no account" in finding.because


def test_another_limit_is_said_first() -> None:
    """Whoever reads that a limit holds has to know which one."""
    check = Check(PROMISE, RULES, 20, {})
    assert check.note == "acme: checked at 20 calls/s, the account's own; the contract has 50"
    assert Check(PROMISE, RULES, 50, {}).note == ""


def test_the_second_credential_of_a_target_file() -> None:
    """Without one, whether credentials share stays open."""
    first, second = {"secret_id": "a"}, {"secret_id": "b"}
    promise = replace(PROMISE, vendor="tencent")
    both = open_accounts(target(tencent={"active": first, "second": second}), promise, 20, [])
    assert {name: account.credentials for name, account in both.items()} == {"a": first, "b": second}
    alone = open_accounts(target(tencent={"active": first}), promise, 20, [])
    assert list(alone) == ["a"]
    findings = {f.clause: f for f in Check(promise, RULES, 20, alone).judge()[0]}
    assert findings["rate/not-shared"].verdict is Verdict.INCONCLUSIVE
    assert "accounts.second" in findings["rate/not-shared"].because


def test_a_number_that_nobody_publishes_cannot_be_broken() -> None:
    """Of another target than the mock: it may have its own; but a wrong code stays wrong."""
    inferred = replace(PROMISE, documented=False)
    too_many = Finding("acme", "rate/at-most", Verdict.FAIL, "50", "60", "10 calls too many")
    other_code = replace(too_many, clause="rate/own-error")
    assert softened(too_many, inferred).verdict is Verdict.INCONCLUSIVE
    assert "the vendor publishes no number" in softened(too_many, inferred).because
    assert softened(other_code, inferred) is other_code
    assert softened(too_many, PROMISE) is too_many


def test_minted_accounts_have_no_other_limit_in_their_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """A vendor that limits both: what is not verified is out of reach, what is keeps the contract's default."""
    asked: list[dict[str, int]] = []

    def open_account(self: Target, vendor: str, state: str, limits: dict[str, int]) -> Account:
        asked.append(dict(limits))
        return Account(vendor, state, {}, f"minted-{len(asked)}")

    monkeypatch.setattr(Target, "open_account", open_account)
    open_accounts(target("admin"), PROMISE, 50, [CONCURRENCY])
    open_accounts(target("admin"), PROMISE, 20, [])
    roomy, own = asked[0], asked[2]
    assert roomy.keys() == {CONCURRENCY}
    assert roomy[CONCURRENCY] > 10_000
    assert own == {RATE: 20}
    assert asked[0::2] == asked[1::2]
