"""The variational autoencoder: images <-> torch.distributions, q(z|x) = N(μ(x), σ(x)²) and p(x|z)."""

from collections.abc import Callable
from itertools import pairwise
from math import prod

import torch
from jaxtyping import Float
from torch import nn
from torch.distributions import Bernoulli, Distribution, Normal
from torch.utils.data import Dataset

from dvlab.images import Images, check_range
from dvlab.threads import in_pieces
from dvlab.validation import one_of, positive_int

# the usual encoder for 64 px (Locatello et al., 2019, table 1); 32 px: one layer fewer
CONV_CHANNELS = (32, 32, 64, 64)


class VAE(nn.Module):
    """A variational autoencoder of images (C, H, W) with `latent_dim` = D latents and prior p(z) = N(0, I).

    network: "mlp", linear layers of the widths in `hidden` (256, 256 unless told; () is a linear model), in reverse for
        the decoder;
        or "conv", 4x4 convolutions of stride 2 with 32-32-64-64 channels for 64 px (32-32-64 for 32 px), then linear
        layers (256 unless told). SiLU throughout: smooth units disentangle better than ReLU.
    likelihood: "bernoulli", or "gaussian" with the fixed standard deviation `sigma` of a pixel.
    seed: the layers are initialised from it; the global random state is left as it is.

    `standardise(images)` centres the encoder's input on the mean image, divides it by the deviation, and starts the
    decoder at the mean image; `train` calls it. `config` is what rebuilds the network: `VAE(**vae.config)`.
    Raises ValueError for an image size the network cannot take, an unknown network or likelihood, and a `sigma` that is
    missing, not positive, or given to Bernoulli pixels.
    """

    def __init__(
        self,
        image_shape: tuple[int, ...] | list[int],
        latent_dim: int = 10,
        network: str = "mlp",
        likelihood: str = "bernoulli",
        sigma: float | int | None = None,
        seed: int = 0,
        hidden: tuple[int, ...] | list[int] | None = None,
    ):
        super().__init__()
        one_of("network", network, ("mlp", "conv"))
        one_of("likelihood", likelihood, ("bernoulli", "gaussian"))
        positive_int("latent_dim", latent_dim)
        if len(image_shape) != 3 or min(image_shape) < 1:
            raise ValueError(f"image_shape must be (channels, height, width); got {tuple(image_shape)}")
        if likelihood == "bernoulli" and sigma is not None:
            raise ValueError(f"sigma belongs to likelihood='gaussian'; Bernoulli pixels have none, got sigma={sigma}")
        if likelihood == "gaussian" and not (sigma is not None and 0 < sigma < float("inf")):
            raise ValueError(f"likelihood='gaussian' needs a fixed sigma > 0, a pixel's deviation; got sigma={sigma}")
        hidden = tuple(hidden) if hidden is not None else {"mlp": (256, 256), "conv": (256,)}[network]
        for width in hidden:
            positive_int("a width in hidden", width)
        self.config = {
            "image_shape": list(image_shape),
            "latent_dim": latent_dim,
            "network": network,
            "likelihood": likelihood,
            "sigma": sigma,
            "seed": seed,
            "hidden": list(hidden),
        }
        self.image_shape, self.latent_dim = tuple(image_shape), latent_dim
        self.likelihood, self.sigma = likelihood, sigma
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            build = _mlp if network == "mlp" else _conv
            self.encoder, self.decoder = build(self.image_shape, latent_dim, hidden)
        self.pixel_bias = nn.Parameter(torch.zeros(self.image_shape))  # the decoder's last bias, one for every pixel
        self.register_buffer("centre", torch.zeros(self.image_shape))
        self.register_buffer("scale", torch.ones(()))
        self.register_buffer("standardised", torch.tensor(False))

    def encode(self, images: Float[torch.Tensor, "batch channels height width"]) -> Normal:
        """q(z|x) for every image: a Normal of batch shape (B, D). Its mean and log σ are the encoder's outputs.

        Raises ValueError for an empty batch, a wrong image size, or values outside [0, 1]; TypeError for whole numbers.
        """
        if images.ndim != 4 or tuple(images.shape[1:]) != self.image_shape:
            raise ValueError(
                f"images must have shape (B, {', '.join(map(str, self.image_shape))}); got {tuple(images.shape)}"
            )
        if not images.is_floating_point():
            raise TypeError(f"images must be floats in [0, 1]; got {images.dtype} (divide uint8 by 255)")
        if len(images) == 0:
            raise ValueError("images is an empty batch")
        check_range("images", images)
        return self._q(images)

    def decode(self, z: Float[torch.Tensor, "batch latents"]) -> Distribution:
        """p(x|z): a Bernoulli or Normal whose batch shape is (B, C, H, W), so that `mean` is a batch of images.

        `log_prob(x)` is one number a pixel, in nats; log p(x|z) of an image is the *sum* over its pixels. Grey values x
        in (0, 1) are allowed with a Bernoulli: log_prob is then x log p + (1 - x) log(1 - p), minus the cross-entropy.
        """
        if z.ndim != 2 or z.shape[1] != self.latent_dim:
            raise ValueError(f"z must have shape (B, {self.latent_dim}); got {tuple(z.shape)}")
        output = self.decoder(z).view(-1, *self.image_shape).to(self.centre.dtype) + self.pixel_bias
        if self.likelihood == "bernoulli":
            return Bernoulli(logits=output, validate_args=False)
        return Normal(output, self.sigma, validate_args=False)

    def forward(
        self,
        images: Float[torch.Tensor, "batch channels height width"],
        generator: torch.Generator | None = None,
        adapt: Callable[[Normal], Normal] | None = None,
    ) -> tuple[Normal, Float[torch.Tensor, "batch latents"], Distribution]:
        """One pass, as training makes it: q(z|x), a sample z of it, and p(x|z). `images` are not checked.

        `adapt` changes q(z|x) before z is drawn, as `objectives.AdaGVAE` does.
        """
        q = self._q(images) if adapt is None else adapt(self._q(images))
        z = sample(q, generator)
        return q, z, self.decode(z)

    def _q(self, images):
        mean, log_sigma = self.encoder((images - self.centre) / self.scale).to(self.centre.dtype).chunk(2, dim=1)
        return Normal(mean, log_sigma.exp(), validate_args=False)

    @torch.no_grad()
    def standardise(self, images: torch.Tensor | Dataset | Images) -> None:
        """Take `centre` (the mean image) and `scale` (the standard deviation about it) from images in [0, 1], and start
        the decoder's bias there: at the mean image, or for Bernoulli pixels at its logit (clipped to ± 6.9).

        `images` is a world, or a tensor of uint8 or of floats; of more than 50,000, as many are drawn at random.
        """
        if not isinstance(images, Images):
            images = Images(images, self.centre.device, resident=False)
        count, total, squares = 0, torch.zeros(self.image_shape, dtype=torch.float64), 0.0
        drawn = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))[:50_000]
        for index in drawn.split(1024):
            x = images[index].cpu().double()
            count, total, squares = count + len(x), total + x.sum(dim=0), squares + float(x.square().sum())
        centre = total / count
        variance = squares / count - float(centre.square().sum())  # of an image, summed over its pixels
        self.centre.copy_(centre)
        self.scale.fill_(max(variance / centre.numel(), 1e-6) ** 0.5)
        self.pixel_bias.copy_(centre.clamp(1e-3, 1 - 1e-3).logit() if self.likelihood == "bernoulli" else centre)
        self.standardised.fill_(True)

    @torch.no_grad()
    def traverse(
        self, z: Float[torch.Tensor, " latents"], latent: int, values: Float[torch.Tensor, " values"]
    ) -> Float[torch.Tensor, "values channels height width"]:
        """The mean images decoded from the code `z` when one latent takes each of `values` and the others stay."""
        codes = z.repeat(len(values), 1)
        codes[:, latent] = values.to(codes)
        return self.decode(codes).mean


def sample(q: Normal, generator: torch.Generator | None = None) -> Float[torch.Tensor, "batch latents"]:
    """z = μ + σ ε with ε ~ N(0, I), differentiable in μ and σ; `q.rsample`, but with a generator.

    ε is drawn on the generator's device and then moved, so that a CPU generator gives a GPU the same draws.
    """
    device = generator.device if generator is not None else q.mean.device
    noise = torch.randn(q.mean.shape, generator=generator, dtype=q.mean.dtype, device=device)
    return q.mean + q.stddev * noise.to(q.mean.device)


@torch.no_grad()
def posterior(vae: VAE, data: torch.Tensor | Dataset, batch_size: int = 1024) -> Normal:
    """q(z|x) of every image of `data` (a world, or a tensor of uint8 or of floats in [0, 1]), in order.

    Returns a Normal of batch shape (N, D) on the model's device, without gradients.
    """
    positive_int("batch_size", batch_size)
    images = Images(data, vae.centre.device, resident=False)
    if images.shape != vae.image_shape:
        raise ValueError(f"data's images have shape {images.shape}; the model takes {vae.image_shape}")
    batches = torch.arange(len(images)).split(batch_size)
    parts = in_pieces(lambda index: vae._q(images[index]), batches, vae.centre.device)
    return Normal(torch.cat([q.mean for q in parts]), torch.cat([q.stddev for q in parts]), validate_args=False)


def _mlp(image_shape, latent_dim, hidden):
    down = (prod(image_shape), *hidden)
    up = (latent_dim, *reversed(hidden))
    encoder = nn.Sequential(nn.Flatten(), *_linear(*down), nn.Linear(down[-1], 2 * latent_dim))
    return encoder, nn.Sequential(*_linear(*up), nn.Linear(up[-1], down[0], bias=False))


def _conv(image_shape, latent_dim, hidden):
    channels, height, width = image_shape
    layers = {32: 3, 64: 4}.get(height)
    if height != width or layers is None:
        raise ValueError(f"network='conv' takes images of 32x32 or 64x64 pixels; got {height}x{width}")
    down = (channels, *CONV_CHANNELS[:layers])  # after these convolutions an image is 4x4
    flat = down[-1] * 16
    encoder, decoder = [], []
    for a, b in pairwise(down):
        encoder += [nn.Conv2d(a, b, kernel_size=4, stride=2, padding=1), nn.SiLU()]
        decoder = [
            nn.ConvTranspose2d(b, a, kernel_size=4, stride=2, padding=1, bias=a != channels),
            nn.SiLU(),
            *decoder,
        ]
    flattened = (flat, *hidden)
    encoder += [nn.Flatten(), *_linear(*flattened), nn.Linear(flattened[-1], 2 * latent_dim)]
    up = _linear(latent_dim, *reversed(hidden), flat)
    return nn.Sequential(*encoder), nn.Sequential(*up, nn.Unflatten(1, (down[-1], 4, 4)), *decoder[:-1])


def _linear(*widths):
    return [layer for a, b in pairwise(widths) for layer in (nn.Linear(a, b), nn.SiLU())]
