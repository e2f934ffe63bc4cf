"""q(z|x) of a batch or of all images: a sample of it, and the posteriors of a data set."""

import torch
from jaxtyping import Float
from torch import nn
from torch.distributions import Normal

from dvlab.images import Data, Images
from dvlab.threads import in_pieces
from dvlab.validation import positive_int


def sample(q: Normal, generator: torch.Generator | None = None) -> Float[torch.Tensor, "batch latents"]:
    """z = μ + σ ε with ε ~ N(0, I), differentiable in μ and σ; `q.rsample`, but with a generator.

    Parameters
    ----------
    q : Normal of batch shape (B, D)
    generator : torch.Generator, optional
        ε is drawn on its device and then moved, so that a CPU generator gives a GPU the same draws.

    Returns
    -------
    tensor (B, D)
    """
    device = generator.device if generator is not None else q.mean.device
    noise = torch.randn(q.mean.shape, generator=generator, dtype=q.mean.dtype, device=device)
    return q.mean + q.stddev * noise.to(q.mean.device)


@torch.no_grad()
def posterior(vae: nn.Module, data: Data, batch_size: int = 1024) -> Normal:
    """q(z|x) of every image, in order, without gradients.

    Parameters
    ----------
    vae : VAE
    data : world, or tensor of images (N, C, H, W)
        The tensor of uint8, or of floats in [0, 1].
    batch_size : int
        Images encoded at a time.

    Returns
    -------
    Normal of batch shape (N, D)
        On the model's device.

    Raises
    ------
    ValueError
        For images of another size than the model's, or outside [0, 1].

    Examples
    --------
    >>> world = dvlab.worlds.Sprites.small()
    >>> posterior(dvlab.zoo.load("sprites-vae", device="cpu"), world).batch_shape
    torch.Size([18432, 10])
    """
    positive_int("batch_size", batch_size)
    images = Images(data, vae.centre.device, resident=False)
    if images.shape != vae.image_shape:
        raise ValueError(f"data's images have shape {images.shape}; the model takes {vae.image_shape}")
    batches = torch.arange(len(images)).split(batch_size)
    parts = in_pieces(lambda index: vae._q(images[index]), batches, vae.centre.device)
    return Normal(torch.cat([q.mean for q in parts]), torch.cat([q.stddev for q in parts]), validate_args=False)
