"""MED against DCI's formulas."""

import numpy as np
import pytest
import torch
from torch.distributions import Normal

from dvlab.metrics import completeness, disentanglement, med, mutual_information

pytestmark = pytest.mark.filterwarnings("error")

GRID = np.tile(np.stack(np.unravel_index(np.arange(60), (3, 4, 5)), axis=1), (20, 1))
Z = GRID * 1.0


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def test_med_is_dcis_of_normalised_information():
    z = GRID @ drawn(3, 4) + drawn(1200, 4, seed=1)
    I = mutual_information(z, GRID)
    R = I / I.sum(axis=0)
    found = med(z, GRID)
    assert found.importance == pytest.approx(R)
    assert (found.disentanglement, found.completeness) == pytest.approx((disentanglement(R), completeness(R)))
    assert float(found) == found.disentanglement
    q = Normal(torch.tensor(Z), torch.full(Z.shape, 0.05, dtype=torch.float64))
    assert med(q, GRID).completeness == pytest.approx(1, abs=1e-3)


@pytest.mark.bad_input
def test_bad_input():
    with pytest.raises(ValueError, match="two axes"):
        med(Z[:, 0], GRID)
    with pytest.raises(ValueError, match="every factor is constant"):
        med(Z, np.ones_like(GRID))
