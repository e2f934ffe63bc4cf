"""iVAE: the KL of torch, a neutral prior, groups that go with their images, a prior that learns, and resumption."""

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence
from torch.utils.data import TensorDataset

import dvlab
from dvlab import schedules
from dvlab.objectives import IVAE, BetaVAE
from dvlab.objectives._ivae import conditional_kl

B, D, U = 12, 3, 4


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def batch():
    q = Normal(draw(B, D), (0.3 * draw(B, D, seed=1)).exp(), validate_args=False)
    px = Bernoulli(logits=draw(B, 1, 4, 5, seed=2), validate_args=False)
    return torch.sigmoid(draw(B, 1, 4, 5, seed=3)), q, px, q.mean


def test_the_kl_is_torchs_and_each_image_has_the_prior_of_its_group():
    x, q, px, z = batch()
    objective, u = IVAE(U), torch.arange(B) % U
    objective.begin(D)
    with torch.no_grad():
        objective.means.copy_(draw(U, D, seed=5))
        objective.log_sigmas.copy_(draw(U, D, seed=6))
    prior = Normal(objective.means[u].double(), objective.log_sigmas[u].exp().double())
    expected = kl_divergence(q, prior)
    torch.testing.assert_close(
        conditional_kl(q, objective.means[u], objective.log_sigmas[u]), expected, rtol=1e-5, atol=1e-5
    )
    terms = objective(x, q, px, z, u=u)
    torch.testing.assert_close(terms["kl"], expected.sum(dim=1).mean(), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(terms["loss"], BetaVAE(1)(x, q, px, z)["reconstruction"] + terms["kl"])


def test_at_first_it_is_beta_vae_and_its_weight_may_be_a_schedule():
    x, q, px, z = batch()
    u, weight = torch.zeros(B, dtype=torch.int64), schedules.linear(0, 10, 10)
    for step in (0, 7):
        ours, theirs = IVAE(U, weight)(x, q, px, z, step=step, u=u), BetaVAE(weight)(x, q, px, z, step=step)
        torch.testing.assert_close(ours["loss"], theirs["loss"])


def test_the_prior_learns_the_moments_of_each_groups_codes():
    """The best prior of a group has the mean of its μ, and the variance of its μ about it plus the mean of its σ²."""
    x, q, px, z = batch()
    objective, u = IVAE(U, learning_rate=0.02), torch.arange(B) % U
    for _ in range(1500):
        objective(x, q, px, z, u=u)["loss"].backward()
        objective.after_step(z)
    for k in range(U):
        mean = q.mean[u == k].mean(dim=0)
        variance = q.mean[u == k].var(dim=0, correction=0) + q.variance[u == k].mean(dim=0)
        torch.testing.assert_close(objective.means[k].detach().double(), mean, atol=2e-3, rtol=0)
        torch.testing.assert_close((2 * objective.log_sigmas[k]).exp().detach().double(), variance, rtol=5e-3, atol=0)


def images(n=64):
    return torch.rand(n, 1, 8, 8, generator=torch.Generator().manual_seed(0))


def small():
    return dvlab.VAE((1, 8, 8), latent_dim=3, hidden=(16,))


def train(vae, objective, data=None, **options):
    data = TensorDataset(images(), torch.arange(64) % U) if data is None else data
    options = {"steps": 20, "batch_size": 16, "device": "cpu", "progress": False} | options
    return dvlab.train(vae, data, objective, **options)


def test_an_image_comes_with_its_own_group(monkeypatch):
    """Each image carries its place."""
    carrying = (torch.arange(40) / 40).view(40, 1, 1, 1).expand(40, 1, 8, 8).contiguous()
    seen, call = [], IVAE.__call__

    def noted(self, x, *rest, u=None, **options):
        seen.append((x[:, 0, 0, 0].mul(40).round().long(), u))
        return call(self, x, *rest, u=u, **options)

    monkeypatch.setattr(IVAE, "__call__", noted)
    train(small(), IVAE(40), TensorDataset(carrying, torch.arange(40).flip(0)), steps=5, batch_size=8)
    assert len(seen) == 5 and all(torch.equal(39 - place, u) for place, u in seen)


def test_an_objective_used_twice_carries_nothing_over_and_another_objective_ignores_the_groups():
    one, two, objective = small(), small(), IVAE(U)
    for vae in (one, two):
        train(vae, objective)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
    assert repr(objective) == repr(IVAE(U)) and float(objective.means.detach().abs().max()) > 0
    plain, told = small(), small()
    train(plain, BetaVAE(1), images())
    train(told, BetaVAE(1))
    assert all(torch.equal(a, b) for a, b in zip(plain.parameters(), told.parameters(), strict=True))


@pytest.mark.parametrize("at", [4, 13])
def test_model_and_prior_resume_exactly(tmp_path, monkeypatch, at):
    whole, cut, objective = small(), small(), IVAE(U, learning_rate=0.01)
    expected = train(whole, objective)
    wanted, call = [p.detach().clone() for p in (objective.means, objective.log_sigmas)], IVAE.__call__

    def crash(self, *batch, step=0, **options):
        if step == at:
            raise RuntimeError("out of power")
        return call(self, *batch, step=step, **options)

    monkeypatch.setattr(IVAE, "__call__", crash)
    with pytest.raises(RuntimeError, match="out of power"):
        train(cut, objective, checkpoint=tmp_path / "run", checkpoint_every=3)
    monkeypatch.setattr(IVAE, "__call__", call)
    history = train(cut, objective, checkpoint=tmp_path / "run")
    assert np.array_equal(history.loss, expected.loss)
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), cut.parameters(), strict=True))
    assert torch.equal(objective.means, wanted[0]) and torch.equal(objective.log_sigmas, wanted[1])


@pytest.mark.bad_input
def test_a_checkpoint_of_other_groups_is_refused(tmp_path):
    train(small(), IVAE(U), checkpoint=tmp_path / "run")
    with pytest.raises(ValueError, match="checkpoint of another training: groups was"):
        train(small(), IVAE(U), TensorDataset(images(), torch.zeros(64).long()), checkpoint=tmp_path / "run")


@pytest.mark.bad_input
def test_what_is_no_image_with_its_group_is_told():
    x, q, px, z = batch()
    with pytest.raises(ValueError, match="IVAE needs u, the group of each image"):
        IVAE(U)(x, q, px, z)
    with pytest.raises(ValueError, match="groups must be at least 1; got 0"):
        IVAE(0)
    with pytest.raises(TypeError, match=r"a TensorDataset\(images, u\); got a tensor of float32"):
        train(small(), IVAE(U), images())
    with pytest.raises(ValueError, match=r"groups u must be a tensor \(N,\) of whole numbers; got a tensor of float32"):
        train(small(), IVAE(U), TensorDataset(images(), torch.rand(64)))
    with pytest.raises(ValueError, match=r"groups u must lie in 0 … 3, as groups = 4; got from 0 to 4"):
        train(small(), IVAE(U), TensorDataset(images(), torch.arange(64) % 5))
