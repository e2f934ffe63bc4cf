"""The mutual information gap (MIG), and the same gap seen from the latents."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from torch.distributions import Normal

from dvlab.metrics._heatmap import heat_map
from dvlab.metrics._inputs import Codes, Factors, codes_and_labels, labels
from dvlab.metrics._mutual_information import BINS, cells, label_entropy, posterior_information, table_information
from dvlab.metrics._scored import Scored
from dvlab.metrics._split import varying

_SHUFFLES = 10


@dataclass(frozen=True, eq=False)
class MIG(Scored):
    """The mutual information gap, with everything it was computed from (nats); a constant factor gets NaN."""

    score: float  # mean of per_factor over the factors that vary
    per_factor: Float[np.ndarray, " factors"]  # (best − second-best I(z_j; g_k) over the latents) / H(g_k)
    mutual_information: Float[np.ndarray, "latents factors"]
    entropy: Float[np.ndarray, " factors"]
    estimator: str  # which mutual information this is, with its bins and n
    ceiling: Float[np.ndarray, " factors"] | None = None  # histogram: I / H of a code equal to the level's number
    null: float | None = None  # histogram: the score of pure noise, a mean over 10 seeded shuffles of each latent

    def __str__(self) -> str:
        lines = [f"MIG {self.score:.3f}   ({self.estimator})", "factor    MIG  best latent  I (nats)  H (nats)"]
        lines[1] += "  ceiling" if self.ceiling is not None else ""
        best = self.mutual_information.argmax(axis=0)
        for k, j in enumerate(best):
            line = (
                f"{k:6d} {self.per_factor[k]:6.3f} {j:12d} {self.mutual_information[j, k]:9.3f} {self.entropy[k]:9.3f}"
            )
            lines.append(line + (f" {self.ceiling[k]:8.3f}" if self.ceiling is not None else ""))
        if self.null is not None:
            lines.append(f"pure noise would score {self.null:.3f}")
        return "\n".join(lines)

    def plot(self, factors: Sequence[str] | None = None, ax=None):
        """Heat map of the mutual information matrix (nats), with the MIG in the title.

        Parameters
        ----------
        factors : sequence of K names, optional
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        ax = heat_map(self.mutual_information, "$I(z_j; g_k)$ (nats)", factors, ax=ax)
        ax.set_title(f"MIG = {self.score:.2f}")
        return ax


@dataclass(frozen=True, eq=False)
class LatentMIG(Scored):
    """The gap between each latent's best and second-best factor, with everything it was computed from."""

    score: float  # mean of per_latent, weighted by `weight`
    per_latent: Float[np.ndarray, " latents"]
    weight: Float[np.ndarray, " latents"]  # the latent's share of all normalised information; sums to 1, or is all 0
    mutual_information: Float[np.ndarray, "latents factors"]
    entropy: Float[np.ndarray, " factors"]
    estimator: str

    def __str__(self) -> str:
        lines = [f"latent MIG {self.score:.3f}   ({self.estimator})", "latent    gap  weight  best factor  I (nats)"]
        for j, k in enumerate(self.mutual_information.argmax(axis=1)):
            lines.append(f"{j:6d} {self.per_latent[j]:6.3f} {self.weight[j]:7.3f} {k:12d} "
                         f"{self.mutual_information[j, k]:9.3f}")  # fmt: skip
        return "\n".join(lines)

    def plot(self, factors: Sequence[str] | None = None, ax=None):
        """Heat map of the mutual information matrix (nats), with the latent MIG in the title.

        Parameters
        ----------
        factors : sequence of K names, optional
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        ax = heat_map(self.mutual_information, "$I(z_j; g_k)$ (nats)", factors, ax=ax)
        ax.set_title(f"latent MIG = {self.score:.2f}")
        return ax


def mig(codes: Codes, factors: Factors, bins: int | None = None, binning: str = "width") -> MIG:
    """MIG = 1/K Σ_k [I(z_best; g_k) − I(z_second; g_k)] / H(g_k), in [0, 1].

    The divisor is the *factor's* entropy. With a single latent the second best is 0; a constant latent informs about
    nothing; a factor that is constant over these images has no entropy: it gets NaN and a warning, and the mean is over
    the others. Blind to: a factor that needs two latents (an angle as cos and sin) scores 0; correlated factors lower
    it (the factors themselves, `mig(factors, factors)`, then score below 1); a latent that packs several factors
    is not punished (`latent_mig` does). The mean hides a lost factor: look at `per_factor`.

    For histograms, `ceiling[k]` is I / H for the best of codes, g_k's own level number, in the same bins (20
    equal-width bins: .81 for 40 levels), and `null` the score that noise would get: mean over 10 seeded shuffles of
    each latent by itself, which keep the latents' distributions and the factors, and break every tie between them. It
    is an expectation: a single draw of noise may well score twice as much.

    Parameters
    ----------
    codes : array, tensor or Normal, shape (images, latents)
        The mutual information of points is a histogram's, that of a `Normal` is integrated; `mutual_information` says
        what the two mean and how they differ.
    factors : array or tensor, shape (images, factors)
        Every value is a level: bin a continuous factor first.
    bins : int, optional
        For point codes, 20 unless told.
    binning : "width" or "quantile"
        For point codes: bins equally wide, or equally full.

    Returns
    -------
    MIG
        `score`, `per_factor`, and in nats `mutual_information` and `entropy`; for histograms `ceiling` and `null`. It
        prints and plots itself.

    Raises
    ------
    ValueError
        As `mutual_information`, and when every factor is constant.

    References
    ----------
    Chen, Li, Grosse & Duvenaud (2018), "Isolating sources of disentanglement in variational autoencoders", NeurIPS,
    eq. 6.

    Examples
    --------
    >>> import numpy as np
    >>> from dvlab.metrics import mig
    >>> factors = np.array(list(np.ndindex(4, 4)))
    >>> f"{float(mig(factors, factors)):.2f}, twice {float(mig(np.hstack([factors, factors]), factors)):.2f}"
    '1.00, twice 0.00'
    """
    ceiling = null = None
    if isinstance(codes, Normal):
        known = labels(factors)
        information = posterior_information(codes, known, bins, binning)
    else:
        codes, known = codes_and_labels(codes, factors)
        cell = cells(codes, bins, binning)
        information = table_information(cell, known)
    varies, H = varying(known), label_entropy(known)

    def per_factor(information):
        return np.where(varies, _gap(information, axis=0) / np.where(varies, H, 1), np.nan)

    if not isinstance(codes, Normal):
        perfect = table_information(cells(known.index.astype(np.float64), bins, binning), known).diagonal()
        ceiling = np.where(varies, perfect / np.where(varies, H, 1), np.nan)
        rng = np.random.default_rng(0)
        noise = (table_information(rng.permuted(cell, axis=0), known) for _ in range(_SHUFFLES))
        null = float(np.mean([np.nanmean(per_factor(I)) for I in noise]))
    gaps = per_factor(information)
    return MIG(float(np.nanmean(gaps)), gaps, information, H, _estimator(codes, bins, binning), ceiling, null)


def latent_mig(codes: Codes, factors: Factors, bins: int | None = None, binning: str = "width") -> LatentMIG:
    """The transpose of MIG: does each latent speak of one factor only? In [0, 1].

    per_latent[j] is the gap between the best and the second-best factor of I(z_j; g_k) / H(g_k): the MIG-sup of Li
    et al. They average plainly over the latents; the weighting of `score` is ours: by each latent's share of the
    normalised information, so that a dead latent changes nothing (their number is `per_latent.mean()`). With one factor
    the second best is 0; without any information the score is 0; constant factors are left out with a warning.

    Histograms' bias is in every entry: compare dead latents with `mig(...).null`.

    Parameters
    ----------
    codes : array, tensor or Normal, shape (images, latents)
        As in `mig`.
    factors : array or tensor, shape (images, factors)
        Every value is a level: bin a continuous factor first.
    bins : int, optional
        For point codes, 20 unless told.
    binning : "width" or "quantile"
        For point codes: bins equally wide, or equally full.

    Returns
    -------
    LatentMIG
        `score`, `per_latent` with its `weight`, and in nats `mutual_information` and `entropy`. It prints and plots
        itself.

    Raises
    ------
    ValueError
        As `mutual_information`, and when every factor is constant.

    References
    ----------
    Li, Murkute, Gyawali & Wang (2020), "Progressive learning and disentanglement of hierarchical representations",
    ICLR.

    Examples
    --------
    >>> import numpy as np
    >>> from dvlab.metrics import latent_mig
    >>> factors = np.array(list(np.ndindex(4, 4)))
    >>> packed = factors @ np.array([[4], [1]])
    >>> f"{float(latent_mig(factors, factors)):.2f}, packed {float(latent_mig(packed, factors)):.2f}"
    '1.00, packed 0.00'
    """
    if isinstance(codes, Normal):
        known = labels(factors)
        information = posterior_information(codes, known, bins, binning)
    else:
        codes, known = codes_and_labels(codes, factors)
        information = table_information(cells(codes, bins, binning), known)
    varying(known)  # warns of the constant ones
    return latent_gaps(information, label_entropy(known), _estimator(codes, bins, binning))


mig_sup = latent_mig  # the field's name


def latent_gaps(
    information: Float[np.ndarray, "latents factors"], entropy: Float[np.ndarray, " factors"], estimator: str
) -> LatentMIG:
    """`latent_mig` from a mutual information matrix and the factors' entropies (nats), both already known."""
    varies = entropy > 0
    share = information[:, varies] / entropy[varies]
    per_latent = _gap(share, axis=1)
    total = share.sum()
    weight = share.sum(axis=1) / (total if total > 0 else 1)
    return LatentMIG(float(per_latent @ weight), per_latent, weight, information, entropy, estimator)


def _gap(values: np.ndarray, axis: int) -> np.ndarray:
    """Largest less second largest along `axis`; the second of one alone is 0."""
    ordered = np.sort(np.moveaxis(values, axis, 0), axis=0)
    return ordered[-1] - (ordered[-2] if len(ordered) > 1 else 0)


def _estimator(codes, bins: int | None, binning: str) -> str:
    if isinstance(codes, Normal):
        return f"stochastic code q(z|n), n uniform over the {len(codes.loc):,} images given, by quadrature"
    kind = {"width": "equal-width", "quantile": "equally full"}[binning]
    return f"histogram of point codes in {BINS if bins is None else bins} {kind} bins, n = {len(codes):,}"
