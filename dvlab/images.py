"""One thing: data in any of its forms (a world, uint8 or float images) to float batches on a device."""

from math import prod

import torch
from jaxtyping import Float, Int
from torch.utils.data import Dataset

RESIDENT_BYTES = 2 * 1024**3  # a larger world is rendered as it is read


def check_range(name: str, images: torch.Tensor) -> None:
    """Raise ValueError unless all of `images` (not empty) lies in [0, 1]; NaN does not."""
    low, high = (float(bound) for bound in torch.aminmax(images))
    if not (low >= 0 and high <= 1):
        raise ValueError(f"{name} must lie in [0, 1]; got values from {low:.4g} to {high:.4g}")


class Images:
    """The N images of `data`, read by index: `images[index]` is float (B, C, H, W) in [0, 1] on `device`.

    `data` is a world, or a tensor (N, C, H, W) of uint8 (255 is white) or of floats in [0, 1]. With `resident`, a world
    of up to 2 GiB is rendered once and kept on the device as uint8. Raises TypeError or ValueError for anything else.
    """

    def __init__(self, data: torch.Tensor | Dataset, device: torch.device, resident: bool = True):
        self.device = device
        self.pixels, self.world = None, None
        if isinstance(data, torch.Tensor):
            self.pixels = _checked(data).to(device)
            self.size, self.shape = len(data), tuple(data.shape[1:])
            return
        if not hasattr(data, "render"):
            raise TypeError(f"data must be a world or a tensor of images (N, C, H, W); got {type(data).__name__}")
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


def _checked(images: torch.Tensor) -> torch.Tensor:
    if images.ndim != 4:
        raise ValueError(f"data must have shape (N, C, H, W); got {tuple(images.shape)}")
    if images.numel() == 0:
        raise ValueError(f"data holds no images; its shape is {tuple(images.shape)}")
    if images.dtype == torch.uint8:
        return images
    if not images.is_floating_point():
        raise TypeError(f"data must be uint8, or floats in [0, 1]; got {images.dtype}")
    check_range("data", images)
    return images.to(torch.get_default_dtype())
