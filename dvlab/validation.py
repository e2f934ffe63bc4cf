"""Bad input gets an error that names the argument, what was expected and what came."""

import math
from collections.abc import Iterable

import numpy as np
import torch
from torch.distributions import Normal

LARGEST = 1e15  # of a latent: its square, over a σ of 1e-3, is still a float32
Bound = float | int | None


def kind(value: object) -> str:
    """What came, in a few words: a tensor's or array's dtype and shape, a short number or text, else the type."""
    if isinstance(value, torch.Tensor):
        return f"a tensor of {str(value.dtype).removeprefix('torch.')} {tuple(value.shape)}"
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} {value.shape}"
    plain = value is None or isinstance(value, bool | int | float | complex | str | np.generic)
    return repr(value) if plain and len(repr(value)) <= 60 else type(value).__name__


def finite(name: str, value: torch.Tensor | np.ndarray) -> None:
    """Raise ValueError when `value` holds a NaN or an infinity; the message says how many, and where the first is."""
    bad = ~(torch.isfinite(value) if isinstance(value, torch.Tensor) else np.isfinite(value))
    if bool(bad.any()):
        first = tuple(int(i[0]) for i in bad.nonzero(**({"as_tuple": True} if isinstance(bad, torch.Tensor) else {})))
        raise ValueError(f"{name} must be finite, but {int(bad.sum())} of its entries are not; the first is at {first}")


def one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Raise ValueError when `value` is none of `choices`."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}; got {value!r}")


def positive_int(name: str, value: int, least: int = 1, most: int | None = None) -> None:
    """Raise TypeError or ValueError unless `value` is a whole number of at least `least` and at most `most`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be a whole number; got {kind(value)}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}; got {value}")
    if most is not None and value > most:
        raise ValueError(f"{name} must be at most {most:,}; got {value}")


def seed_checked(name: str, value: int) -> None:
    """Raise TypeError or ValueError unless `value` is a whole number that every generator takes: 0 to 2⁶³ − 1."""
    positive_int(name, value, least=0, most=2**63 - 1)


def number(
    name: str,
    value: float | int,
    above: Bound = None,
    least: Bound = None,
    below: Bound = None,
    most: Bound = None,
) -> float:
    """`value` as a float; TypeError unless it is one real number, ValueError unless finite and between the bounds."""
    if isinstance(value, bool | str | bytes) or np.ndim(value) != 0 or not hasattr(value, "__float__"):
        raise TypeError(f"{name} must be a number; got {kind(value)}")
    try:
        found = float(value)
    except (TypeError, OverflowError, RuntimeError):  # complex, 10**400, a tensor without a value
        raise TypeError(f"{name} must be a number; got {kind(value)}") from None
    bounds = [("above", above), ("at least", least), ("below", below), ("at most", most)]
    kept = {"above": lambda b: found > b, "at least": lambda b: found >= b}
    kept |= {"below": lambda b: found < b, "at most": lambda b: found <= b}
    if not math.isfinite(found) or not all(kept[word](bound) for word, bound in bounds if bound is not None):
        told = " and ".join(f"{word} {bound:g}" for word, bound in bounds if bound is not None)
        raise ValueError(f"{name} must be a finite number{told and ' '}{told}; got {found!r}")
    return found


def float_tensor(name: str, value: object, hint: str = "") -> None:
    """Raise TypeError unless `value` is an ordinary tensor of floats, neither sparse nor quantized."""
    if not isinstance(value, torch.Tensor) or not value.is_floating_point() or value.layout != torch.strided:
        sparse = " (sparse)" if isinstance(value, torch.Tensor) and value.layout != torch.strided else ""
        raise TypeError(f"{name} must be a tensor of floats{hint}; got {kind(value)}{sparse}")


def batch_like(model: torch.Tensor, name: str, batch: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    """A batch in the precision of `model`, a tensor of the model's; an error unless it holds floats of this shape, on
    the model's device."""
    float_tensor(name, batch, " (divide uint8 by 255)")
    if tuple(batch.shape[1:]) != shape or len(batch) == 0:
        sides = ", ".join(map(str, shape))
        raise ValueError(f"{name} must have shape (B, {sides}), B ≥ 1; got {tuple(batch.shape)}")
    if batch.device.type != model.device.type:
        raise ValueError(f"{name} must be on the model's device, {model.device}; got one on {batch.device}")
    return batch.to(model.dtype)


def real_array(name: str, value: object, axes: Iterable[str], largest: float = 1e100) -> np.ndarray:
    """`value` as float64 with these `axes`, at least one entry along each, every entry finite and below `largest`."""
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


def posterior_parameters(name: str, posterior: Normal) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and sigma of a posterior, once it is sure that they can be computed with.

    Parameters
    ----------
    name : str
        Of the argument, for the message.
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


def pick_device(device: str | torch.device | None) -> torch.device:
    """The device named; for None, CUDA where there is one, else the CPU (Apple's MPS only when asked for).

    Raises ValueError when the device is unknown or this machine does not have it.
    """
    if device is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(device)
    except (RuntimeError, TypeError):
        raise ValueError(f"device must be None, 'cpu', 'cuda', 'cuda:0' or 'mps'; got {device!r}") from None
    missing = (device.type == "cuda" and not torch.cuda.is_available()) or (
        device.type == "mps" and not torch.backends.mps.is_available()
    )
    if missing or device.type not in ("cpu", "cuda", "mps"):
        raise ValueError(f"device {str(device)!r} is not available here; device=None picks one that is")
    return device
