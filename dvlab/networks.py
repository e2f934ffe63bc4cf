"""The two networks of a VAE: an encoder to mean and log σ, and a decoder from the code, as plain stacks of layers."""

from itertools import pairwise
from math import prod

import torch
from torch import nn

from dvlab.validation import number, one_of, positive_int

# the widths that are usual for 64 px (Locatello et al., 2019, table 1); 32 px: one layer fewer
CONV_CHANNELS = (32, 32, 64, 64)
WIDEST = 16_384  # units of a layer


def mlp(image_shape: tuple[int, ...], latent_dim: int, hidden: tuple[int, ...]) -> tuple[nn.Module, nn.Module]:
    """Linear layers with SiLU between them.

    Parameters
    ----------
    image_shape : (int, int, int)
        Channels, height, width.
    latent_dim : int
        D.
    hidden : tuple of int
        The encoder's widths, in reverse the decoder's; () is a linear model.

    Returns
    -------
    encoder : nn.Module
        Images (B, C, H, W) -> (B, 2 D), the means and then log σ.
    decoder : nn.Module
        Codes (B, D) -> (B, C · H · W); its last layer has no bias, since `VAE` adds one.

    Examples
    --------
    >>> encoder, decoder = mlp((1, 8, 8), latent_dim=2, hidden=(16,))
    >>> encoder(torch.zeros(5, 1, 8, 8)).shape, decoder(torch.zeros(5, 2)).shape
    (torch.Size([5, 4]), torch.Size([5, 64]))
    """
    down = (prod(image_shape), *hidden)
    up = (latent_dim, *reversed(hidden))
    encoder = nn.Sequential(nn.Flatten(), *_linear(*down), nn.Linear(down[-1], 2 * latent_dim))
    return encoder, nn.Sequential(*_linear(*up), nn.Linear(up[-1], down[0], bias=False))


def conv(image_shape: tuple[int, ...], latent_dim: int, hidden: tuple[int, ...]) -> tuple[nn.Module, nn.Module]:
    """4 x 4 convolutions of stride 2 down to 4 x 4 pixels, then linear layers, SiLU; in reverse for the decoder.

    Parameters
    ----------
    image_shape : (int, int, int)
        Channels, height, width: 32 x 32 or 64 x 64 pixels.
    latent_dim : int
        D.
    hidden : tuple of int
        Widths of the linear layers.

    Returns
    -------
    encoder : nn.Module
        Images (B, C, H, W) -> (B, 2 D), the means and then log σ.
    decoder : nn.Module
        Codes (B, D) -> (B, C, H, W); its last layer has no bias, since `VAE` adds one.

    Raises
    ------
    ValueError
        For images of another size.

    References
    ----------
    Locatello et al. (2019), table 1: the same channels for 64 x 64 pixels, with ReLU.

    Examples
    --------
    >>> encoder, decoder = conv((1, 32, 32), latent_dim=2, hidden=(256,))
    >>> encoder(torch.zeros(5, 1, 32, 32)).shape, decoder(torch.zeros(5, 2)).shape
    (torch.Size([5, 4]), torch.Size([5, 1, 32, 32]))
    """
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


@torch.no_grad()
def check_own(encoder: nn.Module, decoder: nn.Module, image_shape: tuple[int, ...], latent_dim: int) -> None:
    """Raise unless two images give (2, 2 D) numbers, and two codes as many numbers as two images have pixels.

    Parameters
    ----------
    encoder, decoder : nn.Module
        Somebody's own.
    image_shape : (int, int, int)
    latent_dim : int
        D.

    Raises
    ------
    TypeError
        For anything but a module.
    ValueError
        When it fails, or gives another shape.
    """
    for name, module, x, expected in (
        ("encoder", encoder, torch.zeros(2, *image_shape), f"(2, {2 * latent_dim}), D means and D values of log σ"),
        ("decoder", decoder, torch.zeros(2, latent_dim), f"{(2, *image_shape)}, or as many numbers flat"),
    ):
        if not isinstance(module, nn.Module):
            raise TypeError(f"{name} must be a torch.nn.Module; got {type(module).__name__}")
        training, parameter = module.training, next(module.parameters(), x)
        try:
            found = tuple(module.eval()(x.to(parameter)).shape)
        except RuntimeError as error:
            raise ValueError(f"{name} must take two inputs of shape {tuple(x.shape)}; it fails: {error}") from error
        finally:
            module.train(training)
        flat = (2, prod(image_shape))
        if found not in ((2, 2 * latent_dim),) if name == "encoder" else found not in ((2, *image_shape), flat):
            raise ValueError(f"{name} must give {expected}, for two inputs; got {found}")


def check_sizes(image_shape: tuple[int, ...] | list[int], latent_dim: int, hidden: tuple[int, ...] | list[int]) -> None:
    """Raise unless these are sizes of a network.

    Parameters
    ----------
    image_shape : (int, int, int)
        Channels, height, width, each at most 1,024.
    latent_dim : int
        At most 16,384, as each of `hidden`.
    hidden : tuple or list of int

    Raises
    ------
    TypeError
        For anything but whole numbers.
    ValueError
        For numbers beyond these bounds, and not three of an image.
    """
    positive_int("latent_dim", latent_dim, most=WIDEST)
    if len(image_shape) != 3:
        raise ValueError(f"image_shape must be (channels, height, width); got {tuple(image_shape)}")
    for side in image_shape:
        positive_int("image_shape (channels, height, width)", side, most=1024)
    for width in hidden:
        positive_int("a width in hidden", width, most=WIDEST)


def check_likelihood(likelihood: str, sigma: float | int | None) -> None:
    """Raise unless the likelihood is known, and has the sigma that it needs.

    Parameters
    ----------
    likelihood : {"bernoulli", "gaussian"}
    sigma : float or None
        A Gaussian pixel's standard deviation, 10⁻⁶ to 10⁶; None for Bernoulli pixels.

    Raises
    ------
    TypeError
        For a sigma that is no number.
    ValueError
        For another likelihood, and a sigma that is missing, impossible or of Bernoulli pixels.
    """
    one_of("likelihood", likelihood, ("bernoulli", "gaussian"))
    if likelihood == "bernoulli" and sigma is not None:
        raise ValueError(f"sigma belongs to likelihood='gaussian'; Bernoulli pixels have none, got sigma={sigma}")
    if likelihood == "gaussian" and sigma is None:
        raise ValueError("likelihood='gaussian' needs a fixed sigma > 0, a pixel's standard deviation; got None")
    if likelihood == "gaussian":
        number("sigma", sigma, least=1e-6, most=1e6)
