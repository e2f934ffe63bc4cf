"""IRS, DCIMIG, JEMMIG, MED, DCI-ES, factorised support and UDR against closed forms, slow loops and invariances."""

import numpy as np
import pytest
import torch
from published import explicitness_beside, library_irs
from torch.distributions import Normal

from dvlab.metrics import (
    completeness,
    dci_es,
    dcimig,
    disentanglement,
    entropy,
    factorised_support,
    irs,
    jemmig,
    latent_mig,
    med,
    mig,
    mig_sup,
    mutual_information,
    udr,
)
from dvlab.metrics._udr import relative_strength

pytestmark = pytest.mark.filterwarnings("error")

GRID = np.tile(np.stack(np.unravel_index(np.arange(60), (3, 4, 5)), axis=1), (20, 1))
Z = GRID * 1.0
TURN = np.array([[1, 1], [-1, 1]]) / np.sqrt(2)


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


# ---------------------------------------------------------------- IRS


def test_irs_by_the_definition():
    """z = g + u with u uniform: held, |z − mean| has the quantile of u; shuffled, that of z."""
    g = np.tile(np.arange(4), 5000)
    u = np.random.default_rng(0).uniform(-1, 1, 20_000)
    found = irs((g + u)[:, None], g[:, None], quantile=0.9)
    usual = np.quantile(np.abs(g + u - (g + u).mean()), 0.9)
    assert found.score == pytest.approx(1 - 0.9 / usual, abs=0.01)


def test_irs_weighs_by_robustness_in_any_units():
    z = np.hstack([100 * Z[:, :1], Z[:, 1:2] + drawn(1200, 1), drawn(1200, 1, seed=1), np.zeros((1200, 1))])
    found = irs(z, GRID)
    assert found.weight == pytest.approx(found.per_latent / found.per_latent.sum())
    assert found.per_latent[0] == pytest.approx(1) and found.per_latent[3] == 0 and found.weight[2] < 0.05
    assert irs(z * [1e-3, 1, 50, 1], GRID).score == pytest.approx(found.score)
    assert irs(np.zeros((1200, 2)), GRID).score == 0


def test_irs_has_not_the_librarys_faults():
    noise, rng = drawn(1200, 5), np.random.default_rng(1)
    unique = rng.permutation(1200)[:, None]
    spoilt = noise.copy()
    spoilt[3, 0] = 1000
    theirs = [library_irs(noise, GRID), library_irs(spoilt, GRID), library_irs(noise, unique)]
    assert theirs == pytest.approx([0.3, 0.95, 1], abs=0.1)
    assert [irs(noise, GRID).score, irs(spoilt, GRID).score, irs(noise, unique).score] == pytest.approx(
        [0] * 3, abs=0.06
    )
    assert library_irs(Z, GRID) == irs(Z, GRID).score == 1


# ---------------------------------------------------------------- gaps of information


def test_the_gaps_by_slow_loops():
    z = GRID @ drawn(3, 4) + drawn(1200, 4, seed=1)
    I, H = mutual_information(z, GRID), entropy(GRID)
    gap = [0, 0, 0]
    for row in I:
        k = int(row.argmax())
        gap[k] = max(gap[k], row[k] - max(v for i, v in enumerate(row) if i != k))
    assert dcimig(z, GRID).score == pytest.approx(sum(gap) / H.sum())
    each = []
    for k in range(3):
        j, second = np.argsort(I[:, k])[::-1][:2]
        edges = np.histogram_bin_edges(z[:, j], 20)
        cell = np.digitize(z[:, j], edges[1:-1])
        p = np.unique(np.stack([cell, GRID[:, k]]), axis=1, return_counts=True)[1] / 1200
        joint = -(p * np.log(p)).sum()
        each.append(1 - (joint - I[j, k] + I[second, k]) / (H[k] + np.log(20)))
    assert jemmig(z, GRID).per_factor == pytest.approx(each)


def test_gaps_of_perfect_packed_and_doubled_codes():
    assert dcimig(Z, GRID).score == pytest.approx(1)
    assert jemmig(Z, GRID).score == pytest.approx(1)
    assert dcimig(np.hstack([Z, Z]), GRID).score == pytest.approx(1)  # copies cost nothing here
    assert jemmig(np.hstack([Z, Z]), GRID).score < 0.8
    two = GRID[:, :2]
    assert dcimig(two @ [[4.0], [1.0]], two).score < 0.2
    assert jemmig(two[:, :1] * 1.0, two[:, :1]).score == pytest.approx(1)  # one latent, one factor


def test_mig_sup_is_latent_mig():
    assert mig_sup is latent_mig
    assert float(mig_sup(Z, GRID)) == latent_mig(Z, GRID).score
    assert float(mig(Z, GRID)) == pytest.approx(1)


def test_med_is_dcis_of_normalised_information():
    z = GRID @ drawn(3, 4) + drawn(1200, 4, seed=1)
    I = mutual_information(z, GRID)
    R = I / I.sum(axis=0)
    found = med(z, GRID)
    assert found.importance == pytest.approx(R)
    assert (found.disentanglement, found.completeness) == pytest.approx((disentanglement(R), completeness(R)))
    assert float(found) == found.disentanglement
    q = Normal(torch.tensor(Z), torch.full(Z.shape, 0.05, dtype=torch.float64))
    assert med(q, GRID).completeness == pytest.approx(1, abs=1e-3)


# ---------------------------------------------------------------- DCI-ES


def test_a_straight_line_is_easiest_and_size_is_k_over_d():
    found = dci_es(GRID @ np.linalg.qr(drawn(3, 3))[0], GRID)
    assert found.explicitness == pytest.approx(1, abs=0.01)
    assert found.size == 1
    assert dci_es(np.hstack([Z, Z]), GRID).size == 1 / 2


def test_e_is_one_less_the_area_over_the_triangle():
    g = np.random.default_rng(0).uniform(-3, 3, (1500, 1)).round(1)
    found = dci_es(np.hstack([np.cos(g), np.sin(g)]), g, features=128)
    x, loss = found.capacity, found.loss[:, 0]
    assert x[0] == pytest.approx(np.log(2)) and np.all(np.diff(loss) <= 0)
    area = sum((x[i + 1] - x[i]) * (loss[i] + loss[i + 1] - 2 * loss[-1]) / 2 for i in range(len(x) - 1))
    assert found.explicitness == pytest.approx(1 - area / (0.5 * (x[-1] - x[0]) * (1 - loss[-1])))
    assert 0.1 < found.explicitness < 0.95
    assert found.informativeness_per_factor[0] > 0.97


def test_nothing_known_is_not_easy():
    assert dci_es(drawn(1200, 4), GRID).explicitness == 0
    assert dci_es(np.zeros((1200, 2)), GRID).explicitness == 0


def test_e_does_not_depend_on_what_it_is_drawn_with():
    short, long = (np.array([0.0, 1, 2]), np.array([0.5, 0.2, 0.1])), (np.array([0.0, 4, 8]), np.array([0.5, 0.2, 0.1]))
    assert explicitness_beside([short])[0] != pytest.approx(explicitness_beside([short, long])[0], abs=0.05)
    z = np.hstack([np.cos(Z), np.sin(Z)])
    alone, beside = dci_es(z, GRID[:, :1]), dci_es(z, GRID)
    assert alone.explicitness_per_factor[0] == pytest.approx(beside.explicitness_per_factor[0], abs=1e-6)


def test_names_are_categorical():
    named = np.array(["square", "ellipse", "heart"])[GRID[:, :1]]
    found = dci_es(np.eye(3)[GRID[:, 0]], named, categorical=(0,))
    assert found.explicitness == pytest.approx(1, abs=0.01)
    assert found.informativeness_per_factor[0] == pytest.approx(1, abs=0.01)


# ---------------------------------------------------------------- factorised support


def test_support_in_closed_form():
    square = np.stack(np.unravel_index(np.arange(41 * 41), (41, 41)), axis=1) / 40 - 0.5
    assert factorised_support(square).score == 1
    assert factorised_support(square @ TURN).score == pytest.approx(1 - np.sqrt(0.5) / 2, abs=0.01)
    line = np.linspace(0, 1, 101)[:, None]
    assert factorised_support(np.hstack([line, 5 - 3 * line])).score == pytest.approx(1 - np.sqrt(0.5), abs=0.005)


def test_a_hole_of_the_support_is_as_deep_as_its_radius():
    square = np.stack(np.unravel_index(np.arange(81 * 81), (81, 81)), axis=1) / 80
    ring = square[np.hypot(square[:, 0] - 0.375, square[:, 1] - 0.625) >= 0.1]
    assert factorised_support(ring).score == pytest.approx(0.9, abs=0.005)


def test_support_by_the_slow_definition():
    z = drawn(40, 3)
    s = (z - z.min(axis=0)) / np.ptp(z, axis=0)
    distances = []
    for i, j in ((0, 1), (0, 2), (1, 2)):
        farthest = max(
            min(np.hypot(a - x, b - y) for x, y in s[:, [i, j]]) for a in s[:, i] for b in s[:, j]
        )  # fmt: skip
        distances.append(farthest)
    assert factorised_support(z).score == pytest.approx(1 - np.mean(distances))


def test_support_knows_correlation_from_a_missing_combination_and_skips_the_dead():
    a = np.random.default_rng(0).integers(0, 4, 2000)
    b = np.where(np.random.default_rng(1).random(2000) < 0.8, a, np.random.default_rng(2).integers(0, 4, 2000))
    assert factorised_support(np.stack([a, b], axis=1)).score == 1
    assert factorised_support(np.stack([a, a], axis=1)).score < 0.5
    assert factorised_support(np.hstack([Z, np.zeros((1200, 1))])).score == 1
    assert factorised_support(Z[:, :1]).score == 1


# ---------------------------------------------------------------- UDR


def test_relative_strength_of_matrices_worked_out_by_hand():
    assert relative_strength(np.eye(3)) == 1
    assert relative_strength(np.array([[1.0, 1, 0], [1, 1, 0], [0, 0, 1]])) == pytest.approx(2 / 3)
    assert relative_strength(np.ones((3, 3))) == pytest.approx(1 / 3)
    assert relative_strength(0.5 * np.eye(3)) == 0.5  # half a likeness is not a whole one
    assert relative_strength(np.zeros((3, 3))) == 0
    assert relative_strength(np.array([[1.0, 0]])) == pytest.approx((1 + 1) / 3)  # one latent against two
    assert relative_strength(np.zeros((0, 2))) == 0


@pytest.mark.parametrize("similarity", ["lasso", "spearman"])
def test_equal_codes_have_one_whatever_order_and_sign(similarity):
    other = -3 * Z[:, [2, 0, 1]] + 1
    found = udr([Z, other, Z], similarity)
    assert found.per_model == pytest.approx([1, 1, 1])
    assert np.isnan(found.pairwise.diagonal()).all()
    assert float(found) == pytest.approx(1)


def test_equal_entangled_codes_have_one_too():
    z = drawn(500, 3) @ drawn(3, 3, seed=1)
    assert udr([z, z]).per_model == pytest.approx([1, 1])


def test_the_median_over_the_others():
    found = udr([Z, Z, Z, drawn(1200, 3)])
    assert found.per_model == pytest.approx([1, 1, 1, 0], abs=0.02)


def test_latents_that_a_posterior_leaves_idle_are_left_out_at_the_kl_asked_for():
    """Codes of which the first latent is shared and the others are each model's own noise."""

    def model(seed):
        mean = np.hstack([Z[:, :1] - 1, drawn(1200, 2, seed=seed) * 0.3])
        return Normal(torch.tensor(mean), torch.tensor([0.1, 0.96, 0.96], dtype=torch.float64).expand(1200, 3))

    pair = [model(1), model(2)]
    kl = 0.5 * (0.3**2 + 0.96**2 - 1 - 2 * np.log(0.96))
    assert udr(pair, least_kl=kl / 2).per_model == pytest.approx([1 / 3] * 2, abs=0.02)
    assert udr(pair, least_kl=2 * kl).per_model == pytest.approx([1, 1])
    assert [i.tolist() for i in udr(pair, least_kl=2 * kl).informative] == [[True, False, False]] * 2


def test_an_idle_latent_is_told_by_the_kl_in_closed_form():
    kl = 0.5 * (0.5**2 - 1 - 2 * np.log(0.5))  # of N(0, ½²) against the prior
    q = Normal(torch.tensor(Z - 2), torch.full(Z.shape, 0.5, dtype=torch.float64))
    q.loc[:, 1] = 1e-3 * torch.tensor(drawn(1200))
    found = [udr([q, q], least_kl=least).informative[0].tolist() for least in (0.99 * kl, 1.01 * kl)]
    assert found == [[True, True, True], [True, False, True]]


def test_a_model_is_judged_by_how_the_others_predict_it():
    whole, part, mixed = Z, Z[:, :1], Z @ drawn(3, 3, seed=1)
    found = udr([whole, part, mixed])
    assert not np.allclose(found.pairwise, found.pairwise.T, equal_nan=True)  # by a lasso there and back differ
    assert found.per_model == pytest.approx(np.nanmedian(found.pairwise, axis=0))


def test_size_counts_the_factors_that_vary():
    with pytest.warns(UserWarning, match="left out, because constant"):
        found = dci_es(Z, np.insert(GRID, 1, 7, axis=1))
    assert found.size == 1


@pytest.mark.bad_input
def test_bad_input():
    for metric in (irs, dcimig, jemmig, med, dci_es):
        with pytest.raises(ValueError, match="two axes"):
            metric(Z[:, 0], GRID)
        with pytest.raises(ValueError, match="every factor is constant"):
            metric(Z, np.ones_like(GRID))
    with pytest.raises(ValueError, match="quantile must be a share"):
        irs(Z, GRID, quantile=0)
    with pytest.raises(ValueError, match="features must be at least 16"):
        dci_es(Z, GRID, features=8)
    with pytest.raises(ValueError, match="at least two models"):
        udr([Z])
    with pytest.raises(ValueError, match="the same images"):
        udr([Z, Z[1:]])
    with pytest.raises(ValueError, match="similarity must be one of 'lasso', 'spearman'"):
        udr([Z, Z], "pearson")
