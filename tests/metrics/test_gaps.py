"""DCIMIG and JEMMIG against slow loops, and on codes of which it is known what they say."""

import numpy as np
import pytest
from codes import GRID, Z, drawn

from dvlab.metrics import dcimig, entropy, jemmig, mutual_information

pytestmark = pytest.mark.filterwarnings("error")


def test_the_gaps_by_slow_loops():
    z = GRID @ drawn(3, 4) + drawn(1200, 4, seed=1)
    I, H = mutual_information(z, GRID), entropy(GRID)
    gap = [0, 0, 0]
    for row in I:
        k = int(row.argmax())
        gap[k] = max(gap[k], row[k] - max(v for i, v in enumerate(row) if i != k))
    assert dcimig(z, GRID).score == pytest.approx(sum(gap) / H.sum())
    each = []
    for k in range(3):
        j, second = np.argsort(I[:, k])[::-1][:2]
        edges = np.histogram_bin_edges(z[:, j], 20)
        cell = np.digitize(z[:, j], edges[1:-1])
        p = np.unique(np.stack([cell, GRID[:, k]]), axis=1, return_counts=True)[1] / 1200
        joint = -(p * np.log(p)).sum()
        each.append(1 - (joint - I[j, k] + I[second, k]) / (H[k] + np.log(20)))
    assert jemmig(z, GRID).per_factor == pytest.approx(each)


def test_gaps_of_perfect_packed_and_doubled_codes():
    assert dcimig(Z, GRID).score == pytest.approx(1)
    assert jemmig(Z, GRID).score == pytest.approx(1)
    assert dcimig(np.hstack([Z, Z]), GRID).score == pytest.approx(1)  # copies cost nothing here
    assert jemmig(np.hstack([Z, Z]), GRID).score < 0.8
    two = GRID[:, :2]
    assert dcimig(two @ [[4.0], [1.0]], two).score < 0.2
    assert jemmig(two[:, :1] * 1.0, two[:, :1]).score == pytest.approx(1)  # one latent, one factor


@pytest.mark.bad_input
def test_bad_input():
    for metric in (dcimig, jemmig):
        with pytest.raises(ValueError, match="two axes"):
            metric(Z[:, 0], GRID)
        with pytest.raises(ValueError, match="every factor is constant"):
            metric(Z, np.ones_like(GRID))
