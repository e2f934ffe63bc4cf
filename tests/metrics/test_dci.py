import warnings

import matplotlib
import numpy as np
import pytest
import torch
from sklearn.linear_model import Lasso, LassoCV
from torch.distributions import Normal

from dvlab.metrics import completeness, dci, disentanglement
from dvlab.metrics._regressors import _selected, told_once

matplotlib.use("Agg")
pytestmark = pytest.mark.filterwarnings("error")

FACTORS = np.stack(np.meshgrid(range(3), range(5), range(6), range(3), indexing="ij"), axis=-1).reshape(-1, 4)[:, :3]
STANDARD = (FACTORS - FACTORS.mean(0)) / FACTORS.std(0)
TURN = np.array([[1, 1], [-1, 1]]) / np.sqrt(2)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def scores(result):
    return result.disentanglement, result.completeness, result.informativeness


@pytest.mark.parametrize("regressor", ["lasso", "forest"])
def test_a_perfect_code_in_other_units_and_order(regressor):
    codes = FACTORS[:, [2, 0, 1]] * [1e-3, -50, 7] + [5, 0, -2]
    result = dci(codes, FACTORS, regressor)
    assert scores(result) == pytest.approx((1, 1, 1), abs=0.02)
    assert result.importance.argmax(axis=0).tolist() == [1, 2, 0]
    assert result.measure == ("R²", "R²", "R²")
    assert result.error_measure == ("NRMSE", "NRMSE", "NRMSE")


def test_boosting_takes_every_factor_as_a_class():
    factors = FACTORS[::2, :2]
    result = dci(factors + 0.05 * noise(*factors.shape), factors, "boosting")
    assert scores(result) == pytest.approx((1, 1, 1), abs=0.05)
    assert result.measure == ("accuracy", "accuracy")


def test_scores_are_those_of_the_importance_matrix():
    codes = STANDARD @ noise(3, 4) + 0.3 * noise(len(FACTORS), 4)
    for weighting in ("importance", "plain"):
        result = dci(codes, FACTORS, weighting=weighting)
        assert result.disentanglement == pytest.approx(disentanglement(result.importance))
        assert result.completeness == pytest.approx(completeness(result.importance, weighting))
        assert result.latent_weight.sum() == pytest.approx(1)
        assert result.disentanglement == pytest.approx(result.disentanglement_per_latent @ result.latent_weight)


def test_lasso_importance_is_the_standardised_weight():
    """With independent factors, z = A g and no noise, W is A's inverse in units of deviations."""
    A = np.array([[2.0, 0, 0], [1, 1, 0], [0, 0, -3]])
    codes = STANDARD @ A.T
    W = np.linalg.inv(A) * codes.std(axis=0)
    result = dci(10 * codes + 4, FACTORS * [1, 100, -0.01])
    assert result.importance == pytest.approx(np.abs(W).T, abs=0.02)
    assert result.informativeness == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("images, latents, like", [(600, 6, 0.05), (31, 4, 0.3), (19, 30, 1.0)])
def test_the_lasso_selects_what_scikit_learns_cross_validation_says(images, latents, like):
    """The definition: LassoCV's errors, the strongest penalty within one paired standard error, a lasso of that."""
    settings = {"tol": 1e-8, "max_iter": 100_000}
    for seed in range(4):
        rng = np.random.default_rng(seed)
        z = rng.normal(size=(images, latents))
        z[:, 0] = z[:, 1] + like * z[:, 0]
        g = z[:, 1] + 0.5 * z[:, 2] ** 2 + 0.3 * seed * rng.normal(size=images)
        z, g = ((x - x.mean(axis=0)) / x.std(axis=0) for x in (z, g))
        cv = LassoCV(cv=5, eps=1e-5, **settings).fit(z, g)
        excess = cv.mse_path_ - cv.mse_path_[cv.mse_path_.mean(axis=1).argmin()]
        as_good = excess.mean(axis=1) <= excess.std(axis=1, ddof=1) / np.sqrt(5)
        strongest = Lasso(alpha=cv.alphas_[as_good.argmax()], **settings).fit(z, g)
        assert list(_selected(z, g)) == list(np.flatnonzero(strongest.coef_))


def test_the_lasso_selects_nothing_where_nothing_but_rounding_is_left():
    z = STANDARD.copy()
    for left in (0, 1e-17, 1e-16):
        assert list(_selected(z[:, :2], z[:, 2] + left * z[:, 0])) == []
    z, g = noise(40, 3), noise(40, 1, seed=1)[:, 0]
    z, g = (z - z.mean(axis=0)) / z.std(axis=0), g - g.mean()
    assert list(_selected(z, g - z @ np.linalg.lstsq(z, g)[0])) == []  # a penalty of rounding's size never converges


def test_each_property_is_broken_by_itself():
    incomplete = np.repeat(STANDARD, 2, axis=1) + 0.5 * noise(len(FACTORS), 6)
    D, C, informativeness = scores(dci(incomplete, FACTORS))
    assert D > 0.85
    assert pytest.approx(1 - np.log(2) / np.log(6), abs=0.07) == C
    assert informativeness > 0.7

    entangled = np.concatenate([STANDARD[:, :2] @ TURN, STANDARD[:, 2:]], axis=1)
    result = dci(entangled, FACTORS)
    assert result.disentanglement_per_latent == pytest.approx([1 - np.log(2) / np.log(3)] * 2 + [1], abs=0.02)
    assert result.completeness_per_factor == pytest.approx([1 - np.log(2) / np.log(3)] * 2 + [1], abs=0.02)
    assert result.informativeness > 0.99

    uninformative = dci(STANDARD + 3 * noise(len(FACTORS), 3), FACTORS)
    assert uninformative.informativeness < 0.3


@pytest.mark.parametrize("regressor", ["lasso", "forest"])
def test_a_dead_latent_changes_nothing_wherever_it_stands(regressor):
    codes = STANDARD + 0.5 * noise(len(FACTORS), 3)
    alone = dci(codes, FACTORS, regressor, categorical=(0,))
    for where in (0, 3):
        with_dead = dci(np.insert(codes, where, 0.1, axis=1), FACTORS, regressor, categorical=(0,))
        assert np.array_equal(np.delete(with_dead.importance, where, axis=0), alone.importance)
        assert not with_dead.importance[where].any()
        assert with_dead.disentanglement == pytest.approx(alone.disentanglement)
        assert with_dead.informativeness == pytest.approx(alone.informativeness)


def test_a_lost_factor_has_no_lasso_importance_and_no_informativeness():
    result = dci(np.stack([STANDARD[:, 0], STANDARD[:, 1], noise(len(FACTORS))], axis=1), FACTORS)
    assert result.importance[:, 2] == pytest.approx(0, abs=0.1)
    assert result.informativeness_per_factor == pytest.approx([1, 1, 0], abs=0.1)
    assert result.error_per_factor == pytest.approx([0, 0, 1], abs=0.1)


def test_copies_of_a_latent_share_its_weight():
    """disentanglement_lib's duplicated representation: D stays, C falls to 1 − ln 2 / ln 2K."""
    result = dci(np.concatenate([STANDARD, 3 - 2 * STANDARD], axis=1), FACTORS)
    assert result.disentanglement == pytest.approx(1, abs=0.02)
    assert result.completeness == pytest.approx(1 - np.log(2) / np.log(6), abs=0.02)
    assert result.importance[:3] == pytest.approx(result.importance[3:])


def test_copies_in_a_forest():
    result = dci(np.concatenate([STANDARD, STANDARD], axis=1), FACTORS, "forest")
    assert result.disentanglement > 0.95
    assert result.completeness == pytest.approx(1 - np.log(2) / np.log(6), abs=0.1)


def test_codes_without_any_life():
    result = dci(np.ones((len(FACTORS), 2)), FACTORS, categorical=(0,))
    assert scores(result)[:2] == (0, 0)
    assert not result.importance.any()
    assert result.informativeness_per_factor == pytest.approx([1 / 3, 0, 0], abs=0.15)


def test_one_latent_and_one_factor():
    result = dci(STANDARD[:, :1], FACTORS)
    assert result.completeness == 1
    assert result.disentanglement == pytest.approx(1, abs=0.05)
    result = dci(STANDARD, FACTORS[:, :1])
    assert result.disentanglement == 1
    assert result.completeness == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("regressor", ["lasso", "forest"])
def test_categorical_factors_may_be_strings_and_their_order_means_nothing(regressor):
    names = np.array(["square", "ellipse", "heart"])[FACTORS[:, 0]]
    factors = np.stack([names, *FACTORS[:, 1:].T], axis=1).astype(object)
    factors[:, 1:] = factors[:, 1:].astype(int)
    result = dci(STANDARD, factors, regressor, categorical=(0,))
    assert result.measure == ("accuracy", "R²", "R²")
    assert result.error_measure == ("error rate", "NRMSE", "NRMSE")
    assert result.informativeness_per_factor == pytest.approx([1, 1, 1], abs=0.02)  # the middle level too
    assert result.informativeness_per_factor[0] + result.error_per_factor[0] == 1
    assert scores(result)[:2] == pytest.approx((1, 1), abs=0.03)


def test_lasso_on_two_levels_and_on_noise():
    factors = (FACTORS[:, :2] > 0).astype(int)
    result = dci(STANDARD, factors, categorical=(0, 1))
    assert result.informativeness_per_factor == pytest.approx([1, 1])
    result = dci(noise(len(FACTORS), 2), FACTORS, categorical=(0,))
    assert result.informativeness_per_factor[0] == pytest.approx(1 / 3, abs=0.15)


def test_any_estimator_with_weights_or_importances():
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.tree import DecisionTreeRegressor

    ridge = dci(STANDARD, FACTORS, Ridge(alpha=1e-6))
    assert ridge.importance == pytest.approx(np.eye(3), abs=1e-6)
    assert "Ridge" in ridge.regressor
    tree = DecisionTreeRegressor()
    assert dci(STANDARD, FACTORS, tree).disentanglement == pytest.approx(1, abs=1e-9)
    assert not hasattr(tree, "tree_")  # the caller's own estimator is left unfitted
    logistic = dci(STANDARD, FACTORS, LogisticRegression(max_iter=1000))
    assert logistic.measure == ("accuracy",) * 3
    assert logistic.disentanglement > 0.9


def test_the_same_seed_gives_the_same_numbers_and_leaves_global_state_alone():
    codes = STANDARD + noise(len(FACTORS), 3)
    np.random.seed(7)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first, again, other = (dci(codes, FACTORS, "forest", seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002
    assert np.array_equal(first.importance, again.importance)
    assert not np.array_equal(first.importance, other.importance)


def test_tensors_and_the_means_of_a_normal():
    codes = torch.tensor(STANDARD + 0.3 * noise(len(FACTORS), 3))
    array = dci(codes.numpy(), FACTORS)
    for same in (codes, Normal(codes, 5 * torch.ones_like(codes))):
        assert np.array_equal(dci(same, torch.tensor(FACTORS)).importance, array.importance)


def test_a_constant_factor_is_left_out_with_a_warning():
    factors = np.insert(FACTORS, 1, 4, axis=1)
    codes = STANDARD + 0.3 * noise(len(FACTORS), 3)
    with pytest.warns(UserWarning, match="constant over these images: factor 1"):
        result = dci(codes, factors)
    without = dci(codes, FACTORS)
    assert scores(result) == pytest.approx(scores(without))
    assert np.isnan(result.completeness_per_factor[1])
    assert not result.importance[:, 1].any()


def test_it_prints_and_plots():
    result = dci(np.insert(STANDARD, 1, 0, axis=1), FACTORS, categorical=(0,))
    text = str(result)
    for words in ("disentanglement", "accuracy / R²", "error rate / NRMSE", "lasso", "held out, seed 0", "none"):
        assert words in text
    ax = result.plot(["shape", "x", "y"])
    assert [t.get_text() for t in ax.get_xticklabels()] == ["shape", "x", "y"]
    area = np.array([p.get_width() * p.get_height() for p in ax.patches]).reshape(result.importance.shape)
    assert area / area.max() == pytest.approx(result.importance / result.importance.max())
    with pytest.raises(ValueError, match="a name for each of the 3 factors"):
        result.plot(["shape"])
    matplotlib.pyplot.close("all")


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"codes": STANDARD[:, 0]}, ValueError, "codes must have two axes"),
        ({"codes": STANDARD[:-1]}, ValueError, "269 rows of codes and 270"),
        ({"codes": np.where(STANDARD > 1, np.nan, STANDARD)}, ValueError, "codes must be finite"),
        ({"codes": STANDARD[:9], "factors": FACTORS[:9]}, ValueError, "at least 20 images"),
        ({"factors": FACTORS.astype(str)}, ValueError, r"factor 0 doesn't hold numbers.*categorical=\(0,\)"),
        ({"factors": np.eye(270)[:, :1]}, ValueError, "single value in one part of the split"),
        ({"factors": np.ones((270, 2))}, ValueError, "every factor is constant"),
        ({"regressor": "ridge"}, ValueError, "regressor .*'lasso', 'forest', 'boosting'; got 'ridge'"),
        ({"regressor": 3}, TypeError, "scikit-learn estimator; got 3"),
        ({"categorical": (3,)}, ValueError, "indices of factors, 0 to 2; got 3"),
        ({"categorical": (-1,), "regressor": "boosting"}, ValueError, "got -1"),
        ({"test_size": 0}, ValueError, "test_size"),
        ({"test_size": 20}, ValueError, "test_size"),
        ({"weighting": "mean"}, ValueError, "weighting"),
    ],
)
def test_bad_input(change, error, message):
    with pytest.raises(error, match=message):
        dci(**({"codes": STANDARD, "factors": FACTORS} | change))


@pytest.mark.bad_input
def test_unsuitable_estimators():
    from sklearn.linear_model import Ridge
    from sklearn.neighbors import KNeighborsRegressor

    with pytest.raises(TypeError, match="coef_ or feature_importances_"):
        dci(STANDARD, FACTORS, KNeighborsRegressor())
    with pytest.raises(TypeError, match="scikit-learn estimator"):
        dci(STANDARD, FACTORS, Ridge)
    with pytest.raises(ValueError, match="takes no categorical factors"):
        dci(STANDARD, FACTORS, Ridge(), categorical=(0,))


def test_few_images_and_many_latents_fit_without_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dci(noise(24, 30), FACTORS[::11][:24], categorical=(0,))


def test_of_nearly_collinear_codes_one_warning_is_told_and_what_others_warn_of_is_passed_on():
    rng = np.random.default_rng(3)
    g = rng.integers(0, 5, (400, 2))
    z = g @ rng.normal(size=(2, 10)) + 0.01 * rng.normal(size=(400, 10))
    with pytest.warns(UserWarning) as told:
        dci(z, g)
    assert ["nearly sums of others" in str(one.message) for one in told] == [True]
    with pytest.warns(RuntimeWarning, match="theirs") as told, told_once():
        warnings.warn("theirs", RuntimeWarning, stacklevel=1)
    assert len(told) == 1
