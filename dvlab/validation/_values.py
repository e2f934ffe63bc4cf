"""Plain values: names, numbers, seeds, devices."""

import math

import numpy as np
import torch

Bound = float | int | None


def kind(value: object) -> str:
    """What came, in a few words: a tensor's or array's dtype and shape, a short number or text, else the type.

    Parameters
    ----------
    value : object

    Returns
    -------
    str

    Examples
    --------
    >>> kind(torch.zeros(2, 3)), kind(1.5), kind([1, 2])
    ('a tensor of float32 (2, 3)', '1.5', 'list')
    """
    if isinstance(value, torch.Tensor):
        return f"a tensor of {str(value.dtype).removeprefix('torch.')} {tuple(value.shape)}"
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} {value.shape}"
    plain = value is None or isinstance(value, bool | int | float | complex | str | np.generic)
    return repr(value) if plain and len(repr(value)) <= 60 else type(value).__name__


def one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Raise unless a word is one of some.

    Parameters
    ----------
    name, value : str
    choices : tuple of str

    Raises
    ------
    ValueError
        With the choices there are.
    """
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}; got {value!r}")


def positive_int(name: str, value: int, least: int = 1, most: int | None = None) -> None:
    """Raise unless `value` is a whole number between two bounds, both included.

    Parameters
    ----------
    name : str
    value, least : int
    most : int, optional

    Raises
    ------
    TypeError
        For anything but a whole number: True and 2.0 are none.
    ValueError
        Beyond the bounds.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be a whole number; got {kind(value)}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}; got {value}")
    if most is not None and value > most:
        raise ValueError(f"{name} must be at most {most:,}; got {value}")


def seed_checked(name: str, value: int) -> None:
    """Raise unless `value` is a whole number that every generator takes, 0 to 2⁶³ − 1.

    Parameters
    ----------
    name : str
    value : int

    Raises
    ------
    TypeError, ValueError
        As `positive_int`.
    """
    positive_int(name, value, least=0, most=2**63 - 1)


def number(
    name: str,
    value: float | int,
    above: Bound = None,
    least: Bound = None,
    below: Bound = None,
    most: Bound = None,
) -> float:
    """A finite real number between bounds.

    Parameters
    ----------
    name : str
    value : float, or an array or tensor that holds one
    above, least, below, most : float, optional
        The bounds; `least` and `most` are included.

    Returns
    -------
    float

    Raises
    ------
    TypeError
        For anything but one real number: True and "2" are none.
    ValueError
        Beyond the bounds, and for NaN and infinities.

    Examples
    --------
    >>> number("beta", 2, above=0)
    2.0
    """
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


def pick_device(device: str | torch.device | None) -> torch.device:
    """The device named; for None, CUDA where there is one, else the CPU (Apple's MPS only when asked for).

    Parameters
    ----------
    device : str, torch.device or None

    Returns
    -------
    torch.device

    Raises
    ------
    ValueError
        When the device is unknown or this machine does not have it.
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
