"""The linear discriminant as a softmax: ln p(level | z) for codes that were held out."""

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax


def log_probabilities(
    z: Float[np.ndarray, "train latents"],
    g: Int[np.ndarray, " train"],
    z_test: Float[np.ndarray, "test latents"],
    levels: int,
) -> Float[np.ndarray, "test levels"]:
    """ln p(g|z) = ln softmax_g(ln p(g) − τ/2 (z − m_g)ᵀ Σ⁻¹ (z − m_g)), with one Σ for all levels.

    τ makes the training images most likely: 1 where the levels are Gaussian, 0 where the codes tell nothing. Where no
    two levels meet in training it would grow without end, and one held-out image between them cost all: so above 1 it
    has a prior, ln τ ~ N(0, 1). Σ has a millionth on its diagonal (z is standardised), and p(g) half an image more a
    level, for those not seen in training.
    """
    count = np.bincount(g, minlength=levels)
    prior = np.log((count + 0.5) / (count.sum() + 0.5 * levels))
    sums = np.stack([np.bincount(g, column, minlength=levels) for column in z.T], axis=1)
    mean = sums / np.maximum(count, 1)[:, None]
    within = z - mean[g]
    root = np.linalg.cholesky(np.linalg.inv(within.T @ within / len(z) + 1e-6 * np.eye(z.shape[1])))

    def half_distance(z):
        a, m = z @ root, mean @ root  # Σ⁻¹ = root rootᵀ
        squared = (m**2).sum(axis=1) - 2 * a @ m.T  # less |a|², which softmax does not see
        return np.where(count > 0, 0.5 * squared, 0.5 * squared.max())

    some = np.arange(len(z))[:: max(1, len(z) // 2000)]  # one number is fitted
    d = half_distance(z[some])

    def loss(ln_tau):
        likely = log_softmax(prior - np.exp(ln_tau) * d, axis=1)[np.arange(len(some)), g[some]]
        return (0.5 * max(ln_tau, 0) ** 2 - likely.sum()) / len(some)

    best = minimize_scalar(loss, bounds=(-12, 3), method="bounded", options={"xatol": 0.05})
    return log_softmax(prior - np.exp(best.x) * half_distance(z_test), axis=1)
