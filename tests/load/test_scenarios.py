"""Scenarios are data: right as shipped, told in a sentence where wrong, scaled in proportion."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from conformance.dialect import load_dialect, vendors
from conformance.pictures import specimens
from loadtests.arrivals import count_by_stage
from loadtests.errors import LoadError
from loadtests.outcome import Kind
from loadtests.plan import Plan, VendorPlan, operation_name, planned_calls, spelling
from loadtests.recovery import fault_document, throttle_code
from loadtests.scenarios import HERE, find_scenario, load_scenarios

SCENARIOS = load_scenarios(HERE / "scenarios.json")


def test_the_named_scenarios_are_there() -> None:
    """Documents and users rely on these names."""
    assert set(SCENARIOS) == {"smoke", "steady", "ramp", "burst", "soak", "limit", "recovery"}


def test_the_schemas_are_schemas() -> None:
    """A schema with a mistake would let everything pass."""
    for path in (HERE / "scenario.schema.json", HERE / "calls" / "schema.json"):
        Draft202012Validator.check_schema(json.loads(path.read_text("utf-8")))


@pytest.mark.parametrize("vendor", vendors())
@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS.keys())
def test_calls_follow_the_weights(vendor: str, scenario: Any) -> None:
    """Every vendor has calls for every scenario, drawn in the proportion of their weights."""
    calls = planned_calls(load_dialect(vendor), specimens(), scenario)
    plan = VendorPlan(vendor, operation_name(vendor), {}, {}, {}, calls)
    draws = plan.draws(scenario.seed)
    assert draws == plan.draws(scenario.seed)
    total = sum(call.weight for call in calls)
    for call in calls:
        share = sum(1 for drawn in draws if drawn is call) / len(draws)
        assert share == pytest.approx(call.weight / total, abs=0.05)


def test_a_switch_that_a_vendor_lacks_is_left_to_the_others() -> None:
    """The marketplace has no switches at all, and is called without any."""
    assert "switches" not in spelling("alimarket")
    assert len(planned_calls(load_dialect("alimarket"), specimens(), SCENARIOS["smoke"])) == 3
    assert len(planned_calls(load_dialect("tencent"), specimens(), SCENARIOS["smoke"])) == 6


def test_the_plan_survives_its_journey() -> None:
    """A worker knows what its master knows."""
    calls = planned_calls(load_dialect("megvii"), specimens(), SCENARIOS["burst"])
    plan = Plan(SCENARIOS["burst"], (VendorPlan("megvii", "megvii ocridcard", {}, {}, {"k": "v"}, calls),))
    assert Plan.from_message(plan.as_message()) == plan
    told = Plan.from_message(json.loads(json.dumps(plan.as_message(), default=repr))).scenario
    assert [Kind.THROTTLED in told.expected_in(stage) for stage in range(4)] == [False, True, True, False]


def test_no_secret_is_shown() -> None:
    """Plans can end up in a log."""
    plan = VendorPlan("megvii", "megvii ocridcard", {}, {}, {"api_secret": "hush"}, ())
    assert "hush" not in repr(plan)


@pytest.mark.parametrize("vendor", vendors())
@pytest.mark.parametrize("fault", ["throttle", "server-error", "connection-reset"])
def test_faults_are_those_of_the_mock(vendor: str, fault: str, idmock: Any) -> None:
    """The mock takes every vendor's fault, and throttles with a code that the vendor's dialect knows for it."""
    account = idmock.account(vendor)
    document = fault_document(fault, vendor, account.name)
    with idmock.fault(**document):
        pass
    assert throttle_code(vendor) in load_dialect(vendor).throttle_codes


def test_scaling_keeps_the_shape() -> None:
    """Another rate and another length: as many arrivals as their product, in the same proportions."""
    ramp = SCENARIOS["ramp"]
    scaled = ramp.scaled(64, 9)
    assert (scaled.peak_rate, scaled.duration_seconds) == (pytest.approx(64), pytest.approx(9))
    before, after = count_by_stage(ramp, "x"), count_by_stage(scaled, "x")
    assert [b / 20 for b in before] == pytest.approx(after, abs=1)


@pytest.mark.parametrize(
    ("rate", "duration"), [(0, None), (-1, None), (None, 0), (math.nan, None), (None, math.inf)]
)
def test_scaling_refuses_nonsense(rate: float | None, duration: float | None) -> None:
    """The sentence names the flag."""
    with pytest.raises(LoadError, match=r"--(requests-per-second|duration-seconds) has to be above 0"):
        SCENARIOS["smoke"].scaled(rate, duration)


def test_scaling_a_scenario_without_stages_is_refused() -> None:
    """The limiter's verification chooses its own traffic."""
    with pytest.raises(LoadError, match="does not fit"):
        SCENARIOS["limit"].scaled(5, None)


def test_an_unknown_scenario_names_the_known_ones() -> None:
    """So that nobody has to look for the file."""
    with pytest.raises(
        LoadError, match=r"no scenario 'smok' \(did you mean 'smoke'\?\); there are: smoke, steady"
    ):
        find_scenario("smok")


BASE: dict[str, Any] = {
    "says": "x",
    "kind": "hold",
    "stages": [{"duration_seconds": 1, "requests_per_second": 1}],
    "thresholds": {"max_error_ratio": 0},
}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"stages": []}, "x/stages"),
        ({"thresholds": {}}, "x/thresholds"),
        ({"stages": [{"duration_seconds": 0, "requests_per_second": 1}]}, "x/stages/0/duration_seconds"),
        ({"stages": [{"duration_seconds": 1, "requests_per_second": 0}]}, "every stage has the rate 0"),
        ({"thresholds": {"p95": 1}}, "'p95' was unexpected"),
        ({"kind": "ramp"}, "min_knee_requests_per_second"),
        ({"kind": "recovery"}, "recover_within_seconds"),
        ({"expected": ["accepted"]}, "x/expected/0"),
    ],
)
def test_a_wrong_scenario_is_told_with_its_place(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    """File, place and rule."""
    path = tmp_path / "scenarios.json"
    path.write_text(json.dumps({"x": {**BASE, **changes}}), "utf-8")
    with pytest.raises(LoadError) as raised:
        load_scenarios(path)
    assert words in str(raised.value)
    assert str(path) in str(raised.value)
