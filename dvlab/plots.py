"""Pictures that stand still: grids of images, traversals, codes, KL by latent.

Every function takes arrays or tensors, returns a matplotlib Figure or Axes, and labels what it draws. Nats per image.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8

from dvlab.decomposition import active, kl_terms, latent_kl
from dvlab.images import Data, Images, tensor_or_world
from dvlab.vae import VAE, posterior, sample
from dvlab.validation import finite, float_tensor, kind, number, positive_int, real_array, seed_checked


@dataclass(frozen=True, eq=False)
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
def survey(vae: VAE, data: Data, images: int = 2000, seed: int = 0) -> Survey:
    """Encode up to `images` images of `data` (a world or an image tensor), drawn by `seed`, and survey the latents."""
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


def image_grid(
    images: Float[torch.Tensor, "batch channels height width"] | UInt8[torch.Tensor, "batch channels height width"],
    titles: Sequence[str] | None = None,
    columns: int = 8,
    rows: Sequence[str] | None = None,
    size: float = 1.0,
):
    """Images, floats in [0, 1] or uint8, in rows of `columns`; `titles` stand above them, `rows` are names of the rows.

    `size`: inches an image. Returns the Figure.
    """
    from matplotlib import pyplot

    positive_int("columns", columns, most=100)
    number("size", size, above=0, most=20)
    images = _pixels("images", images)
    if rows is not None and len(rows) != -(-len(images) // columns):
        raise ValueError(f"rows must name each of the {-(-len(images) // columns)} rows; got {len(rows)} names")
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
    data: Data,
    image: Float[torch.Tensor, "channels height width"] | None = None,
    latents: Sequence[int] | None = None,
    steps: int = 8,
):
    """Each row moves one latent over the range of q(z_j), .5 % to 99.5 %; the others stay where the encoder put them.

    `data`: a world or an image tensor, from which the ranges come. `image`: where to start (`middle(data)` unless
    given). `latents`: which, in that order (the active ones, largest KL first, unless given). Returns the Figure.
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


def middle(data: Data) -> Float[torch.Tensor, "channels height width"]:
    """The image in the middle of the world's grid of factors, or of a tensor of images."""
    data = tensor_or_world(data)
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


def kl_bars(kl: np.ndarray | torch.Tensor, names: Sequence[str] | None = None, ax=None):
    """KL(q(z_j|x) || p(z_j)) of each latent, averaged over images, in nats: largest first. Returns the Axes."""
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


def vae_diagram():
    """The VAE as a drawing: image, encoder, code, decoder, image, and where the loss's two terms sit. A Figure."""
    from matplotlib import pyplot

    figure, ax = pyplot.subplots(figsize=(9.5, 3.1), layout="constrained")
    ax.set(xlim=(0, 19), ylim=(-0.3, 6), aspect="equal")
    ax.set_axis_off()
    boxes = {"alpha": 0.25, "edgecolor": "black"}
    ax.add_patch(pyplot.Polygon([(3, 1), (3, 5), (6, 4), (6, 2)], facecolor="#0072B2", **boxes))
    ax.add_patch(pyplot.Polygon([(13, 2), (13, 4), (16, 5), (16, 1)], facecolor="#D55E00", **boxes))
    ax.text(4.5, 3, "encoder\n$q_\\phi(\\mathbf{z}|\\mathbf{x})$", ha="center", va="center")
    ax.text(14.5, 3, "decoder\n$p_\\theta(\\mathbf{x}|\\mathbf{z})$", ha="center", va="center")
    names = {
        (1.2, 3): "image\n$\\mathbf{x}$",
        (8, 4): "means $\\mathbf{\\mu}_\\phi(\\mathbf{x})$",
        (8, 2): "standard\ndeviations $\\mathbf{\\sigma}_\\phi(\\mathbf{x})$",
        (11.4, 3): "code\n$\\mathbf{z}=\\mathbf{\\mu}+\\mathbf{\\sigma}\\odot\\mathbf{\\varepsilon}$",
        (11.4, 0.3): "noise $\\mathbf{\\varepsilon}\\sim\\mathcal{N}(\\mathbf{0},\\mathbf{I})$",
        (17.8, 3): "image\nagain",
    }
    for (x, y), words in names.items():
        ax.text(x, y, words, ha="center", va="center")
    arrows = [(2, 3, 3, 3), (6, 3.3, 6.7, 3.7), (6, 2.7, 6.7, 2.3), (9.2, 3.8, 10, 3.3), (9.4, 2.3, 10, 2.7)]
    for x, y, to_x, to_y in [*arrows, (11.4, 0.7, 11.4, 2.2), (12.5, 3, 13, 3), (16, 3, 17, 3)]:
        ax.annotate("", (to_x, to_y), (x, y), arrowprops={"arrowstyle": "->"})
    ax.text(8, 5.5, "near the prior: $D_{KL}(q_\\phi(\\mathbf{z}|\\mathbf{x})\\,||\\,p(\\mathbf{z}))$", ha="center")
    ax.text(15.4, 5.5, "a good copy: $-\\log p_\\theta(\\mathbf{x}|\\mathbf{z})$", ha="center")
    return figure


def show(figure, alt: str) -> None:
    """Show a figure (or the figure of an Axes) once in a notebook, with `alt` for those who do not see it.

    `alt` is stored in the output as the picture's alternative text. Raises ValueError where it is empty.
    """
    from IPython.display import display
    from matplotlib import get_backend, pyplot

    if not alt.strip():
        raise ValueError("alt must say in words what the figure shows; got an empty text")
    figure = getattr(figure, "figure", figure)
    pyplot.switch_backend(get_backend())  # a notebook's, loaded late, draws figures made without pyplot, too
    display(figure, metadata={"image/png": {"alt": " ".join(alt.split())}})
    pyplot.close(figure)


def channels_last(
    image: Float[torch.Tensor, "channels height width"] | UInt8[torch.Tensor, "channels height width"],
) -> np.ndarray:
    """(H, W) of a grey image, (H, W, 3) of a coloured one, in [0, 1]."""
    pixels = _pixels("image", image[None])[0].cpu().permute(1, 2, 0).numpy()
    return pixels[..., 0] if pixels.shape[-1] == 1 else pixels


def _pixels(name: str, images: torch.Tensor) -> torch.Tensor:
    """Images (N, 1 or 3, H, W) as floats, cut to [0, 1]: uint8 counts to 255."""
    if not isinstance(images, torch.Tensor) or images.ndim != 4 or images.shape[1] not in (1, 3) or not len(images):
        raise ValueError(f"{name} must be a tensor of grey or coloured images (N, C, H, W); got {kind(images)}")
    if images.dtype != torch.uint8:
        float_tensor(name, images, " in [0, 1], or of uint8")
    images = images.detach().float() / 255 if images.dtype == torch.uint8 else images.detach().float()
    finite(name, images)
    return images.clamp(0, 1)
