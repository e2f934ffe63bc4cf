"""The two terms of the negative ELBO, which every objective has."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch.distributions import Distribution, Normal

Images = Float[torch.Tensor, "batch channels height width"]
Codes = Float[torch.Tensor, "batch latents"]
Terms = dict[str, torch.Tensor]
Objective = Callable[..., Terms]


def elbo_terms(x: Images, q: Normal, px: Distribution) -> Terms:
    """The terms that every objective has: sums over pixels and latents, means over images.

    Parameters
    ----------
    x : tensor (B, C, H, W)
    q : Normal of batch shape (B, D)
        q(z|x).
    px : distribution of batch shape (B, C, H, W)
        p(x|z).

    Returns
    -------
    dict of str to tensor
        `reconstruction` and `kl`, nats per image, and `kl_per_latent` (D,), whose sum is `kl`.

    Examples
    --------
    >>> q, px = Normal(torch.zeros(2, 3), torch.ones(2, 3)), Normal(torch.zeros(2, 1, 4, 4), 1.0)
    >>> float(elbo_terms(torch.zeros(2, 1, 4, 4), q, px)["kl"])
    0.0
    """
    reconstruction = -px.log_prob(x).sum() / len(x)
    # KL(N(μ, σ²) ‖ N(0, 1)) = ½ (μ² + σ² - 1) - log σ
    kl_per_latent = (0.5 * (q.mean.square() + q.stddev.square() - 1) - q.stddev.log()).mean(dim=0)
    return {"reconstruction": reconstruction, "kl": kl_per_latent.sum(), "kl_per_latent": kl_per_latent}
