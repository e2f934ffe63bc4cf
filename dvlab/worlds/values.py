"""A factor's values, from what a world's arguments say."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Num

from dvlab.validation import one_of, positive_int, real_array

# how many values, or the values themselves
Numbers = int | Sequence[float | int] | Num[np.ndarray, "_"] | Num[torch.Tensor, "_"]
MOST = 10_000  # values of a factor


def words(name: str, given: str | Sequence[str], choices: tuple[str, ...]) -> tuple[str, ...]:
    """A factor's values from an argument: one of `choices` or several.

    Parameters
    ----------
    name : str
        Of the argument, for the message.
    given : str or sequence of str
    choices : tuple of str

    Returns
    -------
    tuple of str

    Raises
    ------
    ValueError
        For another word, for none, and for one that comes twice.

    Examples
    --------
    >>> words("fruits", "apple", ("apple", "pear"))
    ('apple',)
    """
    given = (given,) if isinstance(given, str) or not np.iterable(given) else tuple(given)
    for word in given:
        one_of(name, word, choices)
    if not given or len(set(given)) < len(given):
        raise ValueError(f"{name} must name at least one of {choices}, and none twice; got {given}")
    return given


def numbers(name: str, given: Numbers, low: float | int, high: float | int) -> tuple[float, ...]:
    """A factor's values from an argument: how many to spread over a range, or the values themselves.

    Parameters
    ----------
    name : str
        Of the argument, for the message.
    given : int, or array (V,)
        At most 10,000 values, none twice: two values that draw the same image are one.
    low, high : float
        The range's ends, both included. A single value is `low`; values that are given may lie beyond.

    Returns
    -------
    tuple of V float

    Raises
    ------
    TypeError
        For what is no number.
    ValueError
        For no value, too many, one that comes twice or is not finite.

    Examples
    --------
    >>> numbers("sizes", 3, 0.1, 0.3), numbers("sizes", (0.5, 0.25), 0.1, 0.3)
    ((0.1, 0.2, 0.3), (0.5, 0.25))
    """
    if np.ndim(given) == 0:
        positive_int(name, given, most=MOST)
        return tuple(np.linspace(low, high, given).tolist())
    values = real_array(name, given, ["values"])
    if len(values) > MOST:
        raise ValueError(f"{name} must be at most {MOST:,} values; got {len(values):,}")
    again, count = np.unique(values, return_counts=True)
    if count.max() > 1:
        raise ValueError(f"{name} must hold no value twice; {again[count.argmax()]:g} comes {count.max()} times")
    return tuple(values.tolist())


def within(name: str, values: tuple[float, ...], least: float | int, most: float | int, why: str) -> None:
    """Raise unless all values lie in a range.

    Parameters
    ----------
    name : str
        Of the argument, for the message.
    values : tuple of float
        At least one.
    least, most : float
        The range's ends, both included.
    why : str
        What they are, for the message.

    Raises
    ------
    ValueError
        With the values, when one lies beyond.
    """
    if not least <= min(values) <= max(values) <= most:
        raise ValueError(f"{name} must lie between {least:.3g} and {most:.3g}, {why}; got {_few(values)}")


def _few(values):
    return ", ".join(f"{value:g}" for value in values[:6]) + (", …" if len(values) > 6 else "")
