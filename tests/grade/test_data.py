"""The rules and the vendors' facts: data that is checked, and that somebody uses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loadtests.grade import facts
from loadtests.grade.facts import load_facts
from loadtests.grade.judges import JUDGES
from loadtests.grade.rules import FOLDER, load_rules
from loadtests.grade.verdict import LETTERS, Finding, Verdict, Word, fails, grade
from mockserver import vendors
from mockserver.errors import ContractError

RULES = {rule.id: rule for rule in load_rules()}


class TestRules:
    def test_each_has_a_judge_and_each_judge_a_rule(self) -> None:
        """Neither can be forgotten."""
        assert RULES.keys() == JUDGES.keys()

    @pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
    def test_every_limit_is_some_vendors(self, rule: Any) -> None:
        """A fact that no vendor has is a slip of the pen."""
        known = {name for vendor in vendors.names() for name in load_facts(vendor).contract.limits}
        assert set(rule.limits()) <= known

    @pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
    def test_every_threshold_is_read(self, rule: Any) -> None:
        """By the name that it has in the file."""
        folder = FOLDER / "judges"
        code = "".join(path.read_text("utf-8") for path in [*folder.glob("*.py"), FOLDER / "gaps.py"])
        for name in rule.thresholds:
            assert f'"{name}"' in code, name

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"level": "perhaps"}, "#/rules/0/level"),
            ({"thresholds": {"wait": 1}}, "#/rules/0/thresholds"),
            ({"weight": 3}, "weight"),
            ({"uses": ["limit.x"]}, "#/rules/0/uses/0"),
        ],
    )
    def test_a_file_that_is_wrong_is_refused(
        self, tmp_path: Path, change: dict[str, Any], message: str
    ) -> None:
        """With the place."""
        document = json.loads((FOLDER / "rules.json").read_text("utf-8"))
        document["rules"][0] |= change
        path = tmp_path / "rules.json"
        path.write_text(json.dumps(document), "utf-8")
        with pytest.raises(ContractError, match=message):
            load_rules(path)

    def test_an_id_is_there_once(self, tmp_path: Path) -> None:
        """A second rule of one id would hide the first."""
        document = json.loads((FOLDER / "rules.json").read_text("utf-8"))
        document["rules"].append(document["rules"][0])
        path = tmp_path / "rules.json"
        path.write_text(json.dumps(document), "utf-8")
        with pytest.raises(ContractError, match="signing/fresh is there twice"):
            load_rules(path)


class TestFacts:
    @pytest.mark.parametrize(
        ("vendor", "rule", "status", "outcome"),
        [
            ("tencent", "RequestLimitExceeded.UinLimitExceeded", 200, "throttled"),
            ("tencent", "InternalError", 200, "transient"),
            ("tencent", "AuthFailure.SignatureFailure", 200, "final"),
            ("tencent", "AuthFailure.SignatureExpire", 200, "mendable"),
            ("aliyun", "Throttling.User", 400, "throttled"),
            ("aliyun", "ServiceUnavailable#product", 503, "transient"),
            ("aliyun", "noPermission", 401, "final"),
            ("huawei", "APIG.0308", 429, "throttled"),
            ("huawei", "ModelArts.4401", 429, "throttled"),
            ("huawei", "APIG.0301#token-expired", 401, "mendable"),
            ("huawei", "APIG.0301#signature", 401, "final"),
            ("megvii", "CONCURRENCY_LIMIT_EXCEEDED", 403, "throttled"),
            ("megvii", "AUTHORIZATION_ERROR#limit-reached", 403, "final"),
            ("alimarket", "T429MR", 429, "throttled"),
            ("alimarket", "500#no-card", 200, "final"),
            ("alimarket", "500#recognition", 200, "mendable"),
        ],
    )
    def test_what_an_answer_asks_for(self, vendor: str, rule: str, status: int, outcome: str) -> None:
        """By row, be the status what it may."""
        code = rule.partition("#")[0]
        assert rule in load_facts(vendor).contract.errors
        assert load_facts(vendor).outcome(rule, code, status) == outcome

    def test_an_answer_of_no_vendor_goes_by_its_status(self) -> None:
        """The page of a load balancer, and the mock's own complaint about a fault."""
        known = load_facts("megvii")
        assert known.outcome(None, "html-502", 502) == "transient"
        assert known.outcome(None, "html-429", 429) == "throttled"
        assert known.outcome(None, "bad-fault", 400) == "mendable"

    def test_an_edition_changes_a_status_and_not_the_meaning(self) -> None:
        """The seller's errors with HTTP 500 are no more transient than with 200."""
        known = load_facts("alimarket", ["business-http-500"])
        assert known.outcome("500#no-card", "500", 500) == "final"

    def test_the_accounts_own_limit_wins(self) -> None:
        """Over the vendor's."""
        assert load_facts("tencent").limit("requests_per_second") == 20
        assert load_facts("tencent", (), {"requests_per_second": 3}).limit("requests_per_second") == 3
        assert load_facts("tencent").limit("concurrency") is None

    @pytest.mark.parametrize(
        ("retry", "message"),
        [
            ({"final": {"rows": ["NoSuchRow"]}}, "errors.json has no such row: NoSuchRow"),
            (
                {"final": {"families": ["picture"]}, "mendable": {"rows": ["ID_CARD_NOT_FOUND"]}},
                "is final already",
            ),
            ({"never": {"rows": ["INTERNAL_ERROR"]}}, "#/retry"),
        ],
    )
    def test_a_vendors_file_that_is_wrong_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, retry: dict[str, Any], message: str
    ) -> None:
        """With the file and the place."""
        (tmp_path / "vendors").mkdir()
        document = {"vendor": "megvii", "source": "invented here", "retry": retry, "outdated": {}}
        (tmp_path / "vendors" / "megvii.json").write_text(json.dumps(document), "utf-8")
        (tmp_path / "vendor.schema.json").write_bytes((FOLDER / "vendor.schema.json").read_bytes())
        monkeypatch.setattr(facts, "FOLDER", tmp_path)
        with pytest.raises(ContractError, match=message):
            load_facts("megvii")


class TestGrade:
    @staticmethod
    def verdicts(**words: Word) -> list[Verdict]:
        """One verdict each by the first letter of the level: m, s, y (may)."""
        levels = {"m": "signing/fresh", "s": "limits/rate", "y": "pictures/repeats"}
        return [Verdict(RULES[levels[name[0]]], Finding(word, "")) for name, word in words.items()]

    @pytest.mark.parametrize(
        ("words", "letter", "failing"),
        [
            ({"m": "good", "s": "good", "y": "good"}, "A", False),
            ({"m": "good", "s": "not seen"}, "A", False),
            ({"m": "good", "s": "good", "y": "bad"}, "B", False),
            ({"m": "good", "s": "poor"}, "B", False),
            ({"m": "good", "s": "bad"}, "C", True),
            ({"m": "poor", "s": "poor"}, "D", False),
            ({"s": "bad", **{f"m{n}": "good" for n in range(9)}}, "B", True),
            ({"m": "poor", **{f"m{n}": "good" for n in range(2, 9)}}, "B", False),
            ({"m": "bad", "m2": "good", "m3": "good", "m4": "good", "m5": "good"}, "D", True),
            ({"m": "bad", "s": "good"}, "D", True),
            ({"m": "bad", "s": "bad"}, "E", True),
        ],
    )
    def test_the_letter(self, words: dict[str, Word], letter: str, failing: bool) -> None:
        """From the weighted points, no better than D with a bad must and B with a poor one; may never fails a run."""
        verdicts = self.verdicts(**words)
        found = grade(verdicts)
        assert found is not None
        assert (found.letter, fails(verdicts)) == (letter, failing)
        assert f"{found.points:g} of {found.of:g} points" in found.derivation

    def test_the_cap_is_told(self) -> None:
        """With the rule that caused it."""
        found = grade(self.verdicts(m="bad", m2="good", m3="good", m4="good"))
        assert found is not None
        assert found.derivation.endswith("B became D, for bad on a rule of level must: signing/fresh")

    def test_what_was_not_seen_is_told(self) -> None:
        """An A of a run in which nothing was throttled says nothing of how the client waits."""
        found = grade(self.verdicts(m="good", m2="not seen", s="not seen"))
        assert found is not None
        assert found.letter == "A"
        assert found.derivation.endswith("it says nothing of these rules of level must: signing/fresh")

    def test_without_an_occasion_there_is_none(self) -> None:
        """An A for nothing would be a lie."""
        assert grade(self.verdicts(m="not seen")) is None

    def test_letters_descend(self) -> None:
        """Down to nothing."""
        shares = [share for _, share in LETTERS]
        assert shares == sorted(shares, reverse=True)
        assert shares[-1] == 0
