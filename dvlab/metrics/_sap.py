"""SAP, the separated attribute predictability score (Kumar, Sattigeri & Balakrishnan 2018)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from dvlab.metrics._heatmap import heat_map
from dvlab.metrics._inputs import Codes, Factors, codes_and_labels
from dvlab.metrics._scored import Scored
from dvlab.metrics._split import Split, changing, held_out, named_categorical, standardised, varying
from dvlab.validation import number, seed_checked


@dataclass(frozen=True, eq=False)
class SAP(Scored):
    """The score, with everything it was computed from. A constant factor's entries are NaN."""

    score: float  # mean of per_factor over the factors that vary
    per_factor: Float[np.ndarray, " factors"]  # best less second-best latent
    predictability: Float[np.ndarray, "latents factors"]  # S_jk: how well latent j alone predicts factor k
    measure: tuple[str, ...]  # for each factor "R²" or "balanced accuracy"

    def __str__(self) -> str:
        lines = [f"SAP {self.score:.3f}", "factor    SAP  best latent  its score"]
        for k, j in enumerate(self.predictability.argmax(axis=0)):
            lines.append(
                f"{k:6d} {self.per_factor[k]:6.3f} {j:12d} {self.predictability[j, k]:10.3f} {self.measure[k]}"
            )
        return "\n".join(lines)

    def plot(self, factors: Sequence[str] | None = None, ax=None):
        """Heat map of how well each latent alone predicts each factor.

        Parameters
        ----------
        factors : sequence of K names, optional
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        ax = heat_map(self.predictability, " / ".join(dict.fromkeys(self.measure)), factors, 1.0, ax)
        ax.set_title(f"SAP = {self.score:.2f}")
        return ax


def sap(codes: Codes, factors: Factors, categorical: Sequence[int] = (), test_size: float = 0.2, seed: int = 0) -> SAP:
    """SAP = 1/K Σ_k (S_best,k − S_second,k), in [0, 1], S_jk how well latent j *alone* predicts factor k.

    For a factor that is a number, S_jk = R² of the straight line, the squared correlation over all images. For a factor
    named in `categorical`, S_jk is the balanced accuracy, on the images held out, of levels − 1 thresholds on the
    latent; they are a decision tree's with balanced classes, fitted on the other images (the authors fit theirs on the
    test images). A constant latent scores what chance does, R² = 0 or balanced accuracy 1/levels, and with a single
    latent that is the other.

    Known weaknesses: R² sees straight lines only; a factor that curves (an angle) or needs two latents scores near 0; a
    latent that packs several factors isn't punished; chance is taken off but nothing is divided by, so that good codes
    with balanced accuracies reach (levels − 1)/levels and not 1. The mean hides a lost factor.

    A constant factor is left out with a warning.

    Parameters
    ----------
    codes : array, tensor or Normal, shape (images, latents)
        Of a `Normal` q(z|x) the means are taken.
    factors : array or tensor, shape (images, factors)
        Numbers, but for those named in `categorical`.
    categorical : sequence of int
        The indices of factors whose values are names, in no order.
    test_size : float
        Share of the images held out, for categorical factors.
    seed : int
        Of the split.

    Returns
    -------
    SAP
        `score`, `per_factor`, `predictability` (S), and `measure`, each factor's unit. It prints and plots itself.

    Raises
    ------
    ValueError
        For codes or factors that are 1-D, empty, not finite or of different lengths; a factor of strings that isn't
        named in `categorical`, or an index there that no factor has; with categorical factors fewer than 20 images; a
        test_size outside (0, 1); only constant factors.

    References
    ----------
    Kumar, Sattigeri & Balakrishnan (2018), "Variational inference of disentangled latent concepts from unlabeled
    observations", ICLR, section 3.

    Examples
    --------
    >>> import numpy as np
    >>> from dvlab.metrics import sap
    >>> factors = np.array(list(np.ndindex(4, 4)))
    >>> rotated = factors @ np.array([[0.8, 0.6], [-0.6, 0.8]])
    >>> f"{float(sap(factors, factors)):.2f}, rotated {float(sap(rotated, factors)):.2f}"
    '1.00, rotated 0.28'
    """
    z, known = codes_and_labels(codes, factors)
    varies, named = varying(known), named_categorical(known, categorical)
    number("test_size", test_size, above=0, below=1)  # also where nothing is held out
    seed_checked("seed", seed)
    parts = held_out(len(z), test_size, seed) if named.any() else None
    S, per_factor = np.full((z.shape[1], len(varies)), np.nan), np.full(len(varies), np.nan)
    for k in np.flatnonzero(varies):
        g, chance = known.index[:, k], 1 / known.sizes[k] if named[k] else 0.0
        S[:, k] = chance
        for j in np.flatnonzero(changing(z)):
            if not named[k]:
                S[j, k] = _r2(z[:, j], known.numbers(k)[g])
            elif changing(z[parts.train][:, [j]]).all():
                S[j, k] = _balanced_accuracy(z[:, j], g, parts)
        second, best = np.sort(S[:, k] if len(S) > 1 else [S[0, k], chance])[-2:]
        per_factor[k] = best - second
    measure = tuple("balanced accuracy" if name else "R²" for name in named)
    return SAP(float(per_factor[varies].mean()), per_factor, S, measure)


def _r2(z_j: np.ndarray, g: np.ndarray) -> float:
    """R² of the straight line through (z_j, g)."""
    return float(np.corrcoef(z_j, g)[0, 1] ** 2)


def _balanced_accuracy(z_j: np.ndarray, g: np.ndarray, parts: Split) -> float:
    """Of levels − 1 thresholds on one latent: the mean over the held-out images' levels of the share that is right."""
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(max_leaf_nodes=int(g.max()) + 1, class_weight="balanced", random_state=0)
    train, test = standardised(z_j[:, None], parts)  # the tree computes in single precision
    right = tree.fit(train, g[parts.train]).predict(test) == g[parts.test]
    count = np.bincount(g[parts.test])
    return float(np.mean(np.bincount(g[parts.test], weights=right)[count > 0] / count[count > 0]))
