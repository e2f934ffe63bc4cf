"""One thing: data in any of its forms (a world, uint8 or float images) to float batches on a device."""

import zlib
from math import prod
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int
from torch.utils.data import TensorDataset

from dvlab.validation import float_tensor, kind

RESIDENT_BYTES = 2 * 1024**3  # a larger world is rendered as it is read


@runtime_checkable
class World(Protocol):
    """What is asked of a world, `dvlab.worlds.World` or another: N images in an order, drawn from their factors.

    Metrics, and pictures that name the factors, also ask for `factors`, a tuple of `dvlab.worlds.Factor`.
    """

    image_shape: tuple[int, int, int]  # (C, H, W)

    def __len__(self) -> int:
        """N."""

    def factors_of(self, index: torch.Tensor) -> torch.Tensor:
        """The factors (B, K) of the images at `index` (B,)."""

    def render(self, factors: torch.Tensor) -> torch.Tensor:
        """Images (B, C, H, W) of floats in [0, 1], on the factors' device."""

    def images(self, *, device: torch.device) -> torch.Tensor:
        """All images, in order, as uint8."""


Data = torch.Tensor | TensorDataset | World  # what a model is trained on and measured on


def tensor_or_world(data: Data) -> torch.Tensor | World:
    """`data` itself, or the first tensor of a `TensorDataset`; TypeError, saying what is missing, for anything else."""
    data = data.tensors[0] if isinstance(data, TensorDataset) else data
    lacks = [name for name in ("image_shape", "__len__", "factors_of", "render", "images") if not hasattr(data, name)]
    if not isinstance(data, torch.Tensor) and lacks:
        raise TypeError(
            f"data must be a world, a tensor of images (N, C, H, W) or a TensorDataset of such; "
            f"got {kind(data)}, which has no {', '.join(lacks)}"
        )
    return data


def check_range(name: str, images: torch.Tensor) -> None:
    """Raise ValueError unless all of `images` (not empty) lies in [0, 1]; NaN does not."""
    low, high = (float(bound) for bound in torch.aminmax(images))
    if not (low >= 0 and high <= 1):
        raise ValueError(f"{name} must lie in [0, 1]; got values from {low:.4g} to {high:.4g}")


def checked_images(name: str, images: torch.Tensor) -> torch.Tensor:
    """Images (N, C, H, W), uint8 or floats in [0, 1], of the default dtype then; TypeError or ValueError otherwise."""
    if not isinstance(images, torch.Tensor):
        raise TypeError(f"{name} must be a tensor of images (N, C, H, W); got {kind(images)}")
    if images.ndim != 4:
        raise ValueError(f"{name} must have shape (N, C, H, W); got {tuple(images.shape)}")
    if images.numel() == 0:
        raise ValueError(f"{name} holds no images; its shape is {tuple(images.shape)}")
    if images.dtype == torch.uint8:
        return images
    float_tensor(name, images, " in [0, 1], or of uint8")
    images = images.detach().to(torch.get_default_dtype())
    check_range(name, images)
    return images


def fingerprint(data: Data) -> str:
    """What tells other images from these: a checksum; of a world its factors, what is held out, and how bright it is.

    A world's is the same on every device, where its pixels may differ in the last bit.
    """
    data = tensor_or_world(data)
    if isinstance(data, torch.Tensor):
        pixels = data.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
        return (
            f"{tuple(data.shape)} {str(data.dtype).removeprefix('torch.')}, checksum {zlib.crc32(pixels.numpy()):08x}"
        )
    some = data.factors_of(torch.linspace(0, len(data) - 1, 64).long())
    values = {
        f.name: [v if isinstance(v, str) else round(v, 6) for v in f.values] for f in getattr(data, "factors", ())
    }
    every = data.factors_of(torch.arange(len(data)))
    order = zlib.crc32(every.to(torch.int64).contiguous().numpy())  # and so which are held out
    ramp = torch.linspace(0.5, 1.5, prod(data.image_shape)).reshape(data.image_shape)  # a picture and its mirror differ
    brightness = float((data.render(some).cpu() * ramp).mean())
    return f"{data}; {values}; order {order:08x}; brightness {brightness:.4f}"


class Images:
    """The N images of `data`, read by index: `images[index]` is float (B, C, H, W) in [0, 1] on `device`.

    `data` is a world, or a tensor (N, C, H, W) of uint8 (255 is white) or of floats in [0, 1], or a `TensorDataset`,
    of which the first tensor is taken. With `resident`, a world of up to 2 GiB is rendered once and kept on the device
    as uint8. Raises TypeError or ValueError for anything else.
    """

    def __init__(self, data: Data, device: torch.device, resident: bool = True):
        self.device = device
        self.pixels, self.world = None, None
        data = tensor_or_world(data)
        if isinstance(data, torch.Tensor):
            self.pixels = checked_images("data", data).to(device)
            self.size, self.shape = len(data), tuple(data.shape[1:])
            return
        self.size, self.shape = len(data), tuple(data.image_shape)
        if resident and self.size * prod(self.shape) <= RESIDENT_BYTES:
            self.pixels = data.images(device=device)
        else:
            self.world = data

    def __len__(self):
        return self.size

    def __getitem__(self, index: Int[torch.Tensor, " batch"]) -> Float[torch.Tensor, "batch channels height width"]:
        if self.pixels is None:
            return self.world.render(self.world.factors_of(index.cpu()).to(self.device))
        images = self.pixels.index_select(0, index.to(self.device))
        return images.to(torch.get_default_dtype()).div_(255) if images.dtype == torch.uint8 else images


def mean_and_variance(
    images: Images, index: Int[torch.Tensor, " some"]
) -> tuple[Float[torch.Tensor, "channels height width"], float]:
    """The mean image (C, H, W) of the images at `index`, in float64, and the variance about it, a mean over pixels."""
    total, squares = torch.zeros(images.shape, dtype=torch.float64), 0.0
    for part in index.split(1024):
        x = images[part].cpu().double()
        total, squares = total + x.sum(dim=0), squares + float(x.square().sum())
    mean = total / len(index)
    return mean, (squares / len(index) - float(mean.square().sum())) / mean.numel()
