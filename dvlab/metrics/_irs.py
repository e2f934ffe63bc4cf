"""IRS, the interventional robustness score (Suter et al. 2019)."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from dvlab.metrics._importance import average, share
from dvlab.metrics._inputs import Codes, Factors, codes_and_labels
from dvlab.metrics._scored import Scored
from dvlab.metrics._split import changing, varying

_SHUFFLES = 5


@dataclass(frozen=True, eq=False)
class IRS(Scored):
    """The score, with everything it was computed from. A constant factor's entries are NaN."""

    score: float  # mean of per_latent, by `weight`
    per_latent: Float[np.ndarray, " latents"]  # the best factor's robustness; 0 for a dead latent
    weight: Float[np.ndarray, " latents"]  # per_latent's share of its sum
    robustness: Float[np.ndarray, "latents factors"]  # 1: z_j hardly moves while g_k is held; 0: as much as ever
    quantile: float

    def __str__(self) -> str:
        lines = [f"IRS {self.score:.3f} (quantile {self.quantile:g})", "latent    IRS  weight  best factor"]
        for j, k in enumerate(np.nan_to_num(self.robustness).argmax(axis=1)):
            lines.append(f"{j:6d} {self.per_latent[j]:6.3f} {self.weight[j]:7.3f} {k:12d}")
        return "\n".join(lines)

    def plot(self, factors=None, ax=None):
        """Heat map of the robustness.

        Parameters
        ----------
        factors : sequence of K names, optional
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        from dvlab.metrics._heatmap import heat_map

        ax = heat_map(self.robustness, "robustness", factors, 1.0, ax)
        ax.set_title(f"IRS = {self.score:.2f}")
        return ax


def irs(codes: Codes, factors: Factors, quantile: float = 0.99) -> IRS:
    """How little each latent moves, whatever else changes, while its best factor is held. In [0, 1].

    For latent j and factor k, the deviation d_jk is the `quantile` of |z_j − its mean at that level of g_k| over the
    images of the level, averaged over the levels. Then

        robustness_jk = 1 − d_jk / (d_jk when the images of z_j are shuffled),   IRS = Σ_j w_j max_k robustness_jk

    with w_j the latent's share of what all have of that maximum.

    **What is ours.** Suter et al. divide by the largest deviation over all images; disentanglement_lib divides the 99 %
    quantile by the largest. So noise has .38 (its quantile is 2.6 standard deviations, its largest 4.2), noise with one
    outlier .95, and a factor whose every value is unique 1.0, as one image deviates nowhere from its own mean. Divided
    by the same statistic of shuffled images (five seeded shuffles) all three have 0. They weigh by the largest
    deviation too, which an outlier decides, and the unit of a latent; with our weights, inactive and noisy latents
    count for nothing.

    Known weaknesses: a latent counts by its best factor only, so a code that lost a factor, or has each one twice, or
    packs two factors into one latent unequally, may have 1; what is rotated by 45° has about a half; noise lowers it.
    Quantiles near 1 see outliers, and a level needs many images, which fill the factors' grid about evenly.

    Parameters
    ----------
    codes : array, tensor or Normal, shape (images, latents)
        Of a `Normal` q(z|x) the means are taken.
    factors : array or tensor, shape (images, factors)
        Every value is a level: bin a continuous factor first.
    quantile : float
        In (0, 1]; 1 is the paper's largest deviation.

    Returns
    -------
    IRS
        `score`, `per_latent`, `weight`, `robustness`; it prints and plots itself.

    Raises
    ------
    ValueError
        For codes or factors that are 1-D, empty, not finite or of different lengths; a quantile outside (0, 1]; only
        constant factors.

    References
    ----------
    Suter, Miladinović, Schölkopf & Bauer (2019), "Robustly disentangled causal mechanisms", section 4.

    Examples
    --------
    >>> import numpy as np
    >>> from dvlab.metrics import irs
    >>> rng = np.random.default_rng(0)
    >>> factors = rng.integers(0, 4, (2000, 2))
    >>> f"{float(irs(factors, factors)):.2f}, noise {float(irs(rng.normal(size=(2000, 2)), factors)):.2f}"
    '1.00, noise 0.00'
    """
    z, known = codes_and_labels(codes, factors)
    if not 0 < quantile <= 1:
        raise ValueError(f"quantile must be a share of the images, in (0, 1]; got {quantile!r}")
    varies, alive = varying(known), changing(z)
    live = z[:, alive]
    rng = np.random.default_rng(0)
    shuffled = [rng.permuted(live, axis=0) for _ in range(_SHUFFLES)]
    robustness = np.full((z.shape[1], len(varies)), np.nan)
    robustness[:, varies] = 0  # of dead latents
    for k in np.flatnonzero(varies):
        g = known.index[:, k]
        usual = np.mean([_deviation(noise, g, quantile) for noise in shuffled], axis=0)
        held = _deviation(live, g, quantile)
        robustness[alive, k] = np.where(usual > 0, 1 - held / np.where(usual > 0, usual, 1), 0).clip(0, 1)
    per_latent = robustness[:, varies].max(axis=1)
    weight = share(per_latent)
    return IRS(average(per_latent, weight), per_latent, weight, robustness, quantile)


def _deviation(z: np.ndarray, g: Int[np.ndarray, " images"], quantile: float) -> np.ndarray:
    """d_j: the quantile of |z_j − mean| within a level of g, averaged over the levels, (D,)."""
    z = z[np.argsort(g, kind="stable")]
    groups = np.split(z, np.cumsum(np.bincount(g))[:-1])
    return np.mean([np.quantile(np.abs(part - part.mean(axis=0)), quantile, axis=0) for part in groups], axis=0)
