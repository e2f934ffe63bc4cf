"""One thing: data in any of its forms (a world, uint8 or float images) to float batches on a device."""

import zlib
from math import prod

import torch
from jaxtyping import Float, Int, UInt8

from dvlab._data import Data, World, tensor_or_world
from dvlab.validation import float_tensor, kind

__all__ = ["Data", "Images", "World", "check_range", "checked_images", "fingerprint", "mean_and_variance"]
__all__ += ["tensor_or_world"]

RESIDENT_BYTES = 2 * 1024**3  # a larger world is rendered as it is read


def check_range(name: str, images: Float[torch.Tensor, "..."]) -> None:
    """Raise unless all pixels lie in [0, 1]; NaN does not.

    Parameters
    ----------
    name : str
        Of the argument, for the message.
    images : tensor
        Of any shape.

    Raises
    ------
    ValueError
        With the least and the largest value, or that there is none.
    """
    if images.numel() == 0:
        raise ValueError(f"{name} must not be empty; got shape {tuple(images.shape)}")
    low, high = (float(bound) for bound in torch.aminmax(images))
    if not (low >= 0 and high <= 1):
        raise ValueError(f"{name} must lie in [0, 1]; got values from {low:.4g} to {high:.4g}")


def checked_images(
    name: str, images: torch.Tensor
) -> UInt8[torch.Tensor, "images channels height width"] | Float[torch.Tensor, "images channels height width"]:
    """Images, once it is sure that they are such.

    Parameters
    ----------
    name : str
        Of the argument, for the message.
    images : tensor (N, C, H, W)
        uint8, or floats in [0, 1].

    Returns
    -------
    tensor (N, C, H, W)
        uint8 as it came; floats without gradient, in torch's default dtype.

    Raises
    ------
    TypeError
        For anything but a tensor of uint8 or floats.
    ValueError
        For another shape, no image, or pixels outside [0, 1].
    """
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

    Parameters
    ----------
    data : world, tensor or TensorDataset

    Returns
    -------
    str

    Raises
    ------
    TypeError
        As `tensor_or_world`.

    Examples
    --------
    >>> fingerprint(torch.zeros(2, 1, 8, 8))
    '(2, 1, 8, 8) float32, checksum b2aa7578'
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
    """The N images of some data, read by index: `images[index]` is float (B, C, H, W) in [0, 1] on `device`.

    Parameters
    ----------
    data : world, tensor (N, C, H, W) or TensorDataset
        A tensor holds uint8 (255 is white) or floats in [0, 1]; of a `TensorDataset` the first is taken.
    device : torch.device
    resident : bool
        Whether a world of up to 2 GiB is rendered once and kept on the device, as uint8.

    Raises
    ------
    TypeError, ValueError
        As `tensor_or_world` and `checked_images`.

    Examples
    --------
    >>> images = Images(dvlab.worlds.Fruit(), torch.device("cpu"))
    >>> len(images), images.shape, images[torch.tensor([0, 511])].shape
    (512, (3, 32, 32), torch.Size([2, 3, 32, 32]))
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
    """The mean image of some images, and how far they are from it.

    Parameters
    ----------
    images : Images
    index : tensor (B,) of whole numbers

    Returns
    -------
    mean : tensor (C, H, W)
        In float64.
    variance : float
        About it, averaged over images and pixels.
    """
    total, squares = torch.zeros(images.shape, dtype=torch.float64), 0.0
    for part in index.split(1024):
        x = images[part].cpu().double()
        total, squares = total + x.sum(dim=0), squares + float(x.square().sum())
    mean = total / len(index)
    return mean, (squares / len(index) - float(mean.square().sum())) / mean.numel()
