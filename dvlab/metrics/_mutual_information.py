"""Mutual information I(z_j; g_k) between each latent and each factor, and the factors' entropies, in nats."""

import numpy as np
from jaxtyping import Float, Int
from scipy.special import entr, xlogy
from torch.distributions import Normal

from dvlab.metrics._inputs import Codes, Factors, Labels, codes_and_labels, labels, same_length
from dvlab.quadrature import bin_posteriors
from dvlab.validation import one_of, positive_int, posterior_parameters

BINS = 20


def entropy(factors: Factors) -> Float[np.ndarray, " factors"]:
    """H(g_k) = −Σ_g p(g) ln p(g) of each factor over the images given, in nats.

    Parameters
    ----------
    factors : array or tensor, shape (images, factors)
        Every value, number or string, is a level: bin a continuous factor first.

    Returns
    -------
    array, shape (factors,)
        In nats; exactly 0 for a constant factor.

    Raises
    ------
    ValueError
        For factors that are 1-D, empty or not finite, or a single image.
    TypeError
        For a factor with values of several kinds.

    Examples
    --------
    >>> import numpy as np
    >>> from dvlab.metrics import entropy
    >>> entropy(np.array([[0, 5], [1, 5], [2, 5], [3, 5]])).round(3)
    array([1.386, 0.   ])
    """
    return label_entropy(labels(factors))


def mutual_information(
    codes: Codes, factors: Factors, bins: int | None = None, binning: str = "width"
) -> Float[np.ndarray, "latents factors"]:
    """I(z_j; g_k) for each latent j and factor k, in nats.

    **Codes as an array or tensor: the histogram estimator.** Each latent is cut into `bins` bins. The result is the
    mutual information of the (bin, level) table of counts, scikit-learn's `mutual_info_score`. It is *biased upwards*,
    by about (bins − 1)(levels − 1) / 2n where every cell is filled (Miller 1955), and limited by what the bins can
    hold, ln(bins) at most: see `.null` and `.ceiling` of `mig`. One outlier can push all other codes into a single
    equal-width bin.

    **Codes as a `torch.distributions.Normal`: the stochastic code itself**, with p(n) uniform over the images given and
    z_j drawn from q(z_j|n): I = Σ_g p(g) ∫ q(z_j|g) ln [q(z_j|g) / q(z_j)] dz_j, where q(z_j|g) is the average of
    q(z_j|n) over the images with that level (Chen et al. 2018, section 4.1, who sample it). Integrated on a grid,
    within 0.005 nats where a latent's largest σ is at most some thousand times its least; no bins and no samples.
    Factors may be unbalanced, correlated or incomplete. The images given are the whole population. For a *subsample*
    that is exact too, but too high for the data set it was drawn from, since fewer posteriors a level overlap less: of
    a latent that knows nothing (σ a tenth of its spread, 40 levels), 400 images give .60 nats, 4,000 give .09, 20,000
    give .02. So give every image.

    The two are different quantities. A histogram of posterior *means* leaves out the noise of q(z|n): a latent whose
    means differ by a hundredth of σ carries almost no information, and yet its means may name the factor exactly.

    Parameters
    ----------
    codes : array, tensor or Normal, shape (images, latents)
    factors : array or tensor, shape (images, factors)
        Every value is a level: bin a continuous factor first.
    bins : int, optional
        For point codes, 20 unless told; for a `Normal` it must stay None.
    binning : "width" or "quantile"
        For point codes: bins equally wide from the least code to the largest, NumPy's histogram edges; or equally full,
        so that only the codes' order matters and an outlier is one code among n (equal codes share a bin).

    Returns
    -------
    array, shape (latents, factors)
        In nats, between 0 and the factor's entropy.

    Raises
    ------
    ValueError
        For codes or factors that are 1-D, empty, not finite or of different lengths, a single image, fewer than 2 bins,
        an unknown binning, or bins or binning="quantile" given with a `Normal`.

    References
    ----------
    Chen, Li, Grosse & Duvenaud (2018), "Isolating sources of disentanglement in variational autoencoders", NeurIPS,
    section 4.1. Miller (1955), "Note on the bias of information estimates", in Information Theory in Psychology.

    Examples
    --------
    >>> import numpy as np, torch
    >>> from dvlab.metrics import mutual_information
    >>> factors = np.array(list(np.ndindex(4, 4)))
    >>> mutual_information(factors, factors).round(2)
    array([[1.39, 0.  ],
           [0.  , 1.39]])
    >>> mean = torch.tensor(factors, dtype=torch.float64)
    >>> mutual_information(torch.distributions.Normal(mean, torch.ones_like(mean)), factors).round(2)
    array([[0.4, 0. ],
           [0. , 0.4]])
    """
    if isinstance(codes, Normal):
        return posterior_information(codes, labels(factors), bins, binning)
    array, known = codes_and_labels(codes, factors)
    return table_information(cells(array, bins, binning), known)


# ---------------------------------------------------------------- point codes


def cells(
    codes: Float[np.ndarray, "images latents"], bins: int | None = None, binning: str = "width"
) -> Int[np.ndarray, "images latents"]:
    """The bin, 0 … bins − 1, that each code falls into (20 unless told)."""
    one_of("binning", binning, ("width", "quantile"))
    bins = BINS if bins is None else bins
    positive_int("bins", bins, least=2)
    cut = _equal_width if binning == "width" else _equally_full
    cell = np.empty(codes.shape[::-1], dtype=np.int64)
    for j, z in enumerate(codes.T):
        cell[j] = cut(np.ascontiguousarray(z), bins)
    return cell.T


def _equal_width(z: np.ndarray, bins: int) -> np.ndarray:
    """The bin of each code between the edges of `np.histogram(z, bins)`; the last bin is closed on both sides."""
    least, largest = z.min(), z.max()
    if least == largest:
        return np.zeros(len(z), dtype=np.int64)
    position = z - least
    position *= bins / (largest - least)
    cell = position.astype(np.int64)
    from_edge = np.rint(position)
    from_edge -= position
    np.abs(from_edge, out=from_edge)
    by_an_edge = np.flatnonzero(from_edge < 1e-9)  # rounding would decide, and at the last edge overflow: ask the edges
    edges = np.linspace(least, largest, bins + 1)
    cell[by_an_edge] = np.searchsorted(edges[1:-1], z[by_an_edge], side="right")
    return cell


def _equally_full(z: np.ndarray, bins: int) -> np.ndarray:
    """⌊bins · (rank − ½) / n⌋, in whole numbers: equal codes have their mean rank, which may be a half."""
    _, group, size = np.unique(z, return_inverse=True, return_counts=True)
    twice_rank = 2 * np.cumsum(size) - size + 1
    return ((twice_rank - 1) * bins // (2 * len(z)))[group]


def table_information(cells: Int[np.ndarray, "images latents"], known: Labels) -> Float[np.ndarray, "latents factors"]:
    """I(bin; level) = H(bin) + H(level) − H(bin, level), (D, K) nats, from one table of counts a pair."""
    n, bins = len(cells), int(cells.max()) + 1
    n_ln_n = _n_ln_n(np.arange(n + 1))  # of every count there can be: looked up below
    information = np.empty((cells.shape[1], len(known.sizes)))
    for k, (g, levels) in enumerate(zip(known.index.T, known.sizes, strict=True)):
        row = g * bins  # of the table, where that level's counts begin
        tables = np.array([np.bincount(row + z, minlength=levels * bins) for z in cells.T])
        tables = tables.reshape(-1, levels, bins)
        H_bin, H_level = (n_ln_n[tables.sum(axis)].sum(axis=1) for axis in (1, 2))
        information[:, k] = np.log(n) + (n_ln_n[tables].sum(axis=(1, 2)) - H_bin - H_level) / n
    return np.clip(information, 0, label_entropy(known))  # but for rounding it lies there


def label_entropy(known: Labels) -> Float[np.ndarray, " factors"]:
    """H(g_k) in nats; exactly 0 for a constant factor."""
    return np.array([entr(np.bincount(g) / len(g)).sum() for g in known.index.T])


def _n_ln_n(counts: np.ndarray) -> np.ndarray:
    return counts * np.log(np.maximum(counts, 1))


# ---------------------------------------------------------------- stochastic codes


def posterior_information(
    posterior: Normal, known: Labels, bins: int | None = None, binning: str = "width"
) -> Float[np.ndarray, "latents factors"]:
    """I(z_j; g_k) = Σ_g p(g) ∫ q(z_j|g) ln [q(z_j|g) / q(z_j)] dz_j, (D, K) nats, on `quadrature`'s grid."""
    if bins is not None or binning != "width":
        raise ValueError(
            "bins and binning are for point codes: the information in a Normal is integrated. "
            "For a histogram of its means, which is another quantity, give codes.loc"
        )
    mean, sigma = (x.detach().cpu().double().numpy().T for x in posterior_parameters("codes", posterior))
    same_length(mean.shape[1], len(known.index))
    information = np.array([_latent_information(m, s, known) for m, s in zip(mean, sigma, strict=True)])
    return np.clip(information, 0, label_entropy(known))


def _latent_information(mean: np.ndarray, sigma: np.ndarray, known: Labels) -> list[float]:
    posteriors = bin_posteriors(mean, sigma)
    information = []
    for g in known.index.T:
        grid, q_given_g = posteriors.densities(g)  # (L, G)
        q_given_g = q_given_g.clip(min=0)
        p = np.bincount(g) / len(g)
        q = p @ q_given_g
        integrand = p @ xlogy(q_given_g, q_given_g) - xlogy(q, q)  # Σ_g p(g) q(z|g) ln q(z|g) − q(z) ln q(z)
        information.append(float(np.trapezoid(integrand, grid)))
    return information
