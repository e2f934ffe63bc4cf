"""Disentanglement and completeness from an importance matrix R (D, K): how much latent i matters to factor j."""

import numpy as np
from jaxtyping import Float, Real
from scipy.special import entr

from dvlab.validation import one_of, real_array

Importance = Real[np.ndarray, "latents factors"]


def disentanglement(importance: Importance) -> float:
    """D = Σ_i ρ_i D_i, in [0, 1]: does each latent matter to one factor only?

    D_i = 1 − H_K(P_i), with P_ij = R_ij / Σ_k R_ik and the entropy to base K, so that a latent that matters to all
    factors alike gets 0; ρ_i = Σ_j R_ij / Σ_ij R_ij, so that a dead latent (a row of zeros) changes nothing. All zero:
    0. With a single factor every latent that matters at all gets 1, and the number says nothing.

    Parameters
    ----------
    importance : array, shape (latents, factors)
        R, in any unit: the scale changes nothing.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        Unless R has two axes, is not empty, and is finite and nowhere negative.

    References
    ----------
    Eastwood & Williams (2018), "A framework for the quantitative evaluation of disentangled representations", ICLR,
    section 2.

    Examples
    --------
    >>> import numpy as np
    >>> from dvlab.metrics import disentanglement
    >>> disentanglement(np.array([[2.0, 0.0], [0.0, 1.0], [0.0, 0.0]]))
    1.0
    >>> disentanglement(np.ones((3, 2)))
    0.0
    """
    R = checked_importance(importance)
    return average(disentanglement_per_latent(R), share(R.sum(axis=1)))


def completeness(importance: Importance, weighting: str = "importance") -> float:
    """C = Σ_j w_j C_j, in [0, 1]: is each factor captured by one latent only?

    C_j = 1 − H_D(P̃_j), with P̃_ij = R_ij / Σ_k R_kj (normalised over the *latents*) and the entropy to base D. A
    factor that no latent matters to (a column of zeros) gets 0. D counts dead latents too: by this definition they
    leave a C_j of 1 alone and raise every other. With a single latent every captured factor gets 1.

    The two weightings are one where all columns have the same sum, as for trees, whose importances sum to 1 for each
    factor. The slides stop at C_j.

    Parameters
    ----------
    importance : array, shape (latents, factors)
        R, in any unit: the scale changes nothing.
    weighting : "importance" or "plain"
        "importance", w_j = Σ_i R_ij / Σ_ij R_ij, as disentanglement_lib (Locatello et al. 2019) averages: a missed
        factor changes nothing here, and shows in the informativeness; or "plain", w_j = 1/K, as the authors' own code
        does: a missed factor costs 1/K.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        As `disentanglement`, and for an unknown weighting.

    References
    ----------
    Eastwood & Williams (2018), "A framework for the quantitative evaluation of disentangled representations", ICLR,
    section 2. Locatello, Bauer, Lucic, Rätsch, Gelly, Schölkopf & Bachem (2019), "Challenging common assumptions in the
    unsupervised learning of disentangled representations", ICML.

    Examples
    --------
    >>> import numpy as np
    >>> from dvlab.metrics import completeness
    >>> lost = np.array([[1.0, 0.0], [0.0, 0.0]])
    >>> completeness(lost), completeness(lost, "plain")
    (1.0, 0.5)
    """
    R = checked_importance(importance)
    return average(completeness_per_factor(R), factor_weight(R, weighting))


def disentanglement_per_latent(R: Float[np.ndarray, "latents factors"]) -> Float[np.ndarray, " latents"]:
    """D_i = 1 − H_K(P_i); 0 for a row of zeros."""
    return _concentration(R)


def completeness_per_factor(R: Float[np.ndarray, "latents factors"]) -> Float[np.ndarray, " factors"]:
    """C_j = 1 − H_D(P̃_j); 0 for a column of zeros."""
    return _concentration(R.T)


def factor_weight(R: Float[np.ndarray, "latents factors"], weighting: str) -> Float[np.ndarray, " factors"]:
    """The factors' weights in the average C; they sum to 1, or are all 0 where R is."""
    one_of("weighting", weighting, ("importance", "plain"))
    return share(R.sum(axis=0)) if weighting == "importance" else np.full(R.shape[1], 1 / R.shape[1])


def share(amount: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Each amount's share of the sum; zeros where all are 0."""
    total = amount.sum()
    return amount / total if total > 0 else np.zeros_like(amount)


def average(scores: Float[np.ndarray, " n"], weight: Float[np.ndarray, " n"]) -> float:
    """Σ_i w_i s_i of scores in [0, 1], which it stays in when the weights' sum is rounded to just above 1."""
    return min(float(scores @ weight), 1.0)


def checked_importance(importance: Importance) -> Float[np.ndarray, "latents factors"]:
    """R as float64, scaled to a largest entry of 1 (no score depends on the scale); ValueError unless it is one."""
    R = real_array("importance", importance, ["latents", "factors"], largest=np.inf)  # scaled below
    if (R < 0).any():
        i, j = np.argwhere(R < 0)[0]
        raise ValueError(f"importance must not be negative (take |W|); got {R[i, j]:g} for latent {i} and factor {j}")
    return R / R.max() if R.max() > 0 else R


def _concentration(R: np.ndarray) -> np.ndarray:
    """1 − H(row / its sum) / ln(its length): 1 where one entry has everything, 0 where all are alike or all are 0."""
    total, n = R.sum(axis=1, keepdims=True), R.shape[1]
    P = R / np.where(total > 0, total, 1)
    scores = 1 - entr(P).sum(axis=1) / (np.log(n) if n > 1 else 1)
    return np.where(total[:, 0] > 0, scores, 0).clip(0, 1)
