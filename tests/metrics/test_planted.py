"""Errors that were planted in the metrics and once passed all tests: each has a test here that notices."""

import numpy as np
import pytest
import torch
from scipy.special import ndtr
from torch.distributions import Normal

from dvlab.metrics import _regressors as regressors
from dvlab.metrics import completeness, dci, factor_vae_score, mig, report, sap, udr
from dvlab.metrics._inputs import labels
from dvlab.metrics._mutual_information import cells, table_information
from dvlab.metrics._split import held_out, standardised

pytestmark = pytest.mark.filterwarnings("error")

FACTORS = np.tile(np.stack(np.unravel_index(np.arange(90), (3, 5, 6)), axis=1), (6, 1))
STANDARD = (FACTORS - FACTORS.mean(0)) / FACTORS.std(0)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def test_the_factor_vae_score_does_not_see_units():
    codes = STANDARD + 2 * noise(540, 3)
    one, other = factor_vae_score(codes, FACTORS), factor_vae_score(codes * [1e-3, 1, 300], FACTORS)
    assert np.array_equal(one.votes, other.votes)
    assert one.score == other.score < 1


def test_dead_latents_count_in_the_base_of_completeness():
    codes = np.insert(np.hstack([STANDARD, -STANDARD]), 3, 0.2, axis=1)
    found = dci(codes, FACTORS)
    assert found.completeness == pytest.approx(1 - np.log(2) / np.log(7), abs=0.01)
    assert found.completeness == pytest.approx(completeness(found.importance))


def test_importance_is_the_mean_of_the_absolute_weights():
    """Over classes the signed weights add up to nothing."""
    from sklearn.linear_model import LogisticRegression

    found = dci(STANDARD, FACTORS, LogisticRegression())
    parts = held_out(540, 0.2, 0)
    train, _ = standardised(STANDARD, parts)
    weights = LogisticRegression().fit(train, FACTORS[parts.train, 2]).coef_
    assert found.importance[:, 2] == pytest.approx(np.abs(weights).mean(axis=0))
    assert abs(weights[:, 2].mean()) < 0.1 * found.importance[2, 2]


def test_a_lasso_of_three_levels_in_order_in_closed_form():
    """The standardised indicators of levels −1, 0, 1 have correlations −√¾, 0, √¾ with the code: R = 2/3 · √¾."""
    found = dci(STANDARD, FACTORS, categorical=(0,))
    assert found.importance[0, 0] == pytest.approx(2 / 3 * np.sqrt(3 / 4), abs=0.01)


def test_the_null_shuffles_each_latent_by_itself():
    """Two copies of one latent: shuffled together they would stay equal, and their gap 0."""
    z = noise(540, 1)
    null = mig(np.hstack([z, z]), FACTORS).null
    rng, known, gaps = np.random.default_rng(9), labels(FACTORS), []
    for _ in range(40):
        I = table_information(rng.permuted(cells(np.hstack([z, z])), axis=0), known)
        gaps.append(np.abs(I[0] - I[1]) / np.log([3, 5, 6]))
    assert 0 < null == pytest.approx(np.mean(gaps), rel=0.3)


@pytest.mark.parametrize("seed", [0, 1])
def test_report_fits_on_the_images_that_the_seed_draws(seed):
    q = Normal(torch.tensor(STANDARD + 0.5 * noise(540, 3)), torch.full((540, 3), 0.1, dtype=torch.float64))
    table = report(q, FACTORS, fit_on=200, seed=seed)
    some = np.sort(np.random.default_rng(seed).permutation(540)[:200])
    z = q.loc.numpy()[some]
    assert str(table.dci) == str(dci(z, FACTORS[some], seed=seed))
    assert np.array_equal(table.sap.predictability, sap(z, FACTORS[some], seed=seed).predictability)


def test_sap_weighs_the_classes():
    """Classes 9 to 1 of unit Gaussians 1.5 apart: balanced, the threshold lies half way, and Φ(¾) are right."""
    g = (np.arange(6000) % 10 == 0).astype(int)
    found = sap((1.5 * g + noise(6000))[:, None], g[:, None], categorical=(0,))
    assert found.predictability[0, 0] == pytest.approx(ndtr(0.75), abs=0.04)  # without weights .61


def test_equal_codes_have_their_mean_rank():
    z = np.array([0.0] * 6 + [1.0] * 2)[:, None]
    assert cells(z, 4, "quantile")[:, 0].tolist() == [1] * 6 + [3] * 2
    tied = np.array([[0, 0], [0, 1], [1, 0], [1, 1], [1, 1.0]])
    ranks = np.array([[1.5, 1.5], [1.5, 4], [4, 1.5], [4, 4], [4, 4]])
    r = abs(np.corrcoef(ranks.T)[0, 1])
    assert udr([tied[:, :1], tied[:, 1:]], "spearman").per_model == pytest.approx([r, r])


def test_the_seed_of_the_split_and_that_of_the_forest_both_count():
    z, g = STANDARD + noise(540, 3), STANDARD[:, 0]
    one, other = (regressors.forest(z[:400], g[:400], z[400:], False, seed, None) for seed in (0, 1))
    assert not np.array_equal(one.importance, other.importance)
    first, second = (dci(z, FACTORS, seed=seed) for seed in (0, 1))  # the lasso draws nothing
    assert first.informativeness != second.informativeness


@pytest.mark.parametrize("regressor", ["lasso", "forest"])
def test_dci_is_informative_about_images_that_were_held_out(regressor):
    z, g = noise(60, 20, seed=2), np.random.default_rng(3).integers(0, 4, (60, 1))
    assert dci(z, g, regressor).informativeness < 0.2  # of the training images a forest knows more than half


def test_sap_predicts_images_that_were_held_out():
    rng = np.random.default_rng(4)
    z, g = rng.normal(size=(90, 8)), rng.integers(0, 6, (90, 1))
    assert sap(z, g, categorical=(0,)).predictability.mean() == pytest.approx(1 / 6, abs=0.07)


def test_all_training_images_make_the_standard():
    z = np.linspace(0, 1, 70_000)[:, None] ** 2
    parts = held_out(len(z), 0.1, 0)
    train, test = standardised(z, parts)
    assert train.mean() == pytest.approx(0, abs=1e-9) and train.std() == pytest.approx(1)
    assert test * z[parts.train].std() + z[parts.train].mean() == pytest.approx(z[parts.test])


def test_single_precision_is_taken_without_a_warning():
    codes = (STANDARD + noise(540, 3)).astype(np.float32)
    assert mig(codes, FACTORS).score == mig(codes.astype(np.float64), FACTORS).score
