"""The variational autoencoder: images <-> torch.distributions, q(z|x) = N(μ(x), σ(x)²) and p(x|z)."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import nn
from torch.distributions import Bernoulli, Distribution, Normal

from dvlab._posterior import posterior, sample
from dvlab.images import Data, Images, check_range, mean_and_variance
from dvlab.networks import check_likelihood, check_own, check_sizes, conv, mlp
from dvlab.validation import batch_like, finite, float_tensor, kind, one_of, positive_int, seed_checked

__all__ = ["VAE", "posterior", "sample"]


class VAE(nn.Module):
    """A variational autoencoder of images (C, H, W), with prior p(z) = N(0, I).

    Parameters
    ----------
    image_shape : (int, int, int)
        Channels, height, width.
    latent_dim : int
        D.
    network : {"mlp", "conv"}
        Linear layers of the widths in `hidden`; or convolutions for 32 or 64 pixels, then linear layers. SiLU
        throughout: smooth units disentangle better than ReLU.
    likelihood : {"bernoulli", "gaussian"}
        Of a pixel given the code; Gaussian pixels have the fixed standard deviation `sigma`.
    sigma : float, optional
    seed : int
        The layers are initialised from it; the global random state is left as it is.
    hidden : sequence of int, optional
        (256, 256) for "mlp", () being a linear model; (256,) for "conv".
    encoder, decoder : torch.nn.Module, optional
        Your own, both or none, instead of `network`. The encoder takes images (B, C, H, W) and gives (B, 2D): the D
        means, then the D values of **log σ** (half of log σ²). The decoder takes codes (B, D) and gives (B, C, H, W),
        or as many numbers flat: the pixels' logits, or for a Gaussian their means. They are used as they come:
        `standardise` leaves them alone, and what rebuilds the model is `config` with them.

    Attributes
    ----------
    config : dict
        What rebuilds the network: `VAE(**vae.config)`.

    Raises
    ------
    ValueError
        For an image size that the network cannot take, an unknown network or likelihood, a `sigma` that is missing,
        not positive or given to Bernoulli pixels, and one of encoder and decoder without the other.

    References
    ----------
    Kingma and Welling (2013), Auto-Encoding Variational Bayes.

    Examples
    --------
    >>> vae = VAE((1, 32, 32), latent_dim=4)
    >>> q = vae.encode(torch.rand(5, 1, 32, 32))
    >>> q.batch_shape, vae.decode(q.mean).mean.shape
    (torch.Size([5, 4]), torch.Size([5, 1, 32, 32]))
    """

    def __init__(
        self,
        image_shape: tuple[int, ...] | list[int],
        latent_dim: int = 10,
        *,
        network: str = "mlp",
        likelihood: str = "bernoulli",
        sigma: float | int | None = None,
        seed: int = 0,
        hidden: tuple[int, ...] | list[int] | None = None,
        encoder: nn.Module | None = None,
        decoder: nn.Module | None = None,
    ):
        super().__init__()
        own = encoder is not None and decoder is not None
        if not own and (encoder is not None or decoder is not None or network == "own"):
            raise ValueError("encoder and decoder must be given both or not at all; a model of your own has both")
        one_of("network", network, ("mlp", "conv", "own") if own else ("mlp", "conv"))
        hidden = tuple(hidden) if hidden is not None else {"mlp": (256, 256), "conv": (256,)}.get(network, ())
        seed_checked("seed", seed)
        check_sizes(image_shape, latent_dim, hidden)
        check_likelihood(likelihood, sigma)
        self.config = {
            "image_shape": list(image_shape),
            "latent_dim": latent_dim,
            "network": "own" if own else network,
            "likelihood": likelihood,
            "sigma": sigma,
            "seed": seed,
            "hidden": list(hidden),
        }
        self.image_shape, self.latent_dim = tuple(image_shape), latent_dim
        self.likelihood, self.sigma = likelihood, sigma
        if own:
            check_own(encoder, decoder, self.image_shape, latent_dim)
            self.encoder, self.decoder = encoder, decoder
            self.register_buffer("pixel_bias", torch.zeros(self.image_shape))
        else:
            with torch.random.fork_rng(devices=[]):
                torch.default_generator.manual_seed(seed)
                build = mlp if network == "mlp" else conv
                self.encoder, self.decoder = build(self.image_shape, latent_dim, hidden)
            self.pixel_bias = nn.Parameter(torch.zeros(self.image_shape))  # the last bias, one for every pixel
        self.register_buffer("centre", torch.zeros(self.image_shape))
        self.register_buffer("scale", torch.ones(()))
        self.register_buffer("standardised", torch.tensor(own))

    def encode(self, images: Float[torch.Tensor, "batch channels height width"]) -> Normal:
        """q(z|x) of every image; its mean and log σ are the encoder's outputs.

        Parameters
        ----------
        images : tensor (B, C, H, W)
            Floats in [0, 1].

        Returns
        -------
        Normal of batch shape (B, D)

        Raises
        ------
        ValueError
            For an empty batch, a wrong image size, or values outside [0, 1].
        TypeError
            For whole numbers (divide uint8 by 255).
        """
        images = batch_like(self.centre, "images", images, self.image_shape)
        check_range("images", images)
        return self._q(images)

    def decode(self, z: Float[torch.Tensor, "batch latents"]) -> Distribution:
        """p(x|z) of every code, so that its `mean` is a batch of images.

        `log_prob(x)` is one number a pixel, in nats; log p(x|z) of an image is the *sum* over its pixels. Grey values x
        in (0, 1) are allowed with a Bernoulli: log_prob is then x log p + (1 - x) log(1 - p), minus the cross-entropy.

        Parameters
        ----------
        z : tensor (B, D)

        Returns
        -------
        Bernoulli or Normal of batch shape (B, C, H, W)

        Raises
        ------
        ValueError
            For an empty batch, another number of latents, or codes that are not finite.
        """
        z = batch_like(self.centre, "z", z, (self.latent_dim,))
        finite("z", z)
        return self._px(z)

    def _px(self, z):
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
        """One pass, as training makes it. `images` are not checked.

        Parameters
        ----------
        images : tensor (B, C, H, W)
            Floats in [0, 1].
        generator : torch.Generator, optional
            Of the noise in z.
        adapt : function, optional
            Changes q(z|x) before z is drawn, as `objectives.AdaGVAE` does.

        Returns
        -------
        q : Normal of batch shape (B, D)
            q(z|x).
        z : tensor (B, D)
            A sample of it.
        px : Bernoulli or Normal of batch shape (B, C, H, W)
            p(x|z).
        """
        q = self._q(images) if adapt is None else adapt(self._q(images))
        z = sample(q, generator)
        return q, z, self._px(z)

    def _q(self, images):
        mean, log_sigma = self.encoder((images - self.centre) / self.scale).to(self.centre.dtype).chunk(2, dim=1)
        return Normal(mean, log_sigma.exp(), validate_args=False)

    @torch.no_grad()
    def standardise(self, images: Data | Images) -> None:
        """Take `centre` (the mean image) and `scale` (the standard deviation about it) from images in [0, 1], and start
        the decoder's bias there: at the mean image, or for Bernoulli pixels at its logit (clipped to ± 6.9).

        Parameters
        ----------
        images : world, or tensor (N, C, H, W)
            The tensor of uint8, or of floats in [0, 1]; of more than 50,000, as many are drawn at random. Modules of
            your own are left as they are.
        """
        if self.config["network"] == "own":
            return
        if not isinstance(images, Images):
            images = Images(images, self.centre.device, resident=False)
        drawn = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))[:50_000]
        centre, variance = mean_and_variance(images, drawn)
        self.centre.copy_(centre)
        self.scale.fill_(max(variance, 1e-6) ** 0.5)
        self.pixel_bias.copy_(centre.clamp(1e-3, 1 - 1e-3).logit() if self.likelihood == "bernoulli" else centre)
        self.standardised.fill_(True)

    @torch.no_grad()
    def traverse(
        self, z: Float[torch.Tensor, " latents"], latent: int, values: Float[torch.Tensor, " values"]
    ) -> Float[torch.Tensor, "values channels height width"]:
        """The mean images decoded from one code when one latent takes each of some values and the others stay.

        Parameters
        ----------
        z : tensor (D,)
        latent : int
            Which, from 0.
        values : tensor (V,), or a list

        Returns
        -------
        tensor (V, C, H, W)
        """
        float_tensor("z", z)
        if z.shape != (self.latent_dim,):
            raise ValueError(f"z must be a tensor ({self.latent_dim},), the code of one image; got {kind(z)}")
        positive_int("latent", latent, least=0, most=self.latent_dim - 1)
        values = torch.as_tensor(values)
        if values.ndim != 1 or len(values) == 0:
            raise ValueError(f"values must be a list of at least one number; got {kind(values)}")
        codes = z.repeat(len(values), 1)
        codes[:, latent] = values.to(codes)
        return self.decode(codes).mean
