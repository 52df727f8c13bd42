"""What is counted: adding up processes loses nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.outcome import Kind
from loadtests.record import Effort, Latencies, Record, seconds_until_next
from tests.load.runs import ERROR, OK, THROTTLED, TIMEOUT, VENDOR, fill

#: A percentile walks through a whole histogram, which takes its time on a busy machine.
UNHURRIED = settings(deadline=None, max_examples=40)
CALLS = st.tuples(
    st.sampled_from(["tencent", "megvii"]),
    st.integers(0, 2),
    st.sampled_from([OK, ERROR, THROTTLED, TIMEOUT]),
    st.floats(0, 30),
    st.floats(0, 5),
    st.floats(0, 5),
)


def record_of(calls: list[tuple[Any, ...]]) -> Record:
    record = Record()
    for vendor, stage, outcome, at, waited, took in calls:
        record.add(
            vendor, stage, outcome, intended_at=at, sent_at=at + waited, answered_at=at + waited + took
        )
    return record


@UNHURRIED
@given(st.lists(CALLS, max_size=30), st.integers(0, 30))
def test_two_processes_add_up_to_one(calls: list[tuple[Any, ...]], cut: int) -> None:
    """A record that was split between processes, sent as plain JSON values and merged is the record of one process."""
    parts = [record_of(calls[:cut]), record_of(calls[cut:])]
    travelled = [Record.from_message(json.loads(json.dumps(part.as_message()))) for part in parts]
    merged, whole = Record.of(travelled), record_of(calls)
    assert merged.timeline == whole.timeline
    for vendor in ("tencent", "megvii"):
        mine, theirs = merged.total(vendor), whole.total(vendor)
        assert mine.outcomes == theirs.outcomes
        assert (mine.last_accepted_seconds, mine.last_other_seconds) == (
            theirs.last_accepted_seconds,
            theirs.last_other_seconds,
        )
        for percent in (50, 95, 100):
            assert mine.corrected.percentile_ms(percent) == theirs.corrected.percentile_ms(percent)


@UNHURRIED
@given(st.lists(CALLS, min_size=1, max_size=30))
def test_waiting_only_adds(calls: list[tuple[Any, ...]]) -> None:
    """No percentile from the intended time is below the raw one."""
    for tally in record_of(calls).tallies.values():
        for percent in (50, 95, 99, 100):
            raw, corrected = tally.raw.percentile_ms(percent), tally.corrected.percentile_ms(percent)
            assert (raw is None) == (corrected is None)
            assert raw is None or corrected is None or corrected >= raw


@UNHURRIED
@given(st.lists(st.floats(1e-6, 100), min_size=1, max_size=50), st.sampled_from([50, 90, 99, 100]))
def test_percentiles_are_right_to_a_thousandth(seconds: list[float], percent: int) -> None:
    """The histogram's percentile is that of the sorted values."""
    latencies = Latencies()
    for value in seconds:
        latencies.add_seconds(value)
    rank = max(1, int(len(seconds) * percent / 100 + 0.5))
    assert latencies.percentile_ms(percent) == pytest.approx(
        sorted(seconds)[rank - 1] * 1000, rel=2e-3, abs=2e-3
    )


def test_durations_beyond_the_histogram_count_as_its_ends() -> None:
    """Nothing is lost and nothing raises, whatever a clock says."""
    latencies = Latencies()
    for value in (-1.0, 0.0, 1e9):
        latencies.add_seconds(value)
    assert latencies.count == 3
    assert latencies.percentile_ms(100) == pytest.approx(300_000, rel=1e-3)


def test_latency_is_of_accepted_answers() -> None:
    """A thousand quick refusals do not make the few answers look quick."""
    record = Record()
    fill(record, count=3, raw_ms=400)
    fill(record, THROTTLED, count=1000, raw_ms=1)
    assert record.total(VENDOR).raw.percentile_ms(50) == pytest.approx(400, rel=1e-2)
    assert record.total(VENDOR).of_kind(Kind.THROTTLED) == 1000


def test_a_later_message_of_a_process_takes_the_place_of_the_earlier() -> None:
    """Messages carry everything so far; what each process spent stays apart."""
    record = Record()
    record.merge(Record.from_message({"tallies": [], "timeline": [], "efforts": {"a": vars(Effort([0.5]))}}))
    record.merge(Record.from_message({"tallies": [], "timeline": [], "efforts": {"b": vars(Effort([0.7]))}}))
    assert {name: effort.processor_share for name, effort in record.efforts.items()} == {
        "a": [0.5],
        "b": [0.7],
    }


@pytest.mark.parametrize(("gone_by", "seconds"), [(0.0, 2.0), (60.0, 2.0), (3600.0, 72.0), (36_000.0, 720.0)])
def test_long_runs_send_less_often(gone_by: float, seconds: float) -> None:
    """Every two seconds in a run of minutes, every fiftieth of what has gone by in one of hours."""
    assert seconds_until_next(gone_by) == pytest.approx(seconds)
