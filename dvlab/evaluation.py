"""What a trained model gives, measured on every image of its data."""

import torch
from torch.utils.data import Dataset

from dvlab.images import Images
from dvlab.vae import VAE


@torch.no_grad()
def reconstruction(vae: VAE, data: torch.Tensor | Dataset, seed: int = 0, batch_size: int = 1024) -> float:
    """-E_q log p(x|z), in nats per image: the mean over every image of `data` (a world, or a tensor of images).

    One sample z of q(z|x) an image, drawn by `seed`; the mean over many images hardly depends on it.
    """
    images = Images(data, vae.centre.device, resident=False)
    generator, total = torch.Generator().manual_seed(seed), 0.0
    for index in torch.arange(len(images)).split(batch_size):
        x = images[index]
        total -= float(vae(x, generator)[2].log_prob(x).double().sum())
    return total / len(images)
