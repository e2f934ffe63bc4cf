"""A factor's values, from what a world's arguments say."""

from collections.abc import Sequence

import numpy as np
import torch

from dvlab.validation import finite, one_of, positive_int

Numbers = int | Sequence[float | int] | np.ndarray | torch.Tensor  # how many values, or the values themselves


def words(name: str, given: str | Sequence[str], choices: tuple[str, ...]) -> tuple[str, ...]:
    """A factor's values from an argument: one of `choices` or several, none twice."""
    given = (given,) if isinstance(given, str) else tuple(given)
    for word in given:
        one_of(name, word, choices)
    if not given or len(set(given)) < len(given):
        raise ValueError(f"{name} must name at least one of {choices}, and none twice; got {given}")
    return given


def numbers(name: str, given: Numbers, low: float | int, high: float | int) -> tuple[float, ...]:
    """A factor's values from an argument: how many to spread from `low` to `high`, both included, or the values."""
    if np.ndim(given) == 0:
        positive_int(name, given)
        return tuple(np.linspace(low, high, given).tolist())
    values = np.asarray(given, dtype=float)
    if values.ndim != 1 or values.size == 0:
        raise ValueError(f"{name} must be a number of values or a list of at least one; got shape {values.shape}")
    finite(name, values)
    return tuple(values.tolist())
