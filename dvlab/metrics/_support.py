"""Factorised support: do the latents' values occur in all combinations? (Roth et al. 2023.)"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Float

from dvlab.metrics._inputs import Codes, codes_array
from dvlab.metrics._scored import Scored
from dvlab.metrics._split import changing
from dvlab.validation import positive_int


@dataclass(frozen=True, eq=False)
class FactorisedSupport(Scored):
    """The score, with the distance of each pair. A dead latent's entries are 0."""

    score: float  # 1 − the mean distance over the pairs of latents that vary; 1 without a pair
    distance: Float[np.ndarray, "latents latents"]  # Hausdorff, of latents scaled to [0, 1]

    def __str__(self) -> str:
        i, j = np.unravel_index(self.distance.argmax(), self.distance.shape)
        return f"factorised support {self.score:.3f} (the worst pair, latents {i} and {j}: {self.distance[i, j]:.3f})"


def factorised_support(codes: Codes, values: int = 100) -> FactorisedSupport:
    """Is every combination of two latents' values near one that occurs? In [0, 1]; no factors are needed.

    For latents i and j, scaled to [0, 1], S_ij is the set of pairs (z_i, z_j) that occur. The Hausdorff distance of
    S_i × S_j, all pairs of values, from S_ij is the largest distance of such a pair from the nearest that occurs.
    The score is one less its mean over all pairs of latents. (The authors add the squares up, of codes as they are.)

    Latents may be correlated, as factors are, and keep 1, as long as no combination is missing.
    A square rotated by 45° has 1 − √½/2 = .65, two copies 1 − √½ = .29.

    Known weaknesses: it doesn't know what the latents mean, so noise is as good as factors; it asks of pairs only;
    it is decided by the rarest combinations, so that one outlier, or the corners of a Gaussian, count as missing.

    Parameters
    ----------
    codes : array, tensor or Normal, shape (images, latents)
        Of a `Normal` the means are taken.
    values : int
        How many of each latent's values make the combinations: order statistics, the least and the largest among them.

    Returns
    -------
    FactorisedSupport

    Raises
    ------
    ValueError
        For codes that are 1-D, empty or not finite, or values < 2.

    References
    ----------
    Roth, Ibrahim, Akata, Vincent & Bouchacourt (2023), "Disentanglement of correlated factors via Hausdorff factorized
    support", section 3.

    Examples
    --------
    >>> import numpy as np
    >>> from dvlab.metrics import factorised_support
    >>> grid = np.array(list(np.ndindex(5, 5)))
    >>> print(factorised_support(grid))
    factorised support 1.000 (the worst pair, latents 0 and 0: 0.000)
    >>> print(factorised_support(np.repeat(np.arange(101)[:, None], 2, axis=1)))
    factorised support 0.293 (the worst pair, latents 0 and 1: 0.707)
    """
    from scipy.spatial import KDTree

    positive_int("values", values, least=2)
    z = codes_array(codes)
    alive = np.flatnonzero(changing(z))
    z = (z - z.min(axis=0)) / np.where(np.ptp(z, axis=0) > 0, np.ptp(z, axis=0), 1)
    some = {j: _order_statistics(z[:, j], values) for j in alive}
    distance = np.zeros((z.shape[1], z.shape[1]))
    for i, j in combinations(alive, 2):
        product = np.stack(np.meshgrid(some[i], some[j], indexing="ij"), axis=-1).reshape(-1, 2)
        farthest = KDTree(np.unique(z[:, [i, j]], axis=0)).query(product)[0].max()
        distance[i, j] = distance[j, i] = farthest
    pairs = len(alive) * (len(alive) - 1)
    return FactorisedSupport(1 - distance.sum() / pairs if pairs else 1.0, distance)


def _order_statistics(z: np.ndarray, count: int) -> np.ndarray:
    """Evenly many of the distinct values, from the least to the largest."""
    distinct = np.unique(z)
    return distinct[np.unique(np.linspace(0, len(distinct) - 1, count).round().astype(int))]
