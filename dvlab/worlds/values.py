"""A factor's values, from what a world's arguments say."""

from collections.abc import Sequence

import numpy as np
import torch

from dvlab.validation import one_of, positive_int, real_array

Numbers = int | Sequence[float | int] | np.ndarray | torch.Tensor  # how many values, or the values themselves
MOST = 10_000  # values of a factor


def words(name: str, given: str | Sequence[str], choices: tuple[str, ...]) -> tuple[str, ...]:
    """A factor's values from an argument: one of `choices` or several, none twice."""
    given = (given,) if isinstance(given, str) else tuple(given)
    for word in given:
        one_of(name, word, choices)
    if not given or len(set(given)) < len(given):
        raise ValueError(f"{name} must name at least one of {choices}, and none twice; got {given}")
    return given


def numbers(name: str, given: Numbers, low: float | int, high: float | int) -> tuple[float, ...]:
    """A factor's values from an argument: how many to spread from `low` to `high`, both included, or the values.

    None may come twice: two values that draw the same image are one.
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
    """ValueError, with the reason, unless all values lie between `least` and `most`."""
    if not least <= min(values) <= max(values) <= most:
        raise ValueError(f"{name} must lie between {least:.3g} and {most:.3g}, {why}; got {_few(values)}")


def _few(values):
    return ", ".join(f"{value:g}" for value in values[:6]) + (", …" if len(values) > 6 else "")
