"""Factorised support: the distance of a slow loop, its gradient, what it asks of a code, and resumption."""

import math

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Normal

import dvlab
from dvlab.objectives import BetaVAE, FactorisedSupportVAE
from dvlab.objectives._factorised_support import support_distance

B, D = 7, 3


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def loop(z):
    """For each pair of latents, of all combinations of their values the one that is farthest from the nearest code."""
    z, total = z.tolist(), 0.0
    for i in range(D):
        for j in range(i + 1, D):
            farthest = 0.0
            for n in range(B):
                for m in range(B):
                    squared = [(z[n][i] - code[i]) ** 2 + (z[m][j] - code[j]) ** 2 for code in z]
                    farthest = max(farthest, min(squared))
            total += farthest
    return total


@pytest.mark.parametrize("seed", range(5))
def test_the_distance_is_that_of_a_slow_loop(seed):
    z = draw(B, D, seed=seed)
    assert float(support_distance(z)) == pytest.approx(loop(z), rel=1e-12)


def test_its_gradient_is_that_of_finite_differences():
    z = draw(B, D).requires_grad_()
    assert torch.autograd.gradcheck(support_distance, z)


def test_a_grid_has_none_however_often_each_code_occurs_and_a_rotated_one_has():
    grid = torch.cartesian_prod(torch.arange(4.0), torch.arange(3.0))
    often = torch.cat([grid, grid[:2].repeat(5, 1)])
    assert float(support_distance(often)) == 0
    line = torch.linspace(0, 1, 11)[:, None].repeat(1, 2)  # the corner (0, 1) is √½ from the middle
    assert float(support_distance(line)) == pytest.approx(0.5)


def batch():
    q = Normal(draw(B, D), (0.3 * draw(B, D, seed=1)).exp(), validate_args=False)
    px = Bernoulli(logits=draw(B, 1, 4, 5, seed=2), validate_args=False)
    return torch.sigmoid(draw(B, 1, 4, 5, seed=3)), q, px, q.mean


def test_the_loss_is_beta_vaes_and_the_weighted_distance_of_scaled_means():
    x, q, px, z = batch()
    spread = [math.sqrt(float(q.mean[:, j].var(correction=0) + q.variance[:, j].mean())) for j in range(D)]
    expected = float(BetaVAE(4)(x, q, px, z)["loss"]) + 3 * loop(q.mean / torch.tensor(spread))
    assert float(FactorisedSupportVAE(3, beta=4)(x, q, px, z)["loss"]) == pytest.approx(expected, rel=1e-6)
    assert FactorisedSupportVAE(0)(x, q, px, z)["loss"] == BetaVAE(1)(x, q, px, z)["loss"]


def test_a_code_that_is_scaled_gains_nothing():
    x, q, px, z = batch()
    small = Normal(q.mean / 10, q.stddev / 10, validate_args=False)
    distances = [float(FactorisedSupportVAE()(x, each, px, z)["support"]) for each in (q, small)]
    assert distances[0] == pytest.approx(distances[1], rel=1e-9)


def small():
    return dvlab.VAE((1, 8, 8), latent_dim=3, hidden=(16,))


def train(vae, objective, **options):
    images = torch.rand(64, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    options = {"steps": 12, "batch_size": 16, "device": "cpu", "progress": False} | options
    return dvlab.train(vae, images, objective, **options)


def test_it_resumes_exactly(tmp_path, monkeypatch):
    whole, cut, objective = small(), small(), FactorisedSupportVAE(2)
    expected, call = train(whole, objective), FactorisedSupportVAE.__call__

    def crash(self, *batch, step=0, **options):
        if step == 7:
            raise RuntimeError("out of power")
        return call(self, *batch, step=step, **options)

    monkeypatch.setattr(FactorisedSupportVAE, "__call__", crash)
    with pytest.raises(RuntimeError, match="out of power"):
        train(cut, objective, checkpoint=tmp_path / "run", checkpoint_every=3)
    monkeypatch.setattr(FactorisedSupportVAE, "__call__", call)
    history = train(cut, objective, checkpoint=tmp_path / "run")
    assert np.array_equal(history.support, expected.support)
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), cut.parameters(), strict=True))


def test_a_code_without_spread_is_no_division_by_zero():
    x, _, px, z = batch()
    q = Normal(torch.zeros(B, D), torch.ones(B, D))
    assert float(FactorisedSupportVAE()(x, q, px, z)["support"]) == 0


@pytest.mark.bad_input
def test_a_weight_that_is_not_finite_names_the_step():
    with pytest.raises(ValueError, match=r"a weight \(at step 0\) must be a finite number; got inf"):
        train(small(), FactorisedSupportVAE(float("inf")))
