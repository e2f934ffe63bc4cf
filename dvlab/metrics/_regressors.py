"""DCI's regressors, from codes to one factor: how important each latent was, and predictions for held-out codes."""

import warnings
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped

from dvlab.threads import one_blas_thread

Codes2D = Float[np.ndarray, "_ latents"]
Column = Shaped[np.ndarray, " images"]
SECONDS_A_CODE = 2.5e-7  # of one tree, per image and latent: scikit-learn 1.7 on an idle core of 2.6 GHz, about


@dataclass(frozen=True, eq=False)
class Fit:
    """One factor's regressor, fitted."""

    importance: Float[np.ndarray, " latents"]
    prediction: Shaped[np.ndarray, " held_out"]


@contextmanager
def told_once():
    """One warning of ours where a lasso's descent did not end, in place of scikit-learn's for each penalty."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        yield
    others = [one for one in told if one.category is not ConvergenceWarning]
    for one in others:
        warnings.warn(one.message, stacklevel=4)
    if len(others) < len(told):
        text = "some latents are nearly sums of others: which of them the lasso selects is arbitrary"
        warnings.warn(text, stacklevel=4)


@one_blas_thread
def lasso(z: Codes2D, g: Column, z_test: Codes2D, classes: bool) -> Fit:
    """R = |W| of least squares on the latents that a lasso selects; for classes one lasso a level, |W| averaged.

    The lasso's own weights are shrunk, small ones more than large ones, so that mixed codes look cleaner than they are:
    on Carbonneau et al.'s (2022) design 5.3 they give D = .832 for .811 at any number of images, as scikit-learn's
    penalties end at a thousandth of the largest and its descent stops at a tolerance of 1e-4. A longer grid and a finer
    tolerance mend codes without noise only. So the lasso selects and least squares weighs (the relaxed lasso,
    Meinshausen 2007), see `_selected`. A millionth on the diagonal keeps nearly equal latents from weights of ±1000.

    The level predicted is the linear discriminant's on the fitted indicators (flexible discriminant analysis:
    Hastie, Tibshirani & Friedman, The Elements of Statistical Learning, section 12.5), as the largest indicator
    would never pick the middle one of three levels on a line.
    """
    if not classes:
        W, fitted = _lasso(z, g, z_test)
        return Fit(_shared(z, np.abs(W)), fitted[len(z) :])
    levels, index = np.unique(g, return_inverse=True)
    one_hot = np.eye(len(levels))[index]
    one_hot = one_hot[:, :1] if len(levels) == 2 else one_hot
    scale = one_hot.std(axis=0)
    parts = [_lasso(z, y, z_test) for y in ((one_hot - one_hot.mean(axis=0)) / scale).T]
    W, fitted = np.array([w for w, _ in parts]), np.stack([f for _, f in parts], axis=1)
    return Fit(_shared(z, np.abs(W).mean(axis=0)), levels[_discriminant(fitted[: len(z)], index, fitted[len(z) :])])


def _lasso(z: np.ndarray, g: np.ndarray, z_test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights (D,), and fitted values for the training and then for the held-out codes; z and g are standardised."""
    selected, W = _selected(z, g), np.zeros(z.shape[1])
    some = z[:, selected]
    W[selected] = np.linalg.solve(some.T @ some + 1e-6 * len(z) * np.eye(len(selected)), some.T @ g)
    return W, np.concatenate([z, z_test]) @ W


def _selected(z: np.ndarray, g: np.ndarray) -> np.ndarray:
    """The latents of the strongest lasso that five-fold cross-validation cannot tell from the best.

    Its excess error over the best penalty's, fold by fold, has a mean of at most one standard error (Hastie, Tibshirani
    & Friedman, section 7.10; paired, as the folds' own noise is in both). The best penalty itself keeps many
    latents by chance: of six that are noise it made D = .57.
    """
    from sklearn.model_selection import KFold

    strongest = np.abs(z.T @ g).max() / len(z)  # the largest correlation: from there on no latent is selected
    if strongest < 1e-12:  # rounding's
        return np.zeros(0, dtype=np.int64)
    penalties = strongest * np.geomspace(1, 1e-5, 100)
    errors = []
    for train, test in KFold(5).split(z):
        mean, mean_g = z[train].mean(axis=0), g[train].mean()
        W = _lasso_path(z[train] - mean, g[train] - mean_g, penalties)
        difference = (z[test] - mean) @ W - (g[test] - mean_g)[:, None]
        errors.append(np.square(difference).mean(axis=0))
    errors = np.array(errors)  # (folds, penalties)
    excess = errors - errors[:, [errors.mean(axis=0).argmin()]]
    as_good = excess.mean(axis=0) <= excess.std(axis=0, ddof=1) / np.sqrt(len(errors))
    return np.flatnonzero(_lasso_path(z, g, penalties[: as_good.argmax() + 1])[:, -1])


def _lasso_path(z: np.ndarray, g: np.ndarray, penalties: np.ndarray) -> np.ndarray:
    """Weights (D, penalties) of centred codes: each descent starts where the last ended, and sees zᵀz, not the images.

    scikit-learn's LassoCV does the same, but checks its arrays at every penalty and fits all images once more.
    """
    from sklearn.linear_model import lasso_path

    checked = {"precompute": z.T @ z, "Xy": z.T @ g, "check_input": False}
    return lasso_path(np.asfortranarray(z), g, alphas=penalties, tol=1e-8, max_iter=100_000, **checked)[1]


def _shared(z: np.ndarray, R: np.ndarray) -> np.ndarray:
    """Copies of a latent share its weight: the lasso's split is arbitrary, and the limit of elastic nets is equal."""
    copies = np.abs(z.T @ z) / len(z) > 1 - 1e-9  # |correlation|, as z is standardised
    return (copies / copies.sum(axis=1, keepdims=True)) @ R


def _discriminant(fitted: np.ndarray, index: np.ndarray, fitted_test: np.ndarray) -> np.ndarray:
    """argmax_g ln p(g) − ½ (f − m_g)ᵀ Σ⁻¹ (f − m_g), with one Σ for all classes, kept regular by a millionth."""
    counts = np.bincount(index)
    mean = np.array([fitted[index == g].mean(axis=0) for g in range(len(counts))])
    within = fitted - mean[index]
    precision = np.linalg.inv(within.T @ within / len(within) + 1e-6 * np.eye(fitted.shape[1]))
    difference = fitted_test[:, None] - mean
    distance = np.einsum("ngi,ij,ngj->ng", difference, precision, difference)
    return (np.log(counts / counts.sum()) - 0.5 * distance).argmax(axis=1)


def forest(z: Codes2D, g: Column, z_test: Codes2D, classes: bool, seed: int, n_jobs: int | None) -> Fit:
    """Mean decrease of impurity in 50 trees, each split free to use every latent, five images a leaf at least."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    kind = RandomForestClassifier if classes else RandomForestRegressor
    model = kind(n_estimators=50, max_features=None, min_samples_leaf=5, random_state=seed, n_jobs=n_jobs).fit(z, g)
    return Fit(model.feature_importances_, model.predict(z_test))


def boosting(z: Codes2D, targets: list[Column], z_test: Codes2D, seed: int, n_jobs: int | None) -> list[Fit]:
    """scikit-learn's GradientBoostingClassifier with its own settings, as disentanglement_lib uses it, but seeded.

    In processes (in threads the interpreter's lock would cost half of the gain), with a progress bar.
    """
    from joblib import Parallel, delayed
    from sklearn.ensemble import GradientBoostingClassifier
    from tqdm.auto import tqdm

    # each factor's own, whatever joblib's backend; sent without dvlab, so workers load no torch
    jobs = (delayed(GradientBoostingClassifier(random_state=seed).fit)(z, g) for g in targets)
    models = Parallel(n_jobs=n_jobs, return_as="generator")(jobs)
    models = tqdm(models, total=len(targets), desc="boosting", unit="factor", leave=False)
    return [Fit(model.feature_importances_, model.predict(z_test)) for model in models]


def boosting_seconds(images: int, latents: int, levels: np.ndarray) -> float:
    """What `boosting` takes on one core, about: 100 trees a level (or for two), each of four fifths of the images."""
    trees = 100 * np.where(levels > 2, levels, 1).sum()
    return float(trees * SECONDS_A_CODE * 0.8 * images * latents)


def classifies(estimator: Any, categorical: Sequence[int]) -> bool:
    """Whether a scikit-learn estimator takes factors as classes; raises when it, or `categorical`, doesn't suit."""
    from sklearn.base import is_classifier, is_regressor

    suits = hasattr(estimator, "get_params") and not isinstance(estimator, type)
    if not suits or not (is_classifier(estimator) or is_regressor(estimator)):
        raise TypeError(
            f"regressor must be 'lasso', 'forest', 'boosting' or a scikit-learn estimator; got {estimator!r}"
        )
    if len(categorical) and is_regressor(estimator):
        raise ValueError(f"a regressor takes no categorical factors, and categorical is {tuple(categorical)}")
    return is_classifier(estimator)


def custom(estimator: Any, z: Codes2D, g: Column, z_test: Codes2D, seed: int) -> Fit:
    """A clone of the estimator, seeded where its random_state is None: feature_importances_, or mean |coef_|."""
    from sklearn.base import clone

    model = clone(estimator)
    if model.get_params().get("random_state", seed) is None:
        model.set_params(random_state=seed)
    model.fit(z, g)
    if hasattr(model, "feature_importances_"):
        importance = model.feature_importances_
    elif hasattr(model, "coef_"):
        importance = np.abs(np.atleast_2d(model.coef_)).mean(axis=0)
    else:
        raise TypeError(f"regressor must have coef_ or feature_importances_ once fitted; {estimator!r} has neither")
    return Fit(np.asarray(importance, dtype=np.float64), model.predict(z_test))


def nothing(g: Column, held_out: int, classes: bool) -> Fit:
    """What is left when no latent varies: no importance, and the mean or the commonest level for everyone."""
    values, counts = np.unique(g, return_counts=True)
    return Fit(np.zeros(0), np.full(held_out, values[counts.argmax()] if classes else g.mean()))
