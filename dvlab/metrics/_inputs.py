"""What the metrics take: codes and factors in any form, checked once and turned into NumPy arrays."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int, Real, Shaped
from torch.distributions import Normal

from dvlab.validation import finite

Codes = Real[np.ndarray, "images latents"] | Real[torch.Tensor, "images latents"] | Normal
Factors = Shaped[np.ndarray, "images factors"] | Shaped[torch.Tensor, "images factors"]


@dataclass(frozen=True, eq=False)
class Labels:
    """Factors as label codes: `values[k][index[n, k]]` is the value of factor k in image n, as the caller gave it."""

    index: Int[np.ndarray, "images factors"]  # 0 … sizes[k] − 1, in the sorted order of the values
    values: tuple[np.ndarray, ...]  # the distinct values of each factor, sorted
    sizes: Int[np.ndarray, " factors"]  # how many distinct values each factor takes


def codes_array(codes: Codes) -> Float[np.ndarray, "images latents"]:
    """The codes as float64 (N, D), from an array, a tensor on any device, or the mean of a `Normal` q(z|x).

    Raises ValueError unless there are two axes, at least two images, at least one latent, and every entry is finite;
    TypeError when the entries are not real numbers.
    """
    array = _numpy(codes.loc if isinstance(codes, Normal) else codes)
    _two_axes("codes", array, "latents")
    if array.dtype.kind not in "iufb":
        raise TypeError(f"codes must hold real numbers; got dtype {array.dtype}")
    array = array.astype(np.float64, copy=False)
    finite("codes", array)
    return array


def labels(factors: Factors) -> Labels:
    """Factors (N, K) as label codes: each distinct value of a column, number or string, is one level.

    Labels need not be consecutive ({3, 1000} has two levels). Every distinct float is a level of its own too, so bin a
    continuous factor first: with as many levels as images, no estimate means anything.

    Raises ValueError unless there are two axes, at least two images, at least one factor, and no NaN, infinity or None.
    """
    array = _numpy(factors)
    _two_axes("factors", array, "factors")
    index = np.empty(array.shape[::-1], dtype=np.int64)  # a factor's labels lie side by side in memory
    values = []
    for k, column in enumerate(array.T):
        levels, index[k] = _levels(_column(column, k))
        values.append(levels)
    return Labels(index.T, tuple(values), np.array([len(v) for v in values]))


def codes_and_labels(codes: Codes, factors: Factors) -> tuple[Float[np.ndarray, "images latents"], Labels]:
    """`codes_array(codes)` and `labels(factors)`; ValueError when they don't hold the same number of images."""
    array, known = codes_array(codes), labels(factors)
    same_length(len(array), len(known.index))
    return array, known


def same_length(codes: int, factors: int) -> None:
    """Raise ValueError when the codes and the factors don't hold the same number of images."""
    if codes != factors:
        raise ValueError(
            f"codes and factors must describe the same images; got {codes} rows of codes and {factors} of factors"
        )


def _numpy(value) -> np.ndarray:
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu()
        return (value.double() if value.dtype == torch.bfloat16 else value).numpy()  # NumPy has no bfloat16
    return np.asarray(value)


def _two_axes(name: str, array: np.ndarray, columns: str) -> None:
    if array.ndim != 2:
        raise ValueError(
            f"{name} must have two axes, images by {columns}; got shape {array.shape}"
            + (f" (for a single column write {name}[:, None])" if array.ndim == 1 else "")
        )
    if array.size == 0:
        raise ValueError(f"{name} must not be empty; got shape {array.shape}")
    if len(array) < 2:
        raise ValueError(f"{name} must hold at least two images; one alone says nothing about how they vary")


def _column(column: np.ndarray, k: int) -> np.ndarray:
    """One factor's values, side by side, in a dtype that sorts, without NaN or None."""
    if column.dtype == object:
        if any(value is None or value != value for value in column):
            raise ValueError(f"factors must have no missing values; factor {k} has a None or NaN")
        column = np.array(column.tolist())
    if column.dtype.kind == "f":
        finite(f"factor {k}", column)
    return np.ascontiguousarray(column)


def _levels(column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`np.unique(column, return_inverse=True)`, by counting rather than sorting where the values are close integers."""
    if not np.can_cast(column.dtype, np.int64):
        return np.unique(column, return_inverse=True)
    least, largest = int(column.min()), int(column.max())
    if largest - least > 2 * len(column):
        return np.unique(column, return_inverse=True)
    above = column.astype(np.int64) - least
    present = np.bincount(above) > 0
    return (np.flatnonzero(present) + least).astype(column.dtype), (np.cumsum(present) - 1)[above]
