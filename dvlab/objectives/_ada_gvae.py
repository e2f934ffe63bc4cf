"""Ada-GVAE: what two images have in common, the model is told by being given the two together."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Bool, Float
from torch.distributions import Distribution, Normal

from dvlab.objectives._terms import Codes, Images, Terms, elbo_terms
from dvlab.schedules import Weight, at


@dataclass(frozen=True)
class AdaGVAE:
    """β-VAE on pairs of images, in which the latents that a pair seems to share are averaged.

    Rows 2i and 2i + 1 of a batch are the pair i; `dvlab.train` makes such batches of a tensor of pairs, as
    `world.pairs` draws them. For a pair and a latent j let δ_j = KL(q(z_j|x₁) ‖ q(z_j|x₂)). Latents of a δ_j below the
    middle between the pair's smallest and largest, τ = ½ (max_j δ_j + min_j δ_j), are taken for shared, and their two
    posteriors are each replaced by one Normal with the mean of the two means and the mean of the two variances. Then z
    is drawn, and the loss is that of β-VAE. No label is used, and nobody says which factors a pair shares.

    Parameters
    ----------
    beta : float or schedule

    References
    ----------
    Locatello, Poole, Rätsch, Schölkopf, Bachem, Tschannen: Weakly-Supervised Disentanglement Without Compromises, 2020.

    Examples
    --------
    >>> pairs, _ = dvlab.worlds.Sprites.small().pairs(64, generator=torch.Generator().manual_seed(0))
    >>> vae = dvlab.VAE((1, 32, 32), latent_dim=4, hidden=(32,))
    >>> history = dvlab.train(vae, pairs, AdaGVAE(beta=1), steps=2, batch_size=32, progress=False)
    """

    beta: Weight = 1.0
    pairs: ClassVar[bool] = True

    def adapt(self, q: Normal) -> Normal:
        """q(z|x) of a batch of pairs, with what each pair shares averaged.

        Parameters
        ----------
        q : Normal of batch shape (2P, D)
            Rows 2i and 2i + 1 are the pair i.

        Returns
        -------
        Normal of batch shape (2P, D)

        Raises
        ------
        ValueError
            For an odd batch.
        """
        if len(q.mean) % 2:
            raise ValueError(f"AdaGVAE needs pairs of images, so an even batch; got {len(q.mean)} images")
        common = shared(q)[:, None]  # (pairs, 1, latents)
        mean, variance = (part.unflatten(0, (-1, 2)) for part in (q.mean, q.variance))
        mean, variance = (
            torch.where(common, part.mean(dim=1, keepdim=True), part).flatten(0, 1) for part in (mean, variance)
        )
        return Normal(mean, variance.sqrt(), validate_args=False)

    def __call__(
        self, x: Images, q: Normal, px: Distribution, z: Codes, step: int = 0, dataset_size: int | None = None
    ) -> Terms:
        terms = elbo_terms(x, q, px)
        return {"loss": terms["reconstruction"] + at(self.beta, step) * terms["kl"], **terms}


@torch.no_grad()
def shared(q: Normal) -> Bool[torch.Tensor, "pairs latents"]:
    """Which latents the images of each pair (rows 2i and 2i + 1 of q) are taken to share: δ_j < τ."""
    divergence = pair_divergence(q)
    threshold = (divergence.amax(dim=1, keepdim=True) + divergence.amin(dim=1, keepdim=True)) / 2
    return divergence < threshold


def pair_divergence(q: Normal) -> Float[torch.Tensor, "pairs latents"]:
    """δ_j = KL(q(z_j|x₁) ‖ q(z_j|x₂)) of each pair and latent, in nats."""
    first, second = (Normal(q.mean[i::2], q.stddev[i::2], validate_args=False) for i in (0, 1))
    return torch.distributions.kl_divergence(first, second)
