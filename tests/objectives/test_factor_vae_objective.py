"""FactorVAE: the permutation, the estimate against closed forms, who learns when, and exact resumption."""

import copy
import math

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Normal

import dvlab
from dvlab import schedules
from dvlab.objectives import BetaVAE, FactorVAE
from dvlab.objectives._factor_vae import permute_latents


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def batch(B=32, D=3):
    draw = lambda *shape: torch.randn(*shape, generator=g)  # noqa: E731
    g = generator()
    q = Normal(draw(B, D), (0.3 * draw(B, D)).exp(), validate_args=False)
    z = q.mean + q.stddev * draw(B, D)
    return torch.sigmoid(draw(B, 1, 4, 4)), q, Bernoulli(logits=draw(B, 1, 4, 4), validate_args=False), z


def test_each_latent_is_permuted_over_the_batch_by_itself():
    """The mistake: latents of one image shuffled among themselves. A latent must keep its own values."""
    z = torch.randn(500, 4, generator=generator()) + 10 * torch.arange(4)
    permuted = permute_latents(z, generator(1))
    assert torch.equal(permuted.sort(dim=0).values, z.sort(dim=0).values)
    moved = [permuted[:, j].argsort().argsort() for j in range(4)]
    assert all(not torch.equal(moved[0], other) for other in moved[1:])  # another permutation for each
    own = (permuted == z).double().mean(dim=0) * 500  # rows left in their place: one a latent on average
    assert (own < 8).all()


def test_what_was_dependent_is_independent_after_it():
    z = torch.randn(4000, 1, generator=generator()) + 0.3 * torch.randn(4000, 2, generator=generator(1))
    before, after = (float(torch.corrcoef(codes.T)[0, 1]) for codes in (z, permute_latents(z, generator(2))))
    assert before > 0.9 and abs(after) < 4 / math.sqrt(4000)


@pytest.mark.whole
@pytest.mark.parametrize("rho", [0.0, 0.5, 0.8])
def test_the_estimate_is_that_of_a_correlated_gaussian(rho):
    """TC of a Gaussian with correlation ρ: -½ ln(1 - ρ²) nats."""
    objective, g = FactorVAE(hidden=(64, 64), learning_rate=2e-3), generator(5)
    draw = lambda n: torch.randn(n, 2, generator=g) @ torch.tensor([[1.0, rho], [0.0, math.sqrt(1 - rho**2)]])  # noqa: E731
    objective.begin(2)
    for _ in range(700):
        objective.after_step(draw(512))
    with torch.no_grad():
        found = float(objective.discriminator(draw(20_000)).mean())
    assert found == pytest.approx(-0.5 * math.log(1 - rho**2), abs=0.05)


def test_the_discriminator_s_steps_are_adam_s_on_the_logistic_loss():
    """A plain loop, with the paper's decay rates: q(z) is to be told from the product of its marginals."""
    objective = FactorVAE(hidden=(8,), learning_rate=3e-3, seed=4)
    objective.begin(3)
    plain = copy.deepcopy(objective.discriminator)
    adam, g = torch.optim.Adam(plain.parameters(), lr=3e-3, betas=(0.5, 0.9)), generator(4)
    for step in range(4):
        z = torch.randn(32, 3, generator=generator(step))
        objective.after_step(z)
        logits = torch.cat([plain(z), plain(permute_latents(z, g))])
        real = torch.cat([torch.ones(32, 1), torch.zeros(32, 1)])
        adam.zero_grad()
        torch.nn.functional.binary_cross_entropy_with_logits(logits, real).backward()
        adam.step()
    for found, expected in zip(objective.discriminator.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(found, expected)


def test_the_discriminator_begins_by_its_seed():
    one, again, other = (FactorVAE(hidden=(8,), seed=seed) for seed in (4, 4, 5))
    for objective in (one, again, other):
        objective.begin(3)
    weights = [objective.discriminator[0].weight for objective in (one, again, other)]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])


def test_the_terms_add_up_and_the_weights_follow_their_schedules():
    x, q, px, z = batch()
    objective = FactorVAE(gamma=schedules.linear(0, 10, 10), beta=schedules.cooling(4, 1, 10))
    elbo = BetaVAE(1)(x, q, px, z)
    for step in (0, 5, 10):
        terms = objective(x, q, px, z, step=step)
        beta, gamma = objective.beta(step), objective.gamma(step)
        expected = elbo["reconstruction"] + beta * elbo["kl"] + gamma * terms["total_correlation"]
        torch.testing.assert_close(terms["loss"], expected)
    neutral = FactorVAE(gamma=0)(x, q, px, z)["loss"].detach()
    assert float(neutral) == float(elbo["loss"])  # the negative ELBO


def test_the_model_is_pushed_down_the_estimate_and_the_discriminator_up_its_own_task():
    """One gradient each: d(γ TC)/dz reaches the codes, and after_step moves the discriminator by that of its loss."""
    x, q, px, _ = batch()
    z = torch.randn(32, 3, generator=generator(3), requires_grad=True)
    objective = FactorVAE(gamma=7.0)
    terms = objective(x, q, px, z)
    (slope,) = torch.autograd.grad(terms["loss"], z, retain_graph=True)
    (of_tc,) = torch.autograd.grad(objective.discriminator(z).mean(), z)
    torch.testing.assert_close(slope, 7 * of_tc)
    terms["loss"].backward()  # as the model's step does: leaves gradients in the discriminator
    other = FactorVAE(gamma=7.0)
    other.begin(3)
    objective.after_step(z)
    other.after_step(z.detach())  # one that has no such gradients moves the same way
    for a, b in zip(objective.discriminator.parameters(), other.discriminator.parameters(), strict=True):
        assert torch.equal(a, b)

    def cross_entropy(net):  # over codes and 200 permutations of them
        real = torch.sigmoid(net(z.detach())).log().mean()
        fake = [torch.sigmoid(-net(permute_latents(z.detach(), generator(s)))).log().mean() for s in range(200)]
        return -float((real + torch.stack(fake).mean()).detach() / 2)

    fresh = FactorVAE(learning_rate=1e-3)
    fresh.begin(3)
    before = cross_entropy(fresh.discriminator)
    for _ in range(50):
        fresh.after_step(z)
    assert cross_entropy(fresh.discriminator) < before - 0.001 and before == pytest.approx(math.log(2), abs=0.05)


def test_nothing_is_drawn_from_the_global_state_and_a_call_changes_no_weights():
    x, q, px, z = batch()
    torch.manual_seed(4)
    state = torch.get_rng_state()
    objective = FactorVAE()
    objective(x, q, px, z)
    before = [p.clone() for p in objective.discriminator.parameters()]
    objective(x, q, px, z)
    assert all(torch.equal(a, b) for a, b in zip(before, objective.discriminator.parameters(), strict=True))
    objective.after_step(z)
    assert not all(torch.equal(a, b) for a, b in zip(before, objective.discriminator.parameters(), strict=True))
    assert torch.equal(torch.get_rng_state(), state)


def images():
    return torch.rand(64, 1, 8, 8, generator=generator())


def small():
    return dvlab.VAE((1, 8, 8), latent_dim=3, hidden=(16,))


def train(vae, objective, **options):
    options = {"steps": 20, "batch_size": 16, "device": "cpu", "progress": False} | options
    return dvlab.train(vae, images(), objective, **options)


def same(one, two):
    return all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))


def test_an_objective_used_twice_carries_nothing_over():
    one, two, objective = small(), small(), FactorVAE(hidden=(16,))
    for vae in (one, two):
        train(vae, objective)
    assert same(one, two) and repr(objective) == repr(FactorVAE(hidden=(16,)))


@pytest.mark.parametrize("at", [4, 13])
def test_model_and_discriminator_resume_exactly(tmp_path, monkeypatch, at):
    whole, cut, objective = small(), small(), FactorVAE(hidden=(16,))
    expected = train(whole, objective)
    wanted = [p.clone() for p in objective.discriminator.parameters()]
    call = FactorVAE.__call__

    def crash(self, *batch, step=0, **options):
        if step == at:
            raise RuntimeError("out of power")
        return call(self, *batch, step=step, **options)

    with monkeypatch.context() as patched, pytest.raises(RuntimeError, match="out of power"):
        patched.setattr(FactorVAE, "__call__", crash)
        train(cut, FactorVAE(hidden=(16,)), checkpoint=tmp_path / "run", checkpoint_every=3)
    again, late = small(), FactorVAE(hidden=(16,))
    history = train(again, late, checkpoint=tmp_path / "run", checkpoint_every=3)
    assert same(again, whole) and np.array_equal(history.total_correlation, expected.total_correlation)
    assert all(torch.equal(a, b) for a, b in zip(wanted, late.discriminator.parameters(), strict=True))


@pytest.mark.bad_input
def test_another_discriminator_is_another_run(tmp_path):
    train(small(), FactorVAE(hidden=(16,)), checkpoint=tmp_path / "run")
    with pytest.raises(ValueError, match=r"checkpoint of another training: objective was .*hidden=\(16,\)"):
        train(small(), FactorVAE(hidden=(8,)), checkpoint=tmp_path / "run")
