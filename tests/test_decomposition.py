"""KL = MI + TC + dimension-wise KL, against the linear-Gaussian closed form and against a grid in two dimensions."""

import math
from dataclasses import FrozenInstanceError

import matplotlib
import numpy as np
import pytest
import torch
from scipy.special import xlogy
from torch.distributions import Laplace, Normal, kl_divergence

from dvlab.decomposition import active, kl_terms, latent_kl
from dvlab.linear import LinearVAE

matplotlib.use("Agg")


def linear_case(D, N, strength, seed=0):
    """Posteriors of N images of a linear-Gaussian VAE, and the closed form for N → ∞."""
    rng = np.random.default_rng(seed)
    A = strength * rng.normal(size=(D, D))
    S = rng.uniform(0.3, 0.9, D) ** 2
    vae = LinearVAE(A, S, A.T, 1.0)
    q = vae.encode(rng.normal(size=(N, D)))
    return Normal(q.loc.float(), q.scale.float()), vae.kl_terms(np.eye(D))


@pytest.mark.parametrize(("D", "strength"), [(3, 0.5), (6, 0.3), (10, 0.2)])
def test_linear_gaussian(D, strength):
    q, truth = linear_case(D, 30_000, strength)
    assert 0.5 < truth.mutual_information < 4 and truth.total_correlation > 0.02
    terms = kl_terms(q, samples=2000)
    margin = max(0.05, 3 * terms.standard_error)
    assert terms.mutual_information == pytest.approx(truth.mutual_information, abs=margin)
    assert terms.total_correlation == pytest.approx(truth.total_correlation, abs=margin)
    np.testing.assert_allclose(terms.dimension_wise, truth.dimension_wise, atol=0.02)
    assert terms.dimension_wise.sum() == pytest.approx(truth.dimension_wise.sum(), abs=0.05)
    assert terms.total == pytest.approx(truth.total, abs=0.1)  # 30,000 images have a mean of their own


def test_information_of_each_latent():
    """I(z_j; n) = ½ ln(C_jj / S_j) of a linear-Gaussian VAE, C = A Aᵀ + S; a shift gives KL, and tells nothing."""
    vae = LinearVAE(A=np.diag([1.0, 0.5, 0.0]), S=np.array([0.3, 0.8, 1.0]), W=np.eye(3), sigma2=1.0)
    q = vae.encode(np.random.default_rng(0).normal(size=(30_000, 3)))
    q = Normal(q.loc.float() + torch.tensor([0.0, 0.0, 2.0]), q.scale.float())
    kl = latent_kl(q)
    information = kl - kl_terms(q, samples=10).dimension_wise
    np.testing.assert_allclose(information, 0.5 * np.log([1.3 / 0.3, 1.05 / 0.8, 1.0]), atol=0.02)
    assert kl[2] == pytest.approx(2) and active(information).tolist() == [True, True, False]


def test_few_images_shift_mutual_information_into_total_correlation():
    """With MI near ln N the closed form, N → ∞, is out of reach: MI lower, TC higher, the rest as it was."""
    q, truth = linear_case(10, 2000, 0.5)
    assert truth.mutual_information > math.log(2000)
    terms = kl_terms(q, samples=2000)
    assert terms.mutual_information < math.log(2000)
    shift = truth.mutual_information - terms.mutual_information
    assert shift > 1
    assert terms.total_correlation - truth.total_correlation == pytest.approx(shift, abs=0.3)


@pytest.mark.parametrize("seed", range(3))
def test_terms_sum_to_the_closed_form(seed):
    q, _ = linear_case(4, 300, 0.7, seed)
    terms = kl_terms(q, samples=50, seed=seed)
    total = kl_divergence(Normal(q.loc.double(), q.scale.double()), Normal(0.0, 1.0)).sum(1).mean()
    assert terms.total == pytest.approx(float(total), rel=1e-12)
    parts = terms.mutual_information + terms.total_correlation + terms.dimension_wise.sum()
    assert parts == pytest.approx(terms.total, rel=1e-12)


@pytest.mark.parametrize("seed", [0, 1])
def test_against_a_grid_in_two_dimensions(seed):
    """Not Gaussian at all: eight posteriors on a ring, uncorrelated and far from independent."""
    rng = np.random.default_rng(seed)
    angle = 2 * np.pi * np.arange(8) / 8
    mean = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    sigma = rng.uniform(0.1, 0.4, size=(8, 2))
    z = np.linspace(-4, 4, 801)
    one = np.exp(-0.5 * ((z - mean[..., None]) / sigma[..., None]) ** 2) / (sigma[..., None] * np.sqrt(2 * np.pi))
    q = np.einsum("na,nb->ab", one[:, 0], one[:, 1]) / 8
    marginals = one.mean(0)
    step = z[1] - z[0]
    q_log_q = xlogy(q, q).sum() * step**2
    q_log_qj = xlogy(marginals, marginals).sum(1) * step
    entropy = np.log(sigma * np.sqrt(2 * np.pi * np.e)).sum(1).mean()
    log_pj = (marginals * -0.5 * (z**2 + np.log(2 * np.pi))).sum(1) * step

    terms = kl_terms(Normal(torch.tensor(mean), torch.tensor(sigma)), samples=20_000)
    assert terms.standard_error < 0.01
    assert terms.mutual_information == pytest.approx(-entropy - q_log_q, abs=3 * terms.standard_error + 1e-3)
    assert terms.total_correlation == pytest.approx(q_log_q - q_log_qj.sum(), abs=3 * terms.standard_error + 1e-3)
    assert terms.total_correlation > 0.2
    np.testing.assert_allclose(terms.dimension_wise, q_log_qj - log_pj, atol=2e-3)


def test_standard_error_is_honest():
    """The spread over seeds is what the standard error says; neither a tenth of it nor ten times."""
    q, _ = linear_case(6, 3000, 0.3)
    runs = [kl_terms(q, samples=300, seed=seed) for seed in range(30)]
    spread = np.std([r.mutual_information for r in runs], ddof=1)
    assert 0.6 < spread / np.mean([r.standard_error for r in runs]) < 1.4
    np.testing.assert_allclose(np.diff([r.mutual_information + r.total_correlation for r in runs]), 0, atol=1e-12)


def test_independent_latents_have_no_total_correlation():
    """All pairs of 40 × 40 means: q(z) is the product of its marginals. A lost constant shows here."""
    side = torch.linspace(-1.5, 1.5, 40)
    mean = torch.cartesian_prod(side, side)
    terms = kl_terms(Normal(mean, torch.full_like(mean, 0.2)), samples=500)
    assert terms.total_correlation == pytest.approx(0, abs=1e-3)
    assert terms.standard_error < 1e-3


def test_images_told_apart_reach_ln_N():
    mean = torch.arange(64.0)[:, None].expand(64, 3).contiguous()
    terms = kl_terms(Normal(mean, torch.full_like(mean, 0.01)), samples=500)
    assert terms.mutual_information == pytest.approx(math.log(64), abs=1e-3)
    assert terms.total_correlation == pytest.approx(2 * math.log(64), abs=1e-2)


def test_an_idle_posterior_is_all_zero():
    terms = kl_terms(Normal(torch.zeros(100, 4), torch.ones(100, 4)), samples=100)
    assert [terms.mutual_information, terms.total_correlation, *terms.dimension_wise] == pytest.approx(
        [0] * 6, abs=1e-5
    )


def test_one_image_and_one_latent():
    one = kl_terms(Normal(torch.tensor([[1.0, 2.0]]), torch.tensor([[0.1, 0.5]])), samples=100)
    assert (one.mutual_information, one.total_correlation) == pytest.approx((0, 0), abs=1e-4)
    assert one.dimension_wise == pytest.approx(
        [0.5 * (1 + 0.01 - 1) - math.log(0.1), 0.5 * 3.25 - math.log(0.5)], abs=1e-4
    )
    q, truth = linear_case(1, 5000, 1.0)
    latent = kl_terms(q, samples=1000)
    assert latent.total_correlation == pytest.approx(0, abs=1e-3)
    assert latent.mutual_information == pytest.approx(truth.mutual_information, abs=0.05)


def test_an_outlier_does_not_upset_the_controls():
    q, _ = linear_case(3, 2000, 0.5)
    mean, sigma = q.loc.clone(), q.scale.clone()
    mean[0], sigma[0] = 1e3, 0.3
    without, with_it = kl_terms(q, samples=1000), kl_terms(Normal(mean, sigma), samples=1000)
    assert with_it.total_correlation == pytest.approx(without.total_correlation, abs=0.1)


def test_same_seed_same_numbers_and_no_global_randomness():
    q, _ = linear_case(3, 200, 0.5)
    torch.manual_seed(0)
    before = torch.get_rng_state()
    assert str(kl_terms(q, samples=100, seed=5)) == str(kl_terms(q, samples=100, seed=5))
    assert torch.equal(before, torch.get_rng_state())
    assert kl_terms(q, 100, seed=5).mutual_information != kl_terms(q, 100, seed=6).mutual_information


def test_a_posterior_with_a_gradient():
    mean = torch.zeros(20, 2, requires_grad=True)
    assert kl_terms(Normal(mean, torch.ones(20, 2)), samples=10).total == pytest.approx(0)


def test_prints_plots_and_is_frozen():
    q, truth = linear_case(3, 200, 0.5)
    terms = kl_terms(q, samples=100)
    assert "nats per image (200 images, 100 samples)" in str(terms) and f"{terms.total:.3f}" in str(terms)
    ax = terms.plot()
    assert ax.get_xlabel() == "nats per image"
    assert sum(bar.get_width() for bar in ax.patches) == pytest.approx(terms.total)
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names[0].endswith(f"{terms.mutual_information:.3f} ± {terms.standard_error:.3f}") and len(names) == 3
    assert "±" not in truth.plot().get_legend().get_texts()[0].get_text()
    with pytest.raises(FrozenInstanceError):
        terms.total = 0.0


@pytest.mark.bad_input
def test_bad_input():
    q = Normal(torch.zeros(5, 2), torch.ones(5, 2))
    with pytest.raises(ValueError, match="samples must be at least 10"):
        kl_terms(q, samples=9)
    for mean, sigma, message in [
        (torch.full((5, 2), torch.nan), torch.ones(5, 2), "loc must be finite"),
        (torch.zeros(5, 2), torch.zeros(5, 2), "scale must be positive"),
        (torch.zeros(5, 2), torch.full((5, 2), torch.inf), "scale must be finite"),
        (torch.zeros(5), torch.ones(5), "must have batch shape"),
    ]:
        with pytest.raises(ValueError, match=message):
            kl_terms(Normal(mean, sigma, validate_args=False))


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("posterior", "told"),
    [
        (Laplace(torch.zeros(5, 2), 1.0), "posterior must be a torch.distributions.Normal.*got Laplace"),
        (torch.zeros(5, 2), r"posterior must be a .*Normal.*got a tensor of float32 \(5, 2\)"),
        (Normal(torch.zeros(5), 1.0), r"batch shape \(images, latents\)"),
        (Normal(torch.zeros(0, 2), 1.0), "both at least 1"),
        (Normal(torch.full((5, 2), torch.nan), 1.0, validate_args=False), r"posterior.loc must be finite, but 10"),
        (Normal(torch.zeros(5, 2), -torch.ones(5, 2), validate_args=False), "posterior.scale must be positive"),
        (Normal(torch.zeros(5, 2).double(), 1e300), r"posterior.scale must be at most 1e\+15 in size; got 1e\+300"),
    ],
)
@pytest.mark.parametrize("measure", [kl_terms, latent_kl])
def test_only_a_proper_normal_is_measured(measure, posterior, told):
    with pytest.raises((TypeError, ValueError), match=told):
        measure(posterior)


@pytest.mark.bad_input
def test_a_width_that_float64_cannot_see_and_odd_seeds_are_refused():
    with pytest.raises(ValueError, match="sigma must not be so small beside the means"):
        kl_terms(Normal(torch.randn(20, 2).double(), 1e-300))
    for seed, told in ((1.5, "seed must be a whole number; got 1.5"), ("a", "got 'a'"), (-1, "at least 0; got -1")):
        with pytest.raises((TypeError, ValueError), match=told):
            kl_terms(Normal(torch.randn(20, 2), 1.0), seed=seed)


def test_gradients_and_half_precision_change_nothing():
    mean, sigma = torch.randn(40, 2).bfloat16(), torch.rand(40, 2).bfloat16() + 0.1
    plain = Normal(mean.float(), sigma.float())
    for odd in (Normal(mean, sigma), Normal(mean.float().requires_grad_(), sigma.float())):
        np.testing.assert_array_equal(latent_kl(odd), latent_kl(plain))
        assert kl_terms(odd, samples=500).mutual_information == kl_terms(plain, samples=500).mutual_information


def test_terms_compare_by_identity_and_hash():
    one, other = (kl_terms(Normal(torch.zeros(5, 2), 1.0), samples=10) for _ in range(2))
    assert one == one and one != other and len({one, other}) == 2


def test_samples_come_from_all_images_and_not_from_the_first():
    """Two latents say one thing twice in the first half of the images, and two things in the second half."""
    g = torch.Generator().manual_seed(0)
    first, second = 30 * torch.rand(1000, 1, generator=g), 30 * torch.rand(1000, 2, generator=g)
    q = Normal(torch.cat([first.expand(-1, 2), second]), torch.full((2000, 2), 0.5))
    every, some = kl_terms(q, samples=8000), kl_terms(q, samples=500)
    assert some.total_correlation == pytest.approx(every.total_correlation, abs=5 * some.standard_error)
