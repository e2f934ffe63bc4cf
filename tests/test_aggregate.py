"""log q(z): minibatch estimators against all batches of a tiny data set, the streamed mixture against the plain one."""

import math
from itertools import combinations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import Normal

from dvlab.aggregate import log_densities, log_density, minibatch_log_densities

ESTIMATORS = ("stratified", "weighted")


def posteriors(N, D, seed=0, low=0.2, high=1.0, dtype=torch.float64):
    g = torch.Generator().manual_seed(seed)
    mean = torch.randn(N, D, generator=g, dtype=torch.float64)
    sigma = low * (high / low) ** torch.rand(N, D, generator=g, dtype=torch.float64)
    return mean.to(dtype), sigma.to(dtype)


def draw(mean, sigma, seed=1):
    return mean + sigma * torch.randn(mean.shape, generator=torch.Generator().manual_seed(seed), dtype=mean.dtype)


def mixture(z, mean, sigma, log_weights=None):
    """The definition, in float64: (log sum_n w_n q(z|n), the same for each latent); equal weights unless told."""
    log_q = Normal(mean.double(), sigma.double()).log_prob(z.double()[:, None])  # (S, N, D)
    if log_weights is None:
        log_weights = torch.full(log_q.shape[:2], -math.log(len(mean)), dtype=torch.float64)
    return torch.logsumexp(log_q.sum(-1) + log_weights, 1), torch.logsumexp(log_q + log_weights[..., None], 1)


def log_weights(estimator, B, N):
    if estimator == "weighted":
        return torch.full((B, B), -math.log(N * B), dtype=torch.float64)
    w = torch.full((B, B), math.log((N - 1) / (N * (B - 1))), dtype=torch.float64)
    return w.fill_diagonal_(-math.log(N))


# ---------------------------------------------------------------- a minibatch


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize(("B", "D", "N"), [(2, 1, 2), (7, 3, 50), (16, 5, 16)])
def test_minibatch_is_its_definition(estimator, B, D, N):
    mean, sigma = posteriors(B, D)
    z = draw(mean, sigma)
    got = minibatch_log_densities(z, Normal(mean, sigma), N, estimator)
    for ours, defined in zip(got, mixture(z, mean, sigma, log_weights(estimator, B, N)), strict=True):
        torch.testing.assert_close(ours, defined, rtol=0, atol=1e-12)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("terms", ["both", "joint", "marginals"])
def test_gradient(estimator, terms):
    mean, sigma = (x.requires_grad_() for x in posteriors(5, 3))
    z = draw(mean.detach(), sigma.detach()).requires_grad_()

    def f(z, mean, sigma):
        both = minibatch_log_densities(z, Normal(mean, sigma), 40, estimator)
        return both if terms == "both" else both[terms == "marginals"]

    assert torch.autograd.gradcheck(f, (z, mean, sigma))


def test_gradient_reaches_a_network_through_rsample():
    """z is a function of the mean and sigma: the two paths of the gradient add up, as autograd finds by itself."""
    mean, sigma = (x.requires_grad_() for x in posteriors(6, 2))

    def gradient(f):
        z = draw(mean, sigma)
        joint, marginals = f(z)
        return torch.autograd.grad((joint - marginals.sum(1)).mean(), (mean, sigma))

    ours = gradient(lambda z: minibatch_log_densities(z, Normal(mean, sigma), 30))
    defined = gradient(lambda z: mixture(z, mean, sigma, log_weights("stratified", 6, 30)))
    torch.testing.assert_close(ours, defined)


@pytest.mark.parametrize("B", [2, 3, 5])
def test_stratified_over_all_batches_that_hold_n_is_the_mixture(B):
    """Enumerated: the mean *density* over all batches that hold n is q(z) exactly, jointly and for each latent."""
    N, D = 5, 2
    mean, sigma = posteriors(N, D)
    z = draw(mean, sigma)
    truth, truth_j = mixture(z, mean, sigma)
    for n in range(N):
        others = [m for m in range(N) if m != n]
        batches = [torch.tensor([n, *rest]) for rest in combinations(others, B - 1)]
        each = [minibatch_log_densities(z[b], Normal(mean[b], sigma[b]), N) for b in batches]
        joint = torch.stack([log_qz[0] for log_qz, _ in each])
        marginals = torch.stack([log_qzj[0] for _, log_qzj in each])
        torch.testing.assert_close(joint.exp().mean(), truth[n].exp())
        torch.testing.assert_close(marginals.exp().mean(0), truth_j[n].exp())
        assert joint.mean() <= truth[n] + 1e-12  # Jensen: the mean of the logarithm is too low, so MI is too high


def test_weighted_over_all_batches_is_the_mixture_over_N():
    """Enumerated: at a fixed z, every batch of B of the N images, the mean density is q(z)/N."""
    N, B, D = 5, 3, 2
    mean, sigma = posteriors(N, D)
    z = draw(mean, sigma)[:1]
    batches = [torch.tensor(b) for b in combinations(range(N), B)]
    each = [minibatch_log_densities(z.expand(B, D), Normal(mean[b], sigma[b]), N, "weighted") for b in batches]
    truth, truth_j = mixture(z, mean, sigma)
    torch.testing.assert_close(torch.stack([a[0] for a, _ in each]).exp().mean(), truth[0].exp() / N)
    torch.testing.assert_close(torch.stack([b[0] for _, b in each]).exp().mean(0), truth_j[0].exp() / N)


def test_own_posterior_weighs_one_over_N():
    """Posteriors that do not overlap leave only the own term: -ln N in the joint, once, and once in each marginal.

    With the weights written two columns wide it would be about -ln B in most rows; added before the sum over
    latents, -D ln N in the joint; left out, 0.
    """
    B, D, N = 8, 4, 1000
    mean = 100.0 * torch.arange(B, dtype=torch.float64)[:, None].expand(B, D)
    sigma = torch.full((B, D), 0.5, dtype=torch.float64)
    z = draw(mean, sigma)
    own = Normal(mean, sigma).log_prob(z)
    log_qz, log_qzj = minibatch_log_densities(z, Normal(mean, sigma), N)
    torch.testing.assert_close(log_qz, own.sum(1) - math.log(N))
    torch.testing.assert_close(log_qzj, own - math.log(N))


@pytest.mark.parametrize(("D", "N"), [(1, 6), (3, 6), (4, 20)])
def test_offsets_of_weighted_sampling(D, N):
    """With the whole data set as the batch they are exact: +ln N in MI, +(D-1) ln N in TC, -D ln N dimension-wise."""
    mean, sigma = posteriors(N, D)
    z = draw(mean, sigma)
    log_qzn = Normal(mean, sigma).log_prob(z).sum(1)
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(1)

    def terms(log_qz, log_qzj):
        return torch.stack([log_qzn - log_qz, log_qz - log_qzj.sum(1), log_qzj.sum(1) - log_pz])

    off = terms(*minibatch_log_densities(z, Normal(mean, sigma), N, "weighted")) - terms(*mixture(z, mean, sigma))
    expected = math.log(N) * torch.tensor([1.0, D - 1, -D], dtype=torch.float64)
    torch.testing.assert_close(off, expected[:, None].expand_as(off))


def test_the_whole_data_set_as_a_stratified_batch_is_exact():
    mean, sigma = posteriors(9, 3)
    z = draw(mean, sigma)
    torch.testing.assert_close(minibatch_log_densities(z, Normal(mean, sigma), 9), mixture(z, mean, sigma))


def test_one_image_is_its_own_mixture():
    mean, sigma = posteriors(1, 3)
    z = draw(mean, sigma)
    for got in (minibatch_log_densities(z, Normal(mean, sigma), 1), log_densities(z, Normal(mean, sigma))):
        torch.testing.assert_close(got, mixture(z, mean, sigma))


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_far_off_the_manifold(estimator):
    """float32 densities there are 0: without logsumexp the logarithm is -inf."""
    mean, sigma = posteriors(6, 3, low=0.01, high=0.05, dtype=torch.float32)
    z = (mean + 5).requires_grad_()
    got = minibatch_log_densities(z, Normal(mean, sigma), 60, estimator)
    for ours, defined in zip(got, mixture(z, mean, sigma, log_weights(estimator, 6, 60)), strict=True):
        torch.testing.assert_close(ours.double(), defined, rtol=1e-5, atol=0)
    (gradient,) = torch.autograd.grad(got[0].sum() + got[1].sum(), z)
    assert torch.isfinite(gradient).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 99), st.floats(-3, 3), st.floats(0.25, 4), st.sampled_from(ESTIMATORS))
def test_moving_stretching_and_shuffling(seed, shift, scale, estimator):
    """z -> scale z + shift changes log densities by -ln scale a latent; the order of the batch does not matter."""
    mean, sigma = posteriors(6, 3, seed)
    z = draw(mean, sigma, seed)
    joint, marginals = minibatch_log_densities(z, Normal(mean, sigma), 50, estimator)
    moved = minibatch_log_densities(scale * z + shift, Normal(scale * mean + shift, scale * sigma), 50, estimator)
    torch.testing.assert_close(moved, (joint - 3 * math.log(scale), marginals - math.log(scale)))
    p = torch.randperm(6, generator=torch.Generator().manual_seed(seed))
    torch.testing.assert_close(
        minibatch_log_densities(z[p], Normal(mean[p], sigma[p]), 50, estimator), (joint[p], marginals[p])
    )


def test_low_precision_is_raised_to_float32():
    mean, sigma = posteriors(6, 3, dtype=torch.bfloat16)
    z = draw(mean, sigma)
    log_qz, _ = minibatch_log_densities(z, Normal(mean, sigma), 60)
    assert log_qz.dtype == torch.float32
    torch.testing.assert_close(log_qz.double(), mixture(z, mean, sigma, log_weights("stratified", 6, 60))[0])


def _normal(mean, sigma):
    return Normal(torch.as_tensor(mean), torch.as_tensor(sigma), validate_args=False)


BAD = [
    (torch.zeros(4, 3), _normal(torch.zeros(4, 2), torch.ones(4, 2)), "z must have"),
    (torch.zeros(4), _normal(torch.zeros(4), torch.ones(4)), "must have batch shape"),
    (torch.zeros(0, 2), _normal(torch.zeros(0, 2), torch.ones(0, 2)), "must have batch shape"),
    (torch.full((4, 2), torch.nan), _normal(torch.zeros(4, 2), torch.ones(4, 2)), "z must be finite"),
    (torch.zeros(4, 2), _normal(torch.full((4, 2), torch.nan), torch.ones(4, 2)), "loc must be finite"),
    (torch.zeros(4, 2), _normal(torch.zeros(4, 2), torch.full((4, 2), torch.inf)), "scale must be finite"),
    (torch.zeros(4, 2), _normal(torch.zeros(4, 2), torch.zeros(4, 2)), "scale must be positive"),
]


@pytest.mark.bad_input
@pytest.mark.parametrize(("z", "q", "message"), BAD)
@pytest.mark.parametrize("function", [lambda z, q: minibatch_log_densities(z, q, 10), log_density, log_densities])
def test_bad_input(function, z, q, message):
    with pytest.raises(ValueError, match=message):
        function(z, q)


@pytest.mark.bad_input
def test_bad_batches():
    q = Normal(torch.zeros(4, 2), torch.ones(4, 2))
    with pytest.raises(ValueError, match="estimator must be one of 'stratified', 'weighted'"):
        minibatch_log_densities(torch.zeros(4, 2), q, 10, "naive")
    with pytest.raises(ValueError, match="dataset_size must be at least 4"):
        minibatch_log_densities(torch.zeros(4, 2), q, 3)
    with pytest.raises(TypeError, match="dataset_size must be a whole number"):
        minibatch_log_densities(torch.zeros(4, 2), q, 10.5)
    one = Normal(torch.zeros(1, 2), torch.ones(1, 2))
    with pytest.raises(ValueError, match="needs a batch of at least 2"):
        minibatch_log_densities(torch.zeros(1, 2), one, 10)
    assert torch.isfinite(minibatch_log_densities(torch.zeros(1, 2), one, 10, "weighted")[0]).all()


# ---------------------------------------------------------------- the whole data set


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("N", "S", "D", "low"), [(1, 5, 1, 0.1), (2500, 700, 4, 0.03), (1024, 512, 10, 0.3)])
def test_streamed_is_its_definition(N, S, D, low, dtype):
    """Also where N and S are no multiples of a tile."""
    mean, sigma = posteriors(N, D, low=low, dtype=dtype)
    n = torch.arange(S) % N
    z = draw(mean[n], sigma[n])
    for ours, defined in zip(log_densities(z, Normal(mean, sigma)), mixture(z, mean, sigma), strict=True):
        assert ours.dtype == dtype
        torch.testing.assert_close(ours.double(), defined, rtol=0, atol=3e-3 if dtype == torch.float32 else 1e-9)


@pytest.mark.parametrize("offset", [0.0, 50.0])
def test_small_sigma_does_not_cancel(offset):
    """z²σ⁻² is 10^7 and more here: multiplied out in float32 the answer would be off by whole nats."""
    mean, sigma = posteriors(300, 5, low=1e-4, high=1e-3, dtype=torch.float64)
    mean, sigma = (mean + offset).float(), sigma.float()
    z = draw(mean, sigma)
    got = log_density(z, Normal(mean, sigma))
    torch.testing.assert_close(got.double(), mixture(z, mean, sigma)[0], rtol=0, atol=1e-3)


@pytest.mark.bad_input
@pytest.mark.parametrize("value", [0.0, 1e6])
def test_an_expanded_tensor_is_the_numbers_that_it_stands_for(value):
    """torch's median of one is memory that nobody wrote: NaN here."""
    z, mean = value + torch.randn(20, 3), torch.full((1, 3), value)
    whole = log_density(z, Normal(mean.repeat(300, 1), torch.ones(300, 3)))
    for _ in range(20):
        unwritten = [torch.full((size,), torch.nan) for size in (3, 12, 300, 900)]
        del unwritten
        expanded = log_density(z, Normal(mean.expand(300, -1), torch.ones(1, 3).expand(300, -1)))
        assert torch.equal(expanded, whole)


def test_what_float64_cannot_tell_apart_is_an_error():
    q = Normal(torch.tensor([[0.0], [1e4]]), torch.tensor([[1e-6], [1e-6]]))
    with pytest.raises(ValueError, match="must not be so small"):
        log_density(torch.tensor([[1e4]]), q)


def test_reduced_precision_of_matrix_products_does_not_reach_the_answer():
    mean, sigma = posteriors(200, 3, low=0.05, dtype=torch.float32)
    z = draw(mean, sigma)
    before = torch.get_float32_matmul_precision()
    try:
        torch.set_float32_matmul_precision("medium")
        got = log_density(z, Normal(mean, sigma))
    finally:
        torch.set_float32_matmul_precision(before)
    torch.testing.assert_close(got.double(), mixture(z, mean, sigma)[0], rtol=0, atol=1e-5)


def test_far_away_the_logarithm_is_finite():
    mean, sigma = posteriors(50, 3, dtype=torch.float32)
    z = mean[:3] + 300
    torch.testing.assert_close(
        log_density(z, Normal(mean, sigma)).double(), mixture(z, mean, sigma)[0], rtol=1e-5, atol=0
    )
