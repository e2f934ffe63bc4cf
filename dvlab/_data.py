"""What a model is trained on and measured on: images, or a world that draws them."""

from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float, Integer, UInt8
from torch.utils.data import TensorDataset

from dvlab.validation import kind


@runtime_checkable
class World(Protocol):
    """What is asked of a world, `dvlab.worlds.World` or another: N images in an order, drawn from their factors.

    Metrics, and pictures that name the factors, also ask for `factors`, a tuple of `dvlab.worlds.Factor`.
    """

    image_shape: tuple[int, int, int]  # (C, H, W)

    def __len__(self) -> int:
        """N."""

    def factors_of(self, index: Integer[torch.Tensor, " batch"]) -> Integer[torch.Tensor, "batch factors"]:
        """The factors of the images at some indices.

        Parameters
        ----------
        index : tensor (B,) of whole numbers

        Returns
        -------
        tensor (B, K) of whole numbers
        """

    def render(
        self, factors: Integer[torch.Tensor, "batch factors"]
    ) -> Float[torch.Tensor, "batch channels height width"]:
        """Draw the images of combinations of factors.

        Parameters
        ----------
        factors : tensor (B, K) of whole numbers

        Returns
        -------
        tensor (B, C, H, W)
            Floats in [0, 1], on the factors' device.
        """

    def images(self, *, device: torch.device) -> UInt8[torch.Tensor, "images channels height width"]:
        """All images, in order.

        Parameters
        ----------
        device : torch.device

        Returns
        -------
        tensor (N, C, H, W) of uint8
        """


Data = torch.Tensor | TensorDataset | World  # what a model is trained on and measured on


def tensor_or_world(data: Data) -> torch.Tensor | World:
    """Where the images of some data come from.

    Parameters
    ----------
    data : world, tensor or TensorDataset

    Returns
    -------
    world or tensor
        `data` itself, or the first tensor of a `TensorDataset`. A tensor is not looked into.

    Raises
    ------
    TypeError
        For anything else, saying what it lacks.
    """
    data = data.tensors[0] if isinstance(data, TensorDataset) else data
    lacks = [name for name in ("image_shape", "__len__", "factors_of", "render", "images") if not hasattr(data, name)]
    if not isinstance(data, torch.Tensor) and lacks:
        raise TypeError(
            f"data must be a world, a tensor of images (N, C, H, W) or a TensorDataset of such; "
            f"got {kind(data)}, which has no {', '.join(lacks)}"
        )
    return data
