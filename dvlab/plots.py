"""Pictures that stand still: grids of images, traversals, codes, KL by latent.

Every function takes arrays or tensors, returns a matplotlib Figure or Axes, and labels what it draws. Nats per image.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch.utils.data import Dataset

from dvlab.decomposition import active, kl_terms, latent_kl
from dvlab.images import Images
from dvlab.vae import VAE, posterior, sample
from dvlab.validation import positive_int


@dataclass(frozen=True)
class Survey:
    """What each of D latents carries, in nats, and where the aggregate posterior q(z_j) lies (.5 % to 99.5 %)."""

    kl: Float[np.ndarray, "latents"]  # KL(q(z_j|x) || p(z_j)), averaged over images
    information: Float[np.ndarray, "latents"]  # I(z_j; n) = KL - KL(q(z_j) || p(z_j))
    low: Float[np.ndarray, "latents"]
    high: Float[np.ndarray, "latents"]

    @property
    def order(self) -> Int[np.ndarray, "latents"]:
        """The latents, the largest KL first."""
        return np.argsort(-self.kl, kind="stable")

    @property
    def active(self) -> Bool[np.ndarray, "latents"]:
        return active(self.information)

    @property
    def active_order(self) -> list[int]:
        return [int(j) for j in self.order if self.active[j]]


@torch.no_grad()
def survey(vae: VAE, data: torch.Tensor | Dataset, images: int = 2000, seed: int = 0) -> Survey:
    """Encode up to `images` images of `data` (a world or an image tensor), drawn by `seed`, and survey the latents."""
    positive_int("images", images)
    generator = torch.Generator().manual_seed(seed)
    source = Images(data, vae.centre.device, resident=False)
    index = torch.arange(len(source))
    if len(source) > images:
        index = torch.randperm(len(source), generator=generator)[:images]
    q = posterior(vae, source[index])
    kl = latent_kl(q)
    marginal = kl_terms(q, samples=100, seed=seed).dimension_wise
    low, high = torch.quantile(sample(q, generator), torch.tensor([0.005, 0.995]).to(q.loc), dim=0)
    low, high = (x.double().cpu().numpy() for x in (low, high))
    return Survey(kl, kl - np.asarray(marginal, float), low, high)


def image_grid(
    images: Float[torch.Tensor, "batch channels height width"],
    titles: Sequence[str] | None = None,
    columns: int = 8,
    rows: Sequence[str] | None = None,
    size: float = 1.0,
):
    """Images in [0, 1] in rows of `columns`; `titles` stand above the images, `rows` are names of the rows.

    `size`: inches an image. Returns the Figure.
    """
    from matplotlib import pyplot

    count = -(-len(images) // columns)
    figure, axes = pyplot.subplots(
        count, columns, figsize=(size * columns + (1.2 if rows else 0), (size + 0.06) * count + (0.35 if titles else 0))
    )
    figure.set_layout_engine("constrained", w_pad=0.02, h_pad=0.02, wspace=0, hspace=0)
    axes = np.atleast_1d(axes).ravel()
    for i, ax in enumerate(axes):
        ax.set(xticks=[], yticks=[])
        if i >= len(images):
            ax.set_axis_off()
            continue
        ax.imshow(channels_last(images[i]), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        if titles is not None and i < len(titles):
            ax.set_title(titles[i], fontsize=9)
        if rows is not None and i % columns == 0:
            ax.set_ylabel(rows[i // columns], fontsize=9, rotation=0, ha="right", va="center")
    return figure


@torch.no_grad()
def traversal_grid(
    vae: VAE,
    data: torch.Tensor | Dataset,
    image: Float[torch.Tensor, "channels height width"] | None = None,
    latents: Sequence[int] | None = None,
    steps: int = 8,
):
    """Each row moves one latent over the range of q(z_j), .5 % to 99.5 %; the others stay where the encoder put them.

    `data`: a world or an image tensor, from which the ranges come. `image`: where to start (`middle(data)` unless
    given). `latents`: which, in that order (the active ones, largest KL first, unless given). Returns the Figure.
    """
    known = survey(vae, data)
    if latents is None:
        latents = known.active_order or [int(known.order[0])]
    if image is None:
        image = middle(data)
    z = posterior(vae, image[None]).loc[0]
    ranges = [torch.linspace(float(known.low[j]), float(known.high[j]), steps) for j in latents]
    grid = torch.cat([vae.traverse(z, j, values) for j, values in zip(latents, ranges, strict=True)])
    names = [f"$z_{{{j}}}$  {known.kl[j]:.2f} nats\n{known.low[j]:.1f} … {known.high[j]:.1f}" for j in latents]
    return image_grid(grid.clamp(0, 1), columns=steps, rows=names, size=0.85)


def middle(data: torch.Tensor | Dataset) -> Float[torch.Tensor, "channels height width"]:
    """The image in the middle of the world's grid of factors, or of a tensor of images."""
    if isinstance(data, torch.Tensor):
        return Images(data, data.device)[torch.tensor([len(data) // 2])][0]
    return data.render(torch.tensor([[len(factor) // 2 for factor in data.factors]]))[0]


def latent_scatter(
    codes: np.ndarray | torch.Tensor,
    factor: np.ndarray | torch.Tensor,
    latents: tuple[int, int] = (0, 1),
    label: str = "factor",
    ax=None,
):
    """Two latents of the codes (N, D), coloured by one factor (N,). Returns the Axes."""
    from matplotlib import pyplot

    ax = ax or pyplot.subplots(figsize=(4.6, 3.8), layout="constrained")[1]
    codes, factor = as_array(codes), as_array(factor)
    i, j = latents
    dots = ax.scatter(codes[:, i], codes[:, j], c=factor, cmap="viridis", s=6, linewidths=0)
    ax.figure.colorbar(dots, ax=ax, label=label)
    ax.set(xlabel=f"$z_{{{i}}}$", ylabel=f"$z_{{{j}}}$")
    return ax


def kl_bars(kl: np.ndarray | torch.Tensor, names: Sequence[str] | None = None, ax=None):
    """KL(q(z_j|x) || p(z_j)) of each latent, averaged over images, in nats: largest first. Returns the Axes."""
    from matplotlib import pyplot

    kl = as_array(kl)
    ax = ax or pyplot.subplots(figsize=(0.8 + 0.5 * len(kl), 2.6), layout="constrained")[1]
    order = np.argsort(-kl, kind="stable")
    names = names or [f"$z_{{{j}}}$" for j in range(len(kl))]
    ax.bar(range(len(kl)), kl[order], color="#0072B2")
    ax.set_xticks(range(len(kl)), [names[j] for j in order])
    ax.set(ylabel="KL (nats per image)")
    return ax


def show(figure, alt: str) -> None:
    """Show a figure (or the figure of an Axes) once in a notebook, with `alt` for those who do not see it.

    `alt` is stored in the output as the picture's alternative text. Raises ValueError where it is empty.
    """
    from IPython.display import display
    from matplotlib import pyplot

    if not alt.strip():
        raise ValueError("alt must say in words what the figure shows; got an empty text")
    figure = getattr(figure, "figure", figure)
    display(figure, metadata={"image/png": {"alt": " ".join(alt.split())}})
    pyplot.close(figure)


def channels_last(image: Float[torch.Tensor, "channels height width"]) -> np.ndarray:
    """(H, W) of a grey image, (H, W, 3) of a coloured one, in [0, 1]."""
    pixels = image.detach().clamp(0, 1).cpu().permute(1, 2, 0).numpy()
    return pixels[..., 0] if pixels.shape[-1] == 1 else pixels


def as_array(values: np.ndarray | torch.Tensor) -> np.ndarray:
    return values.detach().cpu().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)
