"""Latents: what each carries, where it lies, what moving it changes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, Num, Shaped

from dvlab.decomposition import active, kl_terms, latent_kl
from dvlab.images import Data, Images
from dvlab.plots._images import image_grid, middle
from dvlab.vae import VAE, posterior, sample
from dvlab.validation import positive_int, real_array, seed_checked


@dataclass(frozen=True, eq=False)
class Survey:
    """What each of D latents carries, and where it lies.

    Attributes
    ----------
    kl : array (D,)
        KL(q(z_j|x) || p(z_j)), averaged over images, in nats.
    information : array (D,)
        I(z_j; n) = KL - KL(q(z_j) || p(z_j)), in nats per image.
    low, high : array (D,)
        From .5 % to 99.5 % of the aggregate posterior q(z_j).
    """

    kl: Float[np.ndarray, " latents"]
    information: Float[np.ndarray, " latents"]
    low: Float[np.ndarray, " latents"]
    high: Float[np.ndarray, " latents"]

    @property
    def order(self) -> Int[np.ndarray, " latents"]:
        """The latents, the largest KL first."""
        return np.argsort(-self.kl, kind="stable")

    @property
    def active(self) -> Bool[np.ndarray, " latents"]:
        """Whether each is active: knows at least .05 nats."""
        return active(self.information)

    @property
    def active_order(self) -> list[int]:
        """The active latents, the largest KL first."""
        return [int(j) for j in self.order if self.active[j]]


@torch.no_grad()
def survey(vae: VAE, data: Data, images: int = 2000, seed: int = 0) -> Survey:
    """What each latent carries, and where it lies, by some images of the data.

    Parameters
    ----------
    vae : VAE
    data : world, or tensor of images (N, C, H, W)
    images : int
        How many are encoded at most.
    seed : int
        Which, and of the samples.

    Returns
    -------
    Survey
        Nats per image.

    Examples
    --------
    >>> found = survey(dvlab.zoo.load("sprites-vae", device="cpu"), dvlab.worlds.Sprites.small(), images=500)
    >>> found.kl.shape, int(found.order[0]) == int(found.kl.argmax())
    ((10,), True)
    """
    positive_int("images", images)
    seed_checked("seed", seed)
    generator = torch.Generator().manual_seed(seed)
    source = Images(data, vae.centre.device, resident=False)
    index = torch.arange(len(source))
    if len(source) > images:
        index = torch.randperm(len(source), generator=generator)[:images]
    q = posterior(vae, source[index])
    kl = latent_kl(q)
    marginal = kl_terms(q, samples=100, seed=seed).dimension_wise
    low, high = torch.quantile(sample(q, generator), torch.tensor([0.005, 0.995]).to(q.loc), dim=0)
    low, high = (x.cpu().double().numpy() for x in (low, high))
    return Survey(kl, kl - np.asarray(marginal, float), low, high)


@torch.no_grad()
def traversal_grid(
    vae: VAE,
    data: Data,
    image: Float[torch.Tensor, "channels height width"] | None = None,
    latents: Sequence[int] | None = None,
    steps: int = 8,
):
    """Each row moves one latent over the range of q(z_j), .5 % to 99.5 %; the others stay where the encoder put them.

    Parameters
    ----------
    vae : VAE
    data : world, or tensor of images (N, C, H, W)
        From which the ranges come.
    image : tensor (C, H, W), optional
        Where to start; `middle(data)` unless given.
    latents : sequence of int, optional
        Which, in that order; the active ones, largest KL first, unless given.
    steps : int
        Images a row.

    Returns
    -------
    matplotlib Figure

    Examples
    --------
    >>> figure = traversal_grid(dvlab.zoo.load("sprites-vae", device="cpu"), dvlab.worlds.Sprites.small(), steps=5)
    """
    positive_int("steps", steps, most=100)
    known = survey(vae, data)
    if latents is None:
        latents = known.active_order or [int(known.order[0])]
    if len(latents) == 0:
        raise ValueError("latents must name at least one latent; got none")
    for j in latents:
        positive_int("a latent in latents", j, least=0, most=vae.latent_dim - 1)
    if image is None:
        image = middle(data)
    z = posterior(vae, image[None]).loc[0]
    ranges = [torch.linspace(float(known.low[j]), float(known.high[j]), steps) for j in latents]
    grid = torch.cat([vae.traverse(z, j, values) for j, values in zip(latents, ranges, strict=True)])
    names = [f"$z_{{{j}}}$  {known.kl[j]:.2f} nats\n{known.low[j]:z.1f} … {known.high[j]:z.1f}" for j in latents]
    return image_grid(grid.clamp(0, 1), columns=steps, rows=names, size=0.85)


def latent_scatter(
    codes: Num[np.ndarray, "images latents"] | Num[torch.Tensor, "images latents"],
    factor: Shaped[np.ndarray, " images"] | Shaped[torch.Tensor, " images"],
    latents: tuple[int, int] = (0, 1),
    label: str = "factor",
    ax=None,
):
    """Two latents of the codes, coloured by one factor.

    Parameters
    ----------
    codes : array or tensor (N, D)
    factor : array or tensor (N,)
    latents : (int, int)
        Which two, from 0.
    label : str
        What the factor is called.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> ax = latent_scatter(np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([0, 1]), label="size")
    """
    from matplotlib import pyplot

    ax = ax or pyplot.subplots(figsize=(4.6, 3.8), layout="constrained")[1]
    codes, factor = real_array("codes", codes, ["images", "latents"]), real_array("factor", factor, ["images"])
    if len(codes) != len(factor):
        raise ValueError(f"factor must have a value for each of the {len(codes)} codes; got {len(factor)}")
    for j in latents:
        positive_int("a latent in latents", j, least=0, most=codes.shape[1] - 1)
    i, j = latents
    dots = ax.scatter(codes[:, i], codes[:, j], c=factor, cmap="viridis", s=6, linewidths=0)
    ax.figure.colorbar(dots, ax=ax, label=label)
    ax.set(xlabel=f"$z_{{{i}}}$", ylabel=f"$z_{{{j}}}$")
    return ax


def kl_bars(
    kl: Num[np.ndarray, " latents"] | Num[torch.Tensor, " latents"], names: Sequence[str] | None = None, ax=None
):
    """KL(q(z_j|x) || p(z_j)) of each latent, averaged over images: largest first.

    Parameters
    ----------
    kl : array or tensor (D,)
        Nats per image.
    names : sequence of str, optional
        One a latent.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> ax = kl_bars(np.array([0.1, 3.0, 1.0]))
    """
    from matplotlib import pyplot

    kl = real_array("kl", kl, ["latents"])
    if names is not None and len(names) != len(kl):
        raise ValueError(f"names must be one for each of the {len(kl)} latents; got {len(names)}")
    ax = ax or pyplot.subplots(figsize=(0.8 + 0.5 * len(kl), 2.6), layout="constrained")[1]
    order = np.argsort(-kl, kind="stable")
    names = names or [f"$z_{{{j}}}$" for j in range(len(kl))]
    ax.bar(range(len(kl)), kl[order], color="#0072B2")
    ax.set_xticks(range(len(kl)), [names[j] for j in order])
    ax.set(ylabel="KL (nats per image)")
    return ax
