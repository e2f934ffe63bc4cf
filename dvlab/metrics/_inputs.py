"""What the metrics take: codes and factors in any form, checked once and turned into NumPy arrays."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int, Real, Shaped
from torch.distributions import Normal

from dvlab.validation import finite, kind

Codes = Real[np.ndarray, "images latents"] | Real[torch.Tensor, "images latents"] | Normal
Factors = Shaped[np.ndarray, "images factors"] | Shaped[torch.Tensor, "images factors"]


@dataclass(frozen=True, eq=False)
class Labels:
    """Factors as label codes: `values[k][index[n, k]]` is the value of factor k in image n, as the caller gave it."""

    index: Int[np.ndarray, "images factors"]  # 0 … sizes[k] − 1, in the sorted order of the values
    values: tuple[np.ndarray, ...]  # the distinct values of each factor, sorted
    sizes: Int[np.ndarray, " factors"]  # how many distinct values each factor takes

    def numbers(self, k: int | np.integer) -> Float[np.ndarray, " levels"]:
        """The values of factor k, where they are numbers, as float64 that can be squared (see `_as_floats`)."""
        return _as_floats(self.values[k])


def codes_array(codes: Codes) -> Float[np.ndarray, "images latents"]:
    """The codes as float64 (N, D), from an array, a tensor on any device, or the mean of a `Normal` q(z|x).

    Numbers too large for float64 to tell apart, or to square, are counted from the least of their latent and divided
    by a power of two: no score depends on either.

    Raises ValueError unless there are two axes, at least two images, at least one latent, every entry is finite and
    none is masked; TypeError when the entries are not real numbers.
    """
    array = as_numpy("codes", codes.loc if isinstance(codes, Normal) else codes)
    _two_axes("codes", array, "latents")
    if array.dtype.kind not in "iufb":
        raise TypeError(f"codes must hold real numbers; got dtype {array.dtype}")
    finite("codes", array)
    if array.dtype.kind == "f":
        squares = np.einsum("nd,nd->d", array, array, dtype=np.float64)
        if np.all((squares > 1e-200) & (squares < 1e200)):  # the usual case
            return array.astype(np.float64, copy=False)
    return np.stack([_as_floats(column) for column in array.T], axis=1)


def labels(factors: Factors) -> Labels:
    """Factors (N, K) as label codes: each distinct value of a column, number or string, is one level.

    Labels need not be consecutive ({3, 1000} has two levels). Every distinct float is a level of its own too, so bin a
    continuous factor first: with as many levels as images, no estimate means anything.

    Raises ValueError unless there are two axes, at least two images, at least one factor, and no NaN, NaT,
    infinity, None or masked entry; TypeError for a column of several kinds of values.
    """
    array = as_numpy("factors", factors)
    _two_axes("factors", array, "factors")
    if array.dtype.kind not in "iufbUSOMm":
        raise TypeError(f"factors must hold numbers or strings; got dtype {array.dtype}")
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


def as_numpy(name: str, value: object) -> np.ndarray:
    """An array of whatever dtype from an array, a tensor on any device, or a table; ValueError where it is masked."""
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise ValueError(f"{name} must not be masked, but {np.ma.count_masked(value)} of its entries are; "
                         "leave those images out")  # fmt: skip
    try:
        if isinstance(value, torch.Tensor):
            value = value.detach().cpu()
            known = value.dtype in (torch.float16, torch.float32, torch.float64) or not value.is_floating_point()
            return (value if known else value.double()).numpy()  # NumPy has no bfloat16
        return np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:  # ragged, sparse, quantized, without data
        raise TypeError(f"{name} must be an array or a tensor of two axes; got {kind(value)}") from error


def _unwieldy(column: np.ndarray) -> bool:
    """Whether float64 cannot hold these numbers, or their squares."""
    if column.dtype.kind in "iu":
        return max(-int(column.min()), int(column.max())) > 2**53
    largest = float(np.abs(column).max()) if column.dtype.kind == "f" else 0.0
    return largest > 0 and not 1e-100 < largest < 1e100


def _as_floats(column: np.ndarray) -> np.ndarray:
    """One column as float64: counted from its least where whole numbers exceed 2⁵³, over a power of two where it is
    huge or tiny. Both are exact, and bins, rankings and regressions do not see them."""
    if not _unwieldy(column):
        return column.astype(np.float64)
    if column.dtype.kind in "iu":
        least = int(column.min())
        return np.array([int(value) - least for value in column], dtype=np.float64)
    column = column.astype(np.float64)
    return np.ldexp(column, -int(np.frexp(np.abs(column).max())[1]))


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
    """One factor's values, side by side, in a dtype that sorts, without NaN, NaT or None."""
    if column.dtype == object:
        if any(map(_missing, column)):
            raise ValueError(f"factors must have no missing values; factor {k} has a None or NaN")
        plain = np.array(column.tolist())
        if plain.ndim > 1 or (plain.dtype.kind in "US" and not all(isinstance(v, str | bytes) for v in column)):
            kinds = ", ".join(sorted({type(value).__name__ for value in column}))
            raise TypeError(f"factors must hold values of one kind, numbers or strings; factor {k} has {kinds}")
        column = plain
    if column.dtype.kind == "f":
        finite(f"factor {k}", column)
    if column.dtype.kind in "mM" and np.isnat(column).any():
        raise ValueError(f"factors must have no missing values; factor {k} has a NaT")
    return np.ascontiguousarray(column)


def _missing(value: object) -> bool:
    """None, NaN, NaT, and pandas' NA, of which it cannot be said whether it differs from itself."""
    try:
        return value is None or (np.ndim(value) == 0 and bool(value != value))
    except TypeError:
        return True


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
