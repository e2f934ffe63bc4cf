"""Modularity and explicitness (Ridgeway & Mozer 2018, "Learning deep disentangled embeddings with the F-statistic
loss")."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from torch.distributions import Normal

from dvlab.metrics._chance import table_beyond_chance
from dvlab.metrics._heatmap import heat_map
from dvlab.metrics._importance import average, share
from dvlab.metrics._inputs import Codes, Factors, codes_and_labels, labels
from dvlab.metrics._mutual_information import cells, posterior_information
from dvlab.metrics._scored import Scored
from dvlab.metrics._split import Split, changing, held_out, standardised, varying
from dvlab.threads import one_blas_thread


@dataclass(frozen=True, eq=False)
class Modularity(Scored):
    """The score, with everything it was computed from; nats."""

    score: float  # mean of per_latent, by weight
    per_latent: Float[np.ndarray, " latents"]  # 1 − δ_j; 0 for a latent that tells nothing
    weight: Float[np.ndarray, " latents"]  # the latent's share of all information; sums to 1, or is all 0
    information: Float[np.ndarray, "latents factors"]  # what it was computed from: chance has been taken off histograms

    def __str__(self) -> str:
        lines = [f"modularity {self.score:.3f}", "latent  modularity  weight  best factor  I (nats)"]
        for j, k in enumerate(self.information.argmax(axis=1)):
            lines.append(
                f"{j:6d} {self.per_latent[j]:11.3f} {self.weight[j]:7.3f} {k:12d} {self.information[j, k]:9.3f}"
            )
        return "\n".join(lines)

    def plot(self, factors: Sequence[str] | None = None, ax=None):
        """Heat map of the information (nats).

        Parameters
        ----------
        factors : sequence of K names, optional
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        ax = heat_map(self.information, "$I(z_j; g_k)$ (nats)", factors, ax=ax)
        ax.set_title(f"modularity = {self.score:.2f}")
        return ax


@dataclass(frozen=True, eq=False)
class Explicitness(Scored):
    """The score, a mean of areas under ROC curves: ½ is chance, 1 is perfect. A constant factor's entry is NaN."""

    score: float  # mean of per_factor over the factors that vary
    per_factor: Float[np.ndarray, " factors"]  # mean of its levels' areas
    per_level: tuple[Float[np.ndarray, " _levels"], ...]  # NaN for a level that one part of the split lacks
    split: str

    def __str__(self) -> str:
        lines = [f"explicitness {self.score:.3f} (area under the ROC curve, chance is .5; {self.split})"]
        lines.append("factor  explicitness  worst level")
        for k, area in enumerate(self.per_factor):
            worst = "" if np.isnan(area) else f"{np.nanmin(self.per_level[k]):12.3f}"
            lines.append(f"{k:6d} {area:13.3f} {worst}")
        return "\n".join(lines)


def modularity(codes: Codes, factors: Factors, bins: int | None = None, binning: str = "width") -> Modularity:
    """Does each latent tell of one factor only? In [0, 1].

    For latent j with θ_j = max_k I_jk: 1 − δ_j, δ_j = Σ_{k not the best} I_jk² / (θ_j² (K − 1)), from the mutual
    information I_jk = I(z_j; g_k).

    Two things are ours, as the plain mean over the latents gives noise about .8. `score` weighs each latent by its
    share of the information, so that a dead latent changes nothing (theirs is a plain mean). And as a histogram of
    noise has information, I_jk is first cut to what chance does not explain: 100 seeded shuffles of the images give
    chance's mean, which is taken off, and deviation; what is within five of it counts as 0. Without any information: 0.
    With a single factor every latent that tells of it gets 1.

    Known weaknesses: a factor spread over many latents, or in none, costs nothing (that is what explicitness is for);
    squaring forgives much, a latent that gives half its best to *every* other factor still gets .75.

    Constant factors are left out with a warning.

    Parameters
    ----------
    codes : array, tensor or Normal, shape (images, latents)
        As in `mutual_information`: histogram for points, quadrature for a `Normal`.
    factors : array or tensor, shape (images, factors)
        Every value is a level: bin a continuous factor first.
    bins : int, optional
        For point codes, 20 unless told.
    binning : "width" or "quantile"
        For point codes: bins equally wide, or equally full.

    Returns
    -------
    Modularity
        `score`, `per_latent` with its `weight`, and in nats the `information`. It prints and plots itself.

    Raises
    ------
    ValueError
        As `mutual_information`, and when every factor is constant.

    References
    ----------
    Ridgeway & Mozer (2018), "Learning deep disentangled embeddings with the F-statistic loss", NeurIPS, section 3.

    Examples
    --------
    >>> import numpy as np
    >>> from dvlab.metrics import modularity
    >>> factors = np.array(list(np.ndindex(8, 8)))
    >>> packed = factors @ np.array([[8], [1]])
    >>> f"{float(modularity(factors, factors)):.2f}, packed {float(modularity(packed, factors, bins=64)):.2f}"
    '1.00, packed 0.00'
    """
    if isinstance(codes, Normal):
        known = labels(factors)
        information = posterior_information(codes, known, bins, binning)
    else:
        z, known = codes_and_labels(codes, factors)
        information = table_beyond_chance(cells(z, bins, binning), known)
    per_latent = modularity_per_latent(information[:, varying(known)])
    weight = share(information.sum(axis=1))
    return Modularity(average(per_latent, weight), per_latent, weight, information)


def modularity_per_latent(information: Float[np.ndarray, "latents factors"]) -> Float[np.ndarray, " latents"]:
    """1 − Σ_{k not the best} I_jk² / (θ_j² (K − 1)) from a mutual information matrix; 0 for a row of zeros."""
    best = information.max(axis=1, keepdims=True)
    relative = np.square(information / np.where(best > 0, best, 1))
    deviation = (relative.sum(axis=1) - 1) / max(information.shape[1] - 1, 1)
    return np.where(best[:, 0] > 0, 1 - deviation, 0)


def explicitness(codes: Codes, factors: Factors, test_size: float = 0.2, seed: int = 0) -> Explicitness:
    """Can each value of each factor be read off linearly from all latents? In [0, 1]; ½ is chance.

    For each level of a factor, a logistic regression (scikit-learn's, C = 1, on standardised codes) tells it from the
    rest; explicitness is the area under the ROC curve on the images held out, averaged over the levels and then over
    the factors.

    Known weakness: a factor that lies along one latent in order, the ideal of every other metric, isn't explicit: no
    half-space holds a middle level. With G levels in order its areas are max(g, G − 1 − g) / (G − 1), g = 0 … G − 1,
    about ¾ on average. And it says nothing of how many latents are needed.

    A level that one part of the split lacks is left out; so is a constant factor, with a warning.

    Parameters
    ----------
    codes : array, tensor or Normal, shape (images, latents)
        Of a `Normal` q(z|x) the means are taken.
    factors : array or tensor, shape (images, factors)
        Every value is a level: bin a continuous factor first.
    test_size : float
        Share of the images held out.
    seed : int
        Of the split.

    Returns
    -------
    Explicitness
        `score`, `per_factor`, and `per_level`, an array of areas a factor.

    Raises
    ------
    ValueError
        For codes or factors that are 1-D, empty, not finite or of different lengths; fewer than 20 images; a test_size
        outside (0, 1); a factor of which no level is left; only constant factors.

    References
    ----------
    Ridgeway & Mozer (2018), "Learning deep disentangled embeddings with the F-statistic loss", NeurIPS, section 3.

    Examples
    --------
    >>> import numpy as np
    >>> from dvlab.metrics import explicitness
    >>> factors = np.random.default_rng(0).integers(0, 4, (400, 1))
    >>> indicators = np.eye(4)[factors[:, 0]]
    >>> f"{float(explicitness(indicators, factors)):.1f}, in order {float(explicitness(factors, factors)):.1f}"
    '1.0, in order 0.8'
    """
    z, known = codes_and_labels(codes, factors)
    parts, varies = held_out(len(z), test_size, seed), varying(known)
    train, test = standardised(z[:, changing(z[parts.train])], parts)
    per_level = tuple(_level_areas(train, test, g, parts) for g in known.index.T)
    for k in np.flatnonzero(varies):
        if np.isnan(per_level[k]).all():
            raise ValueError(f"factor {k} has no level in both parts of the split; bin it, or give more images")
    per_factor = np.array([np.nanmean(a) if v else np.nan for a, v in zip(per_level, varies, strict=True)])
    split = f"{len(parts.train):,} images to fit, {len(parts.test):,} held out, seed {seed}"
    return Explicitness(float(per_factor[varies].mean()), per_factor, per_level, split)


@one_blas_thread
def _level_areas(train: np.ndarray, test: np.ndarray, g: np.ndarray, parts: Split) -> np.ndarray:
    """Area under the ROC curve of each level against the rest; NaN where one part has none of it, or nothing else."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    areas = np.full(g.max() + 1, np.nan)
    for level in range(len(areas)):
        is_train, is_test = g[parts.train] == level, g[parts.test] == level
        if is_train.all() or is_test.all() or not (is_train.any() and is_test.any()):
            continue
        if train.shape[1] == 0:
            areas[level] = 0.5
            continue
        model = LogisticRegression(max_iter=1000).fit(train, is_train)
        areas[level] = roc_auc_score(is_test, model.decision_function(test))
    return areas
