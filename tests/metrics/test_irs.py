"""IRS against its definition and the library's faults."""

import numpy as np
import pytest
from codes import GRID, Z, drawn
from published import library_irs

from dvlab.metrics import irs

pytestmark = pytest.mark.filterwarnings("error")


def test_irs_by_the_definition():
    """z = g + u with u uniform: held, |z − mean| has the quantile of u; shuffled, that of z."""
    g = np.tile(np.arange(4), 5000)
    u = np.random.default_rng(0).uniform(-1, 1, 20_000)
    found = irs((g + u)[:, None], g[:, None], quantile=0.9)
    usual = np.quantile(np.abs(g + u - (g + u).mean()), 0.9)
    assert found.score == pytest.approx(1 - 0.9 / usual, abs=0.01)


def test_irs_weighs_by_robustness_in_any_units():
    z = np.hstack([100 * Z[:, :1], Z[:, 1:2] + drawn(1200, 1), drawn(1200, 1, seed=1), np.zeros((1200, 1))])
    found = irs(z, GRID)
    assert found.weight == pytest.approx(found.per_latent / found.per_latent.sum())
    assert found.per_latent[0] == pytest.approx(1) and found.per_latent[3] == 0 and found.weight[2] < 0.05
    assert irs(z * [1e-3, 1, 50, 1], GRID).score == pytest.approx(found.score)
    assert irs(np.zeros((1200, 2)), GRID).score == 0


def test_irs_has_not_the_librarys_faults():
    noise, rng = drawn(1200, 5), np.random.default_rng(1)
    unique = rng.permutation(1200)[:, None]
    spoilt = noise.copy()
    spoilt[3, 0] = 1000
    theirs = [library_irs(noise, GRID), library_irs(spoilt, GRID), library_irs(noise, unique)]
    assert theirs == pytest.approx([0.3, 0.95, 1], abs=0.1)
    assert [irs(noise, GRID).score, irs(spoilt, GRID).score, irs(noise, unique).score] == pytest.approx(
        [0] * 3, abs=0.06
    )
    assert library_irs(Z, GRID) == irs(Z, GRID).score == 1


@pytest.mark.bad_input
def test_bad_input():
    with pytest.raises(ValueError, match="two axes"):
        irs(Z[:, 0], GRID)
    with pytest.raises(ValueError, match="every factor is constant"):
        irs(Z, np.ones_like(GRID))
    with pytest.raises(ValueError, match="quantile must be a share"):
        irs(Z, GRID, quantile=0)
