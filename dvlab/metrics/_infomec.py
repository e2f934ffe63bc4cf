"""InfoMEC: modularity, compactness and explicitness by information (Hsu et al. 2023)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from torch.distributions import Normal

from dvlab.metrics._chance import neighbour_beyond_chance, posterior_beyond_chance, table_beyond_chance
from dvlab.metrics._discriminant import log_probabilities
from dvlab.metrics._heatmap import heat_map
from dvlab.metrics._inputs import Codes, Factors, codes_and_labels
from dvlab.metrics._mutual_information import cells, label_entropy
from dvlab.metrics._scored import Scored
from dvlab.metrics._split import Split, changing, held_out, standardised, varying
from dvlab.validation import one_of


@dataclass(frozen=True, eq=False)
class InfoMEC(Scored):
    """The three scores, with everything they were computed from; a constant factor's entries are NaN."""

    modularity: float  # InfoM: mean of modularity_per_latent over the active latents; 0 without any
    compactness: float  # InfoC: mean of compactness_per_factor
    explicitness: float  # InfoE: mean of explicitness_per_factor
    modularity_per_latent: Float[np.ndarray, " latents"]  # NaN for a latent that is not active
    compactness_per_factor: Float[np.ndarray, " factors"]
    explicitness_per_factor: Float[np.ndarray, " factors"]
    normalised: Float[np.ndarray, "latents factors"]  # I(z_j; g_k) / H(g_k), and 0 where it is no more than chance's
    active: Bool[np.ndarray, " latents"]
    estimator: str
    split: str

    @property
    def score(self) -> float:
        """InfoM, the one that is usually quoted."""
        return self.modularity

    def __str__(self) -> str:
        lines = [
            f"InfoM {self.modularity:.3f}   InfoC {self.compactness:.3f}   InfoE {self.explicitness:.3f}",
            f"{self.estimator}; {self.active.sum()} of {len(self.active)} latents active; {self.split}",
            "factor  compactness  explicitness  best latent",
        ]
        for k, j in enumerate(self.normalised.argmax(axis=0)):
            c, e = self.compactness_per_factor[k], self.explicitness_per_factor[k]
            lines.append(f"{k:6d} {c:12.3f} {e:13.3f} {j:12d}")
        return "\n".join(lines)

    def plot(self, factors: Sequence[str] | None = None, ax=None):
        """Heat map of the normalised information, with the three scores in the title.

        Parameters
        ----------
        factors : sequence of K names, optional
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        ax = heat_map(self.normalised, "$I(z_j; g_k) / H(g_k)$", factors, 1.0, ax)
        ax.set_title(f"InfoM {self.modularity:.2f}   InfoC {self.compactness:.2f}   InfoE {self.explicitness:.2f}")
        return ax


def infomec(
    codes: Codes, factors: Factors, estimator: str = "histogram", test_size: float = 0.2, seed: int = 0
) -> InfoMEC:
    """Does each latent tell of one factor (InfoM), is each factor told by one latent (InfoC), and linearly (InfoE)?

    With N_jk = I(z_j; g_k) / H(g_k) over the D active latents and the K factors that vary,

        InfoM = mean over j of (max_k N_jk / Σ_k N_jk − 1/K) / (1 − 1/K)
        InfoC = mean over k of (max_j N_jk / Σ_j N_jk − 1/D) / (1 − 1/D)
        InfoE = mean over k of [H(g_k) − E −ln p(g_k|z)] / H(g_k)

    where p(g_k|z) is a linear predictor with a softmax, fitted on some images and judged on the others (the usable
    information of Xu et al. 2020). All three are in [0, 1] and have no unit.

    **Pruning.** A latent is active when it tells of some factor more than chance does: an N_jk within five standard
    deviations of what shuffled images give is 0, and a latent with nothing else is left out. The authors keep the
    latents whose range is above a twentieth of the largest, so that one outlier turns all others off, and noise stays.

    Ours, too: no active latent gives InfoM = InfoC = 0 (for 0/0); a factor that nobody tells of has compactness 0;
    with one factor, or one active latent, InfoM, or InfoC, of what is told is 1. The predictor is the linear
    discriminant, with one temperature fitted by maximum likelihood: a softmax of linear functions, as the paper's
    logistic regression, which needs thousands of steps for forty levels in order along a line. Theirs is fitted and
    judged on the same images, with balanced classes.

    Known weaknesses: the mean over latents counts a latent with hardly any information as one with all; a factor that
    curves (an angle), or that is packed into a latent with others, isn't explicit; heavy tails spoil the discriminant.

    Parameters
    ----------
    codes : array, tensor or Normal, shape (images, latents)
        For a `Normal` q(z|x), I is integrated (`mutual_information`), and the predictor sees one sample an image.
    factors : array or tensor, shape (images, factors)
        Every value is a level: bin a continuous factor first.
    estimator : "histogram" or "knn"
        For point codes: 20 equal-width bins, less chance; or three nearest neighbours (Ross 2014), which no outlier
        disturbs, a thousand times slower.
    test_size : float
        Share of the images held out for InfoE.
    seed : int
        Of the split, and of the samples of a `Normal`.

    Returns
    -------
    InfoMEC
        `modularity`, `compactness`, `explicitness`, and what they are made of; it prints and plots itself.

    Raises
    ------
    ValueError
        For codes or factors that are 1-D, empty, not finite or of different lengths; fewer than 20 images; an unknown
        estimator, or one named for a `Normal`; a test_size outside (0, 1); only constant factors.

    References
    ----------
    Hsu, Dorrell, Whittington, Wu & Finn (2023), "Disentanglement via latent quantization", section 4; Hsu et al.
    (2024), "Tripod". Xu, Zhao, Song, Stewart & Ermon (2020), "A theory of usable information under computational
    constraints". Ross (2014), "Mutual information between discrete and continuous data sets".

    Examples
    --------
    >>> import numpy as np
    >>> from dvlab.metrics import infomec
    >>> factors = np.random.default_rng(0).integers(0, 4, (1000, 3))
    >>> found = infomec(factors * 1.0, factors)
    >>> print(f"{found.modularity:.2f} {found.compactness:.2f} {found.explicitness:.2f}")
    1.00 1.00 1.00
    """
    one_of("estimator", estimator, ("histogram", "knn"))
    z, known = codes_and_labels(codes, factors)
    parts, varies, H = held_out(len(z), test_size, seed), varying(known), label_entropy(known)
    if isinstance(codes, Normal):
        if estimator != "histogram":
            raise ValueError("estimator is for point codes: the information in a Normal is integrated")
        information, how = posterior_beyond_chance(codes, known), "quadrature"
        sigma = codes.scale.detach().cpu().double().numpy()
        z = z + sigma * np.random.default_rng(seed).standard_normal(z.shape)
    elif estimator == "knn":
        information, how = neighbour_beyond_chance(z, known), "three nearest neighbours"
    else:
        information, how = table_beyond_chance(cells(z), known), "histogram of 20 bins"
    N = np.where(varies, information / np.where(varies, H, 1), 0)
    active = N.any(axis=1)
    M = np.where(active, _concentration(N[:, varies]), np.nan)
    C = np.where(varies, _concentration(N[active].T) if active.any() else 0.0, np.nan)
    E = np.full(len(varies), np.nan)
    for k in np.flatnonzero(varies):
        E[k] = _usable_information(z, known.index[:, k], parts, H[k])
    return InfoMEC(
        modularity=float(M[active].mean()) if active.any() else 0.0,
        compactness=float(C[varies].mean()),
        explicitness=float(E[varies].mean()),
        modularity_per_latent=M,
        compactness_per_factor=C,
        explicitness_per_factor=E,
        normalised=N,
        active=active,
        estimator=how,
        split=f"{len(parts.train):,} images to fit, {len(parts.test):,} held out, seed {seed}",
    )


def _concentration(N: np.ndarray) -> np.ndarray:
    """(largest entry / sum − 1/n) / (1 − 1/n) of each row, n its length: 0 for a row of zeros, 1 where n is 1."""
    total, n = N.sum(axis=1), N.shape[1]
    share = N.max(axis=1) / np.where(total > 0, total, 1)
    return np.where(total > 0, (share - 1 / n) / (1 - 1 / n) if n > 1 else 1.0, 0.0)


def _usable_information(z: np.ndarray, g: Int[np.ndarray, " images"], parts: Split, H: float) -> float:
    """1 − E[−ln p(g|z)] / H(g) on the images held out; 0 where the predictor does no better than the levels' shares."""
    train, test = standardised(z[:, changing(z[parts.train])], parts)
    if train.shape[1] == 0:
        return 0.0
    log_p = log_probabilities(train, g[parts.train], test, int(g.max()) + 1)
    loss = -log_p[np.arange(len(test)), g[parts.test]].mean()
    return float(np.clip(1 - loss / H, 0, 1))
