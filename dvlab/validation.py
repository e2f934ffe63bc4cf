"""Bad input gets an error that names the argument, what was expected and what came."""

import numpy as np
import torch


def finite(name: str, value: torch.Tensor | np.ndarray) -> None:
    """Raise ValueError when `value` holds a NaN or an infinity; the message says how many, and where the first is."""
    bad = ~(torch.isfinite(value) if isinstance(value, torch.Tensor) else np.isfinite(value))
    if bool(bad.any()):
        first = tuple(int(i[0]) for i in bad.nonzero(**({"as_tuple": True} if isinstance(bad, torch.Tensor) else {})))
        raise ValueError(f"{name} must be finite, but {int(bad.sum())} of its entries are not; the first is at {first}")


def one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Raise ValueError when `value` is none of `choices`."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}; got {value!r}")


def positive_int(name: str, value: int, least: int = 1) -> None:
    """Raise TypeError or ValueError unless `value` is a whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be a whole number; got {value!r}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}; got {value}")


def pick_device(device: str | torch.device | None) -> torch.device:
    """The device named; for None, CUDA where there is one, else the CPU (Apple's MPS only when asked for).

    Raises ValueError when the device is unknown or this machine does not have it.
    """
    if device is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(device)
    except RuntimeError:
        raise ValueError(f"device must be None, 'cpu', 'cuda', 'cuda:0' or 'mps'; got {device!r}") from None
    missing = (device.type == "cuda" and not torch.cuda.is_available()) or (
        device.type == "mps" and not torch.backends.mps.is_available()
    )
    if missing or device.type not in ("cpu", "cuda", "mps"):
        raise ValueError(f"device {str(device)!r} is not available here; device=None picks one that is")
    return device
