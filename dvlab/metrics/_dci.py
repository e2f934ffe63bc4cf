"""DCI: disentanglement, completeness and informativeness (Eastwood & Williams 2018)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from dvlab.metrics import _regressors as regressors
from dvlab.metrics._hinton import hinton
from dvlab.metrics._importance import average, completeness_per_factor, disentanglement_per_latent, factor_weight, share
from dvlab.metrics._inputs import Codes, Factors, Labels, codes_and_labels
from dvlab.metrics._scored import Scored
from dvlab.metrics._split import changing, held_out, named_categorical, standardised, varying
from dvlab.metrics._targets import Target, target
from dvlab.validation import one_of


@dataclass(frozen=True, eq=False)
class DCI(Scored):
    """The three scores, with everything they were computed from. A constant factor's entries are NaN, its R is 0."""

    disentanglement: float  # Σ_i ρ_i D_i
    completeness: float  # the average C_j, by `weighting`
    informativeness: float  # plain mean of informativeness_per_factor: higher is better
    error: float  # plain mean of error_per_factor: lower is better
    importance: Float[np.ndarray, "latents factors"]  # R
    disentanglement_per_latent: Float[np.ndarray, " latents"]  # D_i; 0 for a dead latent
    latent_weight: Float[np.ndarray, " latents"]  # ρ_i
    completeness_per_factor: Float[np.ndarray, " factors"]  # C_j
    informativeness_per_factor: Float[np.ndarray, " factors"]  # on held-out images, in the unit `measure` names
    error_per_factor: Float[np.ndarray, " factors"]  # on held-out images, in the unit `error_measure` names
    measure: tuple[str, ...]  # for each factor "R²" or "accuracy"
    error_measure: tuple[str, ...]  # for each factor "NRMSE" = √(1 − R²) or "error rate" = 1 − accuracy
    regressor: str
    weighting: str
    split: str

    @property
    def score(self) -> float:
        """D, the one that is usually quoted as DCI."""
        return self.disentanglement

    def __str__(self) -> str:
        measures, errors = (" / ".join(dict.fromkeys(m)) for m in (self.measure, self.error_measure))
        lines = [
            f"disentanglement {self.disentanglement:.3f}   completeness {self.completeness:.3f} ({self.weighting})",
            f"informativeness {self.informativeness:.3f} ({measures})   error {self.error:.3f} ({errors})",
            f"{self.regressor}; {self.split}",
            "factor  completeness  best latent  informativeness            error",
        ]
        for k, j in enumerate(self.importance.argmax(axis=0)):
            lines.append(
                f"{k:6d} {self.completeness_per_factor[k]:13.3f} {j:12d}"
                f" {self.informativeness_per_factor[k]:7.3f} {self.measure[k]:<8}"
                f" {self.error_per_factor[k]:8.3f} {self.error_measure[k]}"
            )
        lines.append("latent  disentanglement  weight  best factor")
        for i, k in enumerate(self.importance.argmax(axis=1)):
            best = f"{k:12d}" if self.latent_weight[i] > 0 else "        none"
            lines.append(f"{i:6d} {self.disentanglement_per_latent[i]:16.3f} {self.latent_weight[i]:7.3f} {best}")
        return "\n".join(lines)

    def plot(self, factors: Sequence[str] | None = None, ax=None):
        """Hinton diagram of R, with the three scores in the title.

        Parameters
        ----------
        factors : sequence of K names, optional
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        ax = hinton(self.importance, "area: importance $R_{ij}$", factors, ax)
        ax.set_title(f"D {self.disentanglement:.2f}   C {self.completeness:.2f}   I {self.informativeness:.2f}")
        return ax


def dci(
    codes: Codes,
    factors: Factors,
    regressor: Any = "lasso",
    categorical: Sequence[int] = (),
    test_size: float = 0.2,
    seed: int = 0,
    weighting: str = "importance",
    n_jobs: int | None = None,
) -> DCI:
    """D, C and I, by one regressor a factor that predicts it from all latents.

    R_ij, the importance of latent i to factor j, gives D and C (see `disentanglement` and `completeness`; the bases are
    K and D). I is how well the regressors predict the images held out: R² or accuracy, beside the error, √(1 − R²) =
    NRMSE (Eastwood & Williams) or 1 − accuracy. Codes, and factors that are numbers, are standardised by the training
    images.

    A latent that is constant over the training images has importance 0, and changes nothing else, but that D counts it
    in the base of C. A constant factor is left out, of K too, with a warning. The scores depend on the regressor:
    compare numbers by the same one only.

    Parameters
    ----------
    codes : array, tensor or Normal, shape (images, latents)
        Of a `Normal` q(z|x) the means are taken.
    factors : array or tensor, shape (images, factors)
        Numbers, but for those named in `categorical`.
    regressor : "lasso", "forest", "boosting" or a scikit-learn estimator
        - "lasso": the slides' linear regressors, `R = |W|`: least squares on the latents that a lasso, its strength by
          five-fold cross-validation, selects (the lasso's own weights are shrunk, and make mixed codes look cleaner by
          .02 to .03). Factors are the numbers given. A categorical one: a lasso on the indicator of each level, R
          averaged over the levels, accuracy of the linear discriminant on their outputs. Sees straight lines only: a
          factor that curves (an angle) looks uninformative. Copies of a latent share its weight; of two *nearly* equal
          latents the lasso may keep one, so that a redundant code looks complete. Of a categorical factor whose levels
          lie in order on one latent, those in the middle have hardly a line to follow, and chance gets some weight: D
          and C of a clean code are .86 at five levels and 5,000 images, and .98 by a forest.
        - "forest": R = mean decrease of impurity in 50 trees; R² for numbers, accuracy for categorical factors. Each
          column of R sums to 1, also for a factor that nothing predicts: then it is noise, and lowers D and C; look at
          `informativeness_per_factor`.
        - "boosting": scikit-learn's GradientBoostingClassifier, as in disentanglement_lib (Locatello et al. 2019),
          seeded. Every factor is a class; 100 trees for each level, so minutes for 40 levels of 10,000 (`report` says
          what it would take). LightGBM's LGBMClassifier(importance_type="gain"), an estimator like any other below,
          grows such trees from histograms, many times faster; it is not installed with this package.
        - an estimator with `coef_` (`R = |coef_|`, averaged over classes) or `feature_importances_`. A classifier takes
          every factor as classes; a regressor takes no categorical ones.
    categorical : sequence of int
        The indices of factors whose values are names, in no order.
    test_size : float
        Share of the images held out.
    seed : int
        Of the split, the trees, and an estimator whose random_state is None.
    weighting : "importance" or "plain"
        How `completeness` averages.
    n_jobs : int, optional
        How many jobs grow trees, as in scikit-learn: those of a forest, or with "boosting" the factors side by side; 1
        unless told. But for rounding no score depends on it.

    Returns
    -------
    DCI
        `disentanglement`, `completeness`, `informativeness`, `error`, and what they are made of, `importance` first;
        `measure` and `error_measure` name each factor's unit. It prints and plots itself.

    Raises
    ------
    ValueError
        For codes or factors that are 1-D, empty, not finite or of different lengths; fewer than 20 images; strings in a
        factor that isn't named categorical; an unknown regressor, index or weighting; a test_size outside (0, 1); a
        factor with one value only in either part of the split; only constant factors.
    TypeError
        For an unsuitable estimator.

    References
    ----------
    Eastwood & Williams (2018), "A framework for the quantitative evaluation of disentangled representations", ICLR,
    section 2. Locatello et al. (2019), "Challenging common assumptions in the unsupervised learning of disentangled
    representations", ICML.

    Examples
    --------
    >>> import numpy as np
    >>> from dvlab.metrics import dci
    >>> factors = np.array(list(np.ndindex(10, 10)))
    >>> found = dci(factors * 1.0, factors)
    >>> print(f"{found.disentanglement:.2f} {found.completeness:.2f} {found.informativeness:.2f}")
    1.00 1.00 1.00
    """
    z, known = codes_and_labels(codes, factors)
    names = _measures(regressor, categorical, known)
    parts = held_out(len(z), test_size, seed)
    factor_weight(np.ones((1, 1)), weighting)  # an unknown weighting fails before the regressors run
    varies = varying(known)
    targets = [target(known, k, names[k] == "accuracy", parts) if varies[k] else None for k in range(len(varies))]
    alive = changing(z[parts.train])
    z_train, z_test = standardised(z[:, alive], parts)

    R = np.zeros((z.shape[1], len(varies)))
    informativeness, error = np.full((2, len(varies)), np.nan)
    fits = _fit_all(regressor, z_train, z_test, [t for t in targets if t], seed, n_jobs)
    for k, fit in zip(np.flatnonzero(varies), fits, strict=True):
        R[alive, k] = fit.importance
        informativeness[k], error[k] = targets[k].score(fit.prediction)

    used = R[:, varies]
    C = np.full(len(varies), np.nan)
    C[varies] = completeness_per_factor(used)
    D, rho = disentanglement_per_latent(used), share(used.sum(axis=1))
    return DCI(
        disentanglement=average(D, rho),
        completeness=average(C[varies], factor_weight(used, weighting)),
        informativeness=float(informativeness[varies].mean()),
        error=float(error[varies].mean()),
        importance=R,
        disentanglement_per_latent=D,
        latent_weight=rho,
        completeness_per_factor=C,
        informativeness_per_factor=informativeness,
        error_per_factor=error,
        measure=names,
        error_measure=tuple("NRMSE" if name == "R²" else "error rate" for name in names),
        regressor=regressor if isinstance(regressor, str) else repr(regressor),
        weighting=weighting,
        split=f"{len(parts.train):,} images to fit, {len(parts.test):,} held out, seed {seed}",
    )


def _measures(regressor: Any, categorical: Sequence[int], known: Labels) -> tuple[str, ...]:
    """ "R²" or "accuracy" for each factor; raises when the regressor or `categorical` doesn't suit."""
    if isinstance(regressor, str):
        one_of("regressor (a name, or a scikit-learn estimator)", regressor, ("lasso", "forest", "boosting"))
        classifier = regressor == "boosting"
    else:
        classifier = regressors.classifies(regressor, categorical)
    named = named_categorical(known, [*categorical, *(range(len(known.sizes)) if classifier else ())])
    return tuple("accuracy" if name else "R²" for name in named)


def _fit_all(
    regressor: Any, z: np.ndarray, z_test: np.ndarray, targets: list[Target], seed: int, n_jobs: int | None
) -> list:
    """One `regressors.Fit` for each target."""
    if z.shape[1] == 0:
        return [regressors.nothing(t.train, len(z_test), t.classes) for t in targets]
    if regressor == "lasso":
        with regressors.told_once():
            return [regressors.lasso(z, t.train, z_test, t.classes) for t in targets]
    if regressor == "forest":
        return [regressors.forest(z, t.train, z_test, t.classes, seed, n_jobs) for t in targets]
    if regressor == "boosting":
        return regressors.boosting(z, [t.train for t in targets], z_test, seed, n_jobs)
    return [regressors.custom(regressor, z, t.train, z_test, seed) for t in targets]
