"""Ada-GVAE: a slow loop over pairs and latents, who is averaged and who is not, and pairs in training."""

import math

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Normal

import dvlab
from dvlab._batches import Batches
from dvlab.objectives import AdaGVAE, BetaVAE
from dvlab.worlds import Sprites

PAIRS, D = 5, 4


def posterior(seed=0):
    g = torch.Generator().manual_seed(seed)
    mean, log_sigma = (torch.randn(2 * PAIRS, D, generator=g, dtype=torch.float64) for _ in range(2))
    return Normal(mean, (0.5 * log_sigma).exp(), validate_args=False)


def loop(q):
    """The definition, pair by pair and latent by latent."""
    mean, sigma = q.mean.tolist(), q.stddev.tolist()
    for i in range(PAIRS):
        a, b = 2 * i, 2 * i + 1
        delta = [
            math.log(sigma[b][j] / sigma[a][j])
            + (sigma[a][j] ** 2 + (mean[a][j] - mean[b][j]) ** 2) / (2 * sigma[b][j] ** 2)
            - 0.5
            for j in range(D)
        ]
        tau = 0.5 * (max(delta) + min(delta))
        for j in range(D):
            if delta[j] < tau:
                mean[a][j] = mean[b][j] = (mean[a][j] + mean[b][j]) / 2
                sigma[a][j] = sigma[b][j] = math.sqrt((sigma[a][j] ** 2 + sigma[b][j] ** 2) / 2)
    return torch.tensor(mean, dtype=torch.float64), torch.tensor(sigma, dtype=torch.float64)


@pytest.mark.parametrize("seed", range(5))
def test_the_posteriors_are_those_of_a_slow_loop(seed):
    q = posterior(seed)
    adapted, (mean, sigma) = AdaGVAE().adapt(q), loop(q)
    torch.testing.assert_close(adapted.mean, mean)
    torch.testing.assert_close(adapted.stddev, sigma)
    assert not torch.equal(adapted.mean, q.mean)


def test_latents_that_differ_much_are_kept_and_the_others_are_averaged():
    mean = torch.tensor([[0.0, 2.0, -1.0], [0.1, -2.0, -1.2]])  # KL 0.005, 8, 0.02: only the second differs
    q = AdaGVAE().adapt(Normal(mean, torch.ones(2, 3)))
    torch.testing.assert_close(q.mean, torch.tensor([[0.05, 2.0, -1.1], [0.05, -2.0, -1.1]]))


def test_an_image_paired_with_itself_stays_as_it_is_and_one_pair_knows_nothing_of_another():
    q = posterior()
    twice = Normal(q.mean[:PAIRS].repeat_interleave(2, 0), q.stddev[:PAIRS].repeat_interleave(2, 0))
    torch.testing.assert_close(AdaGVAE().adapt(twice).mean, twice.mean)
    alone = [AdaGVAE().adapt(Normal(q.mean[i : i + 2], q.stddev[i : i + 2])).mean for i in range(0, 2 * PAIRS, 2)]
    assert torch.equal(AdaGVAE().adapt(q).mean, torch.cat(alone))


def test_the_gradient_goes_through_the_averages():
    q = posterior()
    mean = q.mean.clone().requires_grad_()
    AdaGVAE().adapt(Normal(mean, q.stddev)).mean[0].sum().backward()
    common = torch.isclose(AdaGVAE().adapt(q).mean[0], AdaGVAE().adapt(q).mean[1])
    assert 0 < int(common.sum()) < D
    torch.testing.assert_close(mean.grad[0], torch.where(common, 0.5, 1.0).double())
    torch.testing.assert_close(mean.grad[1], torch.where(common, 0.5, 0.0).double())


def test_its_loss_is_beta_vaes():
    g, q = torch.Generator().manual_seed(1), posterior()
    x, logits = (torch.rand(2 * PAIRS, 1, 4, 4, generator=g) for _ in range(2))
    px = Bernoulli(logits=logits, validate_args=False)
    assert torch.equal(AdaGVAE(3)(x, q, px, q.mean)["loss"], BetaVAE(3)(x, q, px, q.mean)["loss"])


def world():
    return Sprites(shapes="ellipse", scales=[0.8], orientations=[0.0], x=8, y=6, size=8, antialias=True)


def train(vae, data, objective, **options):
    options = {"steps": 12, "batch_size": 8, "device": "cpu", "progress": False} | options
    return dvlab.train(vae, data, objective, **options)


def small():
    return dvlab.VAE((1, 8, 8), latent_dim=3, hidden=(16,))


def test_a_batch_of_a_training_on_pairs_is_made_of_whole_pairs(monkeypatch):
    """Each image carries its place: two neighbours in a batch must be the two of one pair."""
    images = (torch.arange(40) / 40).view(20, 2, 1, 1, 1).expand(20, 2, 1, 8, 8).contiguous()
    seen = []

    def noted(self, x, *batch, **options):
        seen.append(x[:, 0, 0, 0])
        return BetaVAE(1)(x, *batch, **options)

    monkeypatch.setattr(AdaGVAE, "__call__", noted)
    train(small(), images, AdaGVAE(), steps=5)
    drawn = torch.stack(seen).mul(40).round().long()
    assert drawn.shape == (5, 8) and (drawn[:, ::2] % 2 == 0).all() and (drawn[:, 1::2] == drawn[:, ::2] + 1).all()
    assert len(drawn.flatten().unique()) == 40  # an epoch holds each once


def test_z_is_drawn_from_the_averaged_posterior():
    images, _ = world().pairs(64, generator=torch.Generator().manual_seed(0))
    history = train(small(), images, AdaGVAE(), steps=1)
    vae = small()
    vae.standardise(images.flatten(0, 1))
    with torch.no_grad():
        q = AdaGVAE().adapt(vae.encode(images.flatten(0, 1)[Batches(128, 8, 0, group=2)[0]]))
    kl = torch.distributions.kl_divergence(q, Normal(0.0, 1.0)).sum(dim=1).mean()
    assert history.kl[0] == pytest.approx(float(kl), rel=1e-4)


def test_without_the_objective_pairs_are_just_images():
    images, _ = world().pairs(16, generator=torch.Generator().manual_seed(0))
    one, two = small(), small()
    train(one, images, BetaVAE(1))
    train(two, images.flatten(0, 1), BetaVAE(1))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))


def test_it_resumes_exactly(tmp_path):
    images, _ = world().pairs(32, generator=torch.Generator().manual_seed(0))
    whole, cut = small(), small()
    expected = train(whole, images, AdaGVAE(2))

    class Crash(AdaGVAE):
        def __call__(self, *batch, step=0, **options):
            if step == 7:
                raise RuntimeError("out of power")
            return super().__call__(*batch, step=step, **options)

        def __repr__(self):
            return repr(AdaGVAE(self.beta))

    path = tmp_path / "run"
    with pytest.raises(RuntimeError, match="out of power"):
        train(cut, images, Crash(2), checkpoint=path, checkpoint_every=3)
    history = train(cut, images, AdaGVAE(2), checkpoint=path)
    assert np.array_equal(history.loss, expected.loss)
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), cut.parameters(), strict=True))


@pytest.mark.bad_input
def test_what_is_not_pairs_is_told():
    with pytest.raises(ValueError, match="AdaGVAE needs pairs of images, so an even batch; got 3 images"):
        AdaGVAE().adapt(Normal(torch.zeros(3, 2), torch.ones(3, 2)))
    with pytest.raises(TypeError, match=r"data must be pairs of images.*a tensor \(N, 2, C, H, W\).*got Sprites"):
        train(small(), world(), AdaGVAE())
    with pytest.raises(TypeError, match=r"got a tensor of float32 \(9, 1, 8, 8\)"):
        train(small(), torch.rand(9, 1, 8, 8), AdaGVAE())
    with pytest.raises(ValueError, match=r"must be pairs \(N, 2, C, H, W\); got \(9, 3, 1, 8, 8\)"):
        train(small(), torch.rand(9, 3, 1, 8, 8), BetaVAE())
    with pytest.raises(ValueError, match="batch_size counts images, and they come in pairs: it must be even; got 7"):
        train(small(), torch.rand(9, 2, 1, 8, 8), AdaGVAE(), batch_size=7)
