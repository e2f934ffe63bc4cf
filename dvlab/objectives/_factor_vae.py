"""FactorVAE: total correlation, estimated by a network that learns to tell q(z) from the product of its marginals."""

from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import nn
from torch.distributions import Distribution, Normal
from torch.nn.functional import softplus

from dvlab._state import moments, restore_moments, under, within
from dvlab.objectives._terms import Codes, Images, Terms, elbo_terms
from dvlab.schedules import Weight, at

BETAS = (0.5, 0.9)  # of the discriminator's Adam, as in the paper


@dataclass
class FactorVAE:
    """reconstruction + β KL + γ TC, TC estimated by a discriminator (Kim and Mnih's has β = 1).

    A discriminator that tells codes z ~ q(z) (label 1) from codes of ∏_j q(z_j) (label 0) as well as can be has the
    logit log q(z) / ∏_j q(z_j), and the mean of that over q(z) is the total correlation, in nats. Codes of the product
    come from those of a batch by permuting each latent over the batch, by itself. After each step of the model the
    discriminator makes one of its own (`after_step`), with its own Adam. Adds the term `total_correlation`: an estimate
    by a network that lags behind, for a training signal; for numbers there is `dvlab.decomposition.kl_terms`.

    `discriminator`, `optimiser` and `generator` are made at the first call, or afresh by `begin`, which `train` calls
    when a run starts, so that an objective used twice carries nothing over. The paper permutes a second batch, this the
    same one: the discriminator sees one row at a time, so its expected gradient is the same.

    Parameters
    ----------
    gamma : float or schedule
        The weight of the total correlation.
    beta : float or schedule
        That of the whole KL, so that it can be cooled.
    hidden : tuple of int
        Widths of the discriminator, leaky ReLUs of slope 0.2. The paper has five layers of 1,000.
    learning_rate : float
        Of the discriminator. The paper's is 1e-4; this one suits trainings of minutes.
    seed : int
        Of the discriminator's first weights and of the permutations.

    References
    ----------
    Kim, Mnih: Disentangling by Factorising, ICML 2018, eq. 2.

    Examples
    --------
    >>> objective = FactorVAE(gamma=4, hidden=(64, 64))
    """

    gamma: Weight = 10.0
    beta: Weight = 1.0
    hidden: tuple[int, ...] = (256, 256, 256)
    learning_rate: float = 1e-3
    seed: int = 0

    def __post_init__(self):
        self.discriminator = None

    def __call__(
        self, x: Images, q: Normal, px: Distribution, z: Codes, step: int = 0, dataset_size: int | None = None
    ) -> Terms:
        if self.discriminator is None or self.discriminator[0].in_features != z.shape[1]:
            self.begin(z.shape[1], z.device)
        terms = elbo_terms(x, q, px)
        total_correlation = self.discriminator(z.float()).mean()  # E log D(z) / (1 - D(z))
        penalty = at(self.beta, step) * terms["kl"] + at(self.gamma, step) * total_correlation
        return {"loss": terms["reconstruction"] + penalty, **terms, "total_correlation": total_correlation}

    def begin(self, latent_dim: int, device: str | torch.device = "cpu") -> None:
        """Start with a new discriminator and its optimiser.

        Parameters
        ----------
        latent_dim : int
            D, the width of the codes.
        device : str or torch.device
        """
        widths = (latent_dim, *self.hidden)
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(self.seed)
            layers = [layer for a, b in pairwise(widths) for layer in (nn.Linear(a, b), nn.LeakyReLU(0.2))]
            self.discriminator = nn.Sequential(*layers, nn.Linear(widths[-1], 1)).to(device)
        self.optimiser = torch.optim.Adam(self.discriminator.parameters(), lr=self.learning_rate, betas=BETAS)
        self.generator = torch.Generator().manual_seed(self.seed)

    def after_step(self, z: Float[torch.Tensor, "batch latents"]) -> None:
        """One step of the discriminator: down the cross-entropy of z (label 1) and of z permuted (label 0).

        Parameters
        ----------
        z : tensor (B, D)
            The step's codes.
        """
        z = z.detach().float()
        real, permuted = self.discriminator(z), self.discriminator(permute_latents(z, self.generator))
        loss = (softplus(-real).mean() + softplus(permuted).mean()) / 2
        self.optimiser.zero_grad()  # the model's step has left gradients there, too
        loss.backward()
        self.optimiser.step()

    def tensors(self) -> dict[str, torch.Tensor]:
        """All that has to be kept to go on exactly: weights, moments, the generator's state.

        Returns
        -------
        dict of str to tensor
        """
        weights = under("weights", self.discriminator.state_dict())
        return weights | under("moments", moments(self.optimiser)) | {"generator": self.generator.get_state()}

    def restore(self, tensors: dict[str, torch.Tensor]) -> None:
        """Put back what was kept, after `begin`.

        Parameters
        ----------
        tensors : dict of str to tensor
            As the method `tensors` gave them.
        """
        self.discriminator.load_state_dict(within("weights", tensors))
        restore_moments(self.optimiser, within("moments", tensors))
        self.generator.set_state(tensors["generator"])


def permute_latents(
    z: Float[torch.Tensor, "batch latents"], generator: torch.Generator | None = None
) -> Float[torch.Tensor, "batch latents"]:
    """Each latent permuted over the batch by itself: codes of ∏_j q(z_j), where the rows of z are codes of q(z)."""
    order = torch.stack([torch.randperm(len(z), generator=generator) for _ in range(z.shape[1])], dim=1)
    return z.gather(0, order.to(z.device))
