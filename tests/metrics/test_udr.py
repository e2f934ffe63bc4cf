"""UDR by hand, and its invariances."""

import numpy as np
import pytest
import torch
from codes import Z, drawn
from torch.distributions import Normal

from dvlab.metrics import udr
from dvlab.metrics._udr import relative_strength

pytestmark = pytest.mark.filterwarnings("error")


def test_relative_strength_of_matrices_worked_out_by_hand():
    assert relative_strength(np.eye(3)) == 1
    assert relative_strength(np.array([[1.0, 1, 0], [1, 1, 0], [0, 0, 1]])) == pytest.approx(2 / 3)
    assert relative_strength(np.ones((3, 3))) == pytest.approx(1 / 3)
    assert relative_strength(0.5 * np.eye(3)) == 0.5  # half a likeness is not a whole one
    assert relative_strength(np.zeros((3, 3))) == 0
    assert relative_strength(np.array([[1.0, 0]])) == pytest.approx((1 + 1) / 3)  # one latent against two
    assert relative_strength(np.zeros((0, 2))) == 0


@pytest.mark.parametrize("similarity", ["lasso", "spearman"])
def test_equal_codes_have_one_whatever_order_and_sign(similarity):
    other = -3 * Z[:, [2, 0, 1]] + 1
    found = udr([Z, other, Z], similarity)
    assert found.per_model == pytest.approx([1, 1, 1])
    assert np.isnan(found.pairwise.diagonal()).all()
    assert float(found) == pytest.approx(1)


def test_equal_entangled_codes_have_one_too():
    z = drawn(500, 3) @ drawn(3, 3, seed=1)
    assert udr([z, z]).per_model == pytest.approx([1, 1])


def test_the_median_over_the_others():
    found = udr([Z, Z, Z, drawn(1200, 3)])
    assert found.per_model == pytest.approx([1, 1, 1, 0], abs=0.02)


def test_latents_that_a_posterior_leaves_idle_are_left_out_at_the_kl_asked_for():
    """Codes of which the first latent is shared and the others are each model's own noise."""

    def model(seed):
        mean = np.hstack([Z[:, :1] - 1, drawn(1200, 2, seed=seed) * 0.3])
        return Normal(torch.tensor(mean), torch.tensor([0.1, 0.96, 0.96], dtype=torch.float64).expand(1200, 3))

    pair = [model(1), model(2)]
    kl = 0.5 * (0.3**2 + 0.96**2 - 1 - 2 * np.log(0.96))
    assert udr(pair, least_kl=kl / 2).per_model == pytest.approx([1 / 3] * 2, abs=0.02)
    assert udr(pair, least_kl=2 * kl).per_model == pytest.approx([1, 1])
    assert [i.tolist() for i in udr(pair, least_kl=2 * kl).informative] == [[True, False, False]] * 2


def test_an_idle_latent_is_told_by_the_kl_in_closed_form():
    kl = 0.5 * (0.5**2 - 1 - 2 * np.log(0.5))  # of N(0, ½²) against the prior
    q = Normal(torch.tensor(Z - 2), torch.full(Z.shape, 0.5, dtype=torch.float64))
    q.loc[:, 1] = 1e-3 * torch.tensor(drawn(1200))
    found = [udr([q, q], least_kl=least).informative[0].tolist() for least in (0.99 * kl, 1.01 * kl)]
    assert found == [[True, True, True], [True, False, True]]


def test_a_model_is_judged_by_how_the_others_predict_it():
    whole, part, mixed = Z, Z[:, :1], Z @ drawn(3, 3, seed=1)
    found = udr([whole, part, mixed])
    assert not np.allclose(found.pairwise, found.pairwise.T, equal_nan=True)  # by a lasso there and back differ
    assert found.per_model == pytest.approx(np.nanmedian(found.pairwise, axis=0))


@pytest.mark.bad_input
def test_bad_input():
    with pytest.raises(ValueError, match="at least two models"):
        udr([Z])
    with pytest.raises(ValueError, match="the same images"):
        udr([Z, Z[1:]])
    with pytest.raises(ValueError, match="similarity must be one of 'lasso', 'spearman'"):
        udr([Z, Z], "pearson")
