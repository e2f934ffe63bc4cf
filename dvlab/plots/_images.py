"""Images: in rows, one of a data set, and any figure shown with words."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, UInt8

from dvlab.images import Data, Images, tensor_or_world
from dvlab.validation import finite, float_tensor, kind, number, positive_int


def image_grid(
    images: Float[torch.Tensor, "batch channels height width"] | UInt8[torch.Tensor, "batch channels height width"],
    titles: Sequence[str] | None = None,
    columns: int = 8,
    rows: Sequence[str] | None = None,
    size: float = 1.0,
):
    """Images in rows.

    Parameters
    ----------
    images : tensor (N, C, H, W)
        Floats in [0, 1], or uint8; grey or coloured.
    titles : sequence of str, optional
        What stands above each image.
    columns : int
        Images a row.
    rows : sequence of str, optional
        What stands beside each row.
    size : float
        Of an image, in inches.

    Returns
    -------
    matplotlib Figure

    Examples
    --------
    >>> images, _ = dvlab.worlds.Fruit().sample(8, generator=torch.Generator().manual_seed(0))
    >>> figure = image_grid(images, columns=4)
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


def middle(data: Data) -> Float[torch.Tensor, "channels height width"]:
    """The image in the middle of the world's grid of factors, or of a tensor of images.

    Parameters
    ----------
    data : world, or tensor of images (N, C, H, W)

    Returns
    -------
    tensor (C, H, W)
        Floats in [0, 1].

    Examples
    --------
    >>> middle(dvlab.worlds.Fruit()).shape
    torch.Size([3, 32, 32])
    """
    data = tensor_or_world(data)
    if isinstance(data, torch.Tensor):
        return Images(data, data.device)[torch.tensor([len(data) // 2])][0]
    return data.render(torch.tensor([[len(factor) // 2 for factor in data.factors]]))[0]


def show(figure, alt: str) -> None:
    """Show a figure once in a notebook, with words for those who do not see it.

    Parameters
    ----------
    figure : matplotlib Figure or Axes
    alt : str
        Stored in the output as the picture's alternative text.

    Raises
    ------
    ValueError
        Where `alt` is empty.

    Examples
    --------
    >>> import contextlib, os
    >>> from dvlab.plots import vae_diagram
    >>> with contextlib.redirect_stdout(open(os.devnull, "w")):  # outside a notebook it prints a line
    ...     show(vae_diagram(), "An image, an encoder, a code, a decoder, and the image again.")
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
) -> Float[np.ndarray, "height width"] | Float[np.ndarray, "height width 3"]:
    """An image as matplotlib draws it.

    Parameters
    ----------
    image : tensor (C, H, W)
        Floats, which are cut to [0, 1], or uint8; grey or coloured.

    Returns
    -------
    array (H, W) or (H, W, 3)
        In [0, 1].

    Examples
    --------
    >>> channels_last(torch.zeros(1, 8, 8)).shape
    (8, 8)
    """
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
