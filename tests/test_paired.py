"""The paired difference against Student's formula, its invariances, and how often it covers."""

import math

import numpy as np
import pytest
from scipy import stats

from dvlab.results.paired import paired_difference


def test_students_formula():
    rng = np.random.default_rng(0)
    ours, theirs = rng.normal(size=(2, 7))
    found, d = paired_difference(ours, theirs, level=0.9), ours - theirs
    half = stats.t.ppf(0.95, 6) * d.std(ddof=1) / math.sqrt(7)
    assert np.allclose([found.mean, found.low, found.high], [d.mean(), d.mean() - half, d.mean() + half])


def test_what_the_seeds_have_in_common_does_not_matter():
    rng = np.random.default_rng(1)
    ours, theirs, seed_effect = rng.normal(size=(3, 5)) * np.array([[1], [1], [100]])
    alone, together = paired_difference(ours, theirs), paired_difference(ours + seed_effect, theirs + seed_effect)
    assert np.allclose([alone.low, alone.high], [together.low, together.high])
    backwards = paired_difference(theirs, ours)
    assert np.allclose([alone.low, alone.high], [-backwards.high, -backwards.low])


def test_it_covers_as_often_as_it_says():
    rng = np.random.default_rng(2)
    hits = sum(
        found.low < 0.5 < found.high
        for d in rng.normal(0.5, 1, size=(2000, 5))
        for found in [paired_difference(d, np.zeros(5))]
    )
    assert 0.93 < hits / 2000 < 0.97


def test_equal_differences_and_the_sign():
    found = paired_difference([1, 1, 1], [0, 0, 0])
    assert (found.mean, found.low, found.high) == (1, 1, 1) and found.clear
    assert not paired_difference([1.0, 0.0], [0.0, 1.0]).clear
    spread = paired_difference([1, 1, 1], [0, 1, 2])
    assert spread.low < spread.mean < spread.high and paired_difference([0, 1, 2], [1, 2, 3]).high == -1
    assert paired_difference([0.0, 0.1, 0.0], [1.0, 1.0, 1.2]).clear  # below 0 is as clear as above it
    assert str(found) == "+1.00 [+1.00, +1.00]" and f"{found:.1f}" == "1.0 [1.0, 1.0]"


@pytest.mark.parametrize("ours, theirs", [([1], [2]), ([1, 2], [1, 2, 3]), ([[1, 2]], [[1, 2]]), ([1, np.nan], [1, 2])])
def test_bad_input_is_told(ours, theirs):
    with pytest.raises(ValueError, match="ours and theirs"):
        paired_difference(ours, theirs)
