"""Two more gaps of mutual information: DCIMIG (Sepliarskaia et al. 2019) and JEMMIG (Do & Tran 2020)."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import entr

from dvlab.metrics._inputs import Codes, Factors, codes_and_labels
from dvlab.metrics._mutual_information import BINS, cells, label_entropy, mutual_information, table_information
from dvlab.metrics._scored import Scored
from dvlab.metrics._split import varying


@dataclass(frozen=True, eq=False)
class DCIMIG(Scored):
    """The score, with everything it was computed from; nats. A constant factor's entry is NaN."""

    score: float  # Σ_k gap_k / Σ_k H(g_k)
    gap: Float[np.ndarray, " factors"]  # the largest gap of the latents whose best factor is k
    per_latent: Float[np.ndarray, " latents"]  # best less second-best factor
    mutual_information: Float[np.ndarray, "latents factors"]
    entropy: Float[np.ndarray, " factors"]

    def __str__(self) -> str:
        lines = [f"DCIMIG {self.score:.3f}", "factor  gap (nats)  H (nats)"]
        lines += [f"{k:6d} {gap:11.3f} {self.entropy[k]:9.3f}" for k, gap in enumerate(self.gap)]
        return "\n".join(lines)


@dataclass(frozen=True, eq=False)
class JEMMIG(Scored):
    """The score, with everything it was computed from; nats. A constant factor's entry is NaN."""

    score: float  # mean of per_factor
    per_factor: Float[np.ndarray, " factors"]
    mutual_information: Float[np.ndarray, "latents factors"]
    joint_entropy: Float[np.ndarray, "latents factors"]  # H(z_j, g_k), z_j in bins
    bins: int

    def __str__(self) -> str:
        lines = [f"JEMMIG {self.score:.3f} ({self.bins} equal-width bins)", "factor  JEMMIG  best latent"]
        best = self.mutual_information.argmax(axis=0)
        lines += [f"{k:6d} {self.per_factor[k]:7.3f} {j:12d}" for k, j in enumerate(best)]
        return "\n".join(lines)


def dcimig(codes: Codes, factors: Factors, bins: int | None = None) -> DCIMIG:
    """How much information is in latents that tell of one factor only, one latent a factor. In [0, 1].

    Each latent belongs to the factor of which it knows most, and its gap is that I(z_j; g_k) less the second largest
    of its row. A factor's gap is the largest of its latents', 0 without one; DCIMIG = Σ_k gap_k / Σ_k H(g_k).

    Known weaknesses: a second latent for a factor costs nothing (this is no measure of compactness); factors with
    many levels weigh more; histograms' bias and ceiling as in `mig`; correlated factors lower it.

    Parameters
    ----------
    codes : array, tensor or Normal, shape (images, latents)
        As in `mutual_information`: histogram for points, quadrature for a `Normal`.
    factors : array or tensor, shape (images, factors)
    bins : int, optional
        For point codes, 20 unless told.

    Returns
    -------
    DCIMIG

    Raises
    ------
    ValueError
        As `mutual_information`, and when every factor is constant.

    References
    ----------
    Sepliarskaia, Kiseleva & de Rijke (2019), "How to not measure disentanglement", section 5.

    Examples
    --------
    >>> import numpy as np
    >>> from dvlab.metrics import dcimig
    >>> factors = np.random.default_rng(0).integers(0, 4, (1000, 2))
    >>> f"{float(dcimig(factors, factors)):.2f}, packed {float(dcimig(factors @ [[4], [1]], factors)):.2f}"
    '1.00, packed 0.00'
    """
    known = codes_and_labels(codes, factors)[1]
    varying(known)  # warns of the constant ones
    return factor_gaps(mutual_information(codes, factors, bins), label_entropy(known))


def factor_gaps(information: Float[np.ndarray, "latents factors"], H: Float[np.ndarray, " factors"]) -> DCIMIG:
    """`dcimig` from a mutual information matrix and the factors' entropies (nats), both already known."""
    varies = H > 0
    ordered = np.sort(information[:, varies], axis=1)
    per_latent = ordered[:, -1] - (ordered[:, -2] if ordered.shape[1] > 1 else 0)
    gap = np.where(varies, 0.0, np.nan)
    for j, k in enumerate(np.where(varies, information, -1).argmax(axis=1)):
        gap[k] = max(gap[k], per_latent[j])
    return DCIMIG(float(gap[varies].sum() / H.sum()), gap, per_latent, information, H)


def jemmig(codes: Codes, factors: Factors, bins: int | None = None) -> JEMMIG:
    """MIG with a penalty on what else the best latent says: joint entropy less information plus the second best's.

    For factor k with best latent j and second best i, in bins: H(z_j, g_k) − I(z_j; g_k) + I(z_i; g_k), which is 0 for
    a latent that is a function of the factor and nothing else. JEMMIG = the mean over factors of one less that, divided
    by H(g_k) + ln(bins), the most that it can be. In [0, 1], 1 the best (their own number runs the other way).

    Known weaknesses: every refinement of the bins raises H(z_j | g_k) of a noisy latent, so the number depends on the
    bins; noise does not get 0, as H(g) + ln(bins) is reached by uniform codes only (Gaussian noise in 20 bins
    has about .15), and a constant latent gets 1 − H(g) / (H(g) + ln(bins)), more than many a good noisy one; an
    outlier empties the bins, and everything has more. Of a `Normal` the means are taken.

    Parameters
    ----------
    codes : array, tensor or Normal, shape (images, latents)
    factors : array or tensor, shape (images, factors)
    bins : int, optional
        Equal-width bins, 20 unless told.

    Returns
    -------
    JEMMIG

    Raises
    ------
    ValueError
        As `mutual_information`, and when every factor is constant.

    References
    ----------
    Do & Tran (2020), "Theory and evaluation metrics for learning disentangled representations", section 4.3;
    normalised as by Carbonneau et al. (2022), "Measuring disentanglement: a review of metrics".

    Examples
    --------
    >>> import numpy as np
    >>> from dvlab.metrics import jemmig
    >>> factors = np.array(list(np.ndindex(4, 4)))
    >>> f"{float(jemmig(factors, factors)):.2f}, packed {float(jemmig(factors @ [[4], [1]], factors)):.2f}"
    '1.00, packed 0.68'
    """
    z, known = codes_and_labels(codes, factors)
    varies, H = varying(known), label_entropy(known)
    cell, bins = cells(z, bins), BINS if bins is None else bins
    information = table_information(cell, known)
    H_bin = np.array([entr(np.bincount(column) / len(column)).sum() for column in cell.T])
    joint = H_bin[:, None] + H - information
    per_factor = np.full(len(varies), np.nan)
    for k in np.flatnonzero(varies):
        order = np.argsort(information[:, k])
        j, second = order[-1], information[order[-2], k] if len(order) > 1 else 0.0
        per_factor[k] = 1 - (joint[j, k] - information[j, k] + second) / (H[k] + np.log(bins))
    return JEMMIG(float(per_factor[varies].mean()), per_factor, information, joint, bins)
