"""Arrays and tensors, and the posteriors made of them."""

from collections.abc import Iterable

import numpy as np
import torch
from jaxtyping import Float, Float64, Shaped
from torch.distributions import Normal

from dvlab.validation._values import kind

LARGEST = 1e15  # of a latent: its square, over a σ of 1e-3, is still a float32


def finite(name: str, value: Shaped[torch.Tensor, "..."] | Shaped[np.ndarray, "..."]) -> None:
    """Raise unless all entries are finite.

    Parameters
    ----------
    name : str
    value : tensor or array
        Of any shape, of numbers.

    Raises
    ------
    ValueError
        For a NaN or an infinity; it says how many, and where the first is.
    """
    bad = ~(torch.isfinite(value) if isinstance(value, torch.Tensor) else np.isfinite(value))
    if bool(bad.any()):
        first = tuple(int(i[0]) for i in bad.nonzero(**({"as_tuple": True} if isinstance(bad, torch.Tensor) else {})))
        raise ValueError(f"{name} must be finite, but {int(bad.sum())} of its entries are not; the first is at {first}")


def float_tensor(name: str, value: object, hint: str = "") -> None:
    """Raise unless `value` is an ordinary tensor of floats, neither sparse nor quantized.

    Parameters
    ----------
    name : str
    value : object
    hint : str
        For the message, behind "must be a tensor of floats".

    Raises
    ------
    TypeError
    """
    if not isinstance(value, torch.Tensor) or not value.is_floating_point() or value.layout != torch.strided:
        sparse = " (sparse)" if isinstance(value, torch.Tensor) and value.layout != torch.strided else ""
        raise TypeError(f"{name} must be a tensor of floats{hint}; got {kind(value)}{sparse}")


def batch_like(
    model: Float[torch.Tensor, "..."], name: str, batch: torch.Tensor, shape: tuple[int, ...]
) -> Float[torch.Tensor, "batch ..."]:
    """A batch in a model's precision.

    Parameters
    ----------
    model : tensor
        Any of the model's, for its dtype and device.
    name : str
    batch : tensor (B, ...) of floats
    shape : tuple of int
        Of one of the batch.

    Returns
    -------
    tensor (B, ...)

    Raises
    ------
    TypeError
        For anything but a tensor of floats.
    ValueError
        For another shape, an empty batch, and one on another device.
    """
    float_tensor(name, batch, " (divide uint8 by 255)")
    if tuple(batch.shape[1:]) != shape or len(batch) == 0:
        sides = ", ".join(map(str, shape))
        raise ValueError(f"{name} must have shape (B, {sides}), B ≥ 1; got {tuple(batch.shape)}")
    if batch.device.type != model.device.type:
        raise ValueError(f"{name} must be on the model's device, {model.device}; got one on {batch.device}")
    return batch.to(model.dtype)


def real_array(name: str, value: object, axes: Iterable[str], largest: float = 1e100) -> Float64[np.ndarray, "..."]:
    """Numbers of any form as an array of float64.

    Parameters
    ----------
    name : str
    value : array, tensor or nested sequence
    axes : iterable of str
        What the axes are called: as many as the array must have.
    largest : float
        Every entry must be smaller in size.

    Returns
    -------
    array

    Raises
    ------
    TypeError
        For what is no array of real numbers.
    ValueError
        For other axes, an empty one, masked entries, and entries that are not finite or too large.

    Examples
    --------
    >>> real_array("codes", [[1, 2], [3, 4]], ("images", "latents"))
    array([[1., 2.],
           [3., 4.]])
    """
    axes = tuple(axes)
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().to_dense()
        value = value if value.is_complex() else value.double()
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise ValueError(f"{name} must not be masked, but {int(np.ma.count_masked(value))} of its entries are")
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:  # ragged lists; an __array__ that fails
        raise TypeError(f"{name} must be an array with axes ({', '.join(axes)}); got {kind(value)}") from error
    if array.dtype.kind not in "iufb":
        raise TypeError(f"{name} must hold real numbers; got {kind(array)}")
    if array.ndim != len(axes) or array.size == 0:
        raise ValueError(f"{name} must have axes ({', '.join(axes)}), none of them empty; got shape {array.shape}")
    array = array.astype(np.float64)
    finite(name, array)
    if np.abs(array).max() >= largest:
        raise ValueError(f"{name} must hold numbers below {largest:g} in size; got {np.abs(array).max():.3g}")
    return array


def posterior_parameters(
    name: str, posterior: Normal
) -> tuple[Float[torch.Tensor, "images latents"], Float[torch.Tensor, "images latents"]]:
    """Mean and sigma of a posterior, once it is sure that they can be computed with.

    Parameters
    ----------
    name : str
    posterior : Normal of batch shape (N, D)

    Returns
    -------
    mean, sigma : tensor (N, D)

    Raises
    ------
    TypeError
        Unless it is a Normal.
    ValueError
        Unless the parameters are finite, sigma is positive, and neither exceeds 1e15 in size.
    """
    if not isinstance(posterior, Normal):
        raise TypeError(f"{name} must be a torch.distributions.Normal of batch shape (images, latents); "
                        f"got {kind(posterior)}")  # fmt: skip
    mean, sigma = posterior.loc, posterior.scale
    float_tensor(f"{name}.loc", mean)
    float_tensor(f"{name}.scale", sigma)
    if mean.dim() != 2 or 0 in mean.shape:
        raise ValueError(f"{name} must have batch shape (images, latents), both at least 1; got {tuple(mean.shape)}")
    for part, values in (("loc", mean), ("scale", sigma)):
        if not bool((values.abs().float() <= LARGEST).all()):  # which NaN is not, either
            finite(f"{name}.{part}", values)
            raise ValueError(f"{name}.{part} must be at most {LARGEST:g} in size; got {float(values.abs().max()):.3g}")
    if not bool((sigma > 0).all()):
        raise ValueError(f"{name}.scale must be positive; its smallest entry is {float(sigma.min())}")
    return mean, sigma
