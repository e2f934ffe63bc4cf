"""iVAE: a prior of its own for each group of images, learned beside the model."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float, Int
from torch import nn
from torch.distributions import Distribution, Normal

from dvlab._state import moments, restore_moments, under, within
from dvlab.objectives._terms import Codes, Images, Terms, elbo_terms
from dvlab.schedules import Weight, at
from dvlab.validation import number, positive_int


@dataclass
class IVAE:
    """reconstruction + β KL(q(z|x) ‖ p(z|u)), with p(z|u) = ∏_j N(m_uj, s_uj²) for the group u that an image is from.

    Latents are independent *given* u, with means and standard deviations that are learned, one pair for each group and
    latent, by an Adam of its own; they start at 0 and 1. `dvlab.train` takes images and groups as
    `TensorDataset(images, u)`, u in 0 … groups - 1, and hands on those of the batch. The term `kl` is the one above,
    and not that to a standard Gaussian. The paper's encoder sees u, too, q(z|x, u); here an image shows all its
    factors, so it sees x alone and is used without knowing u.

    `means`, `log_sigmas` and `optimiser` are made at the first call, or afresh by `begin`, which `train` calls.

    Parameters
    ----------
    groups : int
        How many u there are.
    beta : float or schedule
    learning_rate : float
        Of the prior. One that learns faster than the model also gives latents room that the KL's weight should close.

    References
    ----------
    Khemakhem, Kingma, Monti and Hyvärinen (2020), Variational Autoencoders and Nonlinear ICA: A Unifying Framework,
    section 4.

    Examples
    --------
    >>> from torch.utils.data import TensorDataset
    >>> images, factors = dvlab.worlds.Fruit().sample(64, torch.Generator().manual_seed(0))
    >>> vae = dvlab.VAE((3, 32, 32), latent_dim=3, hidden=(16,))
    >>> data = TensorDataset(images, factors[:, 0])  # u: which fruit
    >>> history = dvlab.train(vae, data, IVAE(groups=2), steps=2, batch_size=16, progress=False)
    """

    groups: int
    beta: Weight = 1.0
    learning_rate: float = 2e-3
    grouped: ClassVar[bool] = True

    def __post_init__(self):
        positive_int("groups", self.groups)
        number("learning_rate", self.learning_rate, above=0)
        self.means = None

    def __call__(
        self,
        x: Images,
        q: Normal,
        px: Distribution,
        z: Codes,
        step: int = 0,
        dataset_size: int | None = None,
        u: Int[torch.Tensor, " batch"] | None = None,
    ) -> Terms:
        if u is None:
            raise ValueError("IVAE needs u, the group of each image of the batch")
        if self.means is None or self.means.shape[1] != z.shape[1]:
            self.begin(z.shape[1], z.device)
        kl_per_latent = conditional_kl(q, self.means[u], self.log_sigmas[u]).mean(dim=0)
        terms = elbo_terms(x, q, px) | {"kl": kl_per_latent.sum(), "kl_per_latent": kl_per_latent}
        return {"loss": terms["reconstruction"] + at(self.beta, step) * terms["kl"], **terms}

    def begin(self, latent_dim: int, device: str | torch.device = "cpu") -> None:
        """Start with standard Gaussians for all groups.

        Parameters
        ----------
        latent_dim : int
            D, the width of the codes.
        device : str or torch.device
        """
        self.means, self.log_sigmas = (
            nn.Parameter(torch.zeros(self.groups, latent_dim, device=device)) for _ in range(2)
        )
        self.optimiser = torch.optim.Adam([self.means, self.log_sigmas], lr=self.learning_rate)

    def after_step(self, z: Float[torch.Tensor, "batch latents"]) -> None:
        """One step of the prior, with the gradient that the model's step has left.

        Parameters
        ----------
        z : tensor (B, D)
            Not used.
        """
        self.optimiser.step()
        self.optimiser.zero_grad()

    def tensors(self) -> dict[str, torch.Tensor]:
        """All that has to be kept to go on exactly.

        Returns
        -------
        dict of str to tensor
        """
        prior = {"means": self.means.detach(), "log_sigmas": self.log_sigmas.detach()}
        return prior | under("moments", moments(self.optimiser))

    def restore(self, tensors: dict[str, torch.Tensor]) -> None:
        """Put back what was kept, after `begin`.

        Parameters
        ----------
        tensors : dict of str to tensor
            As the method `tensors` gave them.
        """
        with torch.no_grad():
            self.means.copy_(tensors["means"])
            self.log_sigmas.copy_(tensors["log_sigmas"])
        restore_moments(self.optimiser, within("moments", tensors))


def conditional_kl(
    q: Normal, means: Float[torch.Tensor, "batch latents"], log_sigmas: Float[torch.Tensor, "batch latents"]
) -> Float[torch.Tensor, "batch latents"]:
    """KL(N(μ, σ²) ‖ N(m, s²)) = ½ (σ² + (μ - m)²) / s² - ½ - log σ + log s of each image and latent, in nats."""
    squared = q.variance + (q.mean - means).square()
    return 0.5 * (squared * (-2 * log_sigmas).exp() - 1) - q.stddev.log() + log_sigmas
