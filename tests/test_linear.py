"""The linear-Gaussian VAE against SciPy's densities and its own identities; β against multipliers and slopes."""

import math

import matplotlib
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence

from dvlab.linear import LinearVAE, beta_for, delta_for, discrete_code, optimal, solve_numerically, water_filling

matplotlib.use("Agg")
λ, σ2 = np.array([4.0, 1.0, 0.25]), 0.1


def some_vae(P=5, D=3, full=False, seed=0):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(D, D))
    S = root @ root.T + 0.1 * np.eye(D) if full else rng.uniform(0.2, 1.5, D)
    vae = LinearVAE(rng.normal(size=(D, P)), S, rng.normal(size=(P, D)), 0.3)
    R = rng.normal(size=(P, P))
    return vae, R @ R.T, rng


# ---------------------------------------------------------------- the model


@pytest.mark.parametrize("full", [False, True])
def test_closed_forms_against_densities_and_samples(full):
    vae, _, rng = some_vae(full=full)
    x = rng.normal(size=(4, 5))
    evidence = multivariate_normal(np.zeros(5), vae.W @ vae.W.T + vae.sigma2 * np.eye(5)).logpdf(x)
    np.testing.assert_allclose(vae.log_evidence(x), evidence)
    q = MultivariateNormal(torch.tensor(x @ vae.A.T), torch.tensor(vae.S_matrix))
    prior = MultivariateNormal(torch.zeros(3, dtype=torch.float64), torch.eye(3, dtype=torch.float64))
    np.testing.assert_allclose(vae.kl(x), kl_divergence(q, prior))
    mean, covariance = vae.posterior(x)
    posterior = MultivariateNormal(torch.tensor(mean), torch.tensor(covariance))
    np.testing.assert_allclose(vae.gap(x), kl_divergence(q, posterior))
    z = rng.multivariate_normal(np.zeros(3), vae.S_matrix, 200_000) + x[0] @ vae.A.T
    log_px = Independent(Normal(torch.tensor(z @ vae.W.T), vae.sigma2**0.5), 1).log_prob(torch.tensor(x[0]))
    assert vae.reconstruction(x)[0] == pytest.approx(float(log_px.mean()), abs=4 * float(log_px.std()) / 200_000**0.5)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 999), st.integers(1, 4), st.integers(1, 4), st.booleans())
def test_evidence_is_elbo_plus_gap(seed, P, D, full):
    """log p(x) = ELBO + KL(q(z|x) || p(z|x)), for each image and in the mean over the data."""
    vae, Σ, rng = some_vae(P, D, full, seed)
    x = rng.normal(size=(6, P))
    np.testing.assert_allclose(vae.log_evidence(x), vae.elbo(x) + vae.gap(x))
    assert np.all(vae.gap(x) >= 0)
    assert vae.expected("log_evidence", Σ) == pytest.approx(vae.expected("elbo", Σ) + vae.expected("gap", Σ))


def test_bayes_rule_gives_the_posterior():
    """log p(z|x) = log p(x|z) + log p(z) - log p(x) at any z."""
    vae, _, rng = some_vae()
    x, z = rng.normal(size=(1, 5)), rng.normal(size=3)
    mean, covariance = vae.posterior(x)
    joint = multivariate_normal(vae.W @ z, vae.sigma2 * np.eye(5)).logpdf(x[0]) + multivariate_normal(
        np.zeros(3)
    ).logpdf(z)
    assert multivariate_normal(mean[0], covariance).logpdf(z) == pytest.approx(joint - vae.log_evidence(x)[0])


@pytest.mark.parametrize("term", ["log_evidence", "reconstruction", "kl", "elbo", "gap"])
def test_expectation_over_the_data(term):
    vae, Σ, rng = some_vae()
    values = getattr(vae, term)(rng.multivariate_normal(np.zeros(5), Σ, 200_000))
    assert vae.expected(term, Σ) == pytest.approx(values.mean(), abs=4 * values.std() / 200_000**0.5)


@pytest.mark.parametrize("full", [False, True])
def test_three_parts_of_the_kl(full):
    vae, Σ, _ = some_vae(full=full)
    terms = vae.kl_terms(Σ)
    parts = terms.mutual_information + terms.total_correlation + terms.dimension_wise.sum()
    assert parts == pytest.approx(terms.total)
    C = torch.tensor(vae.A @ Σ @ vae.A.T + vae.S_matrix)
    zero = torch.zeros(3, dtype=torch.float64)
    product = MultivariateNormal(zero, torch.diag(C.diag()))
    assert terms.total_correlation == pytest.approx(float(kl_divergence(MultivariateNormal(zero, C), product)))
    each = kl_divergence(Normal(zero, C.diag().sqrt()), Normal(zero, 1.0))
    np.testing.assert_allclose(terms.dimension_wise, each)
    assert "closed form" in str(terms) and "±" not in str(terms)


def test_encode_is_the_encoder():
    vae, _, rng = some_vae()
    x = rng.normal(size=(7, 5))
    q = vae.encode(x)
    assert q.batch_shape == (7, 3)
    np.testing.assert_allclose(q.variance[0], vae.S)  # S holds variances, a Normal deviations
    np.testing.assert_allclose(kl_divergence(q, Normal(0.0, 1.0)).sum(1), vae.kl(x))


# ---------------------------------------------------------------- the constrained problem


@pytest.mark.parametrize(
    ("delta", "beta", "active"), [(0.25, 24.26123, 1), (1.0, 7.35759, 2), (2.0, 2.70671, 2), (4.0, 0.69483, 3)]
)
def test_multiplier_is_beta(delta, beta, active):
    """Closed form, both solvers' multipliers, and the slope of the reconstruction, to five digits."""
    water = water_filling(λ, delta, σ2)
    assert water.beta == pytest.approx(beta, rel=1e-5) and beta_for(delta, λ, σ2) == water.beta
    assert water.active.sum() == active
    for method in ("SLSQP", "trust-constr"):
        found = solve_numerically(λ, delta, σ2, method)
        assert found.beta == pytest.approx(water.beta, rel=1e-5)
        assert found.reconstruction == pytest.approx(water.reconstruction, abs=1e-5)
        np.testing.assert_allclose(found.distortions, water.distortions, rtol=1e-4)
    h = 1e-4
    slope = (water_filling(λ, delta + h, σ2).reconstruction - water_filling(λ, delta - h, σ2).reconstruction) / (2 * h)
    assert slope == pytest.approx(water.beta, rel=1e-5)
    assert delta_for(water.beta, λ, σ2) == pytest.approx(delta)


spectra = st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=8).map(np.array)


@settings(max_examples=40, deadline=None)
@given(spectra, st.floats(0, 30), st.floats(0.01, 10))
def test_water_filling_is_what_it_says(λ, delta, σ2):
    water = water_filling(λ, delta, σ2)
    np.testing.assert_allclose(water.distortions, np.minimum(water.beta * σ2, λ))
    np.testing.assert_allclose(water.distortions * np.exp(2 * water.rates), λ)
    assert water.rates.sum() == pytest.approx(delta, abs=1e-9)
    assert delta_for(water.beta, λ, σ2) == pytest.approx(delta, abs=1e-9)
    shuffled = water_filling(λ[::-1].copy(), delta, σ2)
    np.testing.assert_allclose(shuffled.rates[::-1], water.rates, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(spectra, st.floats(0.05, 20))
def test_the_optimal_vae_attains_it(λ, beta):
    vae, Σ = optimal(λ, σ2, beta), np.diag(λ)
    water = water_filling(λ, delta_for(beta, λ, σ2), σ2)
    assert vae.expected("kl", Σ) == pytest.approx(water.delta, abs=1e-9)
    assert vae.expected("reconstruction", Σ) == pytest.approx(water.reconstruction, rel=1e-9)
    terms = vae.kl_terms(Σ)  # all of the KL is information: the aggregate posterior is the prior
    np.testing.assert_allclose(terms.dimension_wise, 0, atol=1e-9)
    assert terms.total_correlation == pytest.approx(0, abs=1e-9)


def test_no_neighbour_of_the_optimal_vae_is_better():
    Σ, beta = np.diag(λ), 3.0
    best = optimal(λ, σ2, beta)
    score = lambda vae: vae.expected("reconstruction", Σ) - beta * vae.expected("kl", Σ)  # noqa: E731
    rng = np.random.default_rng(0)
    for scale in (1e-3, 1e-2, 0.1, 1.0):
        for _ in range(10):
            A, W = (M + scale * rng.normal(size=M.shape) for M in (best.A, best.W))
            assert score(LinearVAE(A, best.S * np.exp(scale * rng.normal(size=3)), W, σ2)) < score(best)


def test_beta_one_is_probabilistic_pca():
    vae = optimal(λ, σ2, 1)
    assert vae.expected("gap", np.diag(λ)) == pytest.approx(0, abs=1e-12)  # the encoder is the posterior
    np.testing.assert_allclose(vae.W @ vae.W.T + σ2 * np.eye(3), np.diag(λ))  # the model is the data's distribution


def test_latents_in_the_order_of_their_variance_and_no_more_than_asked():
    vae = optimal(np.array([0.25, 4.0, 1.0]), σ2, 1.0, latents=2)
    assert vae.A.shape == (2, 3)
    np.testing.assert_array_equal(np.argmax(vae.W, axis=0), [1, 2])
    assert optimal(λ, σ2, 1.0, latents=5).W.shape == (3, 5)  # two are idle
    np.testing.assert_array_equal(optimal(λ, σ2, 1.0, latents=5).S[3:], 1)


def test_edges():
    none = water_filling(λ, 0, σ2)
    assert none.beta == pytest.approx(40) and not none.rates.any()
    np.testing.assert_allclose(none.distortions, λ)
    ties = water_filling(np.array([2.0, 2.0, 2.0]), 3.0, σ2)
    np.testing.assert_allclose(ties.rates, 1)
    zero = water_filling(np.array([1.0, 0.0]), 2.0, σ2)
    np.testing.assert_allclose(zero.rates, [2, 0])
    np.testing.assert_allclose(zero.distortions, [math.exp(-4), 0])
    assert not zero.active[1] and optimal(np.array([1.0, 0.0]), σ2, 0.1).expected("kl", np.diag([1.0, 0.0])) > 0
    huge = water_filling(λ, 5000.0, σ2)
    assert huge.beta == 0 and huge.rates.sum() == pytest.approx(5000) and np.isfinite(huge.reconstruction)
    assert delta_for(1e9, λ, σ2) == 0


def test_ties_are_solved_too():
    found = solve_numerically(np.array([2.0, 2.0, 0.5]), 1.5, σ2)
    assert found.beta == pytest.approx(beta_for(1.5, np.array([2.0, 2.0, 0.5]), σ2), rel=1e-5)


def test_prints_and_plots():
    water = water_filling(λ, 1.0, σ2)
    assert "β = 7.3576" in str(water)
    assert water.plot().get_ylabel() == "variance"


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: water_filling(λ, -1.0, σ2), "delta must be a finite number"),
        (lambda: water_filling(λ, math.inf, σ2), "delta must be a finite number"),
        (lambda: beta_for(math.nan, λ, σ2), "delta must be a finite number"),
        (lambda: water_filling(np.array([1.0, -1.0]), 1.0, σ2), "eigenvalues must be"),
        (lambda: water_filling(np.zeros(3), 1.0, σ2), "eigenvalues must be"),
        (lambda: water_filling(np.array([]), 1.0, σ2), "eigenvalues must have axes"),
        (lambda: water_filling(np.array([1.0, np.nan]), 1.0, σ2), "eigenvalues must be finite"),
        (lambda: water_filling(λ, 1.0, 0.0), "sigma2 must be a finite number"),
        (lambda: delta_for(0.0, λ, σ2), "beta must be a finite number above 0"),
        (lambda: optimal(λ, σ2, -1.0), "beta must be a finite number above 0"),
        (lambda: optimal(λ, σ2, 1.0, latents=0), "latents must be at least 1"),
        (lambda: solve_numerically(λ, 1.0, σ2, "newton"), "method must be one of"),
        (lambda: solve_numerically(λ, 0.0, σ2), "delta must be positive"),
        (lambda: LinearVAE(np.ones((2, 3)), np.ones(2), np.ones((2, 3)), 1.0), "W must be"),
        (lambda: LinearVAE(np.ones((2, 3)), np.ones(3), np.ones((3, 2)), 1.0), "S "),
        (lambda: LinearVAE(np.ones((2, 3)), np.zeros(2), np.ones((3, 2)), 1.0), "S must be positive definite"),
        (lambda: LinearVAE(np.ones((2, 3)), np.full(2, np.inf), np.ones((3, 2)), 1.0), "S must be finite"),
        (
            lambda: LinearVAE(np.ones((2, 3)), np.ones(2), np.ones((3, 2)), 0.0),
            "sigma2 must be a finite number above 0",
        ),
        (lambda: some_vae(full=True)[0].encode(np.ones((1, 5))), "S must be diagonal"),
        (lambda: some_vae()[0].expected("loss", np.eye(5)), "term must be one of"),
        (lambda: some_vae()[0].expected("kl", np.eye(4)), "symmetric matrix of 5 rows"),
        (lambda: some_vae()[0].expected("kl", -np.eye(5)), "must be a covariance"),
        (lambda: some_vae()[0].kl_terms(np.eye(4)), "symmetric matrix of 5 rows"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# ---------------------------------------------------------------- a discrete code: the slack case


def codebook(N=6, seed=0):
    x = np.random.default_rng(seed).normal(size=(N, 3))
    return -((x[:, None] - x) ** 2).sum(-1) / (2 * σ2)


@pytest.mark.parametrize("delta", [math.log(6), 2.0, 100.0])
def test_beyond_ln_N_the_constraint_is_slack(delta):
    best = discrete_code(codebook(), delta)
    assert best.beta == 0
    assert best.kl == pytest.approx(math.log(6))
    np.testing.assert_array_equal(best.code, np.eye(6))
    assert best.reconstruction == 0


@pytest.mark.parametrize("delta", [0.1, 0.7, 1.5])
def test_below_ln_N_it_binds_and_the_multiplier_is_the_slope(delta):
    best, h = discrete_code(codebook(), delta), 1e-4
    assert best.kl == pytest.approx(delta, abs=1e-9) and best.beta > 0
    slope = (
        discrete_code(codebook(), delta + h).reconstruction - discrete_code(codebook(), delta - h).reconstruction
    ) / (2 * h)
    assert slope == pytest.approx(best.beta, rel=1e-4)
    np.testing.assert_allclose(best.code.sum(1), 1)


def test_codes_that_decode_alike_need_fewer_nats():
    """Each image has two best codes out of four: ln 2 nats are all that can be used."""
    log_px = np.array([[0.0, 0.0, -3.0, -3.0], [-3.0, -3.0, 0.0, 0.0]])
    best = discrete_code(log_px, 1.0)
    assert best.beta == 0 and best.kl == pytest.approx(math.log(2))


@pytest.mark.bad_input
def test_bad_codes():
    with pytest.raises(ValueError, match="must depend on the code"):
        discrete_code(np.zeros((2, 3)), 1.0)
    with pytest.raises(ValueError, match="log_px must be finite"):
        discrete_code(np.array([[0.0, -np.inf]]), 1.0)
    with pytest.raises(ValueError, match="delta must be positive"):
        discrete_code(codebook(), 0.0)
