"""Mutual information beyond what chance gives, for each estimator: what a latent that knows nothing is told from."""

import numpy as np
from jaxtyping import Float, Int
from torch.distributions import Normal

from dvlab.metrics._inputs import Labels
from dvlab.metrics._mutual_information import label_entropy, posterior_information, table_information
from dvlab.metrics._split import changing

_SHUFFLES = 100  # with 20, one deviation is off by a sixth, and what is near the fifth switches on and off
_POOLED = 60  # entries of shuffles by nearest neighbours, which are slow
_DEVIATIONS = 5  # standard deviations of chance: one entry of noise in a million would pass


def table_beyond_chance(cell: Int[np.ndarray, "images latents"], known: Labels) -> Float[np.ndarray, "latents factors"]:
    """A histogram's I less its mean over 100 seeded shuffles of the images, and 0 within five deviations of it.

    One shuffle for all latents: what each of them gets does not depend on their order.
    """
    information, rng = table_information(cell, known), np.random.default_rng(0)
    chance = np.array([table_information(rng.permutation(cell), known) for _ in range(_SHUFFLES)])
    mean, deviation = chance.mean(axis=0), chance.std(axis=0, ddof=1)
    return np.where(information - mean > _DEVIATIONS * deviation + 1e-12, information - mean, 0)


def posterior_beyond_chance(posterior: Normal, known: Labels) -> Float[np.ndarray, "latents factors"]:
    """A Normal's I, and 0 where one seeded shuffle of the images comes as near as chance may.

    The integral is exact for the images given, so nothing is taken off. Chance's own deviation follows from its mean:
    of independent labels 2 n I is about χ²-distributed with ν degrees of freedom, so that I has mean ν / 2n and
    standard deviation √(mean / n); ν is at least the number of levels − 1.
    """
    information, n = posterior_information(posterior, known), len(known.index)
    order = np.random.default_rng(0).permutation(n)
    shuffled = Normal(posterior.loc[order], posterior.scale[order])
    chance = np.maximum(posterior_information(shuffled, known), (known.sizes - 1) / (2 * n))
    return np.where(information > chance + _DEVIATIONS * np.sqrt(chance / n), information, 0)


def neighbour_beyond_chance(
    z: Float[np.ndarray, "images latents"], known: Labels
) -> Float[np.ndarray, "latents factors"]:
    """`neighbour_information`, and 0 within five root mean squares of what shuffled images give (sixty or more)."""
    information, rng = neighbour_information(z, known), np.random.default_rng(0)
    possible = np.outer(changing(z), _repeats(known))  # the others are always 0
    shuffles = -(-_POOLED // max(possible.sum(), 1))
    chance = np.array([neighbour_information(rng.permutation(z), known) for _ in range(shuffles)])
    rms = np.sqrt(np.mean(np.square(chance[:, possible]))) if possible.any() else 0.0
    return np.where(information > _DEVIATIONS * rms + 1e-12, information, 0)


def _repeats(known: Labels) -> np.ndarray:
    """Which factors have a level that two images share: else no image has a neighbour of its level."""
    most = np.array([np.bincount(g).max() for g in known.index.T])
    return (known.sizes > 1) & (most > 1)


def neighbour_information(
    z: Float[np.ndarray, "images latents"], known: Labels
) -> Float[np.ndarray, "latents factors"]:
    """I(z_j; g_k) by distances to nearest neighbours (Ross 2014; scikit-learn's, three neighbours), (D, K) nats.

    No bins, so no ceiling and hardly a bias. Standardised codes get a seeded noise of 1e-10, which parts equal ones.
    Cut to [0, H(g_k)]. An image that is there three times is its own neighbours: leave copies out.
    """
    from sklearn.feature_selection import mutual_info_classif

    options = {"discrete_features": False, "n_neighbors": 3, "random_state": 0}
    varies = changing(z)
    z = (z - z.mean(axis=0)) / np.where(varies, z.std(axis=0), 1)
    information = np.zeros((z.shape[1], len(known.sizes)))
    for k in np.flatnonzero(_repeats(known)):
        if varies.any():
            information[varies, k] = mutual_info_classif(z[:, varies], known.index[:, k], **options)
    return np.clip(information, 0, label_entropy(known))
