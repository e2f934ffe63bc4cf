"""One latent's aggregate posterior on a grid, against every Gaussian of the mixture evaluated at every point."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import xlogy
from scipy.stats import norm

from dvlab.aggregate import bin_posteriors, grid_densities


def integral_q_log_q(grid, density):
    return np.trapezoid(xlogy(density, density), grid)


def defined(mean, sigma, points=100_000):
    """∫ q log q of the mixture on a dense grid of its own."""
    z = np.linspace((mean - 9 * sigma).min(), (mean + 9 * sigma).max(), points)
    q = np.zeros_like(z)
    for m, s in zip(mean, sigma, strict=True):
        a, b = np.searchsorted(z, [m - 9 * s, m + 9 * s])
        q[a:b] += norm.pdf(z[a:b], m, s) / len(mean)
    return integral_q_log_q(z, q)


def mutual_information(mean, sigma, labels):
    grid, q = grid_densities(mean, sigma, labels)
    share = np.bincount(labels) / len(labels)
    return share @ [integral_q_log_q(grid, row) for row in q] - integral_q_log_q(grid, share @ q)


rng = np.random.default_rng(0)
MIXTURES = {
    "one": (np.array([0.3]), np.array([0.2])),
    "one sigma": (rng.normal(size=200), np.full(200, 0.03)),
    "sigmas from 1e-3 to 1": (rng.normal(size=200), np.exp(rng.uniform(np.log(1e-3), 0, 200))),
    "idle": (rng.normal(size=200) * 0.01, rng.uniform(0.98, 1.0, 200)),
    "five spikes": (np.repeat(np.arange(5.0), 7), np.full(35, 1e-3)),
    "spike on a hill": (np.array([0.0, 0.1]), np.array([1e-3, 1.0])),
    "off the origin": (1000 + rng.normal(size=50), rng.uniform(0.05, 0.5, 50)),
}


@pytest.mark.parametrize("name", MIXTURES)
def test_density_and_entropy(name):
    mean, sigma = MIXTURES[name]
    grid, q = grid_densities(mean, sigma)
    assert q.shape == (1, len(grid)) and q.min() >= 0 and np.all(np.diff(grid) > 0)
    some = np.linspace(0, len(grid) - 1, 500).astype(int)
    direct = norm.pdf(grid[some, None], mean, sigma).mean(1)
    assert np.abs(q[0, some] - direct).max() < 0.02 * q.max()
    assert np.trapezoid(q[0], grid) == pytest.approx(1, abs=1e-8)
    assert integral_q_log_q(grid, q[0]) == pytest.approx(defined(mean, sigma), abs=1e-3)


@pytest.mark.parametrize("name", MIXTURES)
def test_the_first_four_moments_are_kept(name):
    mean, sigma = MIXTURES[name]
    grid, q = grid_densities(mean, sigma)
    d, v = mean - mean.mean(), sigma**2
    exact = [0, d**2 + v, d**3 + 3 * d * v, d**4 + 6 * d**2 * v + 3 * v**2]  # of a Gaussian about another point
    scale = np.mean(d**2 + v) ** 0.5
    for k, moment in enumerate(exact, start=1):
        found = np.trapezoid(q[0] * (grid - mean.mean()) ** k, grid)
        assert found == pytest.approx(np.mean(moment), abs=1e-6 * scale**k), k


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 1), st.floats(0, 5), st.floats(1, 5))
def test_two_posteriors_at_any_offset_from_the_grid_and_any_sigma(offset, distance, ratio):
    """Nothing averages out here; the weights on the grid's points are as wrong as they get."""
    mean, sigma = np.array([offset, offset + distance * ratio]), np.array([1.0, ratio])
    grid, q = grid_densities(mean, sigma)
    assert integral_q_log_q(grid, q[0]) == pytest.approx(defined(mean, sigma, points=4001), abs=1e-3)


def test_entropy_against_adaptive_quadrature():
    mean, sigma = np.array([-1.0, 0.3, 2.0]), np.array([0.2, 0.03, 0.7])
    q = lambda z: norm.pdf(z, mean, sigma).mean()  # noqa: E731
    truth = quad(lambda z: xlogy(q(z), q(z)), -8, 9, limit=500, points=[*mean, 0.2, 0.4])[0]
    grid, density = grid_densities(mean, sigma)
    assert integral_q_log_q(grid, density[0]) == pytest.approx(truth, abs=1e-3)


def test_conditional_densities_of_unbalanced_labels():
    mean, sigma = MIXTURES["sigmas from 1e-3 to 1"]
    labels = rng.choice(4, size=200, p=[0.8, 0.15, 0.0, 0.05])
    labels[:4] = [3, 1, 0, 0]
    grid, q = grid_densities(mean, sigma, labels)
    assert q.shape[0] == 4 and not q[2].any()  # nobody has label 2
    for label in (0, 1, 3):
        part = labels == label
        truth = defined(mean[part], sigma[part])
        assert integral_q_log_q(grid, q[label]) == pytest.approx(truth, abs=2e-3)
    share = np.bincount(labels) / 200
    np.testing.assert_allclose(share @ q, grid_densities(mean, sigma)[1][0], atol=1e-6 * q.max())


def test_mutual_information_with_a_factor():
    """Within 0.005 nats of the mixtures integrated one by one; and where the answer is known."""
    labels = np.arange(600) % 5
    mean, sigma = 0.3 * labels + 0.1 * rng.normal(size=600), rng.uniform(0.02, 0.5, 600)
    parts = [defined(mean[labels == k], sigma[labels == k]) for k in range(5)]
    truth = np.mean(parts) - defined(mean, sigma)
    assert mutual_information(mean, sigma, labels) == pytest.approx(truth, abs=1e-3)
    apart = mutual_information(10.0 * labels, np.full(600, 0.01), labels)
    assert apart == pytest.approx(np.log(5), abs=1e-6)
    assert mutual_information(np.zeros(600), np.ones(600), labels) == pytest.approx(0, abs=1e-6)


def test_two_levels_that_differ_by_less_than_a_grid_step():
    """Nearest bins would say 0, or move the two apart: the means inside a step count too."""
    labels = np.arange(100) % 2
    mean, sigma = 0.2 * labels, np.ones(100)
    truth = -defined(np.array([0.0, 0.2]), np.ones(2)) - 0.5 * np.log(2 * np.pi * np.e)
    assert mutual_information(mean, sigma, labels) == pytest.approx(truth, abs=1e-5)


def test_an_outlier_costs_nothing():
    mean, sigma = np.append(rng.normal(size=300), [1e7, -400.0]), np.append(np.full(300, 0.02), [0.02, 1.0])
    grid, q = grid_densities(mean, sigma)
    assert len(grid) < 5000
    inliers = defined(mean[:-2], sigma[:-2])  # three islands: ∫ q log q = sum of share (ln share + own ∫ q log q)
    own = np.array([inliers, -0.5 * np.log(2 * np.pi * np.e * 0.02**2), -0.5 * np.log(2 * np.pi * np.e)])
    share = np.array([300, 1, 1]) / 302
    assert integral_q_log_q(grid, q[0]) == pytest.approx(share @ (np.log(share) + own), abs=1e-3)


def test_bins_serve_any_number_of_label_sets():
    mean, sigma = MIXTURES["one sigma"]
    bins = bin_posteriors(mean.astype(np.float32), sigma.astype(np.float32))
    for labels in (np.arange(200) % 3, np.arange(200, dtype=np.int32) // 50):
        for got, expected in zip(bins.densities(labels), grid_densities(mean, sigma, labels), strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def test_a_sigma_below_the_grid_is_raised_to_two_steps():
    grid, q = grid_densities(np.array([0.0, 0.0]), np.array([1e-9, 1.0]))
    assert len(grid) < 150_000
    assert np.trapezoid(q[0], grid) == pytest.approx(1, abs=1e-6)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("mean", "sigma", "message"),
    [
        ([0.0, np.nan], [1.0, 1.0], "mean must be finite"),
        ([0.0, 0.0], [1.0, np.inf], "sigma must be finite"),
        ([0.0, 0.0], [1.0, 0.0], "sigma must be positive"),
        ([0.0, 0.0], [1.0], "must both have shape"),
        ([], [], "mean must have axes"),
        ([[0.0]], [[1.0]], "mean must have axes"),
    ],
)
def test_bad_posteriors(mean, sigma, message):
    with pytest.raises(ValueError, match=message):
        bin_posteriors(np.array(mean), np.array(sigma))


@pytest.mark.bad_input
@pytest.mark.parametrize("labels", [[0], [0, -1], [0.0, 1.0], [[0, 1]]])
def test_bad_labels(labels):
    with pytest.raises(ValueError, match="labels must hold 2 whole numbers from 0 to a million"):
        grid_densities(np.zeros(2), np.ones(2), np.array(labels))


@pytest.mark.parametrize("narrow", [1e-6, 1e-9])
def test_posteriors_too_narrow_for_the_grid_keep_their_mass(narrow):
    """Raised to two spacings, they need room at the ends of the grid and of every stretch of it."""
    mean, sigma = np.array([0.0, 100.0, -100.0, 7.0]), np.array([1.0, narrow, narrow, narrow])
    grid, density = bin_posteriors(mean, sigma).densities(np.arange(4))
    assert np.trapezoid(density, grid) == pytest.approx(np.ones(4), abs=1e-6)
    assert np.trapezoid(density * grid, grid) == pytest.approx(mean, abs=1e-4)


def test_many_narrow_posteriors_beside_broad_ones():
    rng = np.random.default_rng(0)
    mean, sigma = rng.normal(size=500), 10.0 ** rng.uniform(-9, -1, 500)
    grid, density = bin_posteriors(mean, sigma).densities()
    assert np.trapezoid(density[0], grid) == pytest.approx(1, abs=1e-6)
    assert np.trapezoid(density[0] * grid, grid) == pytest.approx(mean.mean(), abs=1e-4)
