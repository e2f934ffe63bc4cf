"""Factorised support: every value of one latent should occur with every value of another, however rarely."""

from dataclasses import dataclass
from itertools import combinations

import torch
from jaxtyping import Float
from torch.distributions import Distribution, Normal

from dvlab.objectives._terms import Codes, Images, Terms, elbo_terms
from dvlab.schedules import Weight, at


@dataclass(frozen=True)
class FactorisedSupportVAE:
    """reconstruction + β KL + γ Σ_{i<j} d²(S_i × S_j, S_ij), with S_ij the pairs of means (μ_i, μ_j) in the batch.

    d is the Hausdorff distance of `support_distance`. It asks for less than a small total correlation: latents may be
    correlated, as factors are, as long as no combination of their values is missing. Adds the term `support`; γ = 0 is
    β-VAE. A code that is scaled down would have smaller distances, so means are divided by the standard deviation of
    the batch's codes, √(Var μ_j + E σ_j²). A large γ can still be met by a code of which one mean varies and no other.
    The authors leave the means as they are and add a term that keeps their range wide; they also draw some of the
    combinations, where this takes all of them.

    Parameters
    ----------
    gamma : float or schedule
        The weight of the squared distances.
    beta : float or schedule
        That of the KL.

    References
    ----------
    Roth, Ibrahim, Akata, Vincent and Bouchacourt (2023), Disentanglement of Correlated Factors via Hausdorff Factorized
    Support, section 3.

    Examples
    --------
    >>> world = dvlab.worlds.Fruit(sizes=4, colours=4, size=8)
    >>> vae = dvlab.VAE(world.image_shape, latent_dim=3, hidden=(16,))
    >>> history = dvlab.train(vae, world, FactorisedSupportVAE(gamma=1), steps=2, batch_size=16, progress=False)
    >>> history.support.shape
    (2,)
    """

    gamma: Weight = 1.0
    beta: Weight = 1.0

    def __call__(
        self, x: Images, q: Normal, px: Distribution, z: Codes, step: int = 0, dataset_size: int | None = None
    ) -> Terms:
        terms = elbo_terms(x, q, px)
        spread = (q.mean.var(dim=0, correction=0) + q.variance.mean(dim=0)).sqrt()
        support = support_distance(q.mean / spread)
        penalty = at(self.beta, step) * terms["kl"] + at(self.gamma, step) * support
        return {"loss": terms["reconstruction"] + penalty, **terms, "support": support}


def support_distance(z: Float[torch.Tensor, "batch latents"]) -> Float[torch.Tensor, ""]:
    """Σ_{i<j} max_{n,m} min_k [(z_ni - z_ki)² + (z_mj - z_kj)²]: how far S_i × S_j reaches beyond what occurs."""
    total = z.new_zeros(())
    for i, j in combinations(range(z.shape[1]), 2):
        n, m, k = _farthest(z[:, i].detach(), z[:, j].detach())
        total = total + (z[n, i] - z[k, i]).square() + (z[m, j] - z[k, j]).square()
    return total


def _farthest(
    a: Float[torch.Tensor, " batch"], b: Float[torch.Tensor, " batch"]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """n, m of the combination (a_n, b_m) that is farthest from its nearest code (a_k, b_k), and k."""
    across, down = (a[:, None] - a).square(), (b[:, None] - b).square()
    nearest = (across[:, None] + down).amin(dim=2)  # (n, m)
    n, m = torch.unravel_index(nearest.argmax(), nearest.shape)
    return n, m, (across[n] + down[m]).argmin()
