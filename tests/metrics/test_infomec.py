from itertools import permutations

import numpy as np
import pytest
import torch
from published import official_infoe
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression
from torch.distributions import Normal

from dvlab.metrics import entropy, infomec, mutual_information
from dvlab.metrics._discriminant import log_probabilities
from dvlab.metrics._infomec import _concentration
from dvlab.metrics._split import held_out

pytestmark = pytest.mark.filterwarnings("error")

FACTORS = np.tile(np.stack(np.unravel_index(np.arange(60), (3, 4, 5)), axis=1), (15, 1))


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def three(found):
    return found.modularity, found.compactness, found.explicitness


def normal(mean, sigma=0.05):
    return Normal(torch.tensor(mean, dtype=torch.float64), torch.full(mean.shape, sigma, dtype=torch.float64))


@pytest.mark.parametrize("kind", ["histogram", "knn", "quadrature"])
def test_perfect_codes_in_other_units_with_a_dead_and_a_noisy_latent(kind):
    z = np.hstack([np.zeros((900, 1)), FACTORS[:, [2, 0, 1]] * [-2.0, 1, 3], drawn(900, 1)])
    found = infomec(normal(z), FACTORS) if kind == "quadrature" else infomec(z, FACTORS, kind)
    assert three(found) == pytest.approx((1, 1, 1), abs=0.02)
    assert found.active.tolist() == [False, True, True, True, False]
    assert float(found) == found.modularity


def test_a_dead_latent_beside_a_mixed_code_changes_nothing():
    z = FACTORS @ np.array([[1.0, 0.8, 0], [0, 1, 0.8], [0, 0, 1]]) + 0.1 * drawn(900, 3)
    without, beside = infomec(z, FACTORS), infomec(np.insert(z, 1, 2.5, axis=1), FACTORS)
    assert three(beside) == pytest.approx(three(without), abs=0.002)  # chance is shuffled anew
    assert 0.05 < without.compactness < 0.9


def test_the_predictor_sees_one_sample_an_image_by_the_seed():
    z = FACTORS + 0.3 * drawn(900, 3)
    samples = z + 0.8 * np.random.default_rng(3).standard_normal(z.shape)
    found = infomec(normal(z, 0.8), FACTORS, seed=3)
    assert found.explicitness_per_factor == pytest.approx(infomec(samples, FACTORS, seed=3).explicitness_per_factor)


@pytest.mark.parametrize("kind", ["histogram", "knn", "quadrature"])
@pytest.mark.parametrize("outlier", [False, True])
def test_noise_tells_nothing(kind, outlier):
    z = drawn(900, 4, seed=3)
    z[5, 0] = 1000 if outlier else z[5, 0]
    found = infomec(normal(z), FACTORS) if kind == "quadrature" else infomec(z, FACTORS, kind)
    assert three(found) == pytest.approx((0, 0, 0), abs=0.02)
    assert not found.active.any()


def test_the_definition_entry_by_entry():
    """With many images nothing is pruned but what is nothing: M and C are those of the plain information."""
    factors = np.tile(np.stack(np.unravel_index(np.arange(16), (4, 4)), axis=1), (400, 1))
    z = factors @ np.array([[1.0, 0.5, 0], [0, 1, 1]]) + 0.4 * drawn(6400, 3)
    found = infomec(normal(z, 0.3), factors)
    N = mutual_information(normal(z, 0.3), factors) / entropy(factors)
    N[N < 0.01] = 0
    assert found.normalised == pytest.approx(N, abs=1e-12)
    M = np.mean([(row.max() / row.sum() - 1 / 2) / (1 - 1 / 2) for row in N])
    C = np.mean([(row.max() / row.sum() - 1 / 3) / (1 - 1 / 3) for row in N.T])
    assert three(found)[:2] == pytest.approx((M, C))


def test_shares_at_the_edges():
    N = np.array([[0.0, 0, 0], [0.3, 0, 0], [0.2, 0.2, 0.2], [0.4, 0.2, 0]])
    assert _concentration(N) == pytest.approx([0, 1, 0, 0.5])
    assert _concentration(N[:, :1]).tolist() == [0, 1, 1, 1]


def test_two_copies_and_a_packed_latent():
    found = infomec(np.hstack([FACTORS, -FACTORS]).astype(float), FACTORS)
    assert three(found) == pytest.approx((1, (1 / 2 - 1 / 6) / (1 - 1 / 6), 1), abs=0.02)
    two = FACTORS[:, :2]
    assert infomec(4.0 * two[:, :1] + two[:, 1:], two).modularity == pytest.approx(0, abs=0.03)


def test_explicitness_reaches_a_logistic_regression_that_has_converged():
    """Gaussian levels along lines: the softmax of linear functions is the truth, so both come near it."""
    g = np.random.default_rng(0).integers(0, 4, 4000)
    z = np.stack([g + 0.6 * drawn(4000), drawn(4000, seed=1)], axis=1)
    z = (z - z.mean(axis=0)) / z.std(axis=0)
    ours = log_probabilities(z[:3000], g[:3000], z[3000:], 4)
    model = LogisticRegression(C=1e4, max_iter=2000).fit(z[:3000], g[:3000])
    theirs = model.predict_log_proba(z[3000:])
    index = np.arange(1000)
    assert -ours[index, g[3000:]].mean() == pytest.approx(-theirs[index, g[3000:]].mean(), abs=0.01)
    assert np.exp(ours).sum(axis=1) == pytest.approx(1)


def test_explicitness_is_of_images_that_were_held_out():
    g = np.random.default_rng(1).integers(0, 5, (60, 2))
    z = drawn(60, 12, seed=2)
    assert official_infoe(z, g) > 0.3
    assert infomec(z, g).explicitness < 0.05


def test_few_images_of_a_clean_code_are_nearly_as_explicit_as_their_true_posterior_says():
    """Where no levels meet in training, one held-out image between two must not cost all that the others say."""
    worst = 0.0
    for seed in range(60, 90):
        rng = np.random.default_rng(seed)
        g = rng.integers(0, 3, (300, 1))
        z = g + 0.2 * rng.normal(size=g.shape)
        held = held_out(300, 0.2, 0).test
        exact = log_softmax(-((z[held] - np.arange(3)) ** 2) / (2 * 0.2**2), axis=1)
        ours = infomec(z, g)
        said = 1 + exact[np.arange(len(held)), g[held, 0]].mean() / entropy(g)[0]
        worst = max(worst, said - ours.explicitness)
    assert worst < 0.1


@pytest.mark.parametrize("estimator", ["histogram", "knn"])
def test_the_order_of_the_latents_changes_nothing(estimator):
    rng = np.random.default_rng(0)
    g = rng.integers(0, 4, (500, 3))
    z = g + 0.5 * np.roll(g, 1, axis=1) + [0.2, 0.4, 0.8] * rng.normal(size=g.shape)  # each tells of two factors
    n = 500 if estimator == "histogram" else 60
    found = {three(infomec(z[:n, order], g[:n], estimator)) for order in permutations(range(3))}
    assert np.ptp(list(found), axis=0) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("written", [lambda z: 1e-15 * z, lambda z: z + 1e10, lambda z: -7 * z])
def test_neighbours_do_not_care_for_unit_and_offset(written):
    z = FACTORS[:200] + 0.2 * drawn(200, 3, seed=5)
    assert three(infomec(written(z), FACTORS[:200], "knn")) == pytest.approx(
        three(infomec(z, FACTORS[:200], "knn")), abs=1e-3
    )


def test_a_posteriors_noise_counts():
    mean = FACTORS * 1.0
    sharp, broad = infomec(normal(mean, 0.01), FACTORS), infomec(normal(mean, 3.0), FACTORS)
    assert sharp.explicitness == pytest.approx(1, abs=0.02)
    assert broad.explicitness < 0.4
    assert infomec(normal(mean, 3.0), FACTORS, seed=1).explicitness != broad.explicitness


def test_a_lost_factor_and_a_constant_one():
    found = infomec(FACTORS[:, 1:] * 1.0, FACTORS)
    assert three(found) == pytest.approx((1, 2 / 3, 2 / 3), abs=0.03)
    with pytest.warns(UserWarning, match="factor 0"):
        found = infomec(FACTORS[:, 1:] * 1.0, np.hstack([np.ones((900, 1), dtype=int), FACTORS[:, 1:]]))
    assert three(found) == pytest.approx((1, 1, 1), abs=0.02)
    assert np.isnan(found.explicitness_per_factor[0])
    assert "InfoM 1.000   InfoC 1.000" in str(found)


@pytest.mark.bad_input
def test_bad_input():
    with pytest.raises(ValueError, match="estimator must be one of 'histogram', 'knn'"):
        infomec(FACTORS, FACTORS, "bins")
    with pytest.raises(ValueError, match="estimator is for point codes"):
        infomec(normal(FACTORS * 1.0), FACTORS, "knn")
    with pytest.raises(ValueError, match="two axes"):
        infomec(FACTORS[:, 0], FACTORS)
