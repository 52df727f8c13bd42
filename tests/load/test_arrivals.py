"""When calls are due: arithmetic alone, no clock."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.arrivals import Arrival, arrivals, count_by_stage, moment, share
from loadtests.scenarios import Scenario, Stage
from tests.load.runs import scenario

UNHURRIED = settings(deadline=None, max_examples=50)
RATES = st.floats(0.001, 200) | st.just(0.0)
STAGES = st.lists(
    st.builds(Stage, st.just("stage"), st.floats(0.01, 10), RATES, RATES), min_size=1, max_size=4
).map(tuple)
SCENARIOS = st.builds(
    lambda stages, spacing, seed: replace(scenario(), stages=stages, spacing=spacing, seed=seed),
    STAGES,
    st.sampled_from(["even", "poisson"]),
    st.integers(0, 3),
)


@UNHURRIED
@given(SCENARIOS)
def test_arrivals_are_in_order_and_within_their_stage(given_scenario: Scenario) -> None:
    """Times never go back, numbers count up, and each time lies in the stage that it names."""
    starts = given_scenario.starts()
    before = Arrival(-1, 0.0, 0)
    for arrival in arrivals(given_scenario, "tencent"):
        assert arrival.number == before.number + 1
        assert arrival.at_seconds >= before.at_seconds - 1e-9
        stage = given_scenario.stages[arrival.stage]
        assert 0 <= arrival.at_seconds - starts[arrival.stage] <= stage.duration_seconds + 1e-9
        before = arrival


@UNHURRIED
@given(STAGES)
def test_even_arrivals_are_as_many_as_the_rates_ask_for(stages: tuple[Stage, ...]) -> None:
    """The number until any stage's end is the area under the rates, to within one."""
    counts = count_by_stage(replace(scenario(), stages=stages), "tencent")
    area = 0.0
    for number, stage in enumerate(stages):
        area += stage.arrivals
        assert abs(sum(counts[: number + 1]) - area) <= 1


@UNHURRIED
@given(st.floats(0.1, 10), RATES, RATES, st.floats(0, 1))
def test_moment_is_where_the_curve_passes(duration: float, start: float, end: float, part: float) -> None:
    """Integrating the rate until ``moment(n)`` gives n."""
    stage = Stage("stage", duration, start, end)
    wanted = part * stage.arrivals
    t = moment(stage, wanted)
    passed = start * t + (end - start) * t * t / (2 * duration)
    assert passed == pytest.approx(wanted, rel=1e-6, abs=1e-6)


@UNHURRIED
@given(SCENARIOS, st.integers(1, 5))
def test_shares_are_the_whole(given_scenario: Scenario, processes: int) -> None:
    """Several processes send every arrival once, and none sends two more than another."""
    whole = list(arrivals(given_scenario, "tencent"))
    shares = [list(share(arrivals(given_scenario, "tencent"), i, processes)) for i in range(processes)]
    assert sorted((a for part in shares for a in part), key=lambda a: a.number) == whole
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_poisson_has_the_mean_and_the_spread_of_poisson() -> None:
    """Over 10,000 arrivals: as many as the rate says, and gaps whose deviation is their mean."""
    held = replace(scenario(), stages=(Stage("hold", 100, 100, 100),), spacing="poisson")
    times = [arrival.at_seconds for arrival in arrivals(held, "tencent")]
    gaps = [b - a for a, b in pairwise(times)]
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert len(times) == pytest.approx(10_000, abs=400)
    assert deviation == pytest.approx(mean, rel=0.05)


@pytest.mark.parametrize("spacing", ["even", "poisson"])
def test_vendors_differ_and_processes_agree(spacing: str) -> None:
    """Two vendors do not call at the same moments; the same vendor does in every process."""
    held = replace(scenario(), spacing=spacing)
    first, again, other = (
        [a.at_seconds for a in arrivals(held, v)] for v in ("tencent", "tencent", "megvii")
    )
    assert first == again
    assert not set(first) & set(other)
