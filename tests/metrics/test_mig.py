import dataclasses
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import Normal

from dvlab.metrics import entropy, latent_mig, mig, mig_sup, mutual_information
from dvlab.metrics._mig import latent_gaps

seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=10, deadline=None)


def grid(*sizes):
    """Every combination of levels once."""
    return np.stack(np.unravel_index(np.arange(np.prod(sizes)), sizes), axis=1)


def stochastic(mean, sigma=0.01):
    return Normal(torch.tensor(mean, dtype=torch.float64), torch.full(mean.shape, sigma, dtype=torch.float64))


# ---------------------------------------------------------------- disentanglement_lib's own cases


def test_identity_codes_reach_one():
    factors = grid(2, 3, 4, 5, 6)
    assert mig(factors, factors).score == pytest.approx(1)
    assert mig(stochastic(factors), factors).score == pytest.approx(1, abs=1e-6)


def test_zeros_score_zero():
    factors = grid(2, 3, 4)
    for codes in (np.zeros((24, 5)), stochastic(np.zeros((24, 5)))):
        result = mig(codes, factors)
        assert result.score == pytest.approx(0, abs=1e-9)
        assert result.per_factor == pytest.approx(0, abs=1e-9)


def test_duplicated_codes_score_zero():
    factors = grid(2, 3, 4)
    for codes in (np.hstack([factors, factors]), stochastic(np.hstack([factors, factors]))):
        assert mig(codes, factors).score == pytest.approx(0, abs=1e-9)


# ---------------------------------------------------------------- the definition


def test_the_gap_by_the_definition():
    rng = np.random.default_rng(0)
    factors = rng.integers(0, [3, 4, 5], (500, 3))
    codes = factors @ rng.normal(size=(3, 4)) + rng.normal(size=(500, 4))
    result = mig(codes, factors)
    for k in range(3):
        second, best = sorted(mutual_information(codes, factors)[:, k])[-2:]
        assert result.per_factor[k] == pytest.approx((best - second) / entropy(factors)[k], abs=1e-12)
    assert result.score == pytest.approx(result.per_factor.mean(), abs=1e-12)
    assert np.array_equal(result.mutual_information, mutual_information(codes, factors))
    assert np.array_equal(result.entropy, entropy(factors))


def test_divided_by_the_factors_entropy_not_the_codes():
    factor = np.repeat([[0], [1]], 500, axis=0)
    code = factor + np.linspace(0, 0.9, 1000)[:, None] % 0.45  # fills all its bins, and names the factor
    assert mig(code, factor).score == pytest.approx(1)  # over H(z) it would be ln 2 / ln 20 = .23


def test_a_lost_factor_counts():
    factors = grid(3, 4, 5, 2)
    lost = mig(stochastic(factors[:, 1:].astype(float)), factors)
    assert lost.score == pytest.approx(3 / 4, abs=1e-6)
    assert lost.per_factor[0] == pytest.approx(0, abs=1e-9)


def test_unbalanced_factors():
    """P(g = 1) = 1/8: I is H(1/8) itself for a perfect code, and 0 for the dead one."""
    factors = np.array([[0]] * 7 + [[1]])
    codes = np.hstack([factors, np.zeros((8, 1))])
    for result in (mig(codes, factors), mig(stochastic(codes), factors)):
        assert result.entropy[0] == pytest.approx(-(np.log(1 / 8) / 8 + 7 / 8 * np.log(7 / 8)))
        assert result.score == pytest.approx(1, abs=1e-6)


def test_with_one_latent_the_second_best_is_zero():
    factors = grid(4, 3)
    assert mig(factors[:, :1], factors).per_factor == pytest.approx([1, 0], abs=1e-12)


def test_a_constant_factor_is_left_out_with_a_warning():
    factors = np.hstack([np.full((12, 1), 7), grid(4, 3)])
    for codes in (factors, stochastic(factors)):
        with pytest.warns(UserWarning, match="constant over these images: factor 0"):
            result = mig(codes, factors)
        assert np.isnan(result.per_factor[0])
        assert result.score == pytest.approx(1, abs=1e-6)
        with pytest.warns(UserWarning, match="factor 0"):
            assert latent_mig(codes, factors).score == pytest.approx(1, abs=1e-6)


@pytest.mark.bad_input
def test_nothing_varies():
    for metric in (mig, latent_mig):
        for codes in (np.arange(6.0)[:, None], stochastic(np.arange(6.0)[:, None])):
            with pytest.raises(ValueError, match="every factor is constant"):
                metric(codes, np.zeros((6, 2)))


@pytest.mark.bad_input
@pytest.mark.parametrize("metric", [mig, latent_mig])
def test_bad_input(metric):
    factors = grid(3, 2)
    with pytest.raises(ValueError, match="two axes"):
        metric(np.zeros(6), factors)
    with pytest.raises(ValueError, match="finite"):
        metric(np.full((6, 2), np.nan), factors)
    with pytest.raises(ValueError, match="5 rows of codes and 6"):
        metric(np.zeros((5, 2)), factors)
    with pytest.raises(ValueError, match=r"codes\.loc"):
        metric(stochastic(factors), factors, bins=10)


@given(seed=seeds, binning=st.sampled_from(["width", "quantile"]))
@few
def test_scores_are_in_range_and_ignore_order_and_sign(seed, binning):
    rng = np.random.default_rng(seed)
    factors = rng.integers(0, [2, 5], (200, 2))
    codes = rng.normal(size=(200, 3)) + factors[:, [0, 1, 1]] * rng.normal(size=3)
    other = codes[:, rng.permutation(3)] * rng.choice([-1, 1], 3)
    for metric in (mig, latent_mig):
        one, two = metric(codes, factors, binning=binning), metric(other, factors, binning=binning)
        assert 0 <= one.score <= 1
        assert one.score == pytest.approx(two.score, abs=1e-12)
    warped = mig(np.exp(codes), factors, binning="quantile")
    assert warped.per_factor == pytest.approx(mig(codes, factors, binning="quantile").per_factor, abs=1e-12)


@given(seed=seeds)
@settings(max_examples=4, deadline=None)
def test_a_normals_score_is_in_range_and_ignores_order_and_sign(seed):
    rng = np.random.default_rng(seed)
    factors = rng.integers(0, [2, 5], (100, 2))
    q = Normal(torch.tensor(rng.normal(size=(100, 3))), torch.tensor(np.exp(rng.normal(size=(100, 3)) * 0.3 - 1)))
    other = Normal(-q.loc[:, [2, 0, 1]], q.scale[:, [2, 0, 1]])
    for metric in (mig, latent_mig):
        one, two = metric(q, factors), metric(other, factors)
        assert 0 <= one.score <= 1
        assert one.score == pytest.approx(two.score, abs=0.01)


def test_levels_may_be_sparse_or_strings_or_floats():
    index = grid(2, 3)
    codes = np.random.default_rng(0).normal(size=(6, 4))
    expected = mig(codes, index).per_factor
    for names in (np.array([3, 1000, 70_000_000]), np.array(["a", "b", "c"]), np.array([0.1, 0.7, 2.5])):
        assert mig(codes, names[index]).per_factor == pytest.approx(expected, abs=1e-12)


# ---------------------------------------------------------------- what the estimator adds


def test_the_ceiling_of_twenty_bins_on_dsprites_is_090():
    factors = np.arange(1440)[:, None] % [3, 6, 40, 32, 32]
    result = mig(np.zeros((1440, 1)), factors)
    twelve_pairs = (np.log(32) - 24 / 32 * np.log(2)) / np.log(32)  # 20 bins for 32 levels: 12 hold two, 8 hold one
    assert result.ceiling == pytest.approx([1, 1, np.log(20) / np.log(40), twelve_pairs, twelve_pairs], abs=1e-9)
    assert result.ceiling.mean() == pytest.approx(0.90, abs=0.005)


def test_a_perfect_code_reaches_its_ceiling_and_the_quadrature_has_none():
    factors = grid(40, 32)
    result = mig(factors, factors)
    assert result.per_factor == pytest.approx(result.ceiling, abs=1e-9)
    exact = mig(stochastic(factors.astype(float)), factors)
    assert exact.score == pytest.approx(1, abs=1e-4)
    assert (exact.ceiling, exact.null) == (None, None)


@pytest.mark.parametrize(("n", "binning"), [(100, "width"), (100, "quantile"), (400, "width")])
def test_null_is_what_noise_scores(n, binning):
    rng = np.random.default_rng(0)
    factors = rng.integers(0, [4, 10], (n, 2))
    noise = [mig(rng.normal(size=(n, 6)), factors, binning=binning) for _ in range(100)]
    assert np.mean([r.score for r in noise]) == pytest.approx(np.mean([r.null for r in noise]), rel=0.2)


def test_null_shuffles_each_latent_by_itself():
    """Two copies of a latent are two latents of noise; shuffled together they would have no gap between them."""
    z, factors = np.random.default_rng(0).standard_normal((300, 1)), np.arange(300)[:, None] % 5
    assert mig(np.hstack([z, z]), factors).null > 0.005


def test_null_does_not_see_the_signal_and_is_repeatable():
    factors = np.tile(grid(4, 5), (50, 1))
    result = mig(factors, factors)
    assert result.score == pytest.approx(1)
    assert 0 < result.null < 0.02
    assert mig(factors, factors).null == result.null


def test_an_outlier_and_the_choice_of_bins():
    rng = np.random.default_rng(0)
    factors = rng.integers(0, 10, (4000, 2))
    codes = factors + 0.1 * rng.normal(size=(4000, 2))
    spoilt = codes.copy()
    spoilt[0] = 1e5
    assert mig(codes, factors).score > 0.85
    assert mig(spoilt, factors).score < 0.001
    assert mig(spoilt, factors, binning="quantile").score > 0.85


def test_the_estimator_says_what_was_computed():
    factors = grid(3, 4)
    assert mig(factors, factors).estimator == "histogram of point codes in 20 equal-width bins, n = 12"
    assert "7 equally full bins" in mig(factors, factors, bins=7, binning="quantile").estimator
    assert "stochastic code" in mig(stochastic(factors), factors).estimator
    assert latent_mig(factors, factors).estimator == mig(factors, factors).estimator


def test_a_rotation_lowers_the_gap_to_nothing():
    a = np.pi / 4
    factors = grid(8, 8)
    mean = (factors - 3.5) @ np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    assert mig(stochastic(mean, 0.2), factors).score == pytest.approx(0, abs=1e-3)


# ---------------------------------------------------------------- the transpose


def test_latent_mig_is_migs_transpose():
    rng = np.random.default_rng(0)
    information = rng.uniform(size=(4, 3))
    result = latent_gaps(information, np.ones(3), "")
    ordered = np.sort(information, axis=1)
    assert result.per_latent == pytest.approx(ordered[:, -1] - ordered[:, -2])
    assert result.weight == pytest.approx(information.sum(axis=1) / information.sum())
    assert result.score == pytest.approx(result.per_latent @ result.weight)


def test_a_latent_that_packs_two_factors_is_seen_by_latent_mig_alone():
    factors = grid(4, 4)
    packed = 4.0 * factors[:, :1] + factors[:, 1:]
    assert mig(stochastic(packed), factors).score == pytest.approx(1, abs=1e-6)
    assert latent_mig(stochastic(packed), factors).score == pytest.approx(0, abs=1e-6)


def test_a_duplicated_latent_is_seen_by_mig_alone():
    factors = grid(4, 4)
    duplicated = np.hstack([factors, factors])
    assert mig(duplicated, factors).score == pytest.approx(0, abs=1e-12)
    assert latent_mig(duplicated, factors).score == pytest.approx(1)


def test_a_dead_latent_changes_nothing():
    rng = np.random.default_rng(0)
    factors = rng.integers(0, 4, (300, 2))
    codes = factors + 0.3 * rng.normal(size=(300, 2))
    dead = np.hstack([codes, np.zeros((300, 3))])
    assert mig(dead, factors).score == pytest.approx(mig(codes, factors).score, abs=0.05)
    assert latent_mig(dead, factors).score == pytest.approx(latent_mig(codes, factors).score, abs=1e-12)
    assert latent_mig(dead[:, 2:], factors).score == 0


def test_with_one_factor_the_second_best_is_zero():
    factors = grid(5, 2)[:, :1]
    result = latent_mig(np.hstack([factors, np.zeros((10, 1))]), factors)
    assert result.per_latent == pytest.approx([1, 0])
    assert result.score == pytest.approx(1)


# ---------------------------------------------------------------- how results show themselves


def test_results_are_numpy_print_short_and_draw():
    factors = torch.tensor(grid(3, 4))
    for metric in (mig, latent_mig):
        for codes in (factors.float(), stochastic(factors.double().numpy())):
            result = metric(codes, factors)
            arrays = [v for v in vars(result).values() if v is not None and not isinstance(v, str | float)]
            assert all(isinstance(v, np.ndarray) for v in arrays)
            assert result.estimator in str(result)
            assert max(map(len, str(result).splitlines())) <= 110
            ax = result.plot(factors=["shape", "x"])
            assert [t.get_text() for t in ax.get_xticklabels()] == ["shape", "x"]
            assert "nats" in ax.figure.axes[1].get_ylabel()
    with pytest.raises(ValueError, match="a name for each of the 2 factors; got 1"):
        mig(factors.float(), factors).plot(factors=["shape"])
    with pytest.raises(dataclasses.FrozenInstanceError):
        mig(factors.float(), factors).score = 1.0


def test_no_warning_when_every_factor_varies():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mig(grid(3, 4), grid(3, 4))
        latent_mig(grid(3, 4), grid(3, 4))


def test_mig_sup_is_latent_mig():
    assert mig_sup is latent_mig
    assert float(mig_sup(grid(3, 4), grid(3, 4))) == latent_mig(grid(3, 4), grid(3, 4)).score
