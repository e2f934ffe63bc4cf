"""Schedules: their values at the points they are made of, and that they survive pickling."""

import math
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dvlab import schedules

ALL = [
    schedules.constant(4),
    schedules.cooling(40, 1, steps=1500, hold=100),
    schedules.geometric((0, 40), (700, 6), (1700, 1)),
    schedules.linear(0, 25, steps=1000),
    schedules.maximum(schedules.cooling(40, 1, 1500), 6),
    schedules.warmup_cosine(2e-3, steps=3000),
]


@pytest.mark.parametrize("schedule", ALL, ids=repr)
def test_a_schedule_pickles_compares_and_prints_what_it_is(schedule):
    again = pickle.loads(pickle.dumps(schedule))
    assert again == schedule and [again(s) for s in range(0, 2000, 99)] == [schedule(s) for s in range(0, 2000, 99)]
    assert " at 0x" not in repr(schedule)
    assert isinstance(schedule(3), float)


def test_a_number_is_a_weight_too():
    assert schedules.at(4, step=7) == schedules.at(schedules.constant(4), step=7) == 4.0
    assert schedules.at(lambda step: step / 2, step=7) == 3.5


def test_cooling_holds_then_falls_by_the_same_factor_every_step():
    cooling = schedules.cooling(40, 1, steps=1500, hold=100)
    assert cooling(0) == cooling(100) == 40 and cooling(1600) == cooling(10**6) == 1
    factor = (1 / 40) ** (1 / 1500)
    for step in (100, 101, 850, 1599):
        assert math.isclose(cooling(step + 1) / cooling(step), factor, rel_tol=1e-9)
    assert math.isclose(cooling(850), math.sqrt(40))  # half-way, the geometric mean


def test_geometric_meets_every_point():
    points = ((0, 40), (700, 6), (1700, 1), (2000, 0.3))
    schedule = schedules.geometric(*points)
    assert all(math.isclose(schedule(step), value) for step, value in points)


def test_linear_meets_its_ends_and_the_middle():
    capacity = schedules.linear(0, 25, steps=1000, hold=10)
    assert capacity(0) == capacity(10) == 0 and math.isclose(capacity(510), 12.5) and capacity(5000) == 25


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 3000))
def test_maximum_is_the_largest(step):
    cooling = schedules.cooling(40, 1, 1500)
    assert schedules.maximum(cooling, 6)(step) == max(cooling(step), 6)


def test_learning_rate_rises_to_the_peak_and_falls_to_its_end():
    rate = schedules.warmup_cosine(2e-3, steps=3000)
    values = [rate(step) for step in range(3000)]
    assert 0 < values[0] < 1e-4 and max(values) == values[100] == 2e-3
    assert values[:101] == sorted(values[:101]) and values[100:] == sorted(values[100:], reverse=True)
    assert math.isclose(values[-1], 0.02 * 2e-3) and rate(5000) == rate(2999)
    assert all(0 < schedules.warmup_cosine(1e-3, steps)(s) <= 1e-3 for steps in (1, 2, 11) for s in range(steps))


def test_the_rise_is_a_tenth_of_a_short_run_and_the_fall_is_half_a_cosine():
    rate = schedules.warmup_cosine(1.0, steps=101, end=0.2)
    assert rate(10) == 1 > rate(9) and rate(4) == pytest.approx(5 / 11)
    for share in (0.2, 0.5, 0.8):
        assert rate(10 + round(90 * share)) == pytest.approx(0.2 + 0.8 * (1 + math.cos(math.pi * share)) / 2)


@pytest.mark.bad_input
def test_impossible_schedules_are_refused():
    with pytest.raises(ValueError, match="increase"):
        schedules.geometric((0, 2), (0, 1))
    with pytest.raises(ValueError, match="increase"):
        schedules.cooling(40, 1, steps=0)
    with pytest.raises(ValueError, match="above 0"):
        schedules.cooling(40, 0, steps=10)
