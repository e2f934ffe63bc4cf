"""Factorised support against its slow definition."""

import numpy as np
import pytest
from codes import Z, drawn

from dvlab.metrics import factorised_support

pytestmark = pytest.mark.filterwarnings("error")

TURN = np.array([[1, 1], [-1, 1]]) / np.sqrt(2)


def test_support_in_closed_form():
    square = np.stack(np.unravel_index(np.arange(41 * 41), (41, 41)), axis=1) / 40 - 0.5
    assert factorised_support(square).score == 1
    assert factorised_support(square @ TURN).score == pytest.approx(1 - np.sqrt(0.5) / 2, abs=0.01)
    line = np.linspace(0, 1, 101)[:, None]
    assert factorised_support(np.hstack([line, 5 - 3 * line])).score == pytest.approx(1 - np.sqrt(0.5), abs=0.005)


def test_a_hole_of_the_support_is_as_deep_as_its_radius():
    square = np.stack(np.unravel_index(np.arange(81 * 81), (81, 81)), axis=1) / 80
    ring = square[np.hypot(square[:, 0] - 0.375, square[:, 1] - 0.625) >= 0.1]
    assert factorised_support(ring).score == pytest.approx(0.9, abs=0.005)


def test_support_by_the_slow_definition():
    z = drawn(40, 3)
    s = (z - z.min(axis=0)) / np.ptp(z, axis=0)
    distances = []
    for i, j in ((0, 1), (0, 2), (1, 2)):
        farthest = max(
            min(np.hypot(a - x, b - y) for x, y in s[:, [i, j]]) for a in s[:, i] for b in s[:, j]
        )  # fmt: skip
        distances.append(farthest)
    assert factorised_support(z).score == pytest.approx(1 - np.mean(distances))


def test_support_knows_correlation_from_a_missing_combination_and_skips_the_dead():
    a = np.random.default_rng(0).integers(0, 4, 2000)
    b = np.where(np.random.default_rng(1).random(2000) < 0.8, a, np.random.default_rng(2).integers(0, 4, 2000))
    assert factorised_support(np.stack([a, b], axis=1)).score == 1
    assert factorised_support(np.stack([a, a], axis=1)).score < 0.5
    assert factorised_support(np.hstack([Z, np.zeros((1200, 1))])).score == 1
    assert factorised_support(Z[:, :1]).score == 1
