"""MED against DCI's formulas."""

import numpy as np
import pytest
import torch
from codes import GRID, Z, drawn
from torch.distributions import Normal

from dvlab.metrics import completeness, disentanglement, med, mutual_information

pytestmark = pytest.mark.filterwarnings("error")


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
