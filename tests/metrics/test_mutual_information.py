import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import rel_entr
from scipy.stats import rankdata
from sklearn.metrics import mutual_info_score
from torch.distributions import Normal

from dvlab.metrics import entropy, mutual_information
from dvlab.metrics._mutual_information import cells

seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=15, deadline=None)


def sklearn_loop(codes, factors, bins):
    """Every latent cut by `np.histogram`'s edges, every pair by scikit-learn."""
    table = np.empty((codes.shape[1], factors.shape[1]))
    for j, k in itertools.product(range(codes.shape[1]), range(factors.shape[1])):
        edges = np.histogram_bin_edges(codes[:, j], bins)
        table[j, k] = mutual_info_score(factors[:, k], np.digitize(codes[:, j], edges[1:-1]))
    return table


def brute_force(posterior, factors):
    """I(z_j; g_k) of a Normal by definition: each conditional mixture written out on a fine grid, and integrated."""
    mean, sigma = posterior.loc.double().numpy(), posterior.scale.double().numpy()
    table = np.empty((mean.shape[1], factors.shape[1]))
    for j in range(mean.shape[1]):
        m, s = mean[:, j], sigma[:, j]
        z = np.unique(m + s * np.linspace(-8, 8, 65)[:, None])  # dense wherever any one of them is narrow
        density = np.exp(-0.5 * ((z[:, None] - m) / s) ** 2) / (s * np.sqrt(2 * np.pi))  # (grid, N)
        q = density.mean(axis=1)
        for k in range(factors.shape[1]):
            total = 0.0
            for g in np.unique(factors[:, k]):
                chosen = factors[:, k] == g
                total += chosen.mean() * np.trapezoid(rel_entr(density[:, chosen].mean(axis=1), q), z)
            table[j, k] = total
    return table


# ---------------------------------------------------------------- histograms


@given(seed=seeds, n=st.integers(2, 400), bins=st.integers(2, 40))
@few
def test_the_histogram_estimator_is_scikit_learns(seed, n, bins):
    rng = np.random.default_rng(seed)
    factors = np.stack([rng.integers(0, 3, n), rng.integers(0, 40, n), np.zeros(n, dtype=int)], axis=1)
    codes = np.stack([rng.normal(size=n), factors[:, 1] / 10, rng.integers(0, 5, n), np.full(n, 0.3)], axis=1)
    ours = mutual_information(codes, factors, bins=bins)
    assert np.abs(ours - sklearn_loop(codes, factors, bins)).max() < 1e-9
    assert (ours >= 0).all()
    assert (ours <= entropy(factors) + 1e-12).all()


def test_twenty_equal_width_bins_unless_told():
    rng = np.random.default_rng(0)
    codes, factors = rng.normal(size=(500, 2)), rng.integers(0, 4, (500, 2))
    assert np.array_equal(
        mutual_information(codes, factors), mutual_information(codes, factors, bins=20, binning="width")
    )


def test_a_two_by_three_table_by_hand():
    counts = np.array([[2, 1, 0], [1, 0, 4]])
    code, factor = np.repeat(np.array(list(np.ndindex(2, 3))), counts.ravel(), axis=0).T
    p = counts / 8
    outer = p.sum(1, keepdims=True) * p.sum(0)
    by_hand = sum(p[i] * np.log(p[i] / outer[i]) for i in np.ndindex(2, 3) if p[i] > 0)
    assert mutual_information(code[:, None], factor[:, None], bins=2) == pytest.approx(by_hand, abs=1e-12)
    assert entropy(factor[:, None]) == pytest.approx(-sum(q * np.log(q) for q in p.sum(0)), abs=1e-12)


def test_nats_not_bits():
    coin = np.array([[0], [1]] * 8)
    assert entropy(coin) == pytest.approx(np.log(2))
    assert mutual_information(coin, coin) == pytest.approx(np.log(2))


def test_a_constant_factor_has_no_entropy_whatever_n():
    assert all(entropy(np.zeros((n, 1)))[0] == 0 for n in range(2, 300))


def test_latents_are_rows_and_factors_columns():
    """`.view(latents, samples)` for a transpose shuffles the codes silently. Here latent 1 is factor 0, alone."""
    rng = np.random.default_rng(0)
    factors = rng.integers(0, 4, (2000, 2))
    codes = np.stack([rng.normal(size=2000), factors[:, 0], rng.normal(size=2000)], axis=1)
    information = mutual_information(codes, factors)
    assert information.shape == (3, 2)
    assert information[1, 0] == pytest.approx(entropy(factors)[0], abs=1e-12)
    assert np.delete(information.ravel(), 2).max() < 0.05
    assert mutual_information(torch.tensor(codes), torch.tensor(factors)) == pytest.approx(information, abs=1e-12)


@given(seed=seeds)
@few
def test_permuting_latents_or_factors_permutes_the_matrix(seed):
    rng = np.random.default_rng(seed)
    factors = rng.integers(0, 5, (300, 3))
    codes = rng.normal(size=(300, 4)) + factors[:, [0, 1, 2, 0]]
    j, k = rng.permutation(4), rng.permutation(3)
    expected = mutual_information(codes, factors)[j][:, k]
    assert mutual_information(codes[:, j], factors[:, k]) == pytest.approx(expected, abs=1e-12)


@given(seed=seeds, binning=st.sampled_from(["width", "quantile"]))
@few
def test_flipping_signs_changes_nothing(seed, binning):
    rng = np.random.default_rng(seed)
    factors = rng.integers(0, 5, (400, 2))
    codes = rng.normal(size=(400, 3)) + factors[:, [0, 1, 1]]
    expected = mutual_information(codes, factors, binning=binning)
    assert mutual_information(-codes, factors, binning=binning) == pytest.approx(expected, abs=1e-12)


@given(seed=seeds, n=st.integers(2, 300), bins=st.integers(2, 30))
@few
def test_quantile_bins_see_only_the_order(seed, n, bins):
    rng = np.random.default_rng(seed)
    factors = rng.integers(0, 5, (n, 2))
    codes = rng.normal(size=(n, 2)).round(1)  # with ties
    expected = mutual_information(codes, factors, bins=bins, binning="quantile")
    for warp in (np.exp, lambda z: z**3 + z, lambda z: 5 * z - 2, np.arctan):
        assert np.array_equal(mutual_information(warp(codes), factors, bins=bins, binning="quantile"), expected)


def test_quantile_bins_are_equally_full_and_ties_stay_together():
    rng = np.random.default_rng(0)
    z = np.exp(3 * rng.normal(size=(1000, 1)))
    assert np.bincount(cells(z, 20, "quantile")[:, 0]).tolist() == [50] * 20
    tied = cells(np.repeat([[0.0], [1.0], [7.0]], [900, 50, 50], axis=0), 20, "quantile")[:, 0]
    assert [len(set(tied[:900])), len(set(tied[900:950])), len(set(tied[950:])), len(set(tied))] == [1, 1, 1, 3]


@given(seed=seeds, values=st.integers(2, 40), bins=st.integers(2, 20))
@few
def test_quantile_bins_are_those_of_scipys_mean_ranks(seed, values, bins):
    z = np.random.default_rng(seed).integers(values, size=97).astype(float)
    expected = np.floor(bins * (rankdata(z) - 0.5) / len(z) + 1e-12)
    assert np.array_equal(cells(z[:, None], bins, "quantile")[:, 0], expected)


def test_one_outlier_ruins_equal_width_bins_but_not_quantile_bins():
    rng = np.random.default_rng(0)
    factors = rng.integers(0, 10, (5000, 1))
    codes = factors + 0.1 * rng.normal(size=(5000, 1))
    spoilt = codes.copy()
    spoilt[0] = 1e6
    assert mutual_information(codes, factors)[0, 0] > 2
    assert mutual_information(spoilt, factors)[0, 0] < 0.01
    before, after = (mutual_information(z, factors, binning="quantile")[0, 0] for z in (codes, spoilt))
    assert abs(before - after) < 0.01


def test_bias_of_noise_is_millers():
    rng = np.random.default_rng(0)
    n, bins, levels = 2000, 10, 8
    noise, factor = rng.uniform(size=(n, 200)), rng.integers(0, levels, (n, 1))
    bias = mutual_information(noise, factor, bins=bins).mean()
    assert bias == pytest.approx((bins - 1) * (levels - 1) / (2 * n), rel=0.05)


def test_fewer_images_than_bins():
    codes, factors = np.array([[0.0], [1.0], [2.0]]), np.array([[0], [0], [1]])
    for binning in ("width", "quantile"):  # every image has a bin of its own
        assert mutual_information(codes, factors, bins=50, binning=binning)[0] == pytest.approx(entropy(factors))


@pytest.mark.parametrize("binning", ["width", "quantile"])
def test_a_constant_code_tells_nothing(binning):
    factors = np.arange(12)[:, None] % 3
    assert mutual_information(np.full((12, 1), 0.1), factors, binning=binning)[0, 0] == 0


def test_the_names_of_the_levels_do_not_matter():
    rng = np.random.default_rng(0)
    index = rng.integers(0, 3, (200, 1))
    codes = rng.normal(size=(200, 2)) + index
    expected = mutual_information(codes, index)
    for names in (np.array([3, 1000, -7]), np.array([0.1, 9.5, 2.5]), np.array(["square", "ellipse", "heart"])):
        assert mutual_information(codes, names[index]) == pytest.approx(expected, abs=1e-12)


# ---------------------------------------------------------------- stochastic codes


def random_posterior(seed, n=120):
    rng = np.random.default_rng(seed)
    factors = np.stack([rng.choice(3, n, p=[0.8, 0.15, 0.05]), rng.integers(0, 6, n), rng.integers(0, 40, n)], axis=1)
    mean = np.stack([factors[:, 0] - 1.0, factors[:, 1] * 0.5, rng.normal(size=n), 3 * np.sin(factors[:, 2])], axis=1)
    sigma = np.exp(rng.normal(size=(n, 4)) * [0.1, 0.5, 0.02, 0.8] + [-1, -2, 0, -1.5])
    return Normal(torch.tensor(mean), torch.tensor(sigma)), factors


@pytest.mark.parametrize("seed", range(3))
def test_a_normals_information_is_the_direct_quadrature(seed):
    posterior, factors = random_posterior(seed)
    ours = mutual_information(posterior, factors)
    assert np.abs(ours - brute_force(posterior, factors)).max() < 0.005
    assert (ours >= 0).all()
    assert (ours <= entropy(factors) + 1e-9).all()


def test_posteriors_far_apart_tell_everything_and_equal_ones_nothing():
    factors = np.repeat([0, 1, 2, 3], [1, 2, 3, 10])[:, None]
    apart = Normal(torch.tensor(factors * 100.0), torch.ones(16, 1))
    assert mutual_information(apart, factors)[0] == pytest.approx(entropy(factors), abs=1e-6)
    assert mutual_information(Normal(torch.zeros(16, 1), torch.ones(16, 1)), factors)[0, 0] == pytest.approx(
        0, abs=1e-9
    )


def test_two_gaussians_against_the_known_integral():
    """BPSK at unit noise: I = ln 2 − E ln(1 + e^(−2(1 + ε))), by Gauss-Hermite."""
    factors = np.array([[0], [1]] * 4)
    posterior = Normal(torch.tensor(2.0 * factors - 1), torch.ones(8, 1).double())
    x, w = np.polynomial.hermite_e.hermegauss(80)
    expected = np.log(2) - (w / w.sum()) @ np.log1p(np.exp(-2 * (1 + x)))
    assert mutual_information(posterior, factors)[0, 0] == pytest.approx(expected, abs=1e-4)


def test_means_and_stochastic_codes_are_different_quantities():
    """Means a hundredth of σ apart name the factor in a histogram; the code itself says next to nothing."""
    factors = np.arange(400)[:, None] % 4
    posterior = Normal(torch.tensor(factors * 0.01), torch.ones(400, 1))
    assert mutual_information(posterior.loc, factors) == pytest.approx(np.log(4))
    assert mutual_information(posterior, factors)[0, 0] < 1e-3


@given(seed=seeds)
@settings(max_examples=3, deadline=None)
def test_a_normals_information_is_invariant_under_sign_scale_and_order(seed):
    posterior, factors = random_posterior(seed, n=100)
    shuffle, j = np.random.default_rng(seed).permutation(100), [2, 0, 3, 1]
    other = Normal(-7 * posterior.loc[shuffle][:, j], 7 * posterior.scale[shuffle][:, j])
    expected = mutual_information(posterior, factors)[j]
    assert mutual_information(other, factors[shuffle]) == pytest.approx(expected, abs=1e-3)


def test_a_subsample_tells_more_than_the_whole():
    rng = np.random.default_rng(0)
    n = 20_000
    factors = rng.integers(0, 40, (n, 1))
    posterior = Normal(torch.tensor(rng.normal(size=(n, 1))), torch.full((n, 1), 0.1))
    whole, part = mutual_information(posterior, factors), mutual_information(
        Normal(posterior.loc[:400], posterior.scale[:400]), factors[:400]
    )  # fmt: skip
    assert whole[0, 0] < 0.05
    assert part[0, 0] > 0.5


# ---------------------------------------------------------------- errors


@pytest.mark.bad_input
def test_bins_are_for_point_codes():
    posterior, factors = Normal(torch.zeros(4, 1), torch.ones(4, 1)), np.array([[0], [1]] * 2)
    for arguments in ({"bins": 20}, {"binning": "quantile"}):
        with pytest.raises(ValueError, match=r"codes\.loc"):
            mutual_information(posterior, factors, **arguments)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("codes", "factors", "arguments", "message"),
    [
        (np.zeros(4), np.zeros((4, 1)), {}, "codes must have two axes"),
        (np.zeros((4, 1)), np.zeros(4), {}, "factors must have two axes"),
        (np.zeros((4, 1)), np.zeros((5, 1)), {}, "4 rows of codes and 5"),
        (np.array([[np.nan], [0]]), np.zeros((2, 1)), {}, "codes must be finite"),
        (np.zeros((0, 1)), np.zeros((0, 1)), {}, "empty"),
        (np.zeros((4, 1)), np.zeros((4, 1)), {"bins": 1}, "bins must be at least 2"),
        (np.zeros((4, 1)), np.zeros((4, 1)), {"binning": "equal"}, "binning must be one of 'width', 'quantile'"),
        (Normal(torch.zeros(4), 1.0), np.zeros((4, 1)), {}, "images, latents"),
        (Normal(torch.zeros(4, 1), torch.ones(4, 1)), np.zeros((5, 1)), {}, "4 rows of codes and 5"),
        (
            Normal(torch.full((4, 1), np.nan), 1.0, validate_args=False),
            np.zeros((4, 1)),
            {},
            "loc must be finite",
        ),
    ],
)
def test_bad_input(codes, factors, arguments, message):
    with pytest.raises(ValueError, match=message):
        mutual_information(codes, factors, **arguments)
