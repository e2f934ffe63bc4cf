"""Mutual information beyond what chance gives, for each estimator: what a latent that knows nothing is told from."""

import numpy as np
from jaxtyping import Float, Int
from torch.distributions import Normal

from dvlab.metrics._inputs import Labels
from dvlab.metrics._mutual_information import posterior_information, table_information

_SHUFFLES = 20
_DEVIATIONS = 5  # standard deviations of chance: one entry of noise in a million would pass


def table_beyond_chance(cell: Int[np.ndarray, "images latents"], known: Labels) -> Float[np.ndarray, "latents factors"]:
    """A histogram's I less its mean over 20 seeded shuffles of each latent, and 0 within five deviations of it."""
    information, rng = table_information(cell, known), np.random.default_rng(0)
    chance = np.array([table_information(rng.permuted(cell, axis=0), known) for _ in range(_SHUFFLES)])
    mean, deviation = chance.mean(axis=0), chance.std(axis=0, ddof=1)
    return np.where(information - mean > _DEVIATIONS * deviation + 1e-12, information - mean, 0)


def posterior_beyond_chance(posterior: Normal, known: Labels) -> Float[np.ndarray, "latents factors"]:
    """A Normal's I, and 0 where one seeded shuffle of each latent's images comes as near as chance may.

    The integral is exact for the images given, so nothing is taken off. Chance's own deviation follows from its mean:
    of independent labels 2 n I is about χ²-distributed with ν degrees of freedom, so that I has mean ν / 2n and
    standard deviation √(mean / n); ν is at least the number of levels − 1.
    """
    information, n = posterior_information(posterior, known), len(known.index)
    rng, mean, sigma = np.random.default_rng(0), posterior.loc.clone(), posterior.scale.clone()
    for j in range(mean.shape[1]):
        order = rng.permutation(n)
        mean[:, j], sigma[:, j] = mean[order, j], sigma[order, j]
    chance = np.maximum(posterior_information(Normal(mean, sigma), known), (known.sizes - 1) / (2 * n))
    return np.where(information > chance + _DEVIATIONS * np.sqrt(chance / n), information, 0)


def neighbour_beyond_chance(
    z: Float[np.ndarray, "images latents"], known: Labels
) -> Float[np.ndarray, "latents factors"]:
    """`neighbour_information`, and 0 within five root mean squares of what shuffled latents give (twenty or more)."""
    information, rng = neighbour_information(z, known), np.random.default_rng(0)
    shuffles = -(-_SHUFFLES // information.size)
    chance = [neighbour_information(rng.permuted(z, axis=0), known) for _ in range(shuffles)]
    return np.where(information > _DEVIATIONS * np.sqrt(np.mean(np.square(chance))) + 1e-12, information, 0)


def neighbour_information(
    z: Float[np.ndarray, "images latents"], known: Labels
) -> Float[np.ndarray, "latents factors"]:
    """I(z_j; g_k) by distances to nearest neighbours (Ross 2014; scikit-learn's, three neighbours), (D, K) nats.

    No bins, so no ceiling and hardly a bias; codes that repeat get a seeded noise of 1e-10. Cut to [0, H(g_k)].
    """
    from sklearn.feature_selection import mutual_info_classif

    from dvlab.metrics._mutual_information import label_entropy

    options = {"discrete_features": False, "n_neighbors": 3, "random_state": 0}
    varies = np.ptp(z, axis=0) > 0
    information = np.zeros((z.shape[1], len(known.sizes)))
    for k in np.flatnonzero(known.sizes > 1):
        if varies.any() and np.bincount(known.index[:, k]).max() > 1:  # else no image has a neighbour of its level
            information[varies, k] = mutual_info_classif(z[:, varies], known.index[:, k], **options)
    return np.clip(information, 0, label_entropy(known))
